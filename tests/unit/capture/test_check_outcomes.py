"""What hides the outcome of a check in a command line, and what shows it all the same."""

from __future__ import annotations

import pytest

from attest.model.checks import Check, CheckStatus, ExitSource, Mask
from tests.support.claude import Transcript

GREEN = "12 passed in 0.31s"


def started() -> Transcript:
    return Transcript().prompt("Run the tests")


def statuses(log: Transcript) -> list[str]:
    return [one.status.value for one in log.session().checks]


def only(log: Transcript) -> Check:
    (check,) = log.session().checks
    return check


@pytest.mark.parametrize(
    "command",
    [
        "pytest 2>&1 | tail -20",
        "pytest | tee log.txt",
        "pytest 2>&1 | grep -v warning | tail",
        "pytest |& tail",
        "pytest || true",
        "pytest || echo failed",
        "pytest; echo done",
        "pytest; echo $?",
        'pytest; echo "exit: $?"',
        'pytest 2>&1 | tail -5; echo "${PIPESTATUS[0]}"',
        "pytest > log.txt 2>&1; tail log.txt",
        "pytest &> log.txt &",
        "(pytest; true)",
        "{ pytest; } || :",
        "if pytest; then echo ok; else echo bad; fi",
        "pytest && echo ok || echo bad",
        "while ! pytest; do sleep 1; done",
        "for d in a b; do (cd $d && pytest); done",
        "! pytest",
        'echo "$(pytest)"',
        "result=$(pytest 2>&1); echo $result",
        "out=`pytest`",
        "bash -c 'pytest | tail'",
        "bash -lc 'pytest; true'",
        "sh -e -c 'pytest || true'",
        "pytest\necho done",
        "set +e\npytest\nexit 0",
        "set -o pipefail; pytest | tail; true",
        "find . -name 'test_*' -exec pytest {} \\;",
        "nohup pytest &",
        "pytest && sleep 1; ls",
        "time pytest; ls",
        "trap 'exit 0' EXIT; pytest",
        "(set -o pipefail; true) && pytest | tail",
        "if true; then set -o pipefail; fi && pytest | tail",
        "if (pytest); then echo ok; fi",
        "unbuffer pytest",
    ],
)
def test_a_green_run_whose_exit_is_hidden_is_inconclusive(command: str) -> None:
    found = statuses(started().shell(command, GREEN))
    assert found == ["inconclusive"]


