"""Promise: the program of machine summaries has bounded time, memory and answers, and is judged by its answer alone."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from attest.errors import CannotVerify, InvalidInput
from attest.model.machine_summary import MAX_ANSWER_BYTES, MAX_TEXT_CHARS, parse_answer
from attest.usecases.summarizer import FILE_NAME, Summarizer, read_summarizer, run_summarizer
from tests.support.summarizers import name_summarizer


def program(code: str, timeout_s: int = 60, memory_mib: int = 1024) -> Summarizer:
    command = (sys.executable, "-I", "-S", "-c", code)
    return Summarizer(name="n", command=command, timeout_s=timeout_s, memory_mib=memory_mib)


def refused(summarizer: Summarizer, data: bytes = b"{}") -> CannotVerify:
    with pytest.raises(CannotVerify) as err:
        run_summarizer(summarizer, data, {})
    assert err.value.code == "summary.failed"
    return err.value


def test_it_may_answer_before_it_has_read_and_need_not_read() -> None:
    big = b"x" * 3_000_000
    assert run_summarizer(program("print('a' * 9000)"), big, {}) == b"a" * 9000 + b"\n"
    counted = "import sys; print(len(sys.stdin.buffer.read()))"
    assert run_summarizer(program(counted), big, {}) == b"3000000\n"


def test_one_that_takes_too_long_is_ended() -> None:
    assert refused(program("import time; time.sleep(600)", timeout_s=1)).expected == "an answer in time"


def test_what_it_started_ends_with_it() -> None:
    code = "import os, time\npid = os.fork()\nif pid == 0:\n    os.close(1)\n    time.sleep(600)\nprint(pid)"
    left = Path("/proc") / run_summarizer(program(code), b"", {}).decode().strip() / "stat"
    for _ in range(1000):
        try:
            if left.read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.01)
    pytest.fail("what it started still runs")


def test_a_pipe_that_somebody_keeps_open_does_not_outlast_the_time() -> None:
    code = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(6)\nelse:\n    print('x')"
    assert refused(program(code, timeout_s=1)).expected == "an answer in time"


def test_one_that_closes_its_answer_and_goes_on_is_ended() -> None:
    # The first where it closed it in time, which nobody can promise on a busy machine.
    expected = refused(program("import os, time\nos.close(1)\ntime.sleep(600)", timeout_s=1)).expected
    assert expected in {"an end in time", "an answer in time"}


def test_an_endless_answer_is_cut_off() -> None:
    assert refused(program("import sys\nwhile True: sys.stdout.write('y' * 4096)")).got == "more"


def test_memory_is_bounded() -> None:
    assert run_summarizer(program("x = bytearray(64 << 20); print(1)", memory_mib=512), b"", {}) == b"1\n"
    assert refused(program("x = bytearray(600 << 20); print(1)", memory_mib=512)).got == "1"


@pytest.mark.parametrize("command", ["/nowhere/at/all", "/dev/null"])
def test_one_that_cannot_be_started_is_said(command: str) -> None:
    assert refused(Summarizer(name="n", command=(command,))).expected == "exit code 0"


def test_nothing_passes_through_a_shell() -> None:
    odd = "$(id); `id` && \n'"
    summarizer = Summarizer(name="n", command=(sys.executable, "-I", "-c", "import sys; print(sys.argv[1])", odd))
    assert run_summarizer(summarizer, b"", {}) == odd.encode() + b"\n"


def test_what_it_says_on_its_error_output_is_in_no_error() -> None:
    error = refused(program("import sys; sys.stderr.write('words of a prompt'); sys.exit(3)"))
    assert error.got == "3"
    assert "words" not in str(error)


GOOD = {"name": "acme", "command": ["/bin/true"]}


def test_a_file_that_names_one_is_read_as_it_stands(tmp_path: Path) -> None:
    assert read_summarizer(tmp_path) is None
    (tmp_path / FILE_NAME).write_text(json.dumps(GOOD))
    assert read_summarizer(tmp_path) == Summarizer(name="acme", command=("/bin/true",))
    name_summarizer(tmp_path, "pass", timeout_s=5, memory_mib=64, environment=["A"])
    found = read_summarizer(tmp_path)
    assert found is not None
    assert (found.timeout_s, found.memory_mib, found.environment) == (5, 64, ("A",))


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "two words"},
        {"name": ""},
        {"name": "a\n"},
        {"name": 1},
        {"command": []},
        {"command": "/bin/true"},
        {"command": ["true"]},
        {"command": ["/bin/true", 1]},
        {"command": ["/bin/true", "a\0b"]},
        {"command": ["/bin/sh"] * 65},
        {"timeout_s": 0},
        {"timeout_s": 901},
        {"timeout_s": True},
        {"timeout_s": 1.5},
        {"memory_mib": 1 << 20},
        {"environment": "PATH"},
        {"environment": [None]},
        {"shell": True},
    ],
    ids=lambda changed: str(changed)[:40],
)
def test_a_file_that_is_not_as_it_must_be_is_never_ignored(tmp_path: Path, changed: dict[str, object]) -> None:
    (tmp_path / FILE_NAME).write_text(json.dumps(GOOD | changed))
    with pytest.raises(InvalidInput) as err:
        read_summarizer(tmp_path)
    assert err.value.code == "input.malformed"


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b" " * 70_000, b'{"name": "a"}'],
    ids=lambda raw: repr(raw[:4]) + str(len(raw)),
)
def test_a_file_that_is_no_object_is_never_ignored(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(raw)
    with pytest.raises(InvalidInput):
        read_summarizer(tmp_path)


ANSWER = {"model": "acme/small@7", "version": "2026-11", "text": " Ducks.\n\nMore ducks. "}


def test_an_answer_is_model_version_and_text() -> None:
    said = parse_answer(json.dumps(ANSWER).encode())
    assert (said.model, said.version, said.text) == ("acme/small@7", "2026-11", "Ducks.\n\nMore ducks.")
    longest = parse_answer(json.dumps(ANSWER | {"text": "é" * MAX_TEXT_CHARS}, ensure_ascii=False).encode())
    assert len(longest.text) == MAX_TEXT_CHARS


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Ducks.",
        b"null",
        b"[]",
        b"\xff",
        b"[" * 60_000,
        b" " * (MAX_ANSWER_BYTES + 1),
        *(
            json.dumps(ANSWER | changed).encode()
            for changed in (
                {"text": ""},
                {"text": "  \n"},
                {"text": "x" * (MAX_TEXT_CHARS + 1)},
                {"text": ["x"]},
                {"text": "\ud800"},
                {"model": "two words"},
                {"model": ""},
                {"model": None},
                {"version": "<b>"},
                {"version": "v" * 129},
                {"verdict": "pass"},
            )
        ),
        json.dumps({"text": "x"}).encode(),
    ],
)
def test_an_answer_of_another_form_is_none_and_is_not_repeated(raw: bytes) -> None:
    with pytest.raises(CannotVerify) as err:
        parse_answer(raw)
    assert err.value.code == "summary.failed"
    assert not err.value.got


def test_names_of_variables_that_are_not_there_are_left_out() -> None:
    summarizer = Summarizer(
        name="n",
        command=(sys.executable, "-I", "-c", "import os; print(sorted(os.environ))"),
        environment=("THERE", "AWAY"),
    )
    given = run_summarizer(summarizer, b"", {"THERE": "1", "OTHER": "2", "PATH": os.defpath}).decode()
    assert "'THERE'" in given
    assert "AWAY" not in given
    assert "OTHER" not in given
