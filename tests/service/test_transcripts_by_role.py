"""Who opens a transcript where people sign in by name, that it is recorded first, and that the record can be checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

import httpx2
import pytest

from api.access_config import FILE_NAME
from attest.errors import Refused
from attest.model.may import Cause, Engagement, Grant
from attest.model.rights import Role
from attest.usecases.administer import By, confirm_engagement, end_engagement, give_role, open_engagement, take_role
from attest.usecases.kept_summaries import keep_summary
from tests.service.conftest import SECRET_WORD, Recorded, Running, Start, git, transcript
from tests.support.summarizers import written

pytestmark = pytest.mark.loopback
OLGA = By(name="olga")


@dataclass
class Shop:
    running: Running
    session: str
    runner: str

    def token(self, name: str, *roles: Role) -> httpx2.Client:
        grants = tuple(Grant(role=role) for role in roles)
        made = self.running.app.state.service.named.make("token", name, grants, seconds=600)
        return self.running.client(Authorization=f"Bearer {made.secret}")

    @property
    def instance(self):
        return self.running.app.state.service.instance

    def engage(self, name: str, *, cause: Cause = Cause.AUDIT, items: tuple[str, ...] = ()) -> str:
        now = self.instance.clock.now()
        engagement = Engagement(
            id="",
            cause=cause,
            purpose="third quarter",
            starts_at=now - timedelta(minutes=1),
            expires_at=now + timedelta(hours=1),
            repositories=None,
            controls=("CC8.1",),
            since=None,
            until=None,
            items=frozenset(items or (self.session,)),
            confirmed=False,
        )
        return open_engagement(self.instance, engagement, name, OLGA).engagement.id

    def read(self, client: httpx2.Client, **headers: str) -> httpx2.Response:
        return client.get(f"/v1/sessions/{self.session}/events", headers=headers)


@pytest.fixture(scope="module")
def shop(start: Start) -> Shop:
    running = start({FILE_NAME: json.dumps({"url": "https://audit.example.test"}).encode()})
    made = running.app.state.service.named.make("token", "dev", (Grant(role=Role.DEVELOPER),), seconds=600)
    oid = git(running.repository, "rev-parse", "HEAD")
    reply = running.client(Authorization=f"Bearer {made.secret}").post(
        "/v1/sessions",
        params={"commit": oid, "repository": str(running.repository)},
        content=transcript(),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert reply.status_code == 201, reply.text
    session = reply.json()["session"]
    auditor = running.app.state.service.named.make("token", "x", (Grant(role=Role.AUDITOR),), seconds=600)
    listed = running.client(Authorization=f"Bearer {auditor.secret}").get("/v1/sessions").json()
    return Shop(running, session, listed["data"][0]["identity"])


def test_runner_reads_their_own_and_others_are_told_there_is_none(shop: Shop) -> None:
    assert SECRET_WORD in shop.read(shop.token(shop.runner, Role.DEVELOPER)).text
    absent = shop.token("bob", Role.DEVELOPER).get("/v1/sessions/ses_01J00000000000000000000000/events")
    for role in (Role.DEVELOPER, Role.REVIEWER, Role.AUDITOR, Role.SECURITY):
        client = shop.token("bob", role)
        found = shop.read(client)
        assert found.status_code == absent.status_code == 404
        assert found.json() | {"instance": ""} == absent.json() | {"instance": ""}
        assert client.get(f"/sessions/{shop.session}").status_code == 404


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.PIPELINE, Role.PRIVACY, Role.MONITOR])
def test_operators_and_others_without_the_right_read_no_transcript(shop: Shop, role: Role) -> None:
    client = shop.token(f"engaged-{role}", role)
    shop.engage(f"engaged-{role}")
    assert shop.read(client, **{"Whereof-Purpose": "curiosity"}).json()["code"] == "service.no-right"
    assert client.get(f"/sessions/{shop.session}").status_code == 403


def test_machine_summary_is_read_by_whoever_may_read_the_transcript_and_nobody_else(shop: Shop) -> None:
    newest = shop.token("x", Role.AUDITOR).get("/v1/sessions").json()["data"][0]
    kept = written(shop.session, newest["attestation"], "Ducks were counted.")
    keep_summary(shop.instance, kept)
    path, why = f"/v1/sessions/{shop.session}/machine-summary", {"Whereof-Purpose": "sample 3 of 25"}
    assert shop.token(shop.runner, Role.DEVELOPER).get(path).json()["text"] == kept.text
    for role in (Role.DEVELOPER, Role.REVIEWER, Role.AUDITOR, Role.SECURITY):
        assert shop.token("nils", role).get(path, headers=why).status_code == 404
    for role in (Role.OPERATOR, Role.PIPELINE, Role.PRIVACY, Role.MONITOR):
        assert shop.token("nils", role).get(path, headers=why).json()["code"] == "service.no-right"
    client = shop.token("nina", Role.AUDITOR)
    shop.engage("nina")
    assert client.get(path).json()["code"] == "service.purpose"
    assert client.get(path, headers=why).json()["text"] == kept.text
    seen = shop.token(shop.runner, Role.DEVELOPER).get(f"/v1/sessions/{shop.session}/access-log").json()["data"]
    assert "nina" in {one["record"]["who"] for one in seen}


def test_sampled_item_opens_for_a_purpose_and_the_reading_is_in_a_log_that_its_runner_sees(shop: Shop) -> None:
    client = shop.token("alma", Role.AUDITOR)
    engagement = shop.engage("alma")
    assert shop.read(client).json()["code"] == "service.purpose"
    reply = shop.read(client, **{"Whereof-Purpose": "sample 12 of 25"})
    assert SECRET_WORD in reply.text
    seen = shop.token(shop.runner, Role.DEVELOPER).get(f"/v1/sessions/{shop.session}/access-log").json()["data"]
    record = next(one["record"] for one in seen if one["record"]["who"] == "alma")
    assert record["told"]["text"] == "sample 12 of 25"
    assert record["address"] == "loopback"
    assert client.get("/v1/access-log").json()["data"][0]["record"]["session"] == shop.session
    assert shop.token("bob", Role.DEVELOPER).get(f"/v1/sessions/{shop.session}/access-log").status_code == 404
    assert shop.token("bob", Role.DEVELOPER).get("/v1/access-log").status_code == 403
    published = shop.running.home / "logs" / "access"
    assert (published / "checkpoint").read_text().partition("\n")[0].endswith("/logs/access")
    tiles = b"".join(path.read_bytes() for path in published.rglob("*") if path.is_file())
    assert b"sample 12" not in tiles, "the words of a purpose are beside the log"
    end_engagement(shop.instance, engagement, OLGA)
    assert shop.read(client, **{"Whereof-Purpose": "sample 12 of 25"}).status_code == 404


def test_incident_opens_when_a_second_person_confirmed(shop: Shop) -> None:
    client, why = shop.token("sam", Role.SECURITY), {"Whereof-Purpose": "INC-77"}
    engagement = shop.engage("sam", cause=Cause.INCIDENT)
    assert shop.read(client, **why).status_code == 404
    for by in (By(name="sam"), OLGA):
        with pytest.raises(Refused, match="kept-apart"):
            confirm_engagement(shop.instance, engagement, by)
    assert shop.read(client, **why).status_code == 404
    confirm_engagement(shop.instance, engagement, By(name="pia"))
    assert shop.read(client, **why).status_code == 200


def test_nothing_is_shown_when_the_reading_cannot_be_recorded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    log = shop.running.app.state.service.access_log
    monkeypatch.setattr(log, "_append", fails)
    reply = shop.read(shop.token(shop.runner, Role.DEVELOPER))
    assert reply.status_code == 503
    assert reply.json()["code"] == "service.access-log"
    assert SECRET_WORD not in reply.text


def test_role_given_and_taken_counts_at_once_and_never_joins_what_is_kept_apart(shop: Shop) -> None:
    client = shop.token("nora")
    assert client.get("/v1/sessions").status_code == 403
    given = give_role(shop.instance, "nora", Grant(role=Role.PRIVACY), OLGA)
    assert client.get("/v1/sessions").status_code == 200
    with pytest.raises(Refused) as refused:
        give_role(shop.instance, "nora", Grant(role=Role.SECURITY), OLGA)
    assert refused.value.code == "service.kept-apart"
    take_role(shop.instance, given.id, OLGA)
    assert client.get("/v1/sessions").status_code == 403


def test_rights_over_another_repository_show_nothing_of_this_one(shop: Shop) -> None:
    grant = Grant(role=Role.AUDITOR, repositories=("git+https://forge.example.test/ada/reed",))
    made = shop.running.app.state.service.named.make("token", "rita", (grant,), seconds=600)
    client = shop.running.client(Authorization=f"Bearer {made.secret}")
    everything = shop.token("alma", Role.AUDITOR).get("/v1/sessions").json()["data"]
    assert everything
    assert client.get("/v1/sessions").json()["data"] == []
    assert client.get(f"/v1/sessions/{shop.session}").status_code == 404
    assert client.get(f"/v1/attestations/{everything[0]['attestation']}").status_code == 404
    assert client.get(f"/v1/entries/{everything[0]['index']}").status_code == 404
    # The clone here has the commit; what is in it is not hers to see either.
    oid = git(shop.running.repository, "rev-parse", "HEAD")
    title = git(shop.running.repository, "log", "-1", "--format=%s")
    answer = client.get(f"/v1/commits/{oid}")
    assert answer.json()["sentence"].startswith("Not recorded")
    page = client.get(f"/commits/{oid}")
    assert page.status_code == 200
    assert title not in answer.text + page.text
    assert title in shop.token("alma", Role.AUDITOR).get(f"/v1/commits/{oid}").text


def test_export_and_search_are_recorded_with_what_they_gave_and_not_given_where_they_cannot_be(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = shop.token("ella", Role.AUDITOR)
    made = client.post("/v1/populations", json={"unit": "commit"})
    assert made.status_code in {200, 201}, made.text
    saved = made.json()
    why = {"Whereof-Purpose": "third quarter"}
    exported = client.get(f"/v1/populations/{saved['id']}/export", headers=why)
    client.get("/search", params={"q": "0123456789"})
    newest = [one["record"] for one in client.get("/v1/access-log").json()["data"]][:2]
    assert [(one["who"], one["scope"], one["rows"]) for one in newest] == [
        ("ella", "session.read", 0),
        ("ella", "evidence.export", len(exported.text.splitlines())),
    ]
    assert newest[1]["told"]["text"] == "third quarter"
    assert newest[1]["treeSize"] > 0

    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shop.running.app.state.service.access_log, "_append", fails)
    for path in (f"/v1/populations/{saved['id']}/export", "/search?q=0123456789"):
        assert client.get(path).status_code == 503


def test_access_log_is_followed_by_who_may_verify_and_its_entries_by_who_reads_it(shop: Shop) -> None:
    shop.read(shop.token(shop.runner, Role.DEVELOPER))
    monitor, auditor = shop.token("mona", Role.MONITOR), shop.token("alma", Role.AUDITOR)
    note = monitor.get("/logs/access/checkpoint")
    assert note.text.partition("\n")[0].endswith("/logs/access")
    assert note.headers["cache-control"] == "private, no-cache"
    size = int(note.text.split("\n")[1])
    assert monitor.get(f"/logs/access/tile/0/000.p/{size}").status_code == 200
    entries = f"/logs/access/tile/entries/000.p/{size}"
    assert monitor.get(entries).status_code == 403
    assert auditor.get(entries).status_code == 200
    nobody = shop.running.client()
    assert nobody.get("/logs/access/checkpoint").status_code == nobody.get(entries).status_code == 401
    assert nobody.get("/logs/default/checkpoint").status_code == 200
    assert auditor.get("/logs/access/api/v1/log").status_code == 404


def test_the_owner_of_an_embedded_instance_is_recorded_too(running: Running, recorded: Recorded) -> None:
    session = recorded.receipt["session"]
    shown = running.signed_in.get(f"/v1/sessions/{session}/events").json()["data"]
    assert shown
    records = [one["record"] for one in running.signed_in.get("/v1/access-log").json()["data"]]
    mine = next(one for one in records if one.get("session") == session)
    assert (mine["who"], mine["rows"], mine["address"]) == ("owner", len(shown), "loopback")
