"""Records as steps: what every rule of a reader is fed with, one after the other. Shared by every reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from attest.capture.check_outcome import Ending
from attest.capture.lines import Fields
from attest.capture.tool_kinds import ToolKind
from attest.model.basis import Basis, Evidence
from attest.model.decisions import RejectedPathKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when a step was recorded."""

    evidence: Evidence
    ts: datetime | None
    native_id: str | None
    parent: str | None
    sidechain: bool
    """True on the lines of a sub-agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanPrompt:
    """Words of a person."""

    place: Place
    text: str
    carried_plan: str | None
    """The approved plan that the interface put into the prompt; None for every other prompt."""
    basis: Basis = Basis.OBSERVED
    """`reported` where the format does not tell a person's words from those that a program puts in their place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """Text in the place of a prompt that no person wrote."""

    place: Place
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPrompt:
    """What the main agent told a sub-agent."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """The marker that a person stopped the agent."""

    place: Place
    during_tool: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentText:
    """Words of the agent."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoning:
    """What the vendor shows of the agent's reasoning, often empty."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A tool call as the agent made it. A reader may give arguments the names that the shared rules read."""

    place: Place
    call_id: str
    tool: str
    arguments: Fields
    seq: int
    """`seq` of its event."""
    kind: ToolKind = ToolKind.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """That a person refused a call."""

    reason: str | None
    stop: bool
    """True where the agent was told to stop and wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a call ended."""

    place: Place
    call: Call | None
    """None where the call is not in the transcript, or was too long ago."""
    call_id: str
    text: str
    is_error: bool
    rejected: Rejected | None
    structured: Fields
    """What the agent's program recorded of the outcome beside its text; empty where it is not an object."""
    seq: int
    ending: Ending | None = None
    """How a command ended, as the format records it; None for other tools, and where the format's own rule reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """The permission mode, as a record states it."""

    place: Place
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compaction:
    """The conversation was replaced by a summary from here on."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Context that the agent's program added.

    Two kinds are read by the shared rules: `file` (`path`: its content was given to the model), and `instructions`.
    """

    place: Place
    kind: str
    fields: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A record of the agent's program about itself."""

    place: Place
    kind: str
    text: str
    fields: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Something the agent was permitted from here on; kinds and values as in `attest.model.access.Grant`."""

    place: Place
    kind: str
    value: str
    several: bool
    """True where several of the kind hold at a time (directories, servers), False where one replaces the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A commit that the agent's program itself recorded, other than in the output of a command."""

    place: Place
    oid: str
    branch: str | None
    how: str
    """`committed`, `amended`, or what the program called it."""
    inferred: bool = False
    """True where it was read off a text that others may have written too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """A person went back: the conversation from `first` on was left."""

    place: Place
    first: Evidence
    text: str
    """The words that the abandoned part began with."""
    kind: RejectedPathKind = RejectedPathKind.BRANCH


Step = (
    HumanPrompt
    | Injected
    | TaskPrompt
    | Interrupt
    | AgentText
    | Reasoning
    | Call
    | Result
    | Mode
    | Compaction
    | Attachment
    | Notice
    | Granted
    | Committed
    | Abandoned
)
