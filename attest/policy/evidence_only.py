"""The built-in policy `evidence-only` (decision D9): a session or declaration whose signature, log proof and subject hold.

It applies where the repository has no policy of its own, in mode `enforce`. No rule of the repository is applied, and
whose signature it is does not matter beyond being under a pinned root; the verdict names the identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from attest.model.verdict import EvidenceReport

NAME: Final = "evidence-only"
MODE: Final = "enforce"


def decide(reports: tuple[EvidenceReport, ...], *, ignored: int, any_root: bool) -> tuple[Verdict, str]:
    """Give the verdict and its reason for one commit.

    `ignored` counts bundles under no pinned root; `any_root` says whether any root is pinned at all. Bad copies found
    beside good evidence are reported and change nothing: whoever can add a file could otherwise stop every release. A
    bad file that the caller named is `invalid`, whatever else there is.
    """
    # The same bundle found in two places, or named beside the kept copy, is one recording.
    counted = {r.attestation or r.source: r.predicate_type for r in reports if r.counted}
    bad = [r for r in reports if r.verdict is Verdict.INVALID]
    if any(r.named for r in bad):
        # The caller asked about this very file: other evidence does not answer for it.
        return _invalid([r for r in bad if r.named])
    if counted:
        spoiled = f"; {_plural(len(bad), 'bad copy', 'bad copies')} beside it reported" if bad else ""
        return Verdict.PASS, f"{_counted(tuple(counted.values()))}{spoiled}"
    if bad:
        return _invalid(bad)
    stopped = next((s for r in reports for s in r.steps if s.outcome is Outcome.INDETERMINATE), None)
    if stopped is not None:
        return Verdict.INDETERMINATE, f"evidence could not be judged at step {stopped.name}: {stopped.detail}"
    if ignored:
        why = "under no root that is pinned here" if any_root else "and no trust root is pinned"
        return Verdict.INDETERMINATE, f"{_plural(ignored, 'bundle', 'bundles')} found, {why}"
    return Verdict.ABSENT, "no session and no declaration is recorded for this commit"


def _counted(types: tuple[str | None, ...]) -> str:
    declared = types.count(DECLARATION_V1)
    sessions = len(types) - declared
    said = [f"{_plural(sessions, 'session', 'sessions')} recorded and verified"] if sessions else []
    if declared:
        said.append(f"{_plural(declared, 'signed declaration', 'signed declarations')} that no agent had a part")
    return "; ".join(said)


def _invalid(bad: list[EvidenceReport]) -> tuple[Verdict, str]:
    failed = next(s for s in bad[0].steps if s.outcome is Outcome.INVALID)
    return Verdict.INVALID, f"evidence is bad at step {failed.name}: {failed.detail}"


def _plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
