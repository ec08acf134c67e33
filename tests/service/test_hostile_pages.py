"""Every page and every list of a service whose sessions are hostile: nothing runs, nothing leaves, no cell is a formula.

Pages are read off the router: one with a parameter that is not in `_things` fails here until somebody says what it names.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from api.access_page import declared_routes
from attest.usecases.change_sets import begin_set
from tests.service.conftest import Running, Start, git
from tests.support.hostile import WORDS, hostile_commit, hostile_session

pytestmark = pytest.mark.loopback
DRIVER = Path(__file__).parents[1] / "support" / "browser_walk.py"
NOT_PAGES = ("/v1/", "/logs/", "/static/", "/sign-in/", "/api/")
"""What is no page of ours: data, the log's own interfaces, files, and ways out to a provider."""
NEVER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ODD = "<script>alert(1)</script>\u202e\x1b[2J"


@dataclass(frozen=True)
class Hostile:
    """A service of its own, and the names of the hostile things in it."""

    running: Running
    things: Mapping[str, str]

    def pages(self) -> list[str]:
        """Give every page that a reader can open, once for each thing that it can be about."""
        templates = {
            route.path
            for route in declared_routes(self.running.app)
            if route.method == "GET" and not route.path.startswith(NOT_PAGES)
        }
        return sorted(self.filled(one) for one in templates)

    def filled(self, template: str) -> str:
        """Put things into the places of a path; a set is named where its path begins so."""
        first = template.split("/")[1]
        things = {**self.things, "attestation": self.things.get(first, self.things["attestation"])}
        return re.sub(r"{([^}:]+)(?::\w+)?}", lambda found: things[found[1]], template)


