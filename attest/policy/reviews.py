"""Whether enough people signed a review over this very change: its tree, its sessions, this policy.

A review is outdated, and does not count, when the tree is another, when a session is known that it did not cover, or
when another policy was in force. Of one reviewer only the newest review counts. An agent never counts.
"""

from __future__ import annotations

from attest.errors import InvalidInput
from attest.model.review import Review, review_of
from attest.model.review_predicate import REVIEW_V1
from attest.model.verdict import EvidenceReport, Verdict
from attest.policy.change import JudgedCommit
from attest.policy.demands import Demand
from attest.policy.facts import SessionFacts
from attest.policy.finding import Known
from attest.policy.independence import Parties, Party, Signer, independence
from attest.policy.values import Policy, ReviewNeed


def judge_reviews(
    need: ReviewNeed, policy: Policy, commit: JudgedCommit, known: tuple[tuple[SessionFacts, ...], bool]
) -> Demand:
    """Count the reviewers who satisfy `need`; `known` is every verified session, and whether that list is complete."""
    sessions, complete = known
    good, open_, why = 0, 0, ""
    for signer, review in _newest(commit.reports).items():
        outdated = _outdated(review, commit, sessions)
        if outdated or (need.by and signer not in need.by):
            why = why or outdated or "signed by somebody whom the policy does not name as a reviewer"
            continue
        found = independence(
            signer,
            _parties(signer, policy, commit, known),
            capacity=review.capacity,
            apart_from=(Party.AGENT, *(Party(one) for one in need.apart_from)),
        )
        good += found.known is Known.YES
        open_ += found.known is Known.NOT_KNOWN
        why = why or ("" if found.known is Known.YES else found.why[0])
    fix = f"whereof review {commit.oid[:12]}"
    against = f"tree {commit.tree[:12]}, {len(sessions)} sessions, this policy"
    if good >= need.humans:
        if complete or not need.humans:
            return Demand(
                check="review.humans", verdict=Verdict.PASS, against=against, detail=f"{good} of {need.humans}"
            )
        why = "a session or a later review that is not here could outdate them"
    verdict = Verdict.INDETERMINATE if good + open_ >= need.humans else Verdict.POLICY
    detail = f"{good} of {need.humans}" + (f"; {why}" if why else "")
    return Demand(check="review.humans", verdict=verdict, against=against, detail=detail, fix=fix)


def _newest(reports: tuple[EvidenceReport, ...]) -> dict[Signer, Review]:
    found: dict[Signer, tuple[int, Review]] = {}
    for report in reports:
        if report.verdict is not Verdict.PASS or report.predicate_type != REVIEW_V1 or report.statement is None:
            continue
        try:
            review = review_of(report.statement.predicate)
        except InvalidInput:
            continue  # it contradicts itself: no review
        signer, signed = Signer(report.issuer or "", report.identity or ""), report.signed_at or 0
        if signer not in found or found[signer][0] <= signed:
            found[signer] = (signed, review)
    return {signer: review for signer, (_, review) in found.items() if review.approves}


def _outdated(review: Review, commit: JudgedCommit, sessions: tuple[SessionFacts, ...]) -> str:
    row = review.commit(commit.oid)
    if row is None or row.tree != commit.tree:
        return "a review of another tree"
    if review.policy != commit.policy_sha256:
        return "a review made under another policy"
    covered = {(one.id, one.sha256) for one in review.sessions}
    if any((one.id, one.sha256) not in covered for one in sessions):
        return "a review that does not cover every session known here"
    return ""


def _parties(
    signer: Signer, policy: Policy, commit: JudgedCommit, known: tuple[tuple[SessionFacts, ...], bool]
) -> Parties:
    sessions, complete = known
    runners = tuple(dict.fromkeys(one.signer for one in sessions))
    return Parties(
        # A runner who is here is one, however many are not here.
        runners=runners if complete or signer in runners else None,
        author_email=commit.author_email,
        agents=tuple(one.signer for one in policy.agents),
    )
