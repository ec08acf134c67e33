"""Check everything again under today's trust and policy, and say so in a dated, signed report that is logged.

1. log      tree, heads, proofs and published files made again; what the last report saw is still below it
2. bundles  every signature under the roots pinned today, as the revocations leave them, or of those logged since the last
            report alone
3. commits  where a clone is at hand: a range judged under the policy that holds for it, as a `coverage/v1` of its own
4. report   a test-result of in-toto about the log, signed and logged; a log that takes nothing more is told as it was found
5. since    what the last report of this instance said otherwise
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, NotVerified, Refused
from attest.model.reverified import TEST_RESULT_V01, LastReport, Reverified, last_report_of, report_predicate
from attest.model.statement import build_statement
from attest.model.times import rfc3339
from attest.model.verdict import Verdict
from attest.signing.bundle_shape import read_bundle
from attest.signing.memo import Memo
from attest.signing.verify import AnyIdentity, verify_bundle
from attest.store.log_reader import LogReader
from attest.store.population_rows import Ground
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.issue_verdicts import issue_coverage
from attest.usecases.log_statement import own_log_subject
from attest.usecases.log_summaries import log_summaries
from attest.usecases.pinned_trust import read_trust
from attest.usecases.population_ground import statements_of
from attest.usecases.receipts import bundle_of
from attest.usecases.verify_range import verify_range

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.signing.trust import TrustedRoot
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance
    from attest.usecases.verify import VerifyRequest

_SEVERITY: Final = (3, 5, 4, 1, 0)
"""Exit codes, gravest first (D8)."""
_BROKEN: Final = frozenset({"ledger.corrupt", "ledger.rollback"})
"""Why a log takes nothing more that is evidence against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverifyRequest:
    """What to check again."""

    judge: VerifyRequest | None = None
    """A range and what it is judged on; None: no commits are judged, and the report says so."""
    since_last: bool = False
    """Verify the signatures of what was logged since the last report alone; the tree is made again all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverifyReport:
    """What was found, and where it is logged."""

    found: Reverified
    attestation: str
    """Empty: nothing could be logged."""
    not_logged: str
    """The code of why; empty: it is logged."""
    last: LastReport | None
    """None: this is the first report of this log."""
    exit_code: int


@dataclass(slots=True)
class _Run:
    passed: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    codes: set[int] = field(default_factory=set)
    not_logged: str = ""

    def unlogged(self, err: AttestError) -> None:
        """Note that the log takes nothing more, once."""
        if not self.not_logged:
            self.not_logged = err.code
            self.bad("log/takes-entries", 3 if err.code in _BROKEN else 5)

    def bad(self, name: str, code: int) -> None:
        (self.warned if code == Verdict.INDETERMINATE.exit_code else self.failed).append(name)
        self.codes.add(code)


def reverify(
    instance: Instance,
    request: ReverifyRequest,
    on_progress: Callable[[int, int], None],
    *,
    to_log: Callable[[], Instance] | None = None,
) -> ReverifyReport:
    """Check again, sign, log, and compare with the last report.

    `to_log` opens the instance that the report is logged with, once everything was looked at as it lies: opening may repair
    files. Without it that is `instance`.

    Raises:
        CannotVerify: `trust.unreadable`; nothing is reported then.
    """
    run, trust = _Run(), read_trust(instance.settings.trust_dir)
    roots = trust.parsed()
    last = last_report(instance)
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    if head is None:
        raise CannotVerify("ledger.range", "nothing is logged yet")
    _log(instance, run, last, on_progress)  # 1
    first = last.tree_size if last and request.since_last else 0
    checked = _bundles(instance, run, roots, (first, head.tree_size))  # 2
    ready = _opened(run, to_log or (lambda: instance))
    coverages, policies, scope = _commits(ready, run, request.judge)  # 3
    found = Reverified(
        verified_at=rfc3339(instance.clock.now()),
        origin=instance.services.log.origin,
        tree_size=head.tree_size,
        root=head.root.hex(),
        roots=tuple(sorted(one.digest.hex() for one in roots)),
        revocations=(hashlib.sha256(trust.revocations).hexdigest(),) if trust.revocations else (),
        policies=policies,
        coverages=coverages,
        bundles=checked,
        first=first,
        scope=scope,
        previous=last.attestation if last else "",
        passed=tuple(run.passed),
        warned=tuple(run.warned),
        failed=tuple(run.failed),
    )
    attestation = _logged(ready, run, found)  # 4
    found = replace(found, warned=tuple(run.warned), failed=tuple(run.failed))
    code = next((one for one in _SEVERITY if one in run.codes), 0)
    return ReverifyReport(  # 5
        found=found, attestation=attestation, not_logged=run.not_logged, last=last, exit_code=code
    )


def _opened(run: _Run, to_log: Callable[[], Instance]) -> Instance | None:
    try:
        return to_log()
    except (Refused, CannotVerify) as err:
        run.unlogged(err)
        return None


def _logged(ready: Instance | None, run: _Run, found: Reverified) -> str:
    if ready is None:
        return ""
    statement = build_statement(TEST_RESULT_V01, (own_log_subject(ready),), report_predicate(found))
    try:
        (attestation,) = log_summaries(ready, (statement,))
    except (Refused, CannotVerify) as err:
        run.unlogged(err)
        return ""
    return attestation


def last_report(instance: Instance) -> LastReport | None:
    """Give the newest report that this instance's own authority certified; None where there is none."""
    subject = own_log_subject(instance)
    newest: LastReport | None = None
    ground = Ground(tree_size=2**62, predicate_types=(TEST_RESULT_V01,))
    for stored, statement in statements_of(instance, ground):
        if stored.issuer == instance.services.issuer and statement.subjects == (subject,):
            newest = last_report_of(stored.id, statement.predicate) or newest
    return newest


