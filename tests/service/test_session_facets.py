"""Lists of sessions narrowed by what recordings have in common, counted beside them, and saved as a population in one step."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

import pytest

from attest.model.recording_facets import FACETS
from attest.usecases.index_facets import catch_up_facets
from attest.usecases.index_search import catch_up
from tests.service.conftest import Running, git
from tests.support.claude import Transcript

pytestmark = pytest.mark.loopback

MODE = "dontAsk"
"""Of the recordings made here alone."""
VALUES = re.compile(r'<li><a href="([^"]*)"( aria-current="true")?>(.*?)</a><span class="num">([0-9,]+)</span></li>')


@dataclass(frozen=True)
class Three:
    running: Running
    oid: str
    sessions: tuple[str, ...]

    def json(self, path: str, **asked: str | int) -> dict[str, Any]:
        reply = self.running.signed_in.get(path, params=asked)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    def page(self, path: str) -> str:
        reply = self.running.signed_in.get(path)
        assert reply.status_code == 200, reply.text
        return reply.text


@pytest.fixture(scope="module")
def three(running: Running) -> Three:
    """Record three sessions of one mode: two of a commit, one of them with a run that failed; and one of none."""
    oid = git(running.repository, "rev-parse", "HEAD~1")
    made = []
    for number in range(3):
        story = Transcript().prompt(f"Count the reeds {number}", permissionMode=MODE)
        ran = "1 failed in 0.10s" if number == 1 else "3 passed in 0.10s"
        story = story.shell("pytest -q", ran, code=int(number == 1))
        of = {"commit": oid, "repository": str(running.repository)} if number else {}
        reply = running.signed_in.post("/v1/sessions", params=of, content=b"".join(story.lines()))
        assert reply.status_code == 201, reply.text
        made.append(reply.json()["session"])
    catch_up_facets(running.app.state.service.instance)
    return Three(running, oid, tuple(made))


def test_a_list_is_narrowed_by_each_facet_and_counted(three: Three) -> None:
    catch_up_facets(three.running.app.state.service.instance)
    found = three.json("/v1/sessions:facets", mode=MODE)
    assert found["total"] == 3
    assert found["indexed_to"] == found["as_of"]["tree_size"]
    assert [one["name"] for one in found["facets"]] == list(FACETS)
    by_name = {one["name"]: {value["value"]: value["count"] for value in one["values"]} for one in found["facets"]}
    assert by_name["agent"] == {"claude-code": 3}
    assert by_name["mode"] == {MODE: 3}
    assert by_name["source"] == {"named": 3}
    assert by_name["repository"] == {"git+https://forge.example.test/ada/pond": 2, "unknown": 1}
    assert sum(one["count"] for one in found["months"]) == 3
    for name, values in by_name.items():
        for value, count in values.items():
            listed = three.json("/v1/sessions", as_of=found["as_of"]["tree_size"], **{"mode": MODE, name: value})
            assert len(listed["data"]) == count
            assert listed["count"] == {"value": count, "relation": "eq"}
            assert {one["session"] for one in listed["data"]} <= set(three.sessions)
    assert three.json("/v1/sessions", mode=MODE, repository="forge.example.test/ada/pond.git")["count"]["value"] == 2


def test_pages_of_a_narrowed_list_are_of_one_state(three: Three) -> None:
    first = three.json("/v1/sessions", mode=MODE, limit=2)
    rest = three.json("/v1/sessions", mode=MODE, limit=2, cursor=first["next"])
    assert [one["session"] for one in (*first["data"], *rest["data"])] == list(reversed(three.sessions))
    assert rest["next"] is None
    assert rest["as_of"] == first["as_of"]
    other = three.running.signed_in.get("/v1/sessions", params={"mode": "plan", "cursor": first["next"]})
    assert (other.status_code, other.json()["code"]) == (400, "service.cursor")


def test_a_span_is_of_the_time_at_which_they_were_logged(three: Three) -> None:
    month = three.json("/v1/sessions:facets", mode=MODE)["months"][0]["value"]
    assert three.json("/v1/sessions", mode=MODE, since=f"{month}-01")["count"]["value"] == 3
    assert three.json("/v1/sessions", mode=MODE, until=f"{month}-01")["count"]["value"] == 0
    for wrong in ("2026-13-01", "T", "2026-01-01T25:00:00Z"):
        reply = three.running.signed_in.get("/v1/sessions", params={"since": wrong})
        assert (reply.status_code, reply.json()["code"]) == (400, "input.usage")


def test_each_facet_is_a_link_and_what_is_chosen_is_shown_and_removed(three: Three) -> None:
    text = three.page(f"/sessions?mode={MODE}")
    assert "Chosen sessions, newest entry first." in text
    assert "<b>3 recordings</b>" in text
    links = {label: (html.unescape(href), bool(on), count) for href, on, label, count in VALUES.findall(text)}
    href, on, count = links[f'<span class="chosen">{MODE}</span> remove']
    assert (href, on, count) == ("/sessions", True, "3")
    href, on, count = links["forge.example.test/ada/pond"]
    assert (on, count) == (False, "2")
    narrower = three.page(href)
    assert all(f"/sessions/{one}" in narrower for one in three.sessions[1:])
    assert f"/sessions/{three.sessions[0]}" not in narrower
    assert f"{MODE}</span> remove" in narrower
    assert "forge.example.test/ada/pond</span> remove" in narrower


def test_nothing_chosen_is_the_whole_list(three: Three) -> None:
    text = three.page("/sessions")
    assert "Sessions, newest entry first." in text
    assert f'href="/sessions?mode={MODE}"' in text


@pytest.mark.parametrize("value", ["%3Cscript%3E", "%22onload%3D", "%27", "%25", "_", "x" * 512])
def test_a_value_that_nothing_has_is_shown_and_is_text(three: Three, value: str) -> None:
    text = three.page(f"/sessions?agent={value}")
    assert "No session of these is recorded here." in text
    assert "<script>" not in text
    assert "0 recordings" in text


@pytest.mark.parametrize("value", ["%00", "%0A", "a%20b", "%E2%80%AE", "x" * 513])
def test_what_is_no_value_is_refused(three: Three, value: str) -> None:
    assert three.running.signed_in.get(f"/sessions?agent={value}").status_code == 400


def test_what_is_not_counted_is_said_and_listed_all_the_same(three: Three, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attest.store.facet_find.MAX_COMBINATIONS", 0)
    found = three.json("/v1/sessions:facets", mode=MODE)
    assert (found["total"], found["facets"], found["months"]) == (None, [], [])
    text = three.page(f"/sessions?mode={MODE}")
    assert "Not counted" in text
    assert "<b>3 recordings</b>" in text
    assert f"{MODE}</span> remove" in text


def test_what_was_chosen_is_saved_as_a_population_in_one_step(three: Three) -> None:
    text = three.page(f"/sessions?mode={MODE}&check=failed&repository=git%2Bhttps://forge.example.test/ada/pond")
    form = re.search(r'<form class="actions" action="/populations" method="post">(.*?)</form>', text, re.DOTALL)
    assert form is not None
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form[1])}
    client = three.running.signed_in
    saved = client.post("/populations", data=fields, headers={"Origin": three.running.url})
    assert saved.status_code == 303, saved.text
    name = saved.headers["location"].removeprefix("/populations/")
    said = three.json(f"/v1/populations/{name}")["population"]
    assert said["query"]["facets"] == {"check": "failed", "mode": MODE}
    assert said["query"]["repository"] == "git+https://forge.example.test/ada/pond"
    assert [one["id"] for one in three.json(f"/v1/populations/{name}/rows")["data"]] == [three.oid]
    assert f"permission mode {MODE}" in three.page(f"/populations/{name}")
    again = client.post("/v1/populations", json={"facets": {"mode": MODE, "check": "passed"}})
    assert (again.status_code, again.json()["population"]["rows"]["count"]) == (201, 1)
    none = client.post("/v1/populations", json={"facets": {"mode": MODE, "agent": "codex"}})
    assert none.json()["population"]["rows"]["count"] == 0
    assert client.post("/v1/populations", json={"facets": {"person": "x"}}).status_code == 400
    assert client.post("/v1/populations", json={"facets": {"mode": MODE}, "unit": "change"}).status_code == 422


def test_what_the_box_found_is_counted_beside_it_and_narrowed(three: Three) -> None:
    catch_up(three.running.app.state.service.instance)
    links = {
        label: (html.unescape(href), count)
        for href, _, label, count in VALUES.findall(three.page(f"/search?q=perm:{MODE}"))
    }
    assert links["claude-code"] == (f"/search?q=perm%3A{MODE}+agent%3Aclaude-code", "3")
    month = next(label for label in links if label.startswith("20"))
    for href, count in (links["claude-code"], links[month]):
        narrowed = three.page(href)
        assert f"{count} sessions touched it" in narrowed
        back = {html.unescape(to) for to, on, _, _ in VALUES.findall(narrowed) if on}
        assert back == {f"/search?q=perm%3A{MODE}"}


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "0001-01-01"])
def test_a_moment_at_the_ends_of_the_calendar_is_one_or_is_refused(three: Three, at: str) -> None:
    client = three.running.signed_in
    asked = [client.get(path, params={"since": at}) for path in ("/v1/sessions", "/v1/sessions:facets", "/sessions")]
    asked.append(client.get("/v1/accesses", params={"q": f'since:"{at}"'}))
    if "T" in at:
        asked.append(client.post("/v1/populations", json={"unit": "commit", "since": at}))
    assert {reply.status_code for reply in asked} == {400 if "T" in at else 200}
