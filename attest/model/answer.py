"""The answer for a commit: one value with the order and words of design section 5, rendered alike everywhere.

Whoever composes an answer fills this value; the terminal, the pages, the JSON form and the printed report only lay
it out. All texts here are plain: nothing is escaped, and text that came from a session or a repository is hostile
until a renderer neutralised it. Pairs of backticks in a text mean "shown as code"; nothing else is markup.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from attest.model.basis import Basis
from attest.model.pointer import (
    Pointer,
    PointerKind,
    attestation,
    commit,
    event,
    events,
    git_tree,
    section,
)
from attest.model.verdict import Verdict

__all__ = (
    "NOT_KNOWN",
    "PROOF_LINES",
    "TITLES",
    "WORDS",
    "Answer",
    "AsOf",
    "Basis",
    "BundleRef",
    "ChangedPath",
    "CommitRef",
    "Mark",
    "NextStep",
    "Pointer",
    "PointerKind",
    "Reason",
    "RecordedTime",
    "Row",
    "Section",
    "Verdict",
    "VerdictLine",
    "attestation",
    "commit",
    "event",
    "events",
    "git_tree",
    "section",
)


class Mark(StrEnum):
    """The mark of a row: enclosed marks are our verdict, open marks are facts in the record, `NONE` draws nothing."""

    KEPT = "kept"
    BROKEN = "broken"
    NOT_KNOWN = "not-known"
    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    CLAIMED = "claimed"
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    POLICY = "policy"
    INVALID = "invalid"
    ABSENT = "absent"
    INDETERMINATE = "indeterminate"
    NONE = "none"


WORDS: dict[Mark, tuple[str, ...]] = {
    Mark.KEPT: ("kept",),
    Mark.BROKEN: ("broken",),
    Mark.NOT_KNOWN: ("not known", "not recorded", "not kept", "erased", "withheld"),
    Mark.PASSED: ("passed",),
    Mark.FAILED: ("failed",),
    Mark.INCONCLUSIVE: ("inconclusive",),
    Mark.CLAIMED: ("claimed only",),
    Mark.PASS: ("pass", "complete", "met"),
    Mark.POLICY: ("policy", "not met"),
    Mark.INVALID: ("invalid",),
    Mark.ABSENT: ("absent", "none signed"),
    Mark.INDETERMINATE: ("indeterminate", "not checked", "not proved"),
    Mark.NONE: ("",),
}
"""The words a mark may be shown with; the first is the one used when a row names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One statement of a section, shown in this order: term, mark and word, text, quote, note; then detail below."""

    term: str
    """The label on the left; empty continues the row above."""
    mark: Mark = Mark.NONE
    word: str = ""
    """One of `WORDS[mark]`; empty takes the first."""
    text: str = ""
    """What Whereof says."""
    quote: str = ""
    """Words quoted from a person or an agent, without quotation marks."""
    lines: tuple[str, ...] = field(default=(), compare=False)
    """`quote` again, whole and line by line, where it is a short diff: each line begins with `+`, `-` or a space."""
    note: str = ""
    """Small text on the same line."""
    detail: str = ""
    """Small text below."""
    settles: str = ""
    """Section 11 only: what would settle it, `nothing` included."""
    pointers: tuple[Pointer, ...] = ()
    basis: Basis | None = None
    """None: it states no fact of its own (a rule, a proof line)."""

    def __post_init__(self) -> None:
        if self.word and self.word not in WORDS[self.mark]:
            raise ValueError(f"the word {self.word!r} does not belong to the mark {self.mark.value!r}")

    @property
    def shown_word(self) -> str:
        """The word shown beside the mark; empty where there is no mark."""
        return self.word or WORDS[self.mark][0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPath:
    """One changed path: counts from git, hunks by where they came from. None means not known, never zero."""

    path: str
    added: int | None
    """Lines added; None for a binary file."""
    removed: int | None
    explained: int | None
    """Hunks explained by the session."""
    outside: int | None
    """Hunks edited outside the session."""
    not_explained: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTime:
    """One moment of the record and whose clock said so."""

    what: str
    """`captured`, `signed`, `logged`, `witnessed`, `landed`."""
    time: datetime | None
    """Aware, UTC; None when it is not known or did not happen (`clock` says which)."""
    relation: str
    """Relation to landing: `4 min before landing`, `37 days after landing, imported`; empty for landing itself."""
    clock: str
    """Whose clock: `runner's machine`, `log, this operator`."""
    earliest_outside: bool = False
    """True for the earliest time that somebody outside this operator gave."""
    pointers: tuple[Pointer, ...] = ()
    basis: Basis | None = None
    """None: it states no fact of its own (a rule, a proof line)."""


TITLES = (
    "Who",
    "Asked",
    "Decided",
    "Changed",
    "Reached",
    "Checked",
    "Approved",
    "Landed",
    "Recorded",
    "Evidence",
    "Not known",
)
"""The titles of sections 1 to 11, in the only order there is."""

PROOF_LINES = ("payload", "signature, identity", "inclusion", "consistency", "witnesses")
"""The terms of the five proof lines of section 10, in order."""

NOT_KNOWN = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One of the eleven numbered sections. `changed` belongs to section 4 and `recorded` to section 9."""

    number: int
    rows: tuple[Row, ...] = ()
    changed: tuple[ChangedPath, ...] = ()
    recorded: tuple[RecordedTime, ...] = ()

    @property
    def title(self) -> str:
        """The section's title, by its number."""
        return TITLES[self.number - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that a verdict rests on, with the section where the reader finds it."""

    text: str
    section: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictLine:
    """The verdict shown under the sentence, with the policy, base and mode it comes from."""

    word: Verdict
    what: str
    """One line: what holds and what does not, ending before the list of `reasons`."""
    reasons: tuple[Reason, ...] = ()
    policy: str = ""
    """Name and version, for example `acme-baseline@9f2c41d0` or `evidence-only`; empty when none was applied."""
    tier: str = ""
    base: str = ""
    """Where the policy was read: `the merge base`, `the first parent`, `unprotected`; empty for a built-in policy."""
    mode: str = ""
    """`observe`, `warn` or `enforce`; empty when none was applied."""
    exit_code: int
    """What `whereof verify` gives in this mode."""
    enforce_exit_code: int
    """What it gives in mode `enforce`."""
    note: str = ""
    """For example `landing was not blocked`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRef:
    """The commit that was asked about."""

    oid: str
    """Full object id in lower-case hex."""
    subject: str | None
    """First line of the message; None when the commit object was not at hand."""
    repository: str | None
    """`host/org/repo` without user info; None when not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """The tree head that the answer is about."""

    log: str
    """The log's origin."""
    tree_size: int
    root: str
    """SHA-256 root in lower-case hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What would settle a missing record: the case, and the command that answers it."""

    when: str
    command: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRef:
    """One bundle behind the answer, with what any Sigstore verifier has to be told to check it."""

    attestation: str
    predicate_type: str
    identity: str
    """The SAN exactly as certified."""
    issuer: str
    log_index: int
    log: str = ""
    """Origin of the log that holds it; empty where a reader of an older version wrote the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The whole answer. It always has its eleven sections, and section 11 always says something.

    Raises:
        ValueError: a section is missing or out of order, or section 11 is empty or does not say what would settle it.
    """

    sentence: str
    commit: CommitRef
    verdict: VerdictLine
    sections: tuple[Section, ...]
    as_of: AsOf | None
    """None when no log was asked (evidence without a server)."""
    follows: tuple[AsOf, ...] = ()
    """The ended logs before it that this answer covers, each at its final head, newest first; none where it is not proved."""
    next_steps: tuple[NextStep, ...] = ()
    sessions: tuple[str, ...] = ()
    """`ses_…` of the sessions told of here, newest first."""
    attestations: tuple[str, ...] = ()
    """`att_…` whose exact bundles can be downloaded, `session/v1` first."""
    bundles: tuple[BundleRef, ...] = ()
    """The same bundles, in the same order, each with signer and place."""

    def __post_init__(self) -> None:
        if tuple(part.number for part in self.sections) != tuple(range(1, len(TITLES) + 1)):
            raise ValueError("an answer has sections 1 to 11, in that order")
        unknown = self.sections[NOT_KNOWN - 1].rows
        if not unknown or not all(row.text and row.settles for row in unknown):
            raise ValueError("section 11 is never empty, and each row says what would settle it")

    def section(self, number: int) -> Section:
        """Give section 1 to 11."""
        return self.sections[number - 1]
