"""Promise: what a session held is in no command line, environment or temporary file, and no digest tells what it was."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_planted_values import leaks, needles, planted, sentences
from tests.support.recording import MAIN, ROOT, make_clone, open_home, story, write_story

SEEN = "Max core file size        0                    0"


class Watch:
    """Looks at every process below one, again and again, and keeps what others on the machine could read of it."""

    def __init__(self, pid: int) -> None:
        self._pid, self._ended = pid, threading.Event()
        self.said: set[bytes] = set()
        self.workers: dict[int, bool] = {}
        """Of each forked process: whether it may leave a core dump."""
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(0.005):
            for pid in self._below(self._pid):
                for name in ("cmdline", "environ"):
                    self.said.add(_read(Path(f"/proc/{pid}/{name}")))
                limits = _read(Path(f"/proc/{pid}/limits")).decode()
                if pid != self._pid and limits and "-c" in _read(Path(f"/proc/{pid}/cmdline")).decode().split("\0"):
                    self.workers[pid] = SEEN not in limits

    def _below(self, pid: int) -> Iterator[int]:
        yield pid
        for child in _read(Path(f"/proc/{pid}/task/{pid}/children")).split():
            yield from self._below(int(child))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def digests(values: dict[str, str], transcript: bytes) -> dict[bytes, str]:
    """Give every form of an unkeyed digest of what was redacted, and of the original as a whole."""
    found = {}
    for name, data in {**{name: value.encode() for name, value in values.items()}, "original": transcript}.items():
        for kind in ("sha256", "sha1", "md5", "sha512"):
            raw = hashlib.new(kind, data, usedforsecurity=False).digest()
            found |= dict.fromkeys((raw, raw.hex().encode(), base64.b64encode(raw)), f"{kind} of {name}")
    return found


@pytest.mark.parametrize("command", ["record", "redact"])
def test_no_command_line_no_environment_no_leftover_and_no_digest_tells_a_value(
    command: str, data: Path, home: Path, tmp_path: Path
) -> None:
    values = planted()
    tale = story()
    for text in sentences(values):
        tale.prompt(text).shell(f"printf '%s' {text!r}", text)
    transcript = write_story(tmp_path / "t.jsonl", tale)
    wanted = needles(values) | digests(values, transcript.read_bytes())
    clone = make_clone(tmp_path / "clone", text="\n".join(sentences(values)) + "\n")
    open_home(data).engine.dispose()
    work = tmp_path / "work"
    work.mkdir()
    arguments = {
        "record": ("record", "--repo", str(clone.path), "--commit", "HEAD", "--transcript", str(transcript)),
        "redact": ("redact", str(transcript), "-o", str(work / "out"), "--report", str(work / "report.json")),
    }[command]
    with subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", MAIN, *arguments],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WHEREOF_HOME": str(data), "TMPDIR": str(work)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        watch = Watch(running.pid)
        try:
            out, err = running.communicate(timeout=100)
        finally:
            watch.end()
    assert running.returncode == 0, err
    assert {path.name for path in work.iterdir()} == ({"out", "report.json"} if command == "redact" else set())
    for said in (out, err, *watch.said):
        assert leaks(said, wanted) == []
    files = [*data.rglob("*"), *work.rglob("*"), *home.rglob("*"), *(clone.path / ".git" / "whereof").rglob("*")]
    for path in {path for path in files if path.is_file()}:
        assert leaks(path.read_bytes(), wanted) == [], path
    if sys.platform == "linux":
        assert watch.workers, "processes that redact were seen"
        assert list(watch.workers.values()).count(False) >= 1
