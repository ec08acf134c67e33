"""Verdicts: five words, their exit codes and their order of alarm (decision D8), and what each one rests on.

A verdict never stands alone: it carries the numbered steps that led to it, what each was checked against, and what
was not checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from attest.model.statement import Statement
    from attest.model.witnessed import Witnessed


class Verdict(Enum):
    """What a check of evidence came to."""

    PASS = "pass"  # noqa: S105  # a verdict
    POLICY = "policy"
    """Evidence good, a rule not met."""
    INVALID = "invalid"
    """Evidence bad: a security event."""
    ABSENT = "absent"
    INDETERMINATE = "indeterminate"
    """Could not be checked."""

    @property
    def exit_code(self) -> int:
        """The process exit code in mode `enforce`; 2 is kept for wrong usage."""
        return _EXIT[self]

    @property
    def severity(self) -> int:
        """Place in the order of alarm; of several verdicts the highest is reported."""
        return _SEVERITY[self]


_EXIT: Final = {Verdict.PASS: 0, Verdict.POLICY: 1, Verdict.INVALID: 3, Verdict.ABSENT: 4, Verdict.INDETERMINATE: 5}
_SEVERITY: Final = {Verdict.PASS: 0, Verdict.POLICY: 1, Verdict.ABSENT: 2, Verdict.INDETERMINATE: 3, Verdict.INVALID: 4}


class Outcome(Enum):
    """What one step came to."""

    PASS = "pass"  # noqa: S105  # an outcome
    INVALID = "invalid"
    INDETERMINATE = "indeterminate"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One numbered step of a verification."""

    number: int
    name: str
    outcome: Outcome
    against: str
    """What it was checked against, for example the digest of a trust root or of a commit object."""
    detail: str = ""
    code: str = ""
    """Catalogue code when the step failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """Where a verified piece of evidence is in its log, and the head that it was proved under."""

    log: str
    """The log's name: its origin."""
    index: int
    leaf_hash: bytes
    tree_size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceReport:
    """One piece of evidence and what became of it."""

    source: str
    """Where it was found."""
    verdict: Verdict
    steps: tuple[Step, ...]
    attestation: str | None = None
    """`att_…`; None when the evidence did not parse that far."""
    sha256: str = ""
    """Of the file's bytes, hex; empty where it was not read from one."""
    predicate_type: str | None = None
    identity: str | None = None
    issuer: str | None = None
    link: str | None = None
    """How a session is linked: `recorded` or `asserted`, both the signer's word; None for a declaration."""
    log_index: int | None = None
    tree_size: int | None = None
    signed_at: int | None = None
    """Proved signing time, seconds since the epoch, by the timestamp authority's clock."""
    named: bool = False
    """The caller named this file."""
    counted: bool = False
    """Whether this evidence can satisfy the policy that was applied."""
    statement: Statement | None = None
    """What was signed; None where it did not parse, or a check failed."""
    logged: Logged | None = None
    """None where no proof of the log was verified."""
    witnessed: Witnessed | None = None
    """What the pinned witnesses make of it; None where none is pinned, or nobody asked."""

    def existed_at(self, tree_size: int | None) -> bool:
        """Tell whether it was in the log when the tree had that size; None: now.

        What no verified proof places stays: nobody knows when it was there.
        """
        return tree_size is None or self.log_index is None or self.log_index < tree_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that a policy asked of a commit, and what came of it."""

    number: int
    policy: str
    rule: str
    """The rule that placed the change, or `default`."""
    tier: str
    check: str
    """What was checked, for example `review.humans`."""
    verdict: Verdict
    against: str
    """What it was checked against."""
    detail: str = ""
    fix: str = ""
    """What would settle it; empty where nothing has to be done."""
    mode: str = "enforce"
    controls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitVerdict:
    """The answer of the gate for one commit."""

    oid: str
    verdict: Verdict
    reason: str
    policy: str
    policy_base: str
    mode: str
    evidence: tuple[EvidenceReport, ...]
    steps: tuple[Step, ...]
    ignored_unknown_signers: int = 0
    not_checked: tuple[str, ...] = ()
    tier: str = ""
    """The tier that the policy places the change in; empty under the built-in policy."""
    state: str = ""
    """State of coverage (D13), in a range; empty where one commit was asked for."""
    policy_sha256: str = ""
    """Of the repository's policy file; empty under the built-in policy and where none could be read."""
    as_of: int | None = None
    """The tree size at which it stood so; None: all evidence at hand was used."""
    reasons: tuple[Reason, ...] = ()
    """What the policy asked for, numbered; empty under the built-in policy and where no policy could be applied."""

    @property
    def exit_code(self) -> int:
        """The exit code under the policy's mode: only `enforce` stops a pipeline, except for `invalid`."""
        if self.reasons:
            # A rule may have a mode of its own: what is only observed stops nothing, whatever stands beside it.
            stops = [r.verdict for r in self.reasons if r.mode == "enforce" or r.verdict is Verdict.INVALID]
            return max(stops, key=lambda v: v.severity, default=Verdict.PASS).exit_code
        if self.mode == "enforce" or self.verdict is Verdict.INVALID:
            return self.verdict.exit_code
        return 0
