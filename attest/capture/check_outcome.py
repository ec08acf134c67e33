"""What one check showed: from its masks, the exit of its command line and its output. Shared by every reader.

In this order: no result, cut off, not run to an end; a plain failure in the output; masked; failed; contradicted; passed.
`passed` needs an exit of 0 that the agent's program recorded, that nothing masks and the output does not contradict.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from attest.capture.check_counts import MAX_OUTPUT_CHARS, counts_of, ran_nothing, shows_failure
from attest.capture.check_table import CheckCommand
from attest.model.checks import CheckCounts, CheckKind, CheckStatus, ExitSource, Mask

_DID_NOT_RUN = 126
"""From this exit code on: not found, not executable, or killed by a signal."""
_TIMED_OUT = 124
"""What `timeout` exits with."""
_TEST_TOOLS_WITHOUT_RUN = {"pytest": frozenset({4, 5}), "py.test": frozenset({4, 5})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a whole command line ended."""

    known: bool
    """False where the transcript holds no result."""
    exit: int | None
    cut_off: str
    """Why it did not run to its end (`interrupted`, `timed out`, `in the background`), else empty."""
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one check showed, and why."""

    status: CheckStatus
    why: str
    counts: CheckCounts | None
    exit_source: ExitSource


def decide(check: CheckCommand, masks: tuple[Mask, ...], ending: Ending, *, alone: bool) -> Outcome:
    """Give the outcome of one check.

    `alone`: no other command of the line can have caused a non-zero exit.
    """
    counts = counts_of(check.kind, ending.output) if ending.known else None
    source = ExitSource.NATIVE if ending.exit is not None else ExitSource.NONE
    status, why = _status(check, masks, ending, counts, alone=alone)
    if status is CheckStatus.FAILED and (masks or ending.exit == 0 or (not alone and ending.exit is not None)):
        source = ExitSource.TEXT
    return Outcome(status=status, why=why, counts=counts, exit_source=source)


def _status(
    check: CheckCommand, masks: tuple[Mask, ...], ending: Ending, counts: CheckCounts | None, *, alone: bool
) -> tuple[CheckStatus, str]:
    unclear = CheckStatus.INCONCLUSIVE
    if not ending.known:
        return unclear, "the transcript holds no result"
    if ending.cut_off:
        return unclear, f"it did not run to its end: {ending.cut_off}"
    failure = shows_failure(check.kind, ending.output)
    if ending.exit is None or masks:
        return _unseen_exit(check, masks, ending, failure=failure)
    if ending.exit:
        return _after_failure(check, ending.exit, failure=failure, alone=alone)
    if failure:
        return unclear, "exit 0, but the output shows a failure"
    if check.kind is CheckKind.TEST and ran_nothing(counts, ending.output):
        return unclear, "exit 0, but no test ran"
    if check.script and counts is None:
        return unclear, "exit 0, but nothing shows that a test ran"
    return CheckStatus.PASSED, "exit 0, not masked"


def _unseen_exit(
    check: CheckCommand, masks: tuple[Mask, ...], ending: Ending, *, failure: bool
) -> tuple[CheckStatus, str]:
    """Without this check's own exit code it can be seen to have failed, never to have passed."""
    why = "the exit code is masked" if ending.exit is not None else "no exit code is recorded"
    if failure and Mask.CONTROL not in masks:
        return CheckStatus.FAILED, f"its output shows the failure; {why}"
    if echoed_failure(check, ending.output):
        return CheckStatus.FAILED, "the command line printed its exit code, which is not 0"
    by = " by " + ", ".join(mask.value for mask in masks) if ending.exit is not None else ""
    return CheckStatus.INCONCLUSIVE, why + by


def _after_failure(check: CheckCommand, code: int, *, failure: bool, alone: bool) -> tuple[CheckStatus, str]:
    if check.limited and code == _TIMED_OUT and not failure:
        return CheckStatus.INCONCLUSIVE, f"exit {code}: it did not end in time"
    if code >= _DID_NOT_RUN or code < 0:
        return CheckStatus.INCONCLUSIVE, f"exit {code}: it could not be started or was killed"
    if code in _TEST_TOOLS_WITHOUT_RUN.get(check.tool, frozenset()) and alone:
        return CheckStatus.INCONCLUSIVE, f"exit {code}: no test ran"
    if alone:
        return CheckStatus.FAILED, f"exit {code}"
    if failure:
        return CheckStatus.FAILED, f"exit {code} of the whole line, and its output shows the failure"
    return CheckStatus.INCONCLUSIVE, f"exit {code} of the whole line; another command of it may have failed"


def echoed_failure(check: CheckCommand, output: str) -> bool:
    """Tell whether the next command of the line printed a number other than 0 as this check's exit code."""
    if check.echoed is None:
        return False
    before, behind = (re.escape(" ".join(words.split())) for words in check.echoed)
    codes = re.findall(rf"^{before} ?(\d{{1,3}}) ?{behind}$", output[-MAX_OUTPUT_CHARS:], re.MULTILINE)
    return len(codes) == 1 and int(codes[0]) != 0
