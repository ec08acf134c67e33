"""Summary lines of test programs as patterns, and lines that no program prints unless something failed."""

from __future__ import annotations

import re

from attest.model.checks import CheckCounts, CheckKind

_SUMMARIES = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        # Maven Surefire; the totals stand last
        r"^(?:\[\w+\][ \t]+)?Tests run: (?P<total>\d+), Failures: (?P<failed>\d+), Errors: (?P<errors>\d+), Skipped: (?P<skipped>\d+)[ \t]*$",
        # dotnet test
        r"^[ \t]*(?:Passed|Failed|Skipped)![ \t]+- Failed:[ \t]+(?P<failed>\d+), Passed:[ \t]+(?P<passed>\d+), Skipped:[ \t]+(?P<skipped>\d+)",
        # PHPUnit
        r"^Tests: (?P<total>\d+), Assertions: \d+(?:, Errors: (?P<errors>\d+))?(?:, Failures: (?P<failed>\d+))?",
        r"^OK \((?P<passed>\d+) tests?,",
        # Minitest
        r"^(?P<total>\d+) (?:runs|tests), \d+ assertions, (?P<failed>\d+) failures, (?P<errors>\d+) errors, (?P<skipped>\d+) skips",
        # ExUnit, Bats
        r"^(?:\d+ doctests?, )?(?P<total>\d+) tests?, (?P<failed>\d+) failures?(?:, (?P<skipped>\d+) (?:skipped|excluded))?",
        # XCTest
        r"^[ \t]*Executed (?P<total>\d+) tests?, with (?P<failed>\d+) failures?",
        # CTest
        r"^\d+% tests passed, (?P<failed>\d+) tests? failed out of (?P<total>\d+)",
        # Gradle, when something failed
        r"^(?P<total>\d+) tests? completed, (?P<failed>\d+) failed",
        # Deno
        r"^(?:ok|FAILED) \| (?P<passed>\d+) passed(?: \([^)\n]*\))? \| (?P<failed>\d+) failed",
    )
)
_NODE = re.compile(r"^(?:#|\u2139) (pass|fail|skipped) (\d+)$", re.MULTILINE)
_BUN = re.compile(r"^[ \t]*(\d+) (pass|fail|skip)$", re.MULTILINE)

_ANY = (
    r"^g?make(?:\[\d+\])?: \*\*\* ",
    r"^npm (?:ERR!|error) (?:code ELIFECYCLE|Test failed|Lifecycle script|errno)",
    r"^error Command failed with exit code [1-9]",
    r"^[ \t]*ELIFECYCLE[ \t]+(?:Command|Test) failed",
    r"^(?:\[ERROR\]|\[INFO\])?[ \t]*BUILD FAILURE",
    r"^BUILD FAILED\b",
    r"^error: Recipe `[^`\n]*` failed",
    r"^task: Failed to run task",
)
_OF_TESTS = (
    r"^(?:\[[^\]\n]{1,40}\] )?FAIL(?:\s|$)",
    r"^FAILED \S+::",
    r"^[ \t]*Test (?:Suites|Files):?[ \t]+[1-9]\d* failed",
    r"^FAILURES!$",
    r"^not ok \d+",
    r"^test result: FAILED",
    r"^\S+ evaluation failed|^[ \t]+evaluation failed :\(",
    r"^[ \t]*\S+: FAIL code [1-9]",
    r"^nox > Session .* failed",
    r"^//\S+[ \t]+FAILED(?: in|$)",
    r"^Executed \d+ out of \d+ tests?: .*\b[1-9]\d* fails?",
    r"^ {2}[1-9]\d* failed$",
    r"^[ \t]*[1-9]\d* tests? failed$",
    r"^error: could not compile",
)
_OF_BUILDS = (
    r"^(?:npm ERR!|npm error|error: could not compile|error\[E\d+\])",
    r"^\*\* BUILD FAILED \*\*",
    r"^Build FAILED\.",
    r"^(?:Failed to compile|Build failed)\b",
    r"^\S+\.(?:c|cc|cpp|h|hpp|m|swift|java|kt|go):\d+(?::\d+)?: (?:fatal )?error:",
)
_OF_LINTS = (r"^\S[^\n]{0,160}\.\.\.Failed$",)
_NOTHING_RAN = (
    "[no test files]",
    "No tests found",
    "no tests ran",
    "No test files found",
    "[no tests to run]",
    "No tests to run",
    "collected 0 items",
    "No test is available",
    "No tests executed!",
    "Ran 0 tests",
    "NO TESTS RAN",
    "no test specified",
)


def _joined(*groups: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for group in groups for one in group), re.MULTILINE)


_FAILED = {
    CheckKind.TEST: _joined(_ANY, _OF_TESTS),
    CheckKind.BUILD: _joined(_ANY, _OF_BUILDS),
    CheckKind.LINT: _joined(_ANY, _OF_LINTS),
    CheckKind.TYPE: _joined(_ANY),
    CheckKind.SCAN: _joined(_ANY),
}


def summary_counts(text: str) -> CheckCounts | None:
    """Give the numbers of a summary line of a test program that is not read elsewhere; the last line of its form counts."""
    for pattern in _SUMMARIES:
        found = list(pattern.finditer(text))
        if found:
            return _counts({name: int(value) for name, value in found[-1].groupdict().items() if value is not None})
    return _of_words(_NODE.findall(text)) or _of_words([(word, number) for number, word in _BUN.findall(text)])


def failure_line(kind: CheckKind, text: str) -> bool:
    """Tell whether a line of the output says that a check of this kind failed."""
    return _FAILED[kind].search(text) is not None


def no_test_ran(text: str) -> bool:
    """Tell whether the output says that there was no test to run."""
    return any(words in text for words in _NOTHING_RAN)


def _counts(numbers: dict[str, int]) -> CheckCounts:
    failed = numbers.get("failed", 0) + numbers.get("errors", 0)
    skipped = numbers.get("skipped", 0)
    passed = numbers.get("passed", max(0, numbers.get("total", 0) - failed - skipped))
    return CheckCounts(passed=passed, failed=failed, skipped=skipped)


def _of_words(pairs: list[tuple[str, str]]) -> CheckCounts | None:
    if not pairs:
        return None
    numbers = {word: int(number) for word, number in pairs}
    skipped = numbers.get("skipped", numbers.get("skip", 0))
    return CheckCounts(passed=numbers.get("pass", 0), failed=numbers.get("fail", 0), skipped=skipped)