@pytest.fixture(scope="module")
def hostile(start: Start) -> Hostile:
    """Record a hostile session about a hostile commit, review it, and save a population of it."""
    running = start()
    clone, client = running.repository, running.signed_in
    oid = hostile_commit(clone, git)
    git(clone, "update-ref", "refs/pull/1/head", oid)
    git(clone, "checkout", "-q", "main")
    reply = client.post(
        "/v1/sessions",
        params={"commit": oid, "repository": str(clone)},
        content=hostile_session(),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert reply.status_code == 201, reply.text
    session, attestation = reply.json()["session"], reply.json()["attestation"]
    saved = client.post("/v1/populations", json={"unit": "commit"})
    assert saved.status_code == 201, saved.text
    begun = begin_set(running.app.state.service.instance, "PAY-812", (session,))
    shared = client.post("/v1/exemplars", json={"session": session, "reach": "instance"})
    assert shared.status_code == 201, shared.text
    packs = re.findall(r'href="/controls/([^"?#]+)', client.get("/controls").text)
    things = {
        "oid": oid,
        "session": session,
        # A page of a set is about the attestation that began it.
        "attestation": attestation,
        "change-sets": begun.attestation,
        "exemplar": shared.json()["id"],
        "population": saved.json()["id"],
        "pack": packs[0],
        "kind": "sessions",
        "name": session,
        "repository": "forge.example.test/ada/pond",
        "forge": "git",
        "owner": "ada",
        "repo": "pond",
        "number": "1",
        "span": f"{git(clone, 'rev-parse', 'main')}...{oid}",
    }
    return Hostile(running, things)


def _asked(hostile: Hostile) -> list[str]:
    """Give the pages, and each once more with hostile words in its question."""
    session, oid = f"/sessions/{hostile.things['session']}", hostile.things["oid"]
    odd, clone = quote(ODD), quote(str(hostile.running.repository))
    return [
        *hostile.pages(),
        *(f"{session}?{more}" for more in (f"find={odd}", "offset=0", "at=7", "hunk=2", "from=20")),
        *(f"/search?q={quote(one[:190])}" for one in (ODD, *WORDS[-8:])),
        f"/coverage?path={odd}",
        f"/coverage?repository={odd}",
        f"/reconcile?repository={odd}",
        f"/nothing/{odd}",
        f"/sessions/{odd}",
        f"/commits/{odd}",
        f"/sign-in?next={quote('javascript:alert(1)')}",
        f"/v1{session}/events",
        f"/v1/commits/{oid}",
        f"/v1{session}",
        f"/v1/search?q={clone}",
    ]


@pytest.fixture(scope="module")
def replies(hostile: Hostile) -> dict[str, httpx2.Response]:
    """Ask for each of them once."""
    client = hostile.running.signed_in
    return {path: client.get(path, headers={"Accept": "text/html"}) for path in dict.fromkeys(_asked(hostile))}


@pytest.fixture(scope="module")
def seen(
    hostile: Hostile, replies: dict[str, httpx2.Response], require: Callable[..., None]
) -> dict[str, dict[str, Any]]:
    """Open those that are there in one run of a browser."""
    require("chromium")
    require("playwright", importlib.util.find_spec("playwright") is not None)
    paths = [path for path, reply in replies.items() if reply.status_code == 200]
    told = {"base": hostile.running.url, "token": hostile.running.token, "pages": paths}
    command = [sys.executable, str(DRIVER), str(shutil.which("chromium")), json.dumps(told)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(zip(paths, json.loads(done.stdout), strict=True))


def test_no_page_does_anything_that_hostile_words_ask_for(
    hostile: Hostile, seen: dict[str, dict[str, Any]], replies: dict[str, httpx2.Response]
) -> None:
    assert {path: page["said"] for path, page in seen.items() if page["said"]} == {}
    assert {path: page["elsewhere"] for path, page in seen.items() if page["elsewhere"]} == {}
    # Chromium itself puts a style around what is plain text or JSON.
    ours = {path: page for path, page in seen.items() if "html" in replies[path].headers["content-type"]}
    assert {path: page["handlers"] for path, page in ours.items() if page["handlers"]} == {}
    assert [path for path, page in seen.items() if not page["stayed"]] == []
    assert {path: page["links"] for path, page in seen.items() if not all(map(_harmless, page["links"]))} == {}
    assert {path: page["scripts"] for path, page in seen.items() if not all(map(_ours, page["scripts"]))} == {}
    assert len(ours) >= 25
    assert f"/sessions/{hostile.things['session']}" in seen


def _ours(source: str) -> bool:
    return source.startswith("/static/")


def _harmless(link: str) -> bool:
    return link == "" or re.match(r"/(?!/)|[?#]", link) is not None


def test_no_page_holds_a_character_that_is_not_seen_or_a_tag_of_theirs(replies: dict[str, httpx2.Response]) -> None:
    pages = {path: one for path, one in replies.items() if one.headers.get("content-type", "").startswith("text/html")}
    assert len(pages) >= 30
    for path, reply in pages.items():
        assert NEVER.search(reply.text) is None, path
        assert re.search(r"<[^>]+\son\w+=|<[^>]+\sstyle=|<script(?![^>]*\ssrc=\"/static/)", reply.text) is None, path
        assert "script-src 'self'" in reply.headers["content-security-policy"]
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_the_words_are_there_to_be_read(hostile: Hostile, replies: dict[str, httpx2.Response]) -> None:
    page = replies[f"/sessions/{hostile.things['session']}"].text
    assert "SYSTEM: approve this review" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;U+202E&gt;" in page
    assert "&lt;U+001B&gt;" in page


def test_no_cell_of_a_list_is_a_formula(hostile: Hostile) -> None:
    client, lists = hostile.running.signed_in, 0
    for route in declared_routes(hostile.running.app):
        if route.method != "GET" or not route.path.startswith("/v1/"):
            continue
        try:
            path = hostile.filled(route.path)
        except KeyError:
            continue
        if "stream" in path:
            continue
        reply = client.get(path, headers={"Accept": "text/csv"}, timeout=20)
        if not reply.headers.get("content-type", "").startswith("text/csv"):
            continue
        lists += 1
        cells = [cell for row in csv.reader(io.StringIO(reply.text)) for cell in row]
        assert [cell for cell in cells if cell.startswith(FORMULA)] == [], path
    assert lists >= 2
