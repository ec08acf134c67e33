"""Verify one commit: does it have the evidence that its policy asks for? Offline, from a clone and plain files.

1. commit    resolve the revision; hash the raw commit object
2. policy    find the policy's base and read it there, never in the change it judges
3. trust     the roots that are pinned
4. evidence  find the bundles kept for this commit, and those the caller named
5. judge     each on its own (attest.evidence.offline)
6. verdict   what they come to under the policy

Nothing on this path needs a network, a database, or more than `cryptography`; a YAML reader only where a policy file is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput
from attest.evidence.locate import find_bundles
from attest.evidence.offline import judge
from attest.evidence.policy_base import policy_base
from attest.evidence.trust import pinned_roots
from attest.evidence.witnessed import WitnessBook, pinned_witnesses, split_named
from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.verdict import CommitVerdict, EvidenceReport, Outcome, Reason, Step, Verdict
from attest.model.witnessed import WitnessState
from attest.policy import evidence_only
from attest.signing.memo import Memo
from attest.signing.selftest import own_selftest
from attest.usecases.answer_book import AnswerBook, read_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from attest.evidence.locate import FoundBundle
    from attest.evidence.range_files import RangeFiles
    from attest.evidence.trust import PinnedRoot
    from attest.git import Repository
    from attest.ledger.index import IndexKeys
    from attest.model.commit import CommitFacts
    from attest.model.witnessed import Witnessed
    from attest.policy.change import Change
    from attest.policy.values import Policy

STEPS: Final = ("commit", "policy", "trust", "evidence", "verdict")
POLICY_FILE: Final = ".attest/policy.yaml"
MERGED_SIDES: Final = 2
NOT_COMPLETE: Final = "whether the list of evidence is complete: plain files cannot prove it"
NO_WITNESS: Final = "cosignatures of witnesses: no witness is pinned"
NOT_CHECKED: Final = (
    NO_WITNESS,
    NOT_COMPLETE,
    "whether the transcript is whole: that is the recorder's word",
    "revocation of certificates: they live ten minutes",
)
"""What a pass of this command does not say; printed with every verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRequest:
    """What is to be verified, and what the caller pins."""

    repository: Repository
    revision: str
    bundles: tuple[Path, ...] = ()
    trust: Path | None = None
    revocations: Path | None = None
    """Which authorities are revoked; added to the lists at the policy's base and of this machine."""
    policy: str | None = None
    """`REV:PATH` of the policy to apply; None: the protected one (D9)."""
    bundles_dir: Path
    bundles_before: tuple[Path, ...] = ()
    """Where this machine's instance keeps bundles by commit, and where the logs that its own one follows kept theirs."""
    trust_dir: Path
    only: frozenset[str] | None = None
    """Ids of the only evidence to judge (`report_id`), where a verdict of before is recomputed; None: all that is found."""
    as_of: int | None = None
    """A tree size: evidence logged from there on is left out. Days are still those of `now`."""
    now: datetime | None = None
    """The moment that exceptions and ages are held against; None: a policy file cannot be applied."""
    witness_policy: Path | None = None
    """The tlog-policy file whose witnesses count; None: the one at the policy's base, else this machine's."""
    proofs: Callable[[str, int], bytes | None] | None = None
    """Gives the newest cosigned tlog-proof of a log's entry; None: only those among files are used."""
    shows_witnesses: bool = False
    """`proofs` is asked also where no rule asks for a witness: who reads is shown what the pinned ones make of it."""
    answers: Callable[[tuple[str, ...]], tuple[tuple[str, bytes], ...]] | None = None
    """Gives complete answers for commits, each with where it is from; None: only those among `bundles` are used."""
    index_keys: Callable[[], IndexKeys] | None = None
    """Reads the keys of private logs that the caller holds; None: there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every commit of one run is judged on."""

    request: VerifyRequest
    named: tuple[FoundBundle, ...]
    base: str | None
    base_name: str
    policies: tuple[Policy, ...]
    """The repository's and those it extends; empty: the built-in one."""
    roots: tuple[PinnedRoot, ...]
    memo: Memo = field(default_factory=Memo)
    paths: Mapping[str, tuple[Change, ...]] | None = None
    """What each commit of a range changed of its own; None: one commit is asked for, against its first parent."""
    nested: tuple[Policy, ...] = ()
    """Policies of folders that a range touches."""
    files: RangeFiles | None = None
    """Changed files of a range, through one process; None: each commit is asked for alone."""
    older: dict[str, frozenset[str]] = field(default_factory=dict)
    """Commits before a policy's start, by the policy's digest; filled as they are asked for."""
    shared: frozenset[str] | None = None
    """Commits with anything under `refs/whereof/*`; None: not asked yet."""
    named_for: Mapping[str, tuple[FoundBundle, ...]] = field(default_factory=dict)
    """Of a range, the named bundles that claim to speak of one of its commits, by commit; `named` are the others."""
    head: str | None = None
    """Tip of the range; None: the commit that is asked for."""
    witnesses: WitnessBook = field(default_factory=lambda: WitnessBook(pinned=None))
    """The pinned witnesses, and the cosigned heads at hand."""
    book: AnswerBook | None = None
    """Complete answers; None: there are none and nobody can be asked."""


