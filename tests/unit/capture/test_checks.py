"""A failed or masked check is never passed."""

from __future__ import annotations

import pytest

from attest.capture.check_table import classify
from attest.capture.shell import split_command
from attest.model.checks import CheckStatus, Mask
from tests.support.claude import Transcript

P, F, I = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.INCONCLUSIVE


@pytest.mark.parametrize(
    "command, output, code, status",
    [
        ("pytest -q", "3 passed in 0.10s", 0, P),
        ("cd app && uv run pytest", "3 passed in 0.10s", 0, P),
        ("uv run --with x pytest && ruff check .", "3 passed in 0.1s\nAll checks passed!", 0, P),
        ("set -o pipefail; pytest | tail -3", "3 passed in 0.10s", 0, P),
        ("pytest || exit 1", "3 passed in 0.10s", 0, P),
        ("pytest", "1 failed, 2 passed in 0.10s", 1, F),
        ("pytest", "1 failed, 2 passed in 0.10s", 0, I),
        ("pytest | tail -3", "1 failed, 2 passed in 0.10s", 0, F),
        ("pytest | tail -3", "3 passed in 0.10s", 0, I),
        ("pytest || true", "3 passed in 0.10s", 0, I),
        ("pytest; echo done", "3 passed in 0.10s", 0, I),
        ("pytest\necho done", "3 passed in 0.10s", 0, I),
        ("pytest &", "", 0, I),
        ("if pytest; then echo ok; fi", "ok", 0, I),
        ("! pytest", "3 passed in 0.10s", 0, I),
        ("(cd a && pytest) | tail", "3 passed in 0.10s", 0, I),
        ("bash -c 'pytest; true'", "3 passed in 0.10s", 0, I),
        ("bash -c pytest", "3 passed in 0.10s", 0, P),
        ("pytest | tail; set -o pipefail", "3 passed in 0.10s", 0, I),
        ("pytest", "no tests ran in 0.01s", 5, I),
        ("pytest", "command not found", 127, I),
        ("pytest", "", 137, I),
        ("go test ./...", "ok  \tx/y\t0.1s", 0, P),
        ("go test ./...", "?   \tx/y\t[no test files]", 0, I),
        ("go test ./...", "ok  \tx/y\t0.1s\nFAIL\tx/z [build failed]", 0, I),
        ("go test ./...", "--- FAIL: TestA (0.0s)\nFAIL", 1, F),
        ("npx jest", "Tests:       1 failed, 4 passed, 5 total", 1, F),
        ("npm test", " Tests  5 passed (5)", 0, P),
        ("npx vitest run --passWithNoTests", "No test files found", 0, I),
        ("cargo test", "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured", 0, P),
        ("mypy .", "Found 3 errors in 2 files (checked 9 source files)", 1, F),
        ("npx tsc --noEmit", "a.ts(1,2): error TS2304: no", 2, F),
        ("ruff check --exit-zero", "Found 3 errors.", 0, F),
        ("ruff check --exit-zero", "", 0, I),
        ("make prepare && make test", "", 2, I),
        ("cd nowhere && pytest", "bash: cd: nowhere: No such file or directory", 1, I),
    ],
)
def test_status_follows_from_exit_masks_and_output(command: str, output: str, code: int, status: CheckStatus) -> None:
    checks = Transcript().prompt("Go").shell(command, output, code=code).session().checks
    assert checks
    assert checks[0].status is status


def test_in_a_chain_that_stopped_the_check_whose_output_fails_failed_and_the_next_is_open() -> None:
    log = Transcript().prompt("Go").shell("ruff check . && pytest", "Found 2 errors.", code=1)
    assert [(one.tool, one.status) for one in log.session().checks] == [("ruff check", F), ("pytest", I)]


@pytest.mark.parametrize("told", [{"interrupted": True}, {"backgroundTaskId": "b1"}, {"timedOutAfterMs": 5}])
def test_a_run_that_did_not_end_is_inconclusive(told: dict[str, object]) -> None:
    (check,) = Transcript().prompt("Go").shell("pytest", "3 passed in 0.1s", told=told).session().checks
    assert check.status is I


def test_a_check_without_a_result_is_inconclusive_and_a_gap() -> None:
    session = Transcript().prompt("Go").call("Bash", command="pytest").session()
    assert session.checks[0].status is I
    assert Mask.TRUNCATION in session.checks[0].masked_by
    assert {gap.kind for gap in session.gaps} == {"call-without-result"}


def test_an_edit_after_a_check_makes_it_stale() -> None:
    log = (
        Transcript()
        .prompt("Go")
        .shell("pytest", "1 passed in 0.1s")
        .edit("a.py", "x", "y")
        .shell("pytest", "1 passed in 0.1s")
    )
    assert [one.stale_after for one in log.session().checks] == [1, 0]


def test_a_claim_without_a_run_is_only_claimed() -> None:
    assert [one.status for one in Transcript().prompt("Go").says("All tests pass.").session().checks] == [
        CheckStatus.CLAIMED
    ]
    assert not Transcript().prompt("Go").says("I will make sure all tests pass.").session().checks
    ran = Transcript().prompt("Go").shell("pytest | tail", "1 passed in 0.1s").says("All tests pass.")
    assert [one.status for one in ran.session().checks] == [I]


@pytest.mark.parametrize(
    "command",
    [
        "echo pytest",
        "git commit -m 'run pytest'",
        "cat pytest.ini",
        "pytest --version",
        "grep -rn 'go test' .",
        "cat <<EOF\npytest\nEOF",
        "# pytest",
    ],
)
def test_words_about_a_check_are_not_a_check(command: str) -> None:
    assert not Transcript().prompt("Go").shell(command).session().checks


@pytest.mark.parametrize(
    "command",
    ["'", '"', "$(", "`", "<<", "((((((((((((((((((((pytest", "a" * 100_000, "\\", "case x in a)", ")))", "& ; | &&"],
)
def test_broken_command_lines_are_taken_apart_without_an_error(command: str) -> None:
    for simple in split_command(command):
        classify(simple.argv)
