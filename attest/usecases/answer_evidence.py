"""Section 10 and the verdict of an answer: the evidence as it verifies now, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from attest.model.answer import Mark, Reason, Row, VerdictLine
from attest.model.answer_parts import list_row, proof_line, proof_rows
from attest.model.summary_types import VERDICTS_SIGNED
from attest.model.verdict import Outcome, Verdict
from attest.model.witnessed import NO_WITNESS, WitnessState
from attest.policy.evidence_only import MODE
from attest.policy.evidence_only import NAME as EVIDENCE_ONLY
from attest.usecases.entry_proof import cosigned_text
from attest.usecases.followed_homes import bundles_before
from attest.usecases.verify import VerifyRequest, verify_commit

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.verdict import CommitVerdict, EvidenceReport
    from attest.model.witnessed import Witnessed
    from attest.usecases.instance import Instance
    from attest.usecases.reach import Reached

NO_CLONE: Final = "no clone is at hand here to compare the commit with"
NO_EARLIER_HEAD: Final = "This reader keeps no earlier head to compare with"
_MARKS: Final = {
    Outcome.PASS: Mark.PASS,
    Outcome.INVALID: Mark.INVALID,
    Outcome.INDETERMINATE: Mark.INDETERMINATE,
    Outcome.NOT_CHECKED: Mark.INDETERMINATE,
}
_CLAUSES: Final = {
    Verdict.PASS: "policy “{}” met",
    Verdict.INVALID: "its evidence is bad",
    Verdict.INDETERMINATE: "its evidence could not be checked here",
    Verdict.ABSENT: "policy “{}” not met",
    Verdict.POLICY: "policy “{}” not met",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """What the answer says of its own evidence."""

    verdict: VerdictLine
    policy_clause: str
    """Last clause of the sentence."""
    rows: tuple[Row, ...]
    """The five proof lines and the list line."""
    list_row: Row


def evidence_of(instance: Instance, oid: str, repository: Repository | None, reached: Reached) -> EvidenceView:
    """Verify what is kept for a commit, and say whether the list of what was reached is proved complete."""
    whole = _list_row(instance, reached)
    if repository is None:
        return _not_judged(whole, NO_CLONE, _without_clone(reached))
    settings = instance.settings
    result = verify_commit(
        VerifyRequest(
            repository=repository,
            revision=oid,
            bundles_dir=settings.bundles_dir,
            bundles_before=bundles_before(settings) if reached.chain.logs else (),
            trust_dir=settings.trust_dir,
            now=instance.clock.now(),
            as_of=reached.tree_size if reached.past else None,
            proofs=partial(cosigned_text, instance),
            shows_witnesses=True,
        )
    )
    if result.verdict is Verdict.ABSENT and reached.chain.missing:
        # What a log that was not read holds is not known, and never none.
        why = f"None is at hand here, and {reached.chain.missing}."
        return _not_judged(whole, "No evidence to check", (Verdict.INDETERMINATE, why))
    report = next((r for r in result.evidence if r.counted), result.evidence[0] if result.evidence else None)
    lines = _lines(report) if report else {}
    return EvidenceView(
        verdict=_verdict_line(result),
        policy_clause=_CLAUSES[result.verdict].format(result.tier or result.policy),
        rows=(*proof_rows(lines, "No evidence to check"), whole),
        list_row=whole,
    )


def _not_judged(whole: Row, why_not: str, said: tuple[Verdict, str]) -> EvidenceView:
    word, what = said
    line = VerdictLine(
        word=word,
        what=what,
        policy=EVIDENCE_ONLY,
        mode=MODE,
        exit_code=word.exit_code,
        enforce_exit_code=word.exit_code,
    )
    return EvidenceView(
        verdict=line,
        policy_clause=_CLAUSES[word].format(EVIDENCE_ONLY),
        rows=(*proof_rows({}, why_not), whole),
        list_row=whole,
    )


def _without_clone(reached: Reached) -> tuple[Verdict, str]:
    """Give the verdict where the commit cannot be compared, and why: what was not read is not absent."""
    if any(row.predicate_type not in VERDICTS_SIGNED for row in reached.rows):
        return Verdict.INDETERMINATE, f"Evidence is logged; {NO_CLONE}."
    if reached.chain.missing:
        return Verdict.INDETERMINATE, f"None is logged here, and {reached.chain.missing}."
    return Verdict.ABSENT, "No session and no declaration is recorded."


def _what(result: CommitVerdict) -> str:
    if result.verdict is not Verdict.PASS:
        return "Not met"
    # Under a policy of the repository a commit can pass without any evidence: nothing is then said of a signature.
    return "Evidence good: signature, log proof and subject hold." if not result.reasons else "The policy is met."


def _verdict_line(result: CommitVerdict) -> VerdictLine:
    reasons = () if result.verdict is Verdict.PASS else (Reason(text=result.reason, section=10),)
    return VerdictLine(
        word=result.verdict,
        what=_what(result),
        reasons=reasons,
        policy=result.policy,
        base=result.policy_base.split(" ")[0].rstrip(":"),
        mode=result.mode,
        exit_code=result.exit_code,
        enforce_exit_code=result.verdict.exit_code,
        note="no rule of the repository applied" if result.policy == EVIDENCE_ONLY else f"tier {result.tier or 'none'}",
    )


def _lines(report: EvidenceReport) -> dict[str, Row]:
    steps = {step.name: step for step in report.steps}
    signature, statement, subject = steps["signature"], steps["statement"], steps["subject"]
    held = "holds" if signature.outcome is Outcome.PASS else signature.detail
    return {
        "payload": proof_line("payload", _MARKS[statement.outcome], statement.detail or statement.against),
        "signature, identity": proof_line(
            "signature, identity",
            _MARKS[signature.outcome],
            f"Certificate for {report.identity} {held} under the pinned root; subject {subject.outcome.value}"
            if report.identity
            else held,
        ),
        "inclusion": proof_line(
            "inclusion",
            _MARKS[signature.outcome],
            f"Leaf {report.log_index:,} in the tree of size {report.tree_size:,}"
            if report.log_index is not None and report.tree_size is not None
            else "",
        ),
        "consistency": proof_line("consistency", Mark.INDETERMINATE, NO_EARLIER_HEAD),
        "witnesses": _witnesses(report.witnessed),
    }


def _witnesses(found: Witnessed | None) -> Row:
    """The line on witnesses: held against the reader's pinned ones; words and value are those of `verify`."""
    if found is None:
        return proof_line("witnesses", Mark.INDETERMINATE, NO_WITNESS)
    marks = {WitnessState.COSIGNED: Mark.PASS, WitnessState.SHORT: Mark.POLICY, WitnessState.BAD: Mark.INVALID}
    return proof_line("witnesses", marks.get(found.state, Mark.INDETERMINATE), found.words)


def _list_row(instance: Instance, reached: Reached) -> Row:
    published = instance.log.publisher.published()
    size = reached.tree_size if reached.past else published.size if published else 0
    complete, listed = reached.proved, len(reached.rows)
    if reached.chain.missing:
        text = f"{listed} listed here for this commit"
        return list_row(complete=False, text=text, detail=reached.chain.missing)
    if complete != listed:
        return list_row(complete=False, text=f"The index proves {complete} entries, {listed} are listed")
    if reached.gaps:
        text = f"{len(reached.gaps)} of {reached.keys} lists that this answer reaches are not proved"
        return list_row(complete=False, text=text, detail=", ".join(reached.gaps[:4]))
    noun = "entry" if complete == 1 else "entries"
    links = "As complete: the lists of every session and commit that its links reach" if reached.links else ""
    of = f" of {reached.as_of.log}{reached.chain.words}" if reached.chain.logs else ""
    text = f"As of tree size {size:,}{of}: {complete} {noun} for this commit, no other"
    if reached.past:
        text += "; what was logged later is left out"
    return list_row(complete=True, text=text, detail=links)
