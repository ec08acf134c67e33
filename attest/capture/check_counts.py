"""Counts that checking tools print: how many passed, failed, were skipped. Shared by every reader."""

from __future__ import annotations

import re

from attest.capture.check_summaries import failure_line, no_test_ran, summary_counts
from attest.model.checks import CheckCounts, CheckKind

MAX_OUTPUT_CHARS = 262_144
"""Only the last characters of a longer output are read: tools print their summary at the end."""

_PYTEST = re.compile(
    r"^=*[ \t]*((?:\d+ (?:failed|passed|skipped|deselected|xfailed|xpassed|errors?|warnings?|rerun)(?:, )?)+) in [\d.]+",
    re.MULTILINE,
)
_PYTEST_QUIET = re.compile(r"^no tests ran in", re.MULTILINE)
_NUMBER_OF = re.compile(r"(\d+) (failed|passed|skipped|errors?)")
_GO_PASS = re.compile(r"^[ \t]*--- PASS: ", re.MULTILINE)
_GO_FAIL = re.compile(r"^[ \t]*(?:\[[^\]\n]{1,40}\] )?--- FAIL: ", re.MULTILINE)
_GO_SKIP = re.compile(r"^[ \t]*--- SKIP: ", re.MULTILINE)
_GO_OK = re.compile(
    r"^(?:\[[^\]\n]{1,40}\] )?ok\s+\S+\s+(?:[\d.]+s|\(cached\))(?P<none>.*\[no tests to run\])?", re.MULTILINE
)
_JEST = re.compile(r"^[ \t]*Tests:?[ \t]+(?=\d)([^\n]*)$", re.MULTILINE)
_JEST_NUMBER = re.compile(r"(\d+) (failed|passed|skipped|todo|pending)")
_CARGO = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", re.MULTILINE)
_UNITTEST = re.compile(r"^Ran (\d+) tests? in [\d.]+s\s{1,8}(OK|FAILED)(?: \(([^)\n]*)\))?", re.MULTILINE)
_MOCHA_PASS = re.compile(r"^[ \t]*(\d+) passing\b", re.MULTILINE)
_MOCHA_FAIL = re.compile(r"^[ \t]*(\d+) failing\b", re.MULTILINE)
_RSPEC = re.compile(r"^(\d+) examples?, (\d+) failures?", re.MULTILINE)
_FOUND_ERRORS = re.compile(r"^(?:\[[^\]\n]{1,40}\] )?(?:Found )?(\d+) errors?(?: in \d+ files?|\.|\b)", re.MULTILINE)
_MENDED = re.compile(r"^Found \d+ errors? \(\d+ fixed, (\d+) remaining\)\.?", re.MULTILINE)
_GOLANGCI = re.compile(r"^(?:\[[^\]\n]{1,40}\] )?(\d+) issues?[.:]", re.MULTILINE)
_ESLINT = re.compile(r"^[ \t]*\u2716 \d+ problems? \((\d+) errors?,", re.MULTILINE)
_TSC = re.compile(r"error TS\d+:")
_CLEAN = re.compile(
    r"^(?:\[[^\]\n]{1,40}\] )?(?:All checks passed!|Success: no issues found|0 errors, 0 warnings)", re.MULTILINE
)
_TASK_FAILED = re.compile(r"^\[[^\]\n]{1,40}\] ERROR task failed", re.MULTILINE)


def counts_of(kind: CheckKind, output: str) -> CheckCounts | None:
    """Give the numbers an output holds for a kind of check, summed over all summaries in it; None where it holds none."""
    text = output[-MAX_OUTPUT_CHARS:]
    if kind is CheckKind.TEST:
        return next((counts for reader in _TEST_READERS if (counts := reader(text)) is not None), None)
    return _problems(text, kind)


def shows_failure(kind: CheckKind, output: str) -> bool:
    """Tell whether an output plainly says that a check of this kind failed, whatever the exit was."""
    counts = counts_of(kind, output)
    if counts is not None and counts.failed:
        return True
    return failure_line(kind, output[-MAX_OUTPUT_CHARS:])


