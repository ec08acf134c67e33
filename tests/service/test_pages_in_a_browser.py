"""The page of a session in a real browser: a long one is few bytes, the keys work, a hunk leads to its event and back."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import Running, git
from tests.support.claude import Transcript

pytestmark = [pytest.mark.loopback, pytest.mark.timeout(300)]
DRIVER = Path(__file__).parents[1] / "support" / "browser_drive.py"
MAX_BYTES = 300_000
LONG = 5_000
"""Events of the long session."""


def _short() -> bytes:
    work = Transcript().prompt("Please dig the pond one metre deeper")
    work.call("ExitPlanMode", plan="# Dig\n- dig\n- measure").refused("No. Measure first.")
    work.call("ExitPlanMode", plan="# Measure\n- measure\n- dig").result("ok")
    work.edit("/home/ada/pond/pond.py", "depth = 1", "depth = 31  # metres here")
    work.shell("pytest -q", "1 failed", code=1).shell("pytest -q", "3 passed in 0.10s")
    return b"".join(work.says("Dug.").lines())


def _long() -> bytes:
    work = Transcript().prompt("Please dig the whole pond, one metre deeper everywhere")
    for number in range(LONG // 2):
        if number % 50 == 20:
            work.shell("pytest -q", "1 failed", code=1)
        elif number % 50 == 30:
            work.edit("/home/ada/pond/pond.py", f"depth = {number}", f"depth = {number + 1}  # metres here")
        else:
            work.call("Read", file_path=f"/home/ada/pond/place_{number}.py").result("depth = 1\n" * 8)
    return b"".join(work.lines())


@dataclass
class Seen:
    """Two sessions, and what a browser saw of their pages."""

    short: str
    long: str
    pages: dict[str, dict[str, Any]]


KEYS = "jjkofrp]][?/j"


def _asked(names: dict[str, str]) -> dict[str, dict[str, Any]]:
    long = f"/sessions/{names['long']}"
    back = "li:target .t-hunks a, li:target .signal-foot a"
    return {
        "wide": {"path": long},
        "narrow": {"path": long, "width": 390},
        "dark": {"path": long, "scheme": "dark"},
        "bare": {"path": long, "js": False},
        "keys": {"path": f"/sessions/{names['short']}", "keys": list(KEYS)},
        "hunks": {"path": long, "clicks": [".hunk-head a[href^='#e']", back]},
    }


@pytest.fixture(scope="module")
def seen(running: Running, require: Callable[..., None]) -> Seen:
    """Record a short and a long session about a commit, and look at their pages in one run of a browser."""
    require("chromium")
    require("playwright", importlib.util.find_spec("playwright") is not None)
    clone, ids = running.repository, []
    git(clone, "checkout", "-q", "-b", "deeper")
    (clone / "pond.py").write_text("depth = 31  # metres here\n")
    (clone / "measure.py").write_text("metres = 31\n")
    (clone / "wide.py").write_text("".join(f"line_{number} = {number}\n" for number in range(3_000)))
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "Dig deeper")
    oid = git(clone, "rev-parse", "HEAD")
    # Other tests that share the clone find it as it was.
    git(clone, "checkout", "-q", "main")
    for body in (_short(), _long()):
        reply = running.signed_in.post(
            "/v1/sessions",
            params={"commit": oid, "repository": str(clone)},
            content=body,
            headers={"Content-Type": "application/octet-stream"},
        )
        assert reply.status_code == 201, reply.text
        ids.append(reply.json()["session"])
    asked = _asked({"short": ids[0], "long": ids[1]})
    told = {"base": running.url, "token": running.token, "pages": list(asked.values())}
    command = [sys.executable, str(DRIVER), str(shutil.which("chromium")), json.dumps(told)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr[-1500:]
    return Seen(*ids, dict(zip(asked, json.loads(done.stdout), strict=True)))


def test_a_long_session_is_few_bytes_and_fits_every_screen(seen: Seen, running: Running) -> None:
    wide, narrow, dark, bare = (seen.pages[name] for name in ("wide", "narrow", "dark", "bare"))
    client = running.signed_in
    assert client.get(f"/v1/sessions/{seen.long}").json()["capture"]["events"] >= LONG
    assert 50_000 < max(page["bytes"] for page in (wide, narrow, dark, bare)) <= MAX_BYTES
    assert (wide["wide"], narrow["wide"]) == (1280, 390)
    assert (wide["said"], narrow["said"], dark["said"], bare["said"]) == ([], [], [], [])
    page = client.get(f"/sessions/{seen.long}").text
    assert page.count('<span class="t-preview">') <= 40 + 100
    assert "Later events" in page


def test_the_keys_lead_from_signal_to_signal_and_hunk_to_hunk(seen: Seen) -> None:
    page = seen.pages["keys"]
    pressed = page["pressed"]
    assert pressed[0] == pressed[2] == "intent"
    assert pressed[1] != "intent"
    assert pressed[3:7] == ["override", "failed", "rejected", "plan"]
    assert pressed[7:10] == ["h1", "h2", "h1"]
    # With the search focused, letters are letters.
    assert pressed[10:] == ["keys", "find", "find"]
    assert (page["said"], page["stayed"]) == ([], True)


def test_a_hunk_leads_to_its_event_and_back(seen: Seen) -> None:
    page = seen.pages["hunks"]
    event, hunk = page["clicked"]
    assert "#e" in event
    assert "#h" in hunk
    assert page["said"] == []
