"""Every page for auditors in a real browser: WCAG AA, light and dark, narrow, on paper, by keyboard, without scripts.

With WHEREOF_TEST_PICTURES, a folder, each page is painted there: wide, dark, narrow, printed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from attest.signing.revocation import write_revocations
from tests.service.conftest import Running, Start, git
from tests.support.audited import Audited, audited, audited_repository
from tests.support.revoked import der

pytestmark = [pytest.mark.loopback, pytest.mark.timeout(420)]
TESTS = Path(__file__).parents[1]
DRIVER = TESTS / "support" / "browser_pages.py"
AXE = TESTS / "js" / "node_modules" / "axe-core" / "axe.min.js"
PINNED_ELSE = """const name = Object.keys(localStorage)[0]; const pins = JSON.parse(localStorage[name]);
    const root = JSON.parse(atob(pins.root)); const key = root.tlogs[0];
    key.logId.keyId = btoa('x'.repeat(32)); pins.root = btoa(JSON.stringify(root)); localStorage[name] = JSON.stringify(pins);"""


MAX_SHEETS = {"answer": 2, "answer-none": 2}
"""Of paper, A4 and Letter, where it is not `SHEETS`."""
SHEETS = 30


@dataclass(frozen=True)
class Looked:
    """What is in the service, and what the browser saw of each page."""

    running: Running
    things: Audited
    pages: dict[str, dict[str, Any]]


def _pages(things: Audited, code: str, stolen: str) -> dict[str, dict[str, Any]]:
    answer = f"/commits/{things.recorded}"
    pinned = [["evaluate", PINNED_ELSE], ["goto", answer]]
    saved = [["click", "form[action='/populations'] button"]]
    drawn = [*saved, ["click", "form[action$='/sample'] button"]]
    return {
        "home": {"path": "/"},
        "box": {
            "path": "/",
            "look": False,
            "steps": [["fill", ".find input", things.recorded[:9]], ["press", ".find input", "Enter"]],
        },
        "answer": {"path": answer},
        "answer-none": {"path": f"/commits/{things.unmarked}"},
        "sessions": {"path": "/sessions"},
        "sessions-chosen": {"path": "/sessions?agent=claude-code&repository=git.payments.example/shop/payments"},
        "session": {"path": f"/sessions/{things.session}"},
        "exemplars": {"path": f"/exemplars?session={things.session}"},
        "exemplar": {
            "path": f"/exemplars?session={things.session}",
            "steps": [["click", "form[action='/exemplars'] button"]],
        },
        "queue": {"path": "/queue"},
        "log": {"path": "/log"},
        "proof-good": {"path": answer, "alone": True, "look": False, "steps": [["goto", answer]]},
        "proof-key": {"path": answer, "alone": True, "steps": pinned},
        "proof-failed": {"path": "/log", "alone": True, "steps": [["break"], ["goto", answer]]},
        "proof-revoked": {
            "path": "/log",
            "alone": True,
            "look": False,
            "steps": [["revoke", stolen], ["goto", answer]],
        },
        # It was told once, so a server that forgets it changes nothing.
        "proof-forgotten": {
            "path": "/log",
            "alone": True,
            "look": False,
            "steps": [["revoke", stolen], ["goto", answer], ["honest"], ["goto", answer]],
        },
        "proof-no-list": {"path": "/log", "alone": True, "look": False, "steps": [["revoke", "{}"], ["goto", answer]]},
        "keys": {"path": answer, "alone": True, "steps": [["goto", "/keys"]]},
        "populations": {"path": "/populations"},
        "population": {"path": "/populations", "steps": saved},
        "sample": {"path": "/populations", "steps": drawn},
        "controls": {"path": "/controls?since=2026-03-01"},
        "pack": {"path": "/controls", "steps": [["click", "a[href^='/controls/']"]]},
        "reconcile": {"path": f"/reconcile?base={things.base}"},
        "coverage": {"path": "/coverage"},
        "reports": {"path": "/reports"},
        # It is judged anew each time, at another moment.
        "report": {"path": f"/reports?base={things.base}&head={things.recorded}", "alone": True},
        "coverage-path": {"path": "/coverage?by=path"},
        "pull": {"path": "/pulls/shop/payments/7"},
        "pull-open": {"path": "/pulls/git/shop/payments/8"},
        "attestation": {"path": f"/attestations/{things.attestation}"},
        "search": {"path": "/search?q=ledger.py"},
        "search-none": {"path": "/search?q=0000000000"},
        "sign-in": {"path": "/sign-in", "alone": True, "stranger": True},
        "signed-in": {
            "path": "/sign-in",
            "alone": True,
            "stranger": True,
            "look": False,
            "steps": [["fill", "input[name=token]", code], ["click", ".plain button"]],
        },
        "problem": {"path": "/commits/zzz"},
        "limitations": {"path": "/limitations"},
    }


ALL = _pages(Audited(**dict.fromkeys(Audited.__dataclass_fields__, "")), "", "")
NAMES = tuple(name for name, page in ALL.items() if page.get("look", True))
BARE = tuple(name for name in NAMES if not ALL[name].get("alone", False))


@pytest.fixture(scope="module")
def looked(start: Start, require: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Looked:
    """Fill a service with the demo's story, and look at every page in one run of a browser."""
    require("chromium")
    require("playwright", importlib.util.find_spec("playwright") is not None)
    require("axe-core", AXE.is_file())
    example = audited_repository(tmp_path_factory.mktemp("audited"), git)
    running = start(clone=example.repo)
    things = audited(example, git, running.signed_in)
    services = running.app.state.service.instance.services
    stolen = write_revocations(((der(services.authority.certificate), datetime(2020, 1, 1, tzinfo=UTC)),)).decode()
    told = {
        "base": running.url,
        "token": running.token,
        "axe": str(AXE),
        "pictures": os.environ.get("WHEREOF_TEST_PICTURES", ""),
        "pages": _pages(things, running.app.state.service.sign_ins.new_code(), stolen),
    }
    command = [sys.executable, str(DRIVER), str(shutil.which("chromium")), json.dumps(told)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-2000:]
    return Looked(running, things, json.loads(done.stdout))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible_and_quiet_and_fits(looked: Looked, name: str) -> None:
    page = looked.pages[name]
    assert page["axe"] == []
    # That the page itself is a problem is an error to a browser, and its only one.
    problem = "console: Failed to load resource: the server responded with a status of 404 (Not Found)"
    assert page["said"] == ([problem] if name == "problem" else [])
    assert page["focus"] == []
    assert page["narrow"] == [390, 390]
    assert page["paper"] == [720, 720]
    assert page["searches"] == 0
    assert len(page["pdf"]) == 2
    assert all(1 <= sheets <= MAX_SHEETS.get(name, SHEETS) for sheets in page["pdf"]), page["pdf"]


