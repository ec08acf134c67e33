"""Whether enough people signed a review over this very change: its tree, its sessions, this policy.

A review is outdated, and does not count, when the tree is another, when a session is known that it did not cover, or
when another policy was in force. Of one reviewer only the newest review counts. An agent never counts.
"""

from __future__ import annotations

from attest.errors import InvalidInput
from attest.model.review import Review, review_of
from attest.model.review_predicate import REVIEW_V1
from attest.model.verdict import EvidenceReport, Verdict
from attest.policy.captures import digests_by_session
from attest.policy.change import JudgedCommit
from attest.policy.demands import Demand
from attest.policy.facts import RELATED, SessionFacts
from attest.policy.finding import Known
from attest.policy.independence import Parties, Party, Signer, independence
from attest.policy.process_order import SignedReview, process_before_code
from attest.policy.review_standing import Now, standing
from attest.policy.values import Policy, ReviewNeed


def judge_reviews(
    need: ReviewNeed, policy: Policy, commit: JudgedCommit, known: tuple[tuple[SessionFacts, ...], bool]
) -> tuple[Demand, ...]:
    """Count the reviewers who satisfy `need`; `known` is every verified session, and whether that list is complete."""
    every, complete = known
    # A session that does not name this commit may have run it and raise its tier; nobody reviews this commit by it.
    sessions = tuple(one for one in every if one.link != RELATED)
    good: dict[Signer, SignedReview] = {}
    open_, why = 0, ""
    for signer, signed in _newest(commit.reports).items():
        outdated = _outdated(signed.review, commit, sessions, need)
        if outdated or (need.by and signer not in need.by):
            why = why or outdated or "signed by somebody whom the policy does not name as a reviewer"
            continue
        found = independence(
            signer,
            _parties(signer, policy, commit, known),
            capacity=signed.review.capacity,
            apart_from=(Party.AGENT, *(Party(one) for one in need.apart_from)),
        )
        if found.known is Known.YES:
            good[signer] = signed
        else:
            open_ += found.known is Known.NOT_KNOWN
            why = why or found.why[0]
    against = f"tree {commit.tree[:12]}, {len(sessions)} sessions, this policy"
    first = (_process_first(good, sessions, commit.oid),) if need.process_first else ()
    count = f"{len(good)} of {need.humans}"
    met = len(good) >= need.humans
    if met and (complete or not need.humans):
        return (Demand(check="review.humans", verdict=Verdict.PASS, against=against, detail=count), *first)
    if met:
        why = "a session or a later review that is not here could outdate them"
    verdict = Verdict.INDETERMINATE if len(good) + open_ >= need.humans else Verdict.POLICY
    detail, fix = count + (f"; {why}" if why else ""), f"whereof review {commit.oid[:12]}"
    return (Demand(check="review.humans", verdict=verdict, against=against, detail=detail, fix=fix), *first)


def _newest(reports: tuple[EvidenceReport, ...]) -> dict[Signer, SignedReview]:
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
    return {
        signer: SignedReview(review=review, signed_at=signed or None)
        for signer, (signed, review) in found.items()
        if review.approves
    }


def _outdated(review: Review, commit: JudgedCommit, sessions: tuple[SessionFacts, ...], need: ReviewNeed) -> str:
    """Say why a review does not stand for what is known here; empty where it does."""
    captures = [one.capture for one in sessions if one.capture is not None]
    if len(captures) < len(sessions):
        return "a session here does not name itself, so no review can cover it"
    now = Now(
        oid=commit.oid,
        tree=commit.tree,
        head=(commit.head or commit.oid) if need.on_head else None,
        patch=commit.patch,
        same=commit.same,
        sessions=digests_by_session(captures),
        policy=commit.policy_sha256,
    )
    stood = standing(review, now, carry_equal_patch=need.carry)
    return "" if stood.standing.counts else stood.why


def _process_first(reviews: dict[Signer, SignedReview], sessions: tuple[SessionFacts, ...], oid: str) -> Demand:
    found = process_before_code(reviews.values(), [one.facts for one in sessions])
    verdict = {Known.YES: Verdict.PASS, Known.NO: Verdict.POLICY, Known.NOT_KNOWN: Verdict.INDETERMINATE}[found.known]
    return Demand(
        check="review.process_before_code",
        verdict=verdict,
        against=f"{len(reviews)} reviews, {len(sessions)} sessions",
        detail=found.why[0],
        fix="" if verdict is Verdict.PASS else f"whereof review {oid[:12]}",
    )


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