def verify_commit(request: VerifyRequest) -> CommitVerdict:
    """Give the verdict for one commit, with every step that led to it.

    Raises:
        InvalidInput: the revision does not exist, or a named bundle cannot be read: nothing was judged.
        CannotVerify: `program.selftest`.
    """
    own_selftest()
    repository = request.repository
    commit = repository.commit_facts(repository.resolve(request.revision))  # 1
    files, answers = read_files(request.bundles)
    named, proofs = split_named(files)
    run = Verification(commit)
    try:
        base, run.base_name = policy_base(repository, commit)  # 2
        policies, run.base_name = applicable(request, base, run.base_name)
        run.takes(policies)
        roots = run.trust(request, base)  # 3
        witnesses = witness_book(request, base, proofs)
    except CannotVerify as err:
        return run.stopped(err)
    memo = Memo()
    book = AnswerBook(
        files=answers,
        source=request.answers,
        wanted=(commit.oid,),
        roots=roots,
        memo=memo,
        index_keys=request.index_keys,
    )
    return run.judged(
        Ground(
            request=request,
            named=named,
            base=base,
            base_name=run.base_name,
            policies=policies,
            roots=roots,
            memo=memo,
            book=book,
            witnesses=witnesses,
        )
    )


def witness_book(request: VerifyRequest, base: str | None, proofs: tuple[FoundBundle, ...]) -> WitnessBook:
    """Give the pinned witnesses, with the proofs that the caller named.

    Raises:
        CannotVerify: `trust.unreadable`, the pinned file cannot be read.
    """
    pinned = pinned_witnesses(request.witness_policy, request.repository, base, request.trust_dir)
    return WitnessBook(pinned=pinned, named=proofs, source=request.proofs)


def applicable(request: VerifyRequest, base: str | None, base_name: str) -> tuple[tuple[Policy, ...], str]:
    """Give the policies to apply, and how their place is called; none is the built-in policy.

    Raises:
        InvalidInput: the policy that the caller names does not exist.
        CannotVerify: there is one and it cannot be read.
    """
    repository, path = request.repository, POLICY_FILE
    if request.policy is not None:
        revision, _, path = request.policy.partition(":")
        base, base_name = repository.resolve(revision), f"named by the caller ({request.policy})"
    raw = repository.tree_blob(base, path) if base is not None else None
    if base is None or raw is None:
        if request.policy is not None:
            raise InvalidInput("input.not-found", "no policy there", where=request.policy[:200])
        return (), base_name
    from attest.evidence.policies import read_policies  # noqa: PLC0415  # YAML is read only where there is some

    return read_policies(repository, base, raw, path), base_name


