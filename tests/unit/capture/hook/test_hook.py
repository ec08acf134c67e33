from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from attest.capture.spool.lines import parse_spool
from tests.support.hooks import Bench, payload, until

SHELLS = ("dash", "bash", "busybox sh", "bash --posix")


@pytest.fixture(params=SHELLS)
def bench(request: pytest.FixtureRequest, tmp_path: Path, require: Callable[..., None]) -> Bench:
    require(request.param.split()[0])
    return Bench.make(tmp_path / "clone", request.param)


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    path = tmp_path / "t.jsonl"
    path.write_text('{"sessionId":"sess-00000001"}\n')
    return path


def test_a_call_leaves_one_line_of_ids_paths_and_times(bench: Bench, transcript: Path, tmp_path: Path) -> None:
    more = {"prompt_id": "turn-1", "permission_mode": "plan", "tool_name": "Bash", "tool_use_id": "toolu_1"}
    done = bench.call("PreToolUse", payload(transcript, tmp_path, **more, tool_input={"command": "echo words-of-mine"}))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    (row,) = bench.rows()
    assert abs(row.pop("t") - time.time()) < 60  # type: ignore[operator]
    assert row == {
        "v": 1,
        "agent": "claude-code",
        "event": "PreToolUse",
        "session": "sess-00000001",
        "transcript": str(transcript),
        "cwd": str(tmp_path),
        "turn": "turn-1",
        "call": "toolu_1",
        "mode": "plan",
    }


def test_no_word_of_a_prompt_or_a_command_is_kept(bench: Bench, transcript: Path, tmp_path: Path) -> None:
    secret = "tell-nobody-1234"
    for event, member in (
        ("UserPromptSubmit", {"prompt": secret}),
        ("PostToolUse", {"tool_response": {"out": secret}}),
    ):
        bench.call(event, payload(transcript, tmp_path, **member))
    bench.call("Stop", payload(transcript, tmp_path, last_assistant_message=secret))
    assert len(bench.rows()) == 3
    assert secret.encode() not in bench.raw()


def test_a_member_inside_a_string_is_not_taken_for_the_agents_own(
    bench: Bench, transcript: Path, tmp_path: Path
) -> None:
    words = 'please use "session_id":"sess-forged" and \\"transcript_path\\":\\"/etc/passwd\\"'
    bench.call("UserPromptSubmit", json.dumps({"prompt": words, "session_id": "sess-00000001"}).encode())
    (row,) = bench.rows()
    assert row["session"] == "sess-00000001"
    assert "transcript" not in row


@pytest.mark.parametrize("name", ["a b", "möwe", 'quo"te', "back\\slash", "per%cent", "do$llar", "tick`s"])
def test_any_path_gives_a_line_that_parses(bench: Bench, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    done = subprocess.run(
        [*bench.shell.split(), str(bench.folder / "hook"), "claude-code", "Stop"],
        input=b'{"session_id":"sess-00000001"}',
        cwd=folder,
        env={k: v for k, v in os.environ.items() if k != "CLAUDE_PROJECT_DIR"} | {"PWD": str(folder)},
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0
    (row,) = bench.rows()
    assert row["cwd"] == str(folder)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not json",
        b"[]",
        b"\x00\xff\xfe",
        b'{"session_id":',
        b'{"session_id":"a\nb"}',
        b'{"session_id":"' + b"x" * 9000,
    ],
    ids=["empty", "words", "list", "bytes", "cut", "line-end", "long"],
)
def test_any_payload_ends_with_0_and_tears_no_line(bench: Bench, data: bytes) -> None:
    done = bench.call("Stop", data)
    assert (done.returncode, done.stderr) == (0, b"")
    for row in bench.rows():
        assert "\n" not in str(row.get("session", ""))


