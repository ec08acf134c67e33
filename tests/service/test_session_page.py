"""The page of a session as the service gives it: to an event, to a hunk, a search inside, and a review that is signed."""

from __future__ import annotations

import html
import re

import pytest

from tests.service.conftest import Recorded, Running, git

pytestmark = pytest.mark.loopback
ANSWERS = {
    "a-intent-clear": "yes",
    "e-intent-clear": "0",
    "a-plan-sound": "not-checked",
    "a-constraints-kept": "not-checked",
    "a-judgement-used": "not-checked",
    "a-nothing-skipped": "no",
    "e-nothing-skipped": "#1, 2",
    "decision": "request-changes",
}


def _text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_every_number_of_the_first_screen_is_a_link(running: Running, recorded: Recorded) -> None:
    page = running.signed_in.get(f"/sessions/{recorded.receipt['session']}").text
    counts = page[page.index('id="signals"') : page.index('class="tabs"')]
    assert counts.count("<li") == counts.count("<a href=") >= 18
    ids = set(re.findall(r' id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', counts)) <= ids


def test_words_are_found_in_events_and_the_transcript_is_shown_when_asked_for(
    running: Running, recorded: Recorded
) -> None:
    base = f"/sessions/{recorded.receipt['session']}"
    client = running.signed_in
    assert "1 of" in _text(client.get(base, params={"find": "DIG THE POND"}).text)
    assert 'href="/v1' in client.get(base).text
    assert "“<script>”: 0 of" in _text(client.get(base, params={"find": "<script>"}).text)
    assert '"role"' not in html.unescape(client.get(base).text)
    assert '"role"' in html.unescape(client.get(base, params={"offset": 0}).text)
    assert client.get(base, params={"at": 10**8}).status_code == 200
    assert 'id="e1"' in client.get(base, params={"at": 1}).text


def test_a_filled_checklist_gives_the_command_that_signs_it(running: Running, recorded: Recorded) -> None:
    base, session = f"/sessions/{recorded.receipt['session']}", recorded.receipt["session"]
    page = _text(running.signed_in.get(base, params=ANSWERS).text)
    assert f"whereof review {recorded.oid} --decision request-changes" in page
    assert f"intent-clear=yes:{session}#0" in page
    assert f"nothing-skipped=no:{session}#1,{session}#2" in page
    missing = _text(running.signed_in.get(base, params={**ANSWERS, "e-intent-clear": ""}).text)
    assert "Prepare, 1 event to point to missing" in missing
    assert "whereof review" not in missing
    assert running.signed_in.get(base, params={"a-plan-sound": "<b>"}).status_code == 400


def test_the_owner_signs_in_the_page_and_a_new_review_stands_on_it(running: Running, recorded: Recorded) -> None:
    base = f"/sessions/{recorded.receipt['session']}"
    client = running.signed_in
    reply = client.post(f"{base}/review", data=ANSWERS)
    assert (reply.status_code, reply.headers["location"]) == (303, f"{base}#sign")
    page = _text(client.get(base).text)
    assert "the tree of this commit" in page
    assert "request-changes, process-and-code reviewed" in page
    short = client.post(f"{base}/review", data={"a-plan-sound": "yes"})
    assert short.status_code in {400, 422}
    assert "review.unanswered" in short.text
    assert git(running.repository, "rev-parse", "HEAD") == recorded.oid