@pytest.mark.parametrize(
    "command",
    [
        "pytest",
        "cd app && pytest",
        "cd app; pytest",
        "set -o pipefail; pytest | tail -5",
        "set -euo pipefail\npytest 2>&1 | tee log.txt",
        "set -e\npytest\nls",
        "(cd app && pytest)",
        "timeout 60 pytest",
        "time pytest",
        "env CI=1 pytest",
        "CI=1 pytest -q",
        "pytest || exit 1",
        "pytest && echo ok",
        "bash -c 'cd app && pytest'",
        "bash -lc pytest",
        "git ls-files '*.py' | xargs pytest",
        "pytest > log.txt 2>&1",
        "docker compose exec web pytest",
    ],
)
def test_a_green_run_whose_exit_is_the_line_s_passed(command: str) -> None:
    assert statuses(started().shell(command, GREEN)) == ["passed"]


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("pytest | tail -3", "1 failed, 11 passed in 0.31s"),
        ("npx jest 2>&1 | tail", "Tests:       1 failed, 4 passed, 5 total"),
        ("npx vitest run || true", " Test Files  1 failed (2)\n      Tests  1 failed | 3 passed (4)"),
        ("go test ./... | tail", "FAIL\tpond/deep [build failed]"),
        ("cargo test 2>&1 | tail", "test result: FAILED. 3 passed; 1 failed; 0 ignored"),
        ("mvn -q test | tail", "[ERROR] Tests run: 5, Failures: 1, Errors: 0, Skipped: 0\n[INFO] BUILD FAILURE"),
        ("./gradlew test | tail", "5 tests completed, 1 failed\nBUILD FAILED in 3s"),
        ("dotnet test | tail", "Failed!  - Failed:     2, Passed:     8, Skipped:     0, Total:    10"),
        ("bundle exec rspec | tail", "5 examples, 1 failure"),
        ("vendor/bin/phpunit; true", "FAILURES!\nTests: 5, Assertions: 9, Failures: 1."),
        ("ctest; true", "80% tests passed, 1 tests failed out of 5"),
        ("swift test | tail", "Executed 5 tests, with 1 failure (0 unexpected) in 0.1 seconds"),
        ("node --test | tail", "# tests 3\n# pass 2\n# fail 1"),
        ("bun test | tail", " 4 pass\n 1 fail"),
        ("deno test; true", "FAILED | 3 passed | 1 failed (20ms)"),
        ("mix test | tail", "5 tests, 1 failure"),
        ("npm test | tail", "npm ERR! Test failed.  See above for more details."),
        ("make test; ls", "make: *** [Makefile:3: test] Error 1"),
        ("tox | tail", "  py311: FAIL code 1 (1.2=setup[1.0]+cmd[0.2] seconds)"),
        ("bazel test //... | tail", "//pond:deep_test    FAILED in 0.3s"),
        ("pre-commit run -a | tail", "trim trailing whitespace.....................Failed"),
        ("pytest; echo EXIT=$?", "EXIT=1"),
        ('pytest -q | tail -1; echo "exit ${PIPESTATUS[0]}"', "short\nexit 2"),
    ],
)
def test_a_red_line_shows_through_every_mask(command: str, output: str) -> None:
    check = only(started().shell(command, output))
    assert (check.status, check.exit_source) == (CheckStatus.FAILED, ExitSource.TEXT)


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("pytest", "FAILED tests/test_deep.py::test_deep - assert 1 == 2\n1 failed in 0.1s"),
        ("npm test", "Test Suites: 1 failed, 3 passed, 4 total"),
        ("make -k test", "make: *** [test] Error 1"),
        ("npm run build", "Failed to compile"),
        ("tox", "  evaluation failed :( (1.25 seconds)"),
        ("mvn verify", "[INFO] BUILD FAILURE"),
        ("pytest", "collected 0 items\n\nno tests ran in 0.01s"),
        ("mvn test", "[INFO] No tests to run."),
        ("go test ./deep", "?   \tpond/deep\t[no test files]"),
        ("npx jest", "No tests found, exiting with code 0"),
        ("dotnet test", "No test is available in pond.dll"),
        ("npm test", "Error: no test specified"),
        ("python test_deep.py", ""),
        ("node test.js", "done"),
    ],
)
def test_exit_0_that_the_output_contradicts_is_no_pass(command: str, output: str) -> None:
    assert statuses(started().shell(command, output)) == ["inconclusive"]


@pytest.mark.parametrize(
    ("command", "code"), [("timeout 60 pytest", 124), ("pytest", 127), ("pytest", 137), ("pytest", 143), ("pytest", 5)]
)
def test_a_run_that_was_cut_off_or_ran_nothing_has_not_failed(command: str, code: int) -> None:
    assert statuses(started().shell(command, "", code=code)) == ["inconclusive"]


def test_in_a_chain_that_failed_only_the_red_one_has_failed() -> None:
    log = started().shell("ruff check . && mypy src && pytest", "Found 3 errors in 1 file", code=1)
    assert "passed" not in statuses(log)


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("ruff check --fix .", "Found 3 errors (3 fixed, 0 remaining)."),
        ("python test_deep.py", "Ran 3 tests in 0.1s\n\nOK"),
        ("./scripts/test.sh", ""),
        ("npx eslint .", "\u2716 3 problems (0 errors, 3 warnings)"),
        ("go vet ./...", ""),
    ],
)
def test_a_check_that_found_nothing_wrong_passed(command: str, output: str) -> None:
    assert statuses(started().shell(command, output)) == ["passed"]


def test_several_checks_of_a_chain_that_went_through_passed() -> None:
    log = started().shell(
        "ruff check . && mypy src && pytest", f"All checks passed!\nSuccess: no issues found\n{GREEN}"
    )
    assert statuses(log) == ["passed", "passed", "passed"]


STARTED = "Command running in background with ID: b1. Output is being written to: out.log"


def behind() -> Transcript:
    log = started()
    log.call("Bash", command="pytest", run_in_background=True)
    return log.result(STARTED, told={"backgroundTaskId": "b1", "stdout": "", "stderr": ""})