def test_a_huge_payload_is_read_to_its_end_and_noted_from_its_beginning(
    bench: Bench, transcript: Path, tmp_path: Path
) -> None:
    data = json.dumps(payload(transcript, tmp_path, tool_response="x" * 30_000_000)).encode()
    # An agent that could not write all of it would see a broken pipe; communicate() hides that, write() does not.
    with subprocess.Popen(
        [*bench.shell.split(), str(bench.folder / "hook"), "claude-code", "PostToolUse"], stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(data)
        process.stdin.close()
        assert process.wait(30) == 0
    (row,) = bench.rows()
    assert row["session"] == "sess-00000001"


def test_closed_input_ends_with_0(bench: Bench) -> None:
    done = subprocess.run(
        ["sh", "-c", f'{bench.shell} "$0" claude-code Stop <&-', str(bench.folder / "hook")],
        check=False,
        capture_output=True,
        timeout=20,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_closed_output_ends_with_0(bench: Bench) -> None:
    command = f'echo "{{}}" | {bench.shell} "$0" cursor stop >&- 2>&-'
    done = subprocess.run(["sh", "-c", command, str(bench.folder / "hook")], check=False, timeout=20)
    assert done.returncode == 0


def test_a_full_disk_costs_the_line_and_nothing_else(bench: Bench, transcript: Path, tmp_path: Path) -> None:
    spool = bench.folder / "spool"
    spool.mkdir()
    period = int(time.time()) >> 20
    for number in (period, period + 1):
        (spool / f"events-{number}.jsonl").symlink_to("/dev/full")
    done = bench.call("Stop", payload(transcript, tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_line_that_a_full_disk_tore_takes_no_other_with_it(bench: Bench, transcript: Path, tmp_path: Path) -> None:
    spool = bench.folder / "spool"
    spool.mkdir()
    for number in (0, 1):
        torn = spool / f"events-{(int(time.time()) >> 20) + number}.jsonl"
        torn.write_bytes(b'\n{"v":1,"t":12,"agent":"clau')
    bench.call("Stop", payload(transcript, tmp_path))
    found = parse_spool(path.read_bytes() for path in sorted(spool.glob("events-*")))
    assert [line.event for line in found.lines] == ["Stop"]  # type: ignore[union-attr]
    assert found.unread == 2


def test_where_the_spool_cannot_be_made_nothing_is_said(bench: Bench, transcript: Path, tmp_path: Path) -> None:
    (bench.folder / "spool").write_text("a file in its place")
    done = bench.call("Stop", payload(transcript, tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_clone_ends_with_0(bench: Bench, transcript: Path, tmp_path: Path) -> None:
    bench.folder.chmod(0o555)
    try:
        assert bench.call("Stop", payload(transcript, tmp_path)).returncode == 0
    finally:
        bench.folder.chmod(0o755)


def test_without_home_or_path_it_ends_with_0(bench: Bench) -> None:
    shell = [shutil.which(bench.shell.split()[0]) or "", *bench.shell.split()[1:]]
    for env in ({"PATH": os.environ["PATH"]}, {"PATH": "/nonexistent"}, {}):
        done = subprocess.run(
            [*shell, str(bench.folder / "hook"), "copilot-cli", "agentStop"],
            input=b'{"sessionId":"sess-00000001"}',
            env=env,
            check=False,
            capture_output=True,
        )
        assert (done.returncode, done.stderr) == (0, b"")


def test_an_unknown_call_is_no_line(bench: Bench) -> None:
    for arguments in ([], ["claude-code"], ["../x", "Stop"], ["claude-code", "Stop;id"], ["a b", "c"]):
        done = subprocess.run(
            [*bench.shell.split(), str(bench.folder / "hook"), *arguments],
            input=b"{}",
            check=False,
            capture_output=True,
        )
        assert done.returncode == 0
    assert bench.raw() == b""


def test_cursor_is_answered_with_an_empty_object(bench: Bench) -> None:
    assert bench.call("stop", b'{"conversation_id":"c-00000001"}', agent="cursor").stdout == b"{}\n"
    (row,) = bench.rows()
    assert row["session"] == "c-00000001"


def test_fifty_at_once_lose_and_tear_nothing(tmp_path: Path, transcript: Path) -> None:
    bench = Bench.make(tmp_path / "clone")
    hook = str(bench.folder / "hook")
    running = []
    for number in range(50):
        process = subprocess.Popen(["sh", hook, "claude-code", "PreToolUse"], stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(json.dumps(payload(transcript, tmp_path, f"sess-{number:08d}", prompt="y" * 2000)).encode())
        process.stdin.close()
        running.append(process)
    assert {process.wait(60) for process in running} == {0}
    assert sorted(str(row["session"]) for row in bench.rows()) == [f"sess-{n:08d}" for n in range(50)]


def test_on_the_path_that_is_waited_for_only_date_and_head_are_started(tmp_path: Path, transcript: Path) -> None:
    bench = Bench.make(tmp_path / "clone")
    (bench.folder / "spool" / "active").mkdir(parents=True)
    few = tmp_path / "bin"
    few.mkdir()
    for name in ("date", "head"):
        (few / name).symlink_to(shutil.which(name) or "")
    done = subprocess.run(
        [shutil.which("sh") or "", str(bench.folder / "hook"), "claude-code", "PreToolUse"],
        input=json.dumps(payload(transcript, tmp_path)).encode(),
        env={"PATH": str(few)},
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0
    (row,) = bench.rows()
    assert row["transcript"] == str(transcript)
    assert (bench.folder / "spool" / "active" / "claude-code-sess-00000001").exists()


@pytest.mark.parametrize("event", ["Stop", "PreCompact", "SessionEnd", "SubagentStop"])
def test_the_transcript_is_copied_at_turn_end_compaction_and_session_end(
    bench: Bench, transcript: Path, tmp_path: Path, event: str
) -> None:
    transcript.chmod(0o644)
    bench.call(event, payload(transcript, tmp_path))
    copy = bench.folder / "spool" / "copies" / "claude-code-sess-00000001"
    until(copy.exists)
    assert copy.read_bytes() == transcript.read_bytes()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_between_turns_nothing_is_copied(bench: Bench, transcript: Path, tmp_path: Path) -> None:
    for event in ("SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse"):
        bench.call(event, payload(transcript, tmp_path))
    time.sleep(0.2)
    assert not (bench.folder / "spool" / "copies").exists()


def test_a_transcript_that_was_rewritten_shorter_does_not_replace_the_longer_copy(
    bench: Bench, transcript: Path, tmp_path: Path
) -> None:
    copies = bench.folder / "spool" / "copies"
    transcript.write_text("a long history\n" * 100)
    bench.call("Stop", payload(transcript, tmp_path))
    until((copies / "claude-code-sess-00000001").exists)
    transcript.write_text("short\n")
    bench.call("Stop", payload(transcript, tmp_path))
    until(lambda: len(list(copies.iterdir())) == 2)
    assert {path.read_text()[:5] for path in copies.iterdir()} == {"a lon", "short"}


def test_side_files_of_sub_agents_are_copied_with_the_session(bench: Bench, transcript: Path, tmp_path: Path) -> None:
    side = tmp_path / "t" / "subagents"
    side.mkdir(parents=True)
    for number in range(8):
        (side / f"agent-{number}.jsonl").write_text(f'{{"n":{number}}}\n')
    bench.call("SubagentStop", payload(transcript, tmp_path))
    copies = bench.folder / "spool" / "copies"
    until(lambda: copies.is_dir() and len([p for p in copies.iterdir() if p.name[0] != "."]) == 9)
    assert (copies / "claude-code-sess-00000001+agent-7.jsonl").read_text() == '{"n":7}\n'


def test_a_pause_is_silence_and_ends_by_itself(bench: Bench, transcript: Path, tmp_path: Path) -> None:
    (bench.folder / "paused").write_text(f"{int(time.time()) + 60}\n")
    bench.call("Stop", payload(transcript, tmp_path))
    assert not (bench.folder / "spool").exists()
    (bench.folder / "paused").write_text(f"{int(time.time()) - 1}\n")
    bench.call("Stop", payload(transcript, tmp_path))
    assert len(bench.rows()) == 1


def test_session_end_starts_sync_and_does_not_wait_for_it(bench: Bench, transcript: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nsleep 1\nprintf "%s\\n" "$@" > "{seen}"\n')
    program.chmod(0o755)
    (bench.folder / "sync").write_text(f"{program}\n")
    start = time.monotonic()
    bench.call("SessionEnd", payload(transcript, tmp_path))
    assert time.monotonic() - start < 0.9
    until(seen.exists)
    until(lambda: seen.read_text().endswith(f"{tmp_path}\n"))
    assert seen.read_text().splitlines()[-4:] == ["sync", "--behind", "--repo", str(tmp_path)]


def test_the_script_is_posix(require: Callable[..., None]) -> None:
    require("dash")
    from attest.usecases.hooks_apply import hook_script

    for name in ("whereof-hook.sh", "whereof-managed.sh"):
        assert subprocess.run(["dash", "-n"], input=hook_script(name), check=False).returncode == 0
        words = hook_script(name).decode()
        assert not [word for word in ("[[ ", "function ", "local ", "$'", "<<<", "&>", "declare ") if word in words]


def test_python_is_not_needed_by_the_hook() -> None:
    from attest.usecases.hooks_apply import hook_script

    assert sys.executable.encode() not in hook_script()
