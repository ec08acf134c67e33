"""`python -m api` as a person runs it: serve with a link that works once, check, token, and clean refusals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from api.__main__ import main
from api.serving import listen
from tests.conftest import REPO_ROOT

pytestmark = pytest.mark.loopback


def _run(home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {"WHEREOF_HOME": str(home / "whereof")}
    command = [sys.executable, "-m", "api", *arguments]
    return subprocess.Popen(
        command, cwd=REPO_ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_serve_prints_a_link_that_signs_in_once_and_stops_when_interrupted(home: Path, compiled: Path) -> None:
    shutil.copytree(compiled, home / "whereof" / "cache")
    process = _run(home, "serve", "--port", "0")
    assert process.stdout is not None
    base = process.stdout.readline().rpartition(" ")[2].strip()
    link = process.stdout.readline().rpartition(" ")[2].strip()
    with httpx2.Client(follow_redirects=True, timeout=30) as browser:
        page = browser.get(link)
        assert (page.status_code, str(page.url)) == (200, base)
        assert "Find a record" in page.text
    with httpx2.Client(timeout=30) as late:
        assert late.get(link).status_code == 401
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    code = link.rpartition("/")[2]
    assert code not in output + errors
    assert "Traceback" not in errors
    assert all(json.loads(line)["event"] for line in errors.splitlines())


def test_token_is_printed_once_and_check_says_what_is_there(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token"]) == 0
    token = capsys.readouterr().out.strip()
    assert token.startswith("wht_")
    assert main(["migrate"]) == 0
    assert main(["check"]) == 0
    shown = capsys.readouterr().out
    assert token not in shown
    assert '"tree_size": 2' in shown
    assert (home / "whereof").stat().st_mode & 0o077 == 0


def test_taken_port_is_a_plain_refusal(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with listen("127.0.0.1", 0) as taken:
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 5
    assert "service.port" in capsys.readouterr().err
    assert home.is_dir()