@pytest.mark.parametrize("name", BARE)
def test_a_page_says_the_same_without_scripts(looked: Looked, name: str) -> None:
    page = looked.pages[name]
    assert len(page["facts"]) > 40
    request = r"req_[0-9A-Z]{26}"
    assert re.sub(request, "", page["without"]) == re.sub(request, "", page["facts"])


def test_journeys_end_where_they_should(looked: Looked) -> None:
    ends = {name: page["url"].removeprefix(looked.running.url) for name, page in looked.pages.items()}
    assert ends["box"] == f"/commits/{looked.things.recorded}"
    assert ends["population"] != ends["sample"]
    assert ends["population"].startswith("/populations/pop_")
    assert ends["sample"].startswith("/populations/pop_")
    assert ends["pack"].startswith("/controls/")
    assert ends["signed-in"] == "/"
    assert ends["search"].startswith("/search?q=")


def test_the_browser_says_of_five_lines_what_it_checked(looked: Looked) -> None:
    good, key, failed = (looked.pages[name] for name in ("proof-good", "proof-key", "proof-failed"))
    assert [one.split()[0] for one in good["lines"]] == ["pass", "pass", "pass", "pass", "not"]
    assert "keys pinned" in good["checked"]
    assert good["band"] == ""
    assert key["band"] == "Do not rely on this record. Its inclusion proof does not match the pinned log."
    assert failed["band"] == "Do not rely on this record. 2 of five proof lines fail."


def test_a_revoked_authority_is_never_green_again_in_a_browser_that_was_told_of_it(looked: Looked) -> None:
    told, forgotten, no_list = (looked.pages[f"proof-{name}"] for name in ("revoked", "forgotten", "no-list"))
    assert "which no revocation touches" in looked.pages["proof-good"]["lines"][1]
    for page in (told, forgotten):
        assert page["band"] == "Do not rely on this record. Its signature or certificate does not hold."
    assert no_list["band"] == ""
    assert no_list["lines"][1].splitlines() == ["not checked", "Which authorities are revoked could not be read"]


def test_a_pull_request_shows_how_each_commit_stands(looked: Looked) -> None:
    landed, waiting = (looked.pages[name]["facts"] for name in ("pull", "pull-open"))
    assert "2 commits, 1 session recorded, 0 reviews signed, 1 commit without a session." in landed
    assert "signed by nobody" in landed
    assert "not known to have landed" in waiting


def test_a_path_in_the_box_finds_the_session_that_read_it(looked: Looked) -> None:
    found = looked.pages["search"]["facts"]
    assert "1 session touched it" in found
    assert looked.things.session in found