def test_a_command_in_the_background_is_masked_until_its_end_is_told() -> None:
    check = only(behind())
    assert (check.status, check.masked_by) == (CheckStatus.INCONCLUSIVE, (Mask.BACKGROUND,))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"<status>completed</status>\n\n<exit_code>0</exit_code>\n\n<stdout>\n{GREEN}\n</stdout>", {}),
        ("", {"shellId": "b1", "status": "completed", "exitCode": 0, "stdout": GREEN, "stderr": ""}),
    ],
)
def test_output_that_is_fetched_later_gives_the_exit_code(text: str, told: dict[str, object]) -> None:
    check = only(behind().call("BashOutput", bash_id="b1").result(text, told=told))
    assert (check.status, check.exit, check.exit_source) == (CheckStatus.PASSED, 0, ExitSource.NATIVE)
    assert check.masked_by == ()
    assert [spot.record for spot in check.evidence] == [1, 2, 4]


def test_output_fetched_in_pieces_is_read_as_a_whole() -> None:
    log = behind().call("TaskOutput", task_id="b1", block=True)
    log.result(
        "", told={"retrieval_status": "timeout", "task": {"task_id": "b1", "status": "running", "output": "1 failed"}}
    )
    log.call("TaskOutput", task_id="b1", block=True)
    done = {"task_id": "b1", "status": "failed", "output": "1 failed, 3 passed in 2s", "exitCode": 1}
    log.result("", told={"retrieval_status": "success", "task": done})
    check = only(log)
    assert (check.status, check.exit) == (CheckStatus.FAILED, 1)


@pytest.mark.parametrize(
    ("summary", "status"),
    [
        ('Background command "pytest" completed (exit code 0)', CheckStatus.PASSED),
        ('Background command "pytest" failed with exit code 1', CheckStatus.FAILED),
        ('Background command "pytest" was stopped', CheckStatus.INCONCLUSIVE),
    ],
)
def test_a_notification_gives_the_exit_code(summary: str, status: CheckStatus) -> None:
    word = "completed" if "completed" in summary else "failed" if "failed" in summary else "killed"
    note = (
        "<task-notification>\n<task-id>b1</task-id>\n<output-file>out.log</output-file>\n"
        f"<status>{word}</status>\n<summary>{summary}</summary>\n</task-notification>"
    )
    assert only(behind().prompt(note, origin={"kind": "task-notification"})).status is status


def test_a_command_that_was_stopped_has_no_outcome() -> None:
    check = only(behind().call("KillShell", shell_id="b1").result("Successfully killed shell: b1"))
    assert (check.status, check.why) == (CheckStatus.INCONCLUSIVE, "it did not run to its end: killed")


def test_a_pipe_hides_the_exit_in_the_background_too() -> None:
    log = started().call("Bash", command="pytest | tail", run_in_background=True)
    log.result(STARTED, told={"backgroundTaskId": "b1"})
    log.call("BashOutput", bash_id="b1").result("", told={"status": "completed", "exitCode": 0, "stdout": GREEN})
    assert only(log).status is CheckStatus.INCONCLUSIVE


def test_edits_since_its_start_make_a_background_run_stale() -> None:
    log = behind().edit("/home/ada/pond/a.py", "a", "b").call("BashOutput", bash_id="b1")
    check = only(log.result("", told={"status": "completed", "exitCode": 0, "stdout": GREEN}))
    assert (check.status, check.stale_after) == (CheckStatus.PASSED, 1)


def test_output_of_another_command_settles_nothing() -> None:
    log = behind().call("BashOutput", bash_id="b2")
    assert (
        only(log.result("", told={"status": "completed", "exitCode": 0, "stdout": GREEN})).status.value
        == "inconclusive"
    )


@pytest.mark.parametrize(
    "output",
    ["\n" * 200_000, " " * 200_000, "." * 200_000, "=" * 200_000, "[a]\n" * 60_000, "1" * 200_000, "a.b" * 60_000],
)
def test_no_output_makes_a_reader_of_summaries_stall(output: str) -> None:
    for command in ("pytest | tail", "make lint", "cargo build"):
        assert statuses(started().shell(command, output, code=1))
