"""What a reviewer finds beside a session: the queue it waits in, the sets it is in, and that a new capture outdates a review."""

from __future__ import annotations

import html
import re

import pytest

from attest.usecases.change_sets import begin_set
from attest.usecases.index_search import catch_up
from tests.service.conftest import Running, git
from tests.support.claude import Transcript

pytestmark = pytest.mark.loopback
NAME = b'"session-heron"'


def _text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def _record(running: Running, oid: str, more: str = "") -> str:
    story = Transcript().prompt("Please widen the pond", permissionMode="bypassPermissions").says(f"I will. {more}")
    reply = running.signed_in.post(
        "/v1/sessions",
        params={"commit": oid, "repository": str(running.repository)},
        content=b"".join(story.lines()).replace(b'"s1"', NAME),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert reply.status_code == 201, reply.text
    return reply.json()["session"]


@pytest.fixture(scope="module")
def session(running: Running) -> tuple[str, str]:
    """Record a session about a commit that no branch of the clone leads to; gives both."""
    oid = git(running.repository, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "Widen")
    return _record(running, oid), oid


def test_a_session_waits_in_the_queue_with_why(running: Running, session: tuple[str, str]) -> None:
    catch_up(running.app.state.service.instance)
    client = running.signed_in
    answer = client.get("/v1/queue", params={"order": "risk", "limit": 200}).json()
    row = next(one for one in answer["data"] if one["session"] == session[0])
    assert (row["authority"], row["commits"]) == ("bypassed", [session[1]])
    assert "ran without being asked" in row["risks"]
    assert not {"identity", "runner", "author", "reviewer"} & set(row)
    assert answer["count"]["value"] >= len([one for one in answer["data"] if one["why"].startswith("no review")])
    assert answer["data"] == sorted(answer["data"], key=lambda one: one["authority"] != "bypassed")
    page = client.get("/queue")
    assert f'href="/sessions/{session[0]}"' in page.text
    assert "people are neither counted nor ordered" in _text(page.text)
    aged = client.get("/v1/queue", params={"order": "age", "limit": 200}).json()["data"]
    assert [one["since"] for one in aged] == sorted(one["since"] for one in aged)
    assert client.get("/v1/queue", params={"repository": "forge.example.test/no/other"}).json()["data"] == []
    assert client.get("/queue", params={"order": "person"}).status_code in {400, 422}
    assert client.get("/v1/queue", headers={"Accept": "text/csv"}).text.startswith('"session",')


def test_a_set_is_on_the_page_of_its_sessions_and_has_its_own(running: Running, session: tuple[str, str]) -> None:
    client = running.signed_in
    set_id = begin_set(running.app.state.service.instance, "PAY-812", (session[0],)).attestation
    assert f'<a href="/change-sets/{set_id}">PAY-812</a>' in client.get(f"/sessions/{session[0]}").text
    page = _text(client.get(f"/change-sets/{set_id}").text)
    assert "1 session in change-set PAY-812." in page
    assert "begun with" in page
    reply = client.get(f"/v1/change-sets/{set_id}")
    assert reply.status_code == 200, reply.text
    told = reply.json()
    assert (told["name"], told["sessions"], len(told["history"])) == ("PAY-812", [session[0]], 1)
    listed = client.get(f"/v1/sessions/{session[0]}/change-sets").json()["data"]
    assert [one["id"] for one in listed] == [set_id]
    for nothing in ("att_" + "0" * 64, "x", told["history"][0]["attestation"][:-1]):
        assert client.get(f"/v1/change-sets/{nothing}").status_code == 404


def test_a_later_capture_makes_a_review_outdated(running: Running, session: tuple[str, str]) -> None:
    client, base = running.signed_in, f"/sessions/{session[0]}"
    names = ("intent-clear", "plan-sound", "constraints-kept", "judgement-used", "nothing-skipped")
    answers = {f"a-{name}": "not-checked" for name in names} | {"decision": "approve"}
    assert client.post(f"{base}/review", data=answers).status_code == 303
    assert "the tree of this commit" in _text(client.get(base).text)
    assert _record(running, session[1], "And one thing more.") == session[0]
    page = _text(client.get(base).text)
    assert "outdated: a session, or a later capture of one, was not before the reviewer" in page
