"""What a report is made of: one range of changes and what is recorded of it, as frozen values without a person's name.

Every renderer reads these values and nothing else, so that page, PDF, table and OSCAL say the same. A count that was taken is
a number; what nobody recorded is None or the word `not known`, never zero.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

from attest.canonical import canonical_json

MANY_PEOPLE = 5
"""Different signers that totals of people's acts need (decision D14); below, each act stands only with its own entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The state of the log that the report is about."""

    origin: str
    tree_size: int
    root: str
    """SHA-256 root, hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece of evidence and where it is in the log."""

    kind: str
    """`session`, `declaration`, `review`, `exception`, `link`, `coverage` or `other`."""
    attestation: str
    """`att_…`; `sha256:…` of the file where it does not parse that far."""
    log_index: int | None
    """None: no verified proof places it in a log."""
    verdict: str
    signed_at: int | None
    """By the timestamp authority's clock, seconds since the epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """One check that does not hold for a change."""

    rule: str
    check: str
    verdict: str
    mode: str
    detail: str
    fix: str
    controls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFact:
    """One verified review of a change."""

    entry: Entry
    decision: str
    meaning: str
    standing: str
    """`current`, `carried`, `outdated` or `not known`."""
    independent: str
    """Of the runner, as a person: `yes`, `no` or `not known`."""

    @property
    def counts(self) -> bool:
        """Whether it approves, still stands, and its signer is a person other than the runner."""
        return self.decision == "approve" and self.standing in ("current", "carried") and self.independent == "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingFact:
    """How the gate stood when the step of the default branch landed that brought a change."""

    outcome: str
    """`passed`, `against-verdict`, `without-verdict`, `not-known`, or `not-landed`: not on the branch as last fetched."""
    why: str
    step: str = ""
    """Commit of the branch's first-parent line; empty where none is known."""
    at: int | None = None
    """Its committer's time, signed by nobody, seconds since the epoch."""
    verdict: str = ""
    """The gravest that was logged before; empty where none was."""
    mode: str = ""
    """Of the policy below the step: `enforce`, `observe`, `none` without a file, `not-known`."""
    enforced: str = "not known"
    """Whether that policy was in `enforce`: `yes`, `no` or `not known`."""
    entries: tuple[tuple[int, str], ...] = ()
    """Log index and attestation of the coverages that say so."""

    @property
    def stood(self) -> bool:
        """Whether a pass under a policy in `enforce` was logged before it landed."""
        return self.outcome == "passed" and self.enforced == "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One commit of the range."""

    oid: str
    subject: str
    """First line of the message: hostile text."""
    committed_at: int | None
    """By the committer's clock, signed by nobody, seconds since the epoch; None: no time that a calendar has."""
    state: str
    """Of `attest.model.range_verdict.STATES`."""
    verdict: str
    tier: str
    """Empty under the built-in policy."""
    mode: str
    reasons: tuple[Failing, ...]
    entries: tuple[Entry, ...]
    reviews: tuple[ReviewFact, ...]
    links: tuple[str, ...] = ()
    """How sessions are linked to it: `recorded`, `asserted`, …"""
    landing: LandingFact | None = None
    """What stood when it landed; None: no log was asked."""

    @property
    def log_indices(self) -> tuple[int, ...]:
        """Every log index that its evidence is at, in order."""
        return tuple(sorted({one.log_index for one in self.entries if one.log_index is not None}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many, and how that is known."""

    count: int
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCount:
    """Checks of one kind with one outcome, as a session's statement counts them."""

    kind: str
    outcome: str
    """`passed`, `failed`, `inconclusive` or `claimed`: said, and no run of it was seen."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFact:
    """What the signed statement of one session says, without a word of free text."""

    session: str
    entry: Entry
    agent: str
    models: tuple[str, ...]
    modes: tuple[str, ...]
    """Permission modes; empty: the transcript names none."""
    source: str
    """How it was captured: `hook`, `named` or `imported`."""
    checks: tuple[CheckCount, ...]
    counts: tuple[tuple[str, Count], ...]
    """By name: `plans`, `overrides`, `rejectedPaths`, `access.secret`, …, and those under `extensions`."""
    gaps: tuple[str, ...]

    def count(self, name: str) -> Count | None:
        """Give a count by name; None where the statement has none: not derived, not zero."""
        return dict(self.counts).get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionFact:
    """One signed exception."""

    entry: Entry
    rules: tuple[str, ...]
    reason: str
    """A closed word."""
    granted_at: str
    expires_at: str
    commits: int
    """Commits of this range that it names."""
    expired: bool
    """By the report's moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapFact:
    """One logged gap of capture."""

    entry: Entry
    kind: str
    start: str
    until: str
    """Empty: it lasts."""
    count: int
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFact:
    """Which policy was applied."""

    name: str
    mode: str
    base: str
    digests: tuple[str, ...]
    """SHA-256 of each policy file; empty for the built-in policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationFact:
    """The saved population that the report is held to."""

    id: str
    """`pop_…`."""
    log_index: int | None
    tree_size: int
    rows: int
    sha256: str
    """Of its rows."""
    missing: tuple[str, ...]
    """Rows that are no change of its range in this clone; empty where all are here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """All that a report says."""

    repository: str
    """`host/org/repo`; empty where the clone has no remote."""
    base: str
    tip: str
    made_at: str
    """RFC 3339: the moment that ages were held against."""
    version: str
    policy: PolicyFact
    verdict: str
    stopped: str
    """What kept everything from being judged; empty where nothing did."""
    head: Head | None
    """None: no log was asked."""
    trust: tuple[str, ...]
    list_proved: bool
    """For every change the list of evidence was proved complete (D5)."""
    changes: tuple[Change, ...]
    """Newest first."""
    sessions: tuple[SessionFact, ...]
    exceptions: tuple[ExceptionFact, ...]
    gaps: tuple[GapFact, ...] | None
    """None: no log was asked for them."""
    many_people: bool
    """At least `MANY_PEOPLE` different signers of sessions: only then are people's acts added up."""
    ignored: int
    """Bundles under no pinned root, which nothing here rests on."""
    not_checked: tuple[str, ...]
    """What the gate did not check, in its words."""
    population: PopulationFact | None = None
    """None: the report is on every change of the range."""

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of all facts: two reports with one digest say the same."""
        return hashlib.sha256(canonical_json(asdict(self))).hexdigest()

    @property
    def failing(self) -> tuple[Change, ...]:
        """The changes whose verdict is not `pass`, newest first."""
        return tuple(one for one in self.changes if one.verdict != "pass")