def _log(instance: Instance, run: _Run, last: LastReport | None, on_progress: Callable[[int, int], None]) -> None:
    result = fsck(instance, FsckDepth(), on_progress=on_progress)
    for problem in result.problems:
        run.bad("log/" + problem.partition(":")[0].replace(" ", "-")[:120], 3)
    if not result.problems:
        run.passed.append("log/rebuilt")
    if last is None:
        return
    then = LogReader(instance.engine, instance.scope, instance.log.name).head(last.tree_size)
    if then is not None and then.root.hex() == last.root:
        run.passed.append("log/extends-last-report")
    else:
        run.bad("log/extends-last-report", 3)


def _bundles(instance: Instance, run: _Run, roots: tuple[TrustedRoot, ...], window: tuple[int, int]) -> int:
    first, end = window
    memo, checked, before = Memo(), 0, len(run.codes)
    for stored, _ in statements_of(instance, Ground(tree_size=end, first=first)):
        checked += 1
        try:
            verify_stored(stored, roots, memo)
        except NotVerified:
            run.bad(f"bundle/{stored.id}", 3)
        except AttestError:
            run.bad(f"bundle/{stored.id}", 5)
    if len(run.codes) == before:
        run.passed.append("bundles/signatures")
    return checked


def verify_stored(stored: StoredAttestation, roots: tuple[TrustedRoot, ...], memo: Memo) -> None:
    """Check every signature of a logged attestation under the root that knows its log.

    Raises:
        NotVerified: one does not hold.
        CannotVerify: `evidence.untrusted`, no root knows the log; `evidence.revoked`, only a revoked authority says when.
    """
    bundle = read_bundle(bundle_of(stored), memo)
    entry = bundle.entry
    root = next((one for one in roots if entry is not None and one.log(entry.log_id) is not None), None)
    if root is None:
        raise CannotVerify("evidence.untrusted", where=stored.id)
    verify_bundle(bundle, root, AnyIdentity(), None, memo=memo)


def _commits(
    ready: Instance | None, run: _Run, judge: VerifyRequest | None
) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    if judge is None:
        return (), (), ""
    found = verify_range(judge)
    for one in found.commits:
        if one.verdict is not Verdict.PASS:
            name = f"commit/{one.oid}/{one.verdict.value}"
            (run.warned if one.verdict is Verdict.INDETERMINATE else run.failed).append(name)
    run.codes.add(found.exit_code)
    if found.verdict is Verdict.PASS:
        run.passed.append("commits/policy")
    if found.stopped_code:
        run.warned.append(f"commits/stopped/{found.stopped_code}")
    coverages: tuple[str, ...] = ()
    try:
        coverages = issue_coverage(found, judge, ready).attestations if found.commits and ready else ()
    except (Refused, CannotVerify) as err:
        run.unlogged(err)
    return coverages, tuple(digest for _, digest in found.policies), f"{found.base}..{found.tip}"
