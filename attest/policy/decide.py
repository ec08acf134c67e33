"""The decision: one commit, one policy, the evidence that was judged, and how complete it is, to numbered reasons.

1. start       a commit older than the policy's `start` is asked for nothing (the caller says so)
2. bad         evidence that was checked and is bad, unless other evidence stands in for it
3. tier        the change is placed by its paths, then raised by what its sessions say (attest.policy.placing)
4. attributed  a session or a declaration, as the tier's `unattributed` asks
5. sessions    what the tier asks a session to show; one counted session that shows it is enough
6. denials     what no session may show; decided only on a complete list of evidence
7. reviews     people who signed over this very tree, sessions and policy (attest.policy.reviews)
8. raise       a rule that an unseen session could trigger; decided only on a complete list
9. excepted    a rule that enough of those whom the policy names let pass by signature (attest.policy.granted)

What is never read: the attestation's own paths, the work tree, a part of a session, a model's judgement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.review_predicate import REVIEW_V1
from attest.model.session_predicate import SESSION_V1
from attest.model.verdict import EvidenceReport, Outcome, Reason, Verdict
from attest.policy.change import Completeness, JudgedCommit
from attest.policy.demands import Demand, bad_heads, denials, shown, witnessed
from attest.policy.facts import SessionFacts, sessions_of, why_not_counted
from attest.policy.granted import except_reasons
from attest.policy.independence import Signer
from attest.policy.placing import Placement, place
from attest.policy.reviews import judge_reviews
from attest.policy.values import Policy, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one policy says of one commit."""

    tier: str
    reasons: tuple[Reason, ...]
    """Numbered from 1, in the order they were checked; never empty."""
    counted: tuple[SessionFacts, ...]
    """Sessions that the policy accepts."""
    declared: bool

    @property
    def verdict(self) -> Verdict:
        """The gravest of the reasons."""
        return max((reason.verdict for reason in self.reasons), key=lambda v: v.severity)


def decide(policy: Policy, commit: JudgedCommit, completeness: Completeness, now: datetime) -> Decision:
    """Decide one commit under one policy. Total: every input gives a decision, and the same input the same one."""
    return _Deciding(policy, commit, completeness, now).decision()


