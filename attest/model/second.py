"""A second record of a session: what somebody else than the transcript's keeper wrote down, and how the two compare."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member
from datetime import datetime
from enum import StrEnum

from attest.model.control import Control as Control  # noqa: PLC0414  # part of what a record is
from attest.model.session import Tally


class ItemKind(StrEnum):
    """What is compared."""

    PROMPT = "prompt"
    TOOL_CALL = "tool-call"
    DECISION = "decision"
    """Whether a call was let through, and by what."""
    TOKENS = "tokens"
    COMMIT = "commit"
    PULL_REQUEST = "pull-request"
    AUTHORITY = "authority"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Tokens; None: the record does not say."""

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondRecord:
    """One thing that the second record tells."""

    kind: ItemKind
    record: int
    """Line of the payload, counted from 0; 0 where it is one document."""
    pointer: str
    """RFC 6901 pointer into that line's or document's JSON."""
    session: str = ""
    """What the source calls the session; empty where it does not say."""
    native_id: str | None = None
    """For a call or a decision: the agent's id of the call."""
    name: str = ""
    """Tool, model, kind of grant; empty where there is none."""
    value: str = ""
    """The decision, the oid, the URL, what was granted."""
    detail: str = ""
    """What decided (`config`, `user_temporary`, ...)."""
    text: str | None = member(default=None, repr=False)
    """Words of a prompt, in memory only; None where the record withholds them."""
    arguments: bytes | None = member(default=None, repr=False)
    """Canonical JSON, in memory only; None where they are not told or were cut."""
    amounts: Amounts | None = None
    ts: datetime | None = None
    asserted_by_client: bool = False
    """True where the record itself says that it only repeats the client's word."""
    injected: bool = False
    """True for text in the place of a prompt that a program put there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondCounts:
    """`items` = `used` + all of `skipped`."""

    items: int
    used: int
    """Items that gave at least one row."""
    skipped: tuple[Tally, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLog:
    """All that one payload tells."""

    source: str
    """Such as `anthropic-compliance`."""
    control: Control
    session_ids: tuple[str, ...]
    """What the source calls the session or sessions; often not the agent's own id."""
    lacks: tuple[str, ...]
    """What such a record never holds: its absence is no finding."""
    cut: tuple[str, ...]
    """Why the payload is known not to be whole (`next-page`, `truncated`, `retention`, ...)."""
    rows: tuple[SecondRecord, ...]
    counts: SecondCounts


class Agreement(StrEnum):
    """How one item stands in the two records."""

    AGREES = "agrees"
    DIFFERS = "differs"
    MISSING_HERE = "missing-here"
    """The second record has it, the session has not."""
    MISSING_THERE = "missing-there"
    """The session has it, the second record has not, though it should."""
    ADDS = "adds"
    """The second record tells what the session's format does not hold: no finding, no agreement."""
    NOT_COMPARED = "not-compared"


FINDINGS = frozenset({Agreement.DIFFERS, Agreement.MISSING_HERE, Agreement.MISSING_THERE})


class SameSession(StrEnum):
    """How it is known that both records are of one session, strongest first."""

    NATIVE_ID = "native-id"
    TOOL_USE_ID = "tool-use-id"
    PROMPT = "prompt"
    """A prompt of some length stands in both, word for word."""
    TRAILER = "trailer"
    """A commit of the session bears the host's trailer with this id. Anyone can write a trailer: it is a hint (D7)."""
    CLAIMED = "claimed"
    """Nothing shows it: only the caller's word. Nothing is corroborated then."""


SHOWN = frozenset({SameSession.NATIVE_ID, SameSession.TOOL_USE_ID, SameSession.PROMPT})
"""What shows that two records are of one session well enough to corroborate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One comparison."""

    kind: ItemKind
    agreement: Agreement
    what: str
    """What agrees or differs (`text`, `time`, `name`, `arguments`, `decision`, `input`, ...), or why it was not
    compared."""
    corroborated: bool
    """True: the item's basis rises to `corroborated`."""
    event: int | None
    """`seq` of the session's event; None where the session has none, or the item is no event."""
    record: int | None
    pointer: str
    """The place in the second record; None and empty where it has none."""
    subject: str
    """Salted digest of what the item is about (text, call, oid, model): equal in both places, told to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A session against one second record, item by item."""

    source: str
    control: Control
    same_session: SameSession
    lacks: tuple[str, ...]
    cut: tuple[str, ...]
    items: tuple[Item, ...]
    counts: SecondCounts
    other_sessions: int
    """Rows of the payload that are of other sessions: they were left out."""

    @property
    def findings(self) -> tuple[Item, ...]:
        """Give the items on which the records do not agree."""
        return tuple(item for item in self.items if item.agreement in FINDINGS)

    @property
    def corroborated(self) -> int:
        """Give the number of items whose basis rises."""
        return sum(item.corroborated for item in self.items)