class Verification:
    """One commit's verification: the steps so far, and what they come to."""

    def __init__(self, commit: CommitFacts) -> None:
        self.commit = commit
        self.steps: list[Step] = []
        self.found: list[FoundBundle] = []
        self.reports: list[EvidenceReport] = []
        self.complete = False
        self.pinned_witnesses = False
        self.reasons: tuple[Reason, ...] = ()
        self.ignored = 0
        self.later = 0
        self.as_of: int | None = None
        self.base_name = "none: a root commit"
        self.policy_name, self.mode, self.tier, self.state = evidence_only.NAME, evidence_only.MODE, "", ""
        self.policy_sha256 = ""
        self.step("commit", Outcome.PASS, f"{commit.oid}", f"sha256:{commit.object_sha256.hex()} of the raw object")

    def step(self, name: str, outcome: Outcome, against: str, detail: str = "", code: str = "") -> None:  # noqa: PLR0917
        number = len(self.steps) + 1
        self.steps.append(Step(number=number, name=name, outcome=outcome, against=against, detail=detail, code=code))

    def takes(self, policies: tuple[Policy, ...]) -> None:
        """Note which policy is applied, and its mode: the first is the repository's own."""
        if policies:
            self.policy_name, self.mode, self.policy_sha256 = policies[0].name, policies[0].mode, policies[0].sha256
        built_in = "" if policies else "built in; "
        self.step("policy", Outcome.PASS, self.policy_name, f"{built_in}policy base: {self.base_name}")

    def trust(self, request: VerifyRequest, base: str | None) -> tuple[PinnedRoot, ...]:
        roots = pinned_roots(
            request.trust, request.repository, base, request.trust_dir, revocations=request.revocations
        )
        self.trusts(roots)
        return roots

    def trusts(self, roots: tuple[PinnedRoot, ...]) -> None:
        """Note the roots that are pinned."""
        outcome = Outcome.PASS if roots else Outcome.NOT_CHECKED
        self.step("trust", outcome, ", ".join(r.label for r in roots), "" if roots else "no trust root is pinned")

    def stopped(self, err: CannotVerify) -> CommitVerdict:
        """End where something could not be read."""
        self.step(STEPS[len(self.steps)], Outcome.INDETERMINATE, err.where, str(err), err.code)
        return self.verdict(Verdict.INDETERMINATE, str(err))

    def judged(self, ground: Ground) -> CommitVerdict:
        """Find the evidence, judge each piece, and give the verdict under the policies."""
        try:
            self._evidence(ground)  # 4, 5
            if self._merges_only(ground):
                self.state = "exempt"
                return self.verdict(
                    Verdict.PASS, "a merge that brings nothing of its own; what it joins is judged by itself"
                )
            if ground.policies:
                from attest.usecases.verify_policy import decide_commit  # noqa: PLC0415  # as above

                outcome = decide_commit(self, ground)  # 6
                return self.verdict(*outcome)
        except CannotVerify as err:
            return self.stopped(err)
        if ground.book is not None and (bad := ground.book.bad()):
            return self.verdict(Verdict.INVALID, f"a complete answer is bad: {bad}")
        self.witness(ground, ask=False)
        if bad := next((w.detail for w in self._witnessed() if w.state is WitnessState.BAD), ""):
            return self.verdict(Verdict.INVALID, f"a cosigned head is bad: {bad}")
        types = {report.predicate_type for report in self.reports if report.counted}
        self.state = "" if not types else "declared" if types == {DECLARATION_V1} else "covered"
        reports = tuple(self.reports)
        return self.verdict(*evidence_only.decide(reports, ignored=self.ignored, any_root=bool(ground.roots)))

    def _merges_only(self, ground: Ground) -> bool:
        if len(self.commit.parents) != MERGED_SIDES or any(r.verdict is Verdict.INVALID for r in self.reports):
            return False
        return ground.paths is not None and not ground.paths[self.commit.oid]

    def _evidence(self, ground: Ground) -> None:
        request = ground.request
        folders = (request.bundles_dir, *request.bundles_before)
        kept = find_bundles(request.repository, self.commit.oid, folders, ground.shared)
        brought = ground.book.about(self.commit.oid) if ground.book is not None else ()
        self.take((*ground.named, *ground.named_for.get(self.commit.oid, ()), *kept, *brought), ground)
        names = ", ".join(f.source for f in self.found[:4])
        if request.as_of is not None:
            names = f"as of tree size {request.as_of}, {self.later} logged later left out; {names}"
        self.as_of = request.as_of
        self.step("evidence", Outcome.PASS, f"{len(self.found)} bundles", names)

    def witness(self, ground: Ground, *, ask: bool) -> None:
        """Hold the evidence against the pinned witnesses; `ask`: also against what a log answers."""
        book, request = ground.witnesses, ground.request
        self.pinned_witnesses = book.pinned is not None
        if book.pinned is not None:
            proofs = book.kept(request.repository, self.commit.oid, request.bundles_dir)
            self.reports = book.judged(self.reports, proofs, ask=ask or request.shows_witnesses)

    def _witnessed(self) -> list[Witnessed]:
        return [report.witnessed for report in self.reports if report.witnessed is not None]

    def take(self, found: Iterable[FoundBundle], ground: Ground) -> None:
        """Judge bundles that were not judged before."""
        request, known = ground.request, {f.data for f in self.found}
        for bundle in found:
            if bundle.data in known:
                continue
            known.add(bundle.data)
            self.found.append(bundle)
            report = judge(
                bundle, self.commit, request.repository, roots=ground.roots, memo=ground.memo, files=ground.files
            )
            if report is None:
                self.ignored += 1
            elif not report.existed_at(request.as_of):
                self.later += 1
            elif request.only is None or report_id(report) in request.only:
                self.reports.append(report)

    def _checked(self) -> set[str]:
        known = ((self.complete, NOT_COMPLETE), (self.pinned_witnesses, NO_WITNESS))
        return {words for done, words in known if done}

    def verdict(self, verdict: Verdict, reason: str) -> CommitVerdict:
        outcome = {Verdict.PASS: Outcome.PASS, Verdict.INVALID: Outcome.INVALID}.get(verdict, Outcome.INDETERMINATE)
        self.step("verdict", outcome, self.policy_name, reason)
        return CommitVerdict(
            oid=self.commit.oid,
            verdict=verdict,
            reason=reason,
            policy=self.policy_name,
            policy_base=self.base_name,
            mode=self.mode,
            evidence=tuple(self.reports),
            steps=tuple(self.steps),
            ignored_unknown_signers=self.ignored,
            not_checked=tuple(one for one in NOT_CHECKED if one not in self._checked()),
            tier=self.tier,
            reasons=self.reasons,
            state=self.state,
            as_of=self.as_of,
            policy_sha256=self.policy_sha256,
        )


def report_id(report: EvidenceReport) -> str:
    """Name a piece of evidence: its `att_…`, or the digest of its file where it does not parse that far."""
    return report.attestation or f"sha256:{report.sha256}"