class _Deciding:
    """The reasons so far."""

    def __init__(self, policy: Policy, commit: JudgedCommit, completeness: Completeness, now: datetime) -> None:
        self.policy, self.commit, self.now = policy, commit, now
        self.complete = completeness.holds(now, policy.max_age_s)
        self.against = completeness.described(now, policy.max_age_s)
        self.bad_answer = completeness.bad
        self.sessions = sessions_of(commit.reports)
        self.counted = tuple(one for one in self.sessions if self._counts(one.signer, one.link))
        self.declared = any(self._declares(report) for report in commit.reports)
        self.placed = place(policy, commit.changes, self.sessions, today=now.date())
        self.reasons: list[Reason] = []

    def decision(self) -> Decision:
        tier = self.policy.tier(self.placed.tier)
        self._placed()  # 3
        self._attributed(tier)  # 4
        for demand in self._demands(tier):  # 5, 6, 7
            self._add(demand)
        self._could_raise()  # 8
        self.reasons = except_reasons(self.reasons, self.policy, self.commit, self.now)  # 9
        self._bad()  # 2
        return Decision(tier=tier.id, reasons=tuple(self.reasons), counted=self.counted, declared=self.declared)

    def _add(self, demand: Demand, placed: Placement | None = None) -> None:
        where = placed or self.placed
        self.reasons.append(
            Reason(
                number=len(self.reasons) + 1,
                policy=self.policy.name,
                rule=where.rule,
                tier=where.tier,
                check=demand.check,
                verdict=demand.verdict,
                against=demand.against,
                detail=demand.detail,
                fix=demand.fix,
                mode=where.mode,
                controls=where.controls,
            )
        )

    def _placed(self) -> None:
        notes = "; ".join(self.placed.notes)
        rules = ", ".join(self.placed.matched)
        self._add(
            Demand(
                check="tier",
                verdict=Verdict.PASS,
                against=f"{len(self.commit.changes)} changed paths",
                detail="; ".join(filter(None, (f"placed by {rules}", notes))),
            )
        )

    def _attributed(self, tier: Tier) -> None:
        oid, asked = self.commit.oid[:12], tier.unattributed
        if self.counted or (self.declared and asked == "declare"):
            what = f"{len(self.counted)} sessions" if self.counted else "a signed declaration"
            self._add(Demand(check="attributed", verdict=Verdict.PASS, against=what))
        elif asked == "report":
            detail = "declared: no agent had a part" if self.declared else "nothing is known of how it came about"
            self._add(Demand(check="attributed", verdict=Verdict.PASS, against="unattributed: report", detail=detail))
        else:
            verdict, detail = self._nothing_counts()
            fix = f"whereof record --commit {oid}" + (f", or whereof declare {oid}" if asked == "declare" else "")
            against = f"unattributed: {asked}"
            self._add(Demand(check="attributed", verdict=verdict, against=against, detail=detail, fix=fix))

    def _nothing_counts(self) -> tuple[Verdict, str]:
        """Say why no evidence counts: some was refused by the policy, some could not be judged, or there is none."""
        refused = [why for report in self.commit.reports if (why := self._why_not(report))]
        if refused:
            return Verdict.POLICY, refused[0]
        stopped = next((s for r in self.commit.reports for s in r.steps if s.outcome is Outcome.INDETERMINATE), None)
        if stopped is not None:
            return Verdict.INDETERMINATE, f"evidence could not be judged at step {stopped.name}: {stopped.detail}"
        if self.commit.ignored:
            why = "under no root that is pinned here" if self.commit.any_root else "and no trust root is pinned"
            return Verdict.INDETERMINATE, f"{self.commit.ignored} bundles found, {why}"
        return Verdict.ABSENT, "no session and no human declaration"

    def _demands(self, tier: Tier) -> tuple[Demand, ...]:
        found: list[Demand] = []
        for need in tier.requires:
            if self.counted:
                found += shown(need, self.counted, self.commit.oid)
            found += denials(need, self.sessions, complete=self.complete, against=self.against)
            if need.witness:
                found.append(witnessed(need.witness, self._relied_on(), self.commit.witnesses))
            if need.review is not None:
                found += judge_reviews(need.review, self.policy, self.commit, (self.sessions, self.complete))
        return tuple(dict.fromkeys(found))

    def _could_raise(self) -> None:
        """Ask whether an unseen session could raise the tier to one whose demands are not met as things stand."""
        if self.complete:
            return
        for rule in self.placed.could_raise:
            tier = self.policy.tier(rule.tier)
            open_demands = [one for one in self._demands(tier) if one.verdict is not Verdict.PASS]
            if tier.unattributed == "session" and not self.counted:
                open_demands.append(Demand(check="attributed", verdict=Verdict.ABSENT, against=""))
            if open_demands:
                self._add(
                    Demand(
                        check="raised",
                        verdict=Verdict.INDETERMINATE,
                        against=self.against,
                        detail=f"rule {rule.id} would ask for tier {rule.tier} ({open_demands[0].check}) if a session "
                        "that is not here matched it",
                        fix="ask the log for a complete answer",
                    )
                )

    def _relied_on(self) -> tuple[EvidenceReport, ...]:
        """Give what may satisfy this tier: sessions that count, a declaration that does, and reviews that verified."""
        good = [report for report in self.commit.reports if report.verdict is Verdict.PASS]
        return tuple(
            one for one in good if one.predicate_type == REVIEW_V1 or self._is_session(one) or self._declares(one)
        )

    def _is_session(self, report: EvidenceReport) -> bool:
        signer = Signer(report.issuer or "", report.identity or "")
        return report.predicate_type == SESSION_V1 and self._counts(signer, report.link or "")

    def _bad(self) -> None:
        if self.bad_answer:
            fix = "keep the answer and report it"
            self._add(
                Demand(
                    check="complete",
                    verdict=Verdict.INVALID,
                    against="complete answer",
                    detail=self.bad_answer,
                    fix=fix,
                )
            )
        for found in bad_heads(self.commit.reports):
            self._add(found)
        bad = [report for report in self.commit.reports if report.verdict is Verdict.INVALID]
        stands_in = (self.counted or self.declared) and all(r.verdict is Verdict.PASS for r in self.reasons)
        telling = [report for report in bad if report.named] or ([] if stands_in else bad)
        if telling:
            failed = next(step for step in telling[0].steps if step.outcome is Outcome.INVALID)
            detail, fix = f"step {failed.name}: {failed.detail}", "keep the evidence and report it"
            self._add(
                Demand(check="evidence", verdict=Verdict.INVALID, against=telling[0].source, detail=detail, fix=fix)
            )
        elif bad:
            detail = f"{len(bad)} bad beside good evidence, reported"
            self._add(Demand(check="evidence", verdict=Verdict.PASS, against=bad[0].source, detail=detail))

    def _counts(self, signer: Signer, link: str) -> bool:
        return link in self.policy.links and not why_not_counted(signer, self.policy)

    def _declares(self, report: EvidenceReport) -> bool:
        """Tell whether a person who counts declared; an agent's word that no agent had a part is none."""
        if report.verdict is not Verdict.PASS or report.predicate_type != DECLARATION_V1 or not report.counted:
            return False
        signer = Signer(report.issuer or "", report.identity or "")
        return not any(one.signer == signer for one in self.policy.agents) and not why_not_counted(signer, self.policy)

    def _why_not(self, report: EvidenceReport) -> str:
        if report.verdict is not Verdict.PASS or not report.counted:
            return ""
        signer = Signer(report.issuer or "", report.identity or "")
        if report.predicate_type == DECLARATION_V1 and any(one.signer == signer for one in self.policy.agents):
            return "an agent's declaration is none"
        why = why_not_counted(signer, self.policy)
        if not why and report.link and report.link not in self.policy.links:
            return f"linked as {report.link}, which the policy's `links` does not accept"
        return why or ("a declaration, where a session is asked for" if report.predicate_type == DECLARATION_V1 else "")
