"""The gate as a pipeline calls it: the survey while the base holds no policy, the verdict on the range from then on.

1. range     named, or told by the build server
2. policy    is there one at the base? What cannot be read is not "none"
3. survey    none: the range, and the whole history, by the marks that git shows; nothing is demanded
4. verdict   there is one: as `whereof verify A..B` says
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attest.model.verdict import Verdict
from attest.usecases.pipeline_range import depth_hint
from attest.usecases.survey import survey
from attest.usecases.verify import POLICY_FILE
from attest.usecases.verify_range import verify_range

if TYPE_CHECKING:
    from attest.model.range_verdict import RangeVerdict
    from attest.usecases.pipeline_range import PipelineRange
    from attest.usecases.survey import Survey
    from attest.usecases.verify import VerifyRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What the gate found: a survey, or a verdict."""

    about: PipelineRange
    change: Survey | None = None
    """Marks of the range's commits, where there was no policy and the range has a beginning."""
    history: Survey | None = None
    """Marks of all commits that the tip reaches, where there was no policy."""
    verdict: RangeVerdict | None = None

    @property
    def word(self) -> str:
        """The verdict, or `survey` where nothing was demanded."""
        return self.verdict.verdict.value if self.verdict else "survey"

    @property
    def exit_code(self) -> int:
        """That of the verdict; 0 for a survey."""
        return self.verdict.exit_code if self.verdict else 0


def gate(request: VerifyRequest, about: PipelineRange, *, evidence_unfetched: bool = False) -> GateResult:
    """Give the survey or the verdict for a pipeline's range; `request.revision` is not looked at.

    `evidence_unfetched` says that the repository's evidence could not be read: what then seems absent, or not enough,
    is `indeterminate`.

    Raises:
        InvalidInput: the range is empty, and there is a policy.
        CannotVerify: `git.failed`, the policy's place cannot be read.
    """
    repository = request.repository
    if about.base is not None and repository.tree_blob(about.base, POLICY_FILE) is not None:  # 2
        verdict = verify_range(replace(request, revision=f"{about.base}..{about.tip}"))  # 4
        if evidence_unfetched and verdict.verdict not in {Verdict.PASS, Verdict.INVALID}:
            # What was not fetched may be there: unknown is never none.
            verdict = replace(verdict, stopped="refs/whereof/* could not be fetched: evidence may be there")
        if verdict.stopped and repository.is_shallow():
            verdict = replace(verdict, stopped=f"{verdict.stopped}; {depth_hint(about.server)}")
        return GateResult(about=about, verdict=verdict)
    change = survey(repository, (f"{about.base}..{about.tip}",)) if about.base is not None else None  # 3
    return GateResult(about=about, change=change, history=survey(repository, (about.tip,)))
