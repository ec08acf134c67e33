"""Messages in GenAI spans: each call of a model tells the whole conversation so far, so that only what is new counts."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as member
from typing import Final

from attest.capture.lines import Fields
from attest.capture.otlp.values import structured
from attest.capture.records import flattened, items_of, text_of

MAX_MESSAGES: Final = 100_000
"""Messages remembered; beyond it a repetition is told again."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a model's input or output."""

    role: str
    number: int
    """Its place in the list."""
    parts: tuple[Fields, ...]

    @property
    def text(self) -> str:
        """Its words."""
        kept = (one for one in self.parts if text_of(one, "type") in ("", "text"))
        return "\n".join(text_of(one, "content") or text_of(one, "text") for one in kept)


def messages_of(value: object) -> tuple[Message, ...]:
    """Give the messages of an attribute, in the form of the conventions or in that of older versions."""
    told = structured(value)
    if not isinstance(told, list):
        return ()
    return tuple(
        Message(text_of(one, "role"), number, tuple(_parts(one)))
        for number, one in enumerate(told[:MAX_MESSAGES])
        if isinstance(one, dict)
    )


def _parts(message: Fields) -> Iterator[Fields]:
    parts = [one for one in items_of(message, "parts") if isinstance(one, dict)]
    if parts:
        yield from parts
        return
    content = message.get("content")
    text = content if isinstance(content, str) else flattened(content)
    if text:
        yield {"type": "text", "content": text}
    for call in items_of(message, "tool_calls"):
        if isinstance(call, dict):
            function = call.get("function") if isinstance(call.get("function"), dict) else call
            named: Fields = function if isinstance(function, dict) else {}
            yield {
                "type": "tool_call",
                "id": text_of(call, "id"),
                "name": text_of(named, "name"),
                "arguments": named.get("arguments"),
            }


@dataclass(slots=True)
class Seen:
    """Tells which messages of a list were not in any list before; the same words said twice count twice."""

    counts: dict[bytes, int] = member(default_factory=dict)

    def new(self, messages: tuple[Message, ...]) -> list[Message]:
        """Give the messages that are new, and remember them."""
        found: list[Message] = []
        here: Counter[bytes] = Counter()
        for message in messages:
            digest = _digest(message)
            here[digest] += 1
            if here[digest] > self.counts.get(digest, 0):
                found.append(message)
                if len(self.counts) < MAX_MESSAGES:
                    self.counts[digest] = here[digest]
        return found


def _digest(message: Message) -> bytes:
    told = json.dumps([message.role, message.parts], sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(told.encode()).digest()
