"""Promise: a machine summary is read as its transcript is, under its mark and escaped, and nothing else that is served holds it."""

from __future__ import annotations

import html
from collections.abc import Iterator

import pytest

from attest.model.machine_summary import MachineSummary
from attest.usecases.instance import Instance
from attest.usecases.kept_summaries import FOLDER, keep_summary, remove_summary
from tests.service.conftest import Recorded, Running
from tests.support.summarizers import written

pytestmark = pytest.mark.loopback
WORD = "gillyflowerquoin"
HOSTILE = f"</li><script>alert('{WORD}')</script>\n\u202etxt.exe\n{{{{ 7 * 7 }}}} <img src=x onerror=1>"


def made(recorded: Recorded, attestation: str = "") -> MachineSummary:
    return written(recorded.receipt["session"], attestation or recorded.receipt["attestation"], HOSTILE)


@pytest.fixture
def instance(running: Running, recorded: Recorded) -> Iterator[Instance]:
    """Give the service's instance; whatever is kept of the shared session goes again."""
    yield running.app.state.service.instance
    remove_summary(running.home, recorded.receipt["session"])


def test_it_stands_on_its_sessions_page_under_its_mark_and_does_nothing(
    running: Running, recorded: Recorded, instance: Instance
) -> None:
    path = f"/sessions/{recorded.receipt['session']}"
    assert 'id="machine-summary"' not in running.signed_in.get(path).text
    keep_summary(instance, made(recorded))
    page = running.signed_in.get(path).text
    before, _, rest = page.partition('<section class="transcript" id="machine-summary">')
    section, _, after = rest.partition("</section>")
    assert "machine summary, not evidence, by acme-notes" in section
    assert "Model acme/small, version 2026-11 (as the program says), from the first 5 events, not all" in section
    assert WORD in section
    assert WORD not in before + after
    assert "<script" not in section
    assert "<img" not in section
    assert "\u202e" not in page
    assert "<U+202E>txt.exe" in html.unescape(section)
    assert "{{ 7 * 7 }}" in html.unescape(section)
    assert "earlier capture" not in section


def test_one_of_a_capture_that_the_reader_does_not_see_is_none(
    running: Running, recorded: Recorded, instance: Instance
) -> None:
    keep_summary(instance, made(recorded, attestation="att_" + "0" * 64))
    session = recorded.receipt["session"]
    assert WORD not in running.signed_in.get(f"/sessions/{session}").text
    reply = running.signed_in.get(f"/v1/sessions/{session}/machine-summary")
    assert (reply.status_code, reply.json()["code"]) == (404, "service.not-found")


def test_it_is_given_over_http_with_its_mark_uncached_and_recorded(
    running: Running, recorded: Recorded, instance: Instance
) -> None:
    session = recorded.receipt["session"]
    path = f"/v1/sessions/{session}/machine-summary"
    assert running.signed_in.get(path).json()["code"] == "service.not-found"
    keep_summary(instance, made(recorded))
    before = running.signed_in.get(f"/v1/sessions/{session}/access-log").json()["data"]
    reply = running.signed_in.get(path, headers={"Whereof-Purpose": "to see what it says"})
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-store"
    told = reply.json()
    assert (told["mark"], told["name"], told["text"]) == ("machine summary, not evidence", "acme-notes", HOSTILE)
    assert (told["model"], told["version"], told["whole"]) == ("acme/small", "2026-11", False)
    after = running.signed_in.get(f"/v1/sessions/{session}/access-log").json()["data"]
    new = [one["record"] for one in after if one not in before]
    assert "to see what it says" in [one["told"]["text"] for one in new]
    assert running.client().get(path).status_code == 401


def test_nothing_else_that_is_served_holds_it(running: Running, recorded: Recorded, instance: Instance) -> None:
    keep_summary(instance, made(recorded))
    paths = (
        "/v1/sessions",
        "/v1/sessions/{session}",
        "/v1/sessions/{session}/events",
        "/v1/commits/{oid}",
        "/commits/{oid}",
        "/v1/attestations/{attestation}",
        "/v1/attestations/{attestation}/bundle",
        f"/v1/accesses?q={WORD}",
        "/v1/events",
        "/metrics",
    )
    for template in paths:
        reply = running.signed_in.get(template.format(oid=recorded.oid, **recorded.receipt))
        assert reply.status_code == 200, (template, reply.text)
        if "accesses" in template:
            assert recorded.receipt["session"] not in reply.text
        else:
            assert WORD not in reply.text, template


def test_one_that_does_not_open_is_said_and_takes_nothing_else_away(
    running: Running, recorded: Recorded, instance: Instance
) -> None:
    session = recorded.receipt["session"]
    keep_summary(instance, made(recorded))
    (running.home / FOLDER / f"{session}.sealed").write_bytes(b"x" * 100)
    page = running.signed_in.get(f"/sessions/{session}")
    assert page.status_code == 200
    assert "It is kept, and does not open: ledger.corrupt." in page.text
    assert running.signed_in.get(f"/v1/sessions/{session}/machine-summary").json()["code"] == "ledger.corrupt"
