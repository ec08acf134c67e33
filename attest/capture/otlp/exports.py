"""OTLP/JSON exports as a list of spans and log records, each with its conversation, in the order in which they began.

An export holds many spans, of several conversations and in the order in which they ended. A record is made of the spans of
one conversation: those that name it (`gen_ai.conversation.id`), and those below an agent's invocation that does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as member
from typing import Final

from attest.capture.lines import Fields
from attest.capture.otlp.values import attributes_of, nanoseconds_of
from attest.capture.records import field, items_of, text_of
from attest.capture.unroll.document import header_line, line_of
from attest.errors import InvalidInput

MAX_ITEMS: Final = 500_000
"""Spans and log records of one source."""
INVOKE: Final = "invoke_agent"
_OWN_NAMES: Final = ("copilot_chat.chat_session_id", "gen_ai.conversation.id", "session.id")
"""Where a span names its conversation; the first that is there counts."""
_OF_PART: Final = "copilot_chat.parent_chat_session_id"


@dataclass(slots=True)
class Item:
    """One span or log record with where it comes from."""

    kind: str
    """`span` or `log`."""
    value: Fields
    resource: Fields
    scope: Fields
    attributes: Fields
    conversation: str = ""
    """Empty where it belongs to none that is named."""

    @property
    def began(self) -> int:
        """Nanoseconds since 1970; 0 where it does not say."""
        names = ("startTimeUnixNano",) if self.kind == "span" else ("timeUnixNano", "observedTimeUnixNano")
        return next((nanoseconds_of(self.value.get(name)) for name in names if self.value.get(name)), 0)


@dataclass(slots=True)
class Exports:
    """Collects the items of exports."""

    items: list[Item] = member(default_factory=list)
    other: list[bytes] = member(default_factory=list)
    """Lines of what is neither a span nor a log record."""

    def add(self, export: Fields) -> None:
        """Take one export.

        Raises:
            InvalidInput: `input.too-large` beyond `MAX_ITEMS`.
        """
        for kind, outer, inner, leaf in _SHAPES:
            for group in _objects(export, outer):
                resource = field(group, "resource")
                for scoped in (*_objects(group, inner), *_objects(group, _OLD_INNER[kind])):
                    for value in _objects(scoped, leaf):
                        self._item(Item(kind, value, resource, field(scoped, "scope"), attributes_of(value)))
        rest = {name: value for name, value in export.items() if name not in ("resourceSpans", "resourceLogs")}
        if rest:
            self.other.append(line_of({"type": "other", "value": rest}))

    def _item(self, item: Item) -> None:
        if len(self.items) >= MAX_ITEMS:
            raise InvalidInput("input.too-large", expected=f"<= {MAX_ITEMS} spans and log records")
        self.items.append(item)

    def ordered(self) -> list[Item]:
        """Give the items in the order in which they began, each with its conversation."""
        self.items.sort(key=lambda item: item.began)
        name_conversations(self.items)
        return self.items


def name_conversations(items: list[Item]) -> None:
    """Name the conversation of each item that has none yet: that of the agent's invocation it lies in, else its own."""
    traces: dict[str, str] = {}
    for item in items:
        trace = text_of(item.value, "traceId")
        if item.kind == "span" and trace not in traces and is_invocation(item):
            traces[trace] = own_conversation(item.attributes)
    for item in items:
        if not item.conversation:
            item.conversation = traces.get(text_of(item.value, "traceId")) or own_conversation(item.attributes)


def is_invocation(item: Item) -> bool:
    """Tell whether a span is the invocation of an agent."""
    name = text_of(item.attributes, "gen_ai.operation.name")
    return name == INVOKE or (not name and text_of(item.value, "name").split(" ", 1)[0] == INVOKE)


def own_conversation(attributes: Fields) -> str:
    """Give the conversation that the attributes name."""
    return next((text_of(attributes, name) for name in _OWN_NAMES if text_of(attributes, name)), "")


def conversations(items: list[Item]) -> list[str]:
    """Give the conversations, newest first: those in which an agent was invoked, else all that are named."""
    invoked = [item.conversation for item in items if item.kind == "span" and is_invocation(item)]
    named = [item.conversation for item in items]
    last = {name: place for place, name in enumerate(name for name in (invoked or named) if name)}
    return sorted(last, key=last.__getitem__, reverse=True)


def conversation_lines(exports: Exports, conversation: str | None, *, format: str) -> Iterator[bytes]:  # noqa: A002
    """Give the record lines of one conversation; None: the newest, or all items where none is named.

    A conversation that is not chosen gives one line with its counts, and nothing of its contents. Items of no
    conversation are kept where there is only one.

    Raises:
        InvalidInput: `input.not-found`: there is no such conversation; `input.empty`: there is no span or log record.
    """
    items = exports.ordered()
    if not items:
        raise InvalidInput("input.empty", "there is no span and no log record")
    known = conversations(items)
    if conversation is not None and conversation not in {item.conversation for item in items}:
        raise InvalidInput("input.not-found", "there is no such conversation")
    chosen = conversation or (known[0] if known else "")
    yield header_line(format, {"conversation": chosen})
    alone = len(known) <= 1
    resources: dict[bytes, int] = {}
    others: Counter[str] = Counter()
    for item in items:
        if item.conversation != chosen and not (alone and not item.conversation):
            others[item.conversation] += 1
            continue
        resource = line_of(item.resource)
        if resource not in resources:
            resources[resource] = len(resources)
            yield line_of({"type": "resource", "resource": resources[resource], "value": item.resource})
        at: Fields = {"type": item.kind, "resource": resources[resource]}
        yield line_of({**at, **({"scope": item.scope} if item.scope else {}), "value": item.value})
    yield from (line_of({"type": "other-conversation", "items": count}) for count in others.values())
    yield from exports.other


def objects(values: Iterable[object]) -> Iterator[Fields]:
    """Give those values that are objects."""
    return (one for one in values if isinstance(one, dict))


def _objects(fields: Fields, name: str) -> list[Fields]:
    return list(objects(items_of(fields, name)))


_SHAPES: Final = (
    ("span", "resourceSpans", "scopeSpans", "spans"),
    ("log", "resourceLogs", "scopeLogs", "logRecords"),
)
_OLD_INNER: Final = {"span": "instrumentationLibrarySpans", "log": "instrumentationLibraryLogs"}
