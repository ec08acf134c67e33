"""A session as plain JSON documents, one per erasable part, and back.

Each document names its schema and version. Members are the fields of the model's classes in snake case; a time is an
RFC 3339 string in UTC with milliseconds; null means what the field's docstring says None means. All numbers are whole,
so the documents can be written as canonical JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from attest.errors import InvalidInput
from attest.model.plain import from_plain, to_plain
from attest.model.session import Event, Session

EVENTS_PER_PAGE = 1_000
SCHEMA = "whereof/session-part/{name}/v1"

Document = dict[str, Any]

PARTS: Mapping[str, tuple[str, ...]] = {
    "session": (
        "source",
        "native_id",
        "parent_id",
        "started",
        "ended",
        "cwd",
        "branch",
        "models",
        "head",
        "counts",
        "gaps",
        "base",
        "instructions",
        "basis",
    ),
    "intent": ("intent", "directions"),
    "plan": ("plans",),
    "decisions": ("answers", "overrides", "rejected_paths"),
    "checks": ("checks",),
    "access": ("access",),
    "authority": ("authority",),
    "changes": ("changes", "commits", "pull_requests"),
    "usage": ("usage", "subagents"),
    "constraints": ("constraints",),
    "course": ("course",),
    "permissions": ("permissions",),
    "files": ("files",),
}
"""Which fields of `Session` each part holds; events are pages of their own (`events/0000`, ...)."""

LATER_PARTS = frozenset({"constraints", "course", "permissions", "files"})
"""Parts that sessions recorded by earlier versions do not have: a missing one reads as None, which is "not derived"."""


def documents_of(session: Session) -> dict[str, Document]:
    """Give the documents of a session by part name. A session without events still has `events/0000`."""
    return dict(each_document(session))


def each_document(session: Session) -> Iterator[tuple[str, Document]]:
    """Yield the documents of a session one by one: a page of events is made when it is asked for."""
    for name, members in PARTS.items():
        body = {member: to_plain(getattr(session, member)) for member in members}
        yield name, {"schema": SCHEMA.format(name=name), **body}
    pages = max(1, -(-len(session.events) // EVENTS_PER_PAGE))
    for page in range(pages):
        events = session.events[page * EVENTS_PER_PAGE : (page + 1) * EVENTS_PER_PAGE]
        yield (
            f"events/{page:04d}",
            {
                "schema": SCHEMA.format(name="events"),
                "page": page,
                "pages": pages,
                "events": to_plain(events),
            },
        )


def from_documents(documents: Mapping[str, object]) -> Session:
    """Give the session back from its documents.

    Raises:
        InvalidInput: `input.malformed` where a document is missing (but one of `LATER_PARTS`), of another schema, or not
            of its shape.
    """
    hints = _HINTS
    values: dict[str, Any] = {}
    for name, members in PARTS.items():
        if name in LATER_PARTS and name not in documents:
            continue
        document = _document(documents, name, name)
        if set(document) != {"schema", *members}:
            raise InvalidInput("input.malformed", expected="the members of this part", where=name)
        values |= {member: from_plain(hints[member], document[member], f"{name}/{member}") for member in members}
    values["events"] = _events(documents)
    return Session(**values)


def _events(documents: Mapping[str, object]) -> tuple[Event, ...]:
    events: list[Event] = []
    first = _document(documents, "events/0000", "events")
    pages = first.get("pages")
    if not isinstance(pages, int) or isinstance(pages, bool) or not 0 < pages <= 9_999:
        raise InvalidInput("input.malformed", expected="a number of pages", where="events/0000")
    for page in range(pages):
        name = f"events/{page:04d}"
        document = _document(documents, name, "events") if page else first
        if document.get("page") != page or document.get("pages") != pages:
            raise InvalidInput("input.malformed", expected=f"page {page} of {pages}", where=name)
        events.extend(from_plain(tuple[Event, ...], document.get("events"), name))
    return tuple(events)


def _document(documents: Mapping[str, object], name: str, schema: str) -> Document:
    document = documents.get(name)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA.format(name=schema):
        raise InvalidInput("input.malformed", expected=SCHEMA.format(name=schema), where=name)
    return document


SESSION_FIELDS = frozenset(field.name for field in fields(Session))
"""Every field of a session; each is in exactly one part."""
_HINTS = get_type_hints(Session)