def ran_nothing(counts: CheckCounts | None, output: str) -> bool:
    """Tell whether a test run says that it ran no test."""
    if counts is not None:
        return not counts.passed and not counts.failed
    return no_test_ran(output[-MAX_OUTPUT_CHARS:])


def _pytest(text: str) -> CheckCounts | None:
    lines = _PYTEST.findall(text)
    if not lines:
        return _counts(0, 0, 0) if _PYTEST_QUIET.search(text) else None
    sums = {"passed": 0, "failed": 0, "skipped": 0}
    for line in lines:
        for number, word in _NUMBER_OF.findall(line):
            sums["failed" if word.startswith("error") else word] += int(number)
    return _counts(sums["passed"], sums["failed"], sums["skipped"])


def _go(text: str) -> CheckCounts | None:
    passed, failed, skipped = (len(pattern.findall(text)) for pattern in (_GO_PASS, _GO_FAIL, _GO_SKIP))
    if passed or failed or skipped:
        return _counts(passed, failed, skipped)
    packages = list(_GO_OK.finditer(text))
    if not packages and "[no test files]" not in text:
        return None
    ran = sum(1 for package in packages if not package["none"])
    return CheckCounts(passed=ran, failed=None, skipped=None) if ran else _counts(0, 0, 0)


def _jest(text: str) -> CheckCounts | None:
    lines = _JEST.findall(text)
    found = [_JEST_NUMBER.findall(line) for line in lines]
    if not any(found):
        return None
    sums = {"passed": 0, "failed": 0, "skipped": 0, "todo": 0, "pending": 0}
    for line in found:
        for number, word in line:
            sums[word] += int(number)
    return _counts(sums["passed"], sums["failed"], sums["skipped"] + sums["pending"])


def _cargo(text: str) -> CheckCounts | None:
    found = _CARGO.findall(text)
    if not found:
        return None
    return _counts(*(sum(int(row[place]) for row in found) for place in range(3)))


def _unittest(text: str) -> CheckCounts | None:
    found = _UNITTEST.findall(text)
    if not found:
        return None
    total = sum(int(row[0]) for row in found)
    failed = sum(int(number) for row in found for number in re.findall(r"(?:failures|errors)=(\d+)", row[2]))
    skipped = sum(int(number) for row in found for number in re.findall(r"skipped=(\d+)", row[2]))
    return _counts(max(0, total - failed - skipped), failed, skipped)


def _mocha(text: str) -> CheckCounts | None:
    passed = [int(number) for number in _MOCHA_PASS.findall(text)]
    failed = [int(number) for number in _MOCHA_FAIL.findall(text)]
    return _counts(sum(passed), sum(failed), 0) if passed or failed else None


def _rspec(text: str) -> CheckCounts | None:
    found = _RSPEC.findall(text)
    if not found:
        return None
    failed = sum(int(row[1]) for row in found)
    return _counts(sum(int(row[0]) for row in found) - failed, failed, 0)


def _problems(text: str, kind: CheckKind) -> CheckCounts | None:
    """Count problems of linters, type checkers, compilers; of those that were mended, what is left."""
    text = _MENDED.sub(r"Found \1 errors.", text)
    patterns = [_FOUND_ERRORS, _GOLANGCI, _ESLINT] if kind is not CheckKind.BUILD else []
    numbers = [int(number) for pattern in patterns for number in pattern.findall(text)]
    compiler = len(_TSC.findall(text)) if kind in (CheckKind.TYPE, CheckKind.BUILD) else 0
    if compiler:
        numbers.append(compiler)
    if numbers:
        return CheckCounts(passed=None, failed=max(numbers), skipped=None)
    if kind is CheckKind.LINT and _TASK_FAILED.search(text):
        return CheckCounts(passed=None, failed=1, skipped=None)
    return CheckCounts(passed=None, failed=0, skipped=None) if _CLEAN.search(text) else None


def _counts(passed: int, failed: int, skipped: int) -> CheckCounts:
    return CheckCounts(passed=passed, failed=failed, skipped=skipped)


_TEST_READERS = (_pytest, _go, _jest, _cargo, _unittest, _mocha, _rspec, summary_counts)
