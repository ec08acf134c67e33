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


@pytest.mark.parametrize(
    "access", [None, {"url": "https://audit.example.test"}], ids=["no access.json", "pipelines alone"]
)
def test_beyond_loopback_nothing_is_served_where_people_do_not_sign_in_by_name(
    home: Path, capsys: pytest.CaptureFixture[str], access: dict[str, object] | None
) -> None:
    if access is not None:
        (home / "whereof").mkdir(mode=0o700, exist_ok=True)
        (home / "whereof" / "access.json").write_text(json.dumps(access))
    assert main(["serve", "--host", "0.0.0.0", "--port", "0"]) == 5
    assert "service.refused-bind" in capsys.readouterr().err
    assert not (home / "whereof" / "whereof.db").exists(), "it was refused before anything was opened"


def test_beyond_loopback_is_served_where_people_sign_in_with_a_provider_and_no_link_is_printed(
    home: Path, compiled: Path
) -> None:
    shutil.copytree(compiled, home / "whereof" / "cache")
    people = {"issuer": "https://id.example.test", "clientId": "whereof", "claim": "groups", "roles": {}}
    access = {"url": "https://audit.example.test", "people": people}
    (home / "whereof" / "access.json").write_text(json.dumps(access))
    process = _run(home, "serve", "--host", "0.0.0.0", "--port", "0")
    assert process.stdout is not None
    port = process.stdout.readline().strip().rpartition(":")[2].rstrip("/")
    assert "https://audit.example.test" in process.stdout.readline()
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            statuses = [
                client.get(path, headers={"Host": host}).status_code
                for path, host in (
                    ("/healthz", "audit.example.test"),
                    ("/v1/sessions", "audit.example.test"),
                    ("/v1/sessions", "elsewhere.example.test"),
                )
            ]
    finally:
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    assert statuses == [200, 401, 403]
    assert "/sign-in/" not in output + errors


def test_taken_port_is_a_plain_refusal(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with listen("127.0.0.1", 0) as taken:
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 5
    assert "service.port" in capsys.readouterr().err
    assert home.is_dir()
