"""The verdict on one commit under the repository's policies: each decides on its own, and the gravest stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify
from attest.evidence.changed_paths import changed_paths
from attest.evidence.policies import nested_policies
from attest.evidence.rewritten import rewritten_evidence
from attest.model.review_predicate import REVIEW_V1
from attest.model.verdict import Reason, Verdict
from attest.policy.change import Completeness, JudgedCommit
from attest.policy.decide import decide
from attest.usecases.verify import report_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.git import Repository
    from attest.policy.change import Change
    from attest.policy.decide import Decision
    from attest.policy.values import Policy
    from attest.usecases.verify import Ground, Verification

PLAIN_FILES: Final = Completeness(as_of=None)
"""Plain files, of which nobody can prove that they are all there are (D5)."""


def decide_commit(run: Verification, ground: Ground) -> tuple[Verdict, str]:
    """Give verdict and sentence for the commit of `run`, and leave tier, state and numbered reasons there.

    Raises:
        CannotVerify: `policy.start`, `git.failed`, `policy.malformed`; no moment to hold a policy's days against.
    """
    request, commit = ground.request, run.commit
    if request.now is None:
        raise CannotVerify("policy.malformed", "no moment to hold the policy's days against", where="verify")
    repository = request.repository
    changes = ground.paths[commit.oid] if ground.paths is not None else changed_paths(repository, commit)
    policies = (*ground.policies, *_nested(ground, changes))
    completeness = _gather(run, ground, policies)
    run.witness(ground, ask=any(one.asks_witnesses for one in policies))
    run.complete = completeness.holds(request.now, ground.policies[0].max_age_s)
    judged = JudgedCommit(
        oid=commit.oid,
        tree=commit.tree,
        author_email=commit.author_email,
        changes=changes,
        reports=tuple(run.reports),
        ignored=run.ignored,
        any_root=bool(ground.roots),
        policy_sha256=ground.policies[0].sha256,
        head=ground.head or commit.oid,
        witnesses=ground.witnesses.pinned.label if ground.witnesses.pinned is not None else "",
    )
    if any(one.carries for one in policies):
        judged = _with_patches(judged, request.repository)
    decisions = [
        (one, decide(one, judged, completeness, request.now)) for one in policies if not _older(one, ground, run)
    ]
    if not decisions:
        run.state = "before-start"
        return Verdict.PASS, "older than the policy's start: nothing is asked for"
    own = decisions[0][1]
    run.tier = own.tier
    run.state = coverage_state(decisions, changes)
    run.reasons = _numbered([reason for _, decision in decisions for reason in decision.reasons])
    return _sentence(run.reasons)


def _gather(run: Verification, ground: Ground, policies: Sequence[Policy]) -> Completeness:
    """Add the evidence that links and complete answers lead to, and say how complete the list is then."""
    request, book = ground.request, ground.book
    if book is not None and not book.files and not any(one.asks_for_all for one in policies):
        book = None  # no rule needs to know, and nobody named an answer
    if book is not None:
        book.ask()
        run.take(book.about(run.commit.oid), ground)
    found = rewritten_evidence(
        run.commit,
        request.repository,
        tuple(run.reports),
        (request.bundles_dir, *request.bundles_before),
        roots=ground.roots,
        memo=ground.memo,
        more=book.about if book is not None else lambda _: (),
    )
    judged = book.judge(run.commit.oid, tuple(run.found)) if book is not None else None
    known = {report.attestation for report in (*run.reports, *found) if report.verdict is Verdict.PASS}
    related = [one for one in judged.related if one.attestation not in known] if judged is not None else []
    run.reports += [
        one
        for one in (*found, *related)
        if one.existed_at(request.as_of) and (request.only is None or report_id(one) in request.only)
    ]
    if judged is None:
        return PLAIN_FILES
    if request.as_of is not None and judged.size is not None and judged.size < request.as_of:
        # A list of a smaller tree says nothing about what was logged between; one of a larger tree says it all.
        why = f"the complete answer ends at tree size {judged.size}, before {request.as_of}"
        return Completeness(as_of=None, against=why)
    return judged.completeness


def _with_patches(judged: JudgedCommit, repository: Repository) -> JudgedCommit:
    """Recompute what a review that may be carried is held against."""
    from attest.evidence.same_diff import patch_id, same_diffs  # noqa: PLC0415  # few policies carry reviews

    reviews = [one.statement for one in judged.reports if one.predicate_type == REVIEW_V1 and one.statement]
    lists = [statement.predicate.get("commits") for statement in reviews]
    rows = [row for rows in lists if isinstance(rows, list) for row in rows if isinstance(row, dict)]
    others = tuple(dict.fromkeys(str(row.get("oid")) for row in rows if row.get("oid") != judged.oid))
    known = tuple(oid for oid in others if repository.has_commit(oid))
    return replace(judged, patch=patch_id(repository, judged.oid), same=same_diffs(repository, judged.oid, known))


def coverage_state(decisions: Sequence[tuple[Policy, Decision]], changes: tuple[Change, ...]) -> str:
    """Give `covered`, `declared` or `exempt`, or nothing where only marks can tell (`marked`, `unmarked`)."""
    if any(decision.counted for _, decision in decisions):
        return "covered"
    if any(decision.declared for _, decision in decisions):
        return "declared"
    asks = [
        tier.unattributed != "report" or any(need != type(need)() for need in tier.requires)
        for policy, decision in decisions
        for tier in (policy.tier(decision.tier),)
    ]
    by_rule = all(decision.reasons[0].rule != "default" for _, decision in decisions)
    return "exempt" if not any(asks) and (by_rule or not changes) else ""


def _nested(ground: Ground, changes: tuple[Change, ...]) -> tuple[Policy, ...]:
    """Give the policies of the folders that this commit touches."""
    if ground.paths is None:
        return nested_policies(ground.request.repository, ground.base, changes) if ground.base else ()
    return tuple(one for one in ground.nested if any(c.path.startswith(one.below.encode()) for c in changes))


def older_than(repository: Repository, policy: Policy) -> frozenset[str]:
    """Give the ancestors of a policy's start, itself left out; nothing where it names none.

    Raises:
        CannotVerify: `policy.start`, it is not in this clone.
    """
    if policy.start is None:
        return frozenset()
    if not repository.has_commit(policy.start):
        raise CannotVerify("policy.start", where=f"{policy.name} start {policy.start}")
    listed = repository.plumbing(["rev-list", policy.start, "--"]).decode("ascii").split()
    return frozenset(listed) - {policy.start}


def _older(policy: Policy, ground: Ground, run: Verification) -> bool:
    """Tell whether the commit is an ancestor of the policy's start, itself left out."""
    known = ground.older.get(policy.sha256)
    if known is None:
        known = ground.older[policy.sha256] = older_than(ground.request.repository, policy)
    return run.commit.oid in known


def _numbered(reasons: list[Reason]) -> tuple[Reason, ...]:
    return tuple(replace(reason, number=number) for number, reason in enumerate(reasons, 1))


def _sentence(reasons: tuple[Reason, ...]) -> tuple[Verdict, str]:
    worst = max(reasons, key=lambda reason: reason.verdict.severity)
    if worst.verdict is Verdict.PASS:
        return Verdict.PASS, f"tier {worst.tier}: all {len(reasons)} checks of the policy hold"
    open_ = sum(1 for reason in reasons if reason.verdict is not Verdict.PASS)
    more = f" (1 of {open_} open)" if open_ > 1 else ""
    return worst.verdict, f"{worst.check} (tier {worst.tier}, rule {worst.rule}): {worst.detail}{more}"
