"""Promise: over HTTP one asks, another approves, a hold answers 409 with its id, and erased texts are opened for nobody."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import httpx2
import pytest

from api.access_config import FILE_NAME
from attest.model.may import Grant
from attest.model.rights import Role
from attest.usecases.retain import FILE_NAME as RETENTION
from tests.service.conftest import Running, Start, git, transcript

pytestmark = pytest.mark.loopback
ACCESS = {FILE_NAME: json.dumps({"url": "https://audit.example.test"}).encode(), RETENTION: b'{"transcriptDays": 400}'}
MEADOW = "git+https://forge.example.test/ada/meadow"


@dataclass(frozen=True)
class People:
    running: Running

    def client(self, role: Role, name: str = "", repositories: tuple[str, ...] | None = None) -> httpx2.Client:
        named = self.running.app.state.service.named
        grant = Grant(role=role) if repositories is None else Grant(role=role, repositories=repositories)
        made = named.make("token", name or f"a-{role}", (grant,), seconds=3600)
        return self.running.client(Authorization=f"Bearer {made.secret}")


@pytest.fixture(scope="module")
def people(start: Start) -> People:
    return People(start(ACCESS))


def recorded(running: Running, client: httpx2.Client, words: str) -> str:
    reply = client.post(
        "/v1/sessions",
        params={"commit": git(running.repository, "rev-parse", "HEAD"), "repository": str(running.repository)},
        content=transcript(words),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert reply.status_code == 201, reply.text
    return str(reply.json()["session"])


def code(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


def test_one_asks_another_approves_and_a_hold_comes_first(people: People) -> None:
    asks, approves = people.client(Role.PRIVACY), people.client(Role.SECURITY)
    session = recorded(people.running, people.client(Role.DEVELOPER), "drain the pond")
    body = {"sessions": [session], "basis": "request"}
    assert code(approves.post("/v1/erasures", json=body)) == (403, "service.no-right")
    asked = asks.post("/v1/erasures", json=body)
    assert asked.status_code == 201, asked.text
    plan = asked.json()
    assert (plan["state"], plan["held_by"], plan["still_here"][0]["secret"]) == ("requested", None, True)
    path = f"/v1/erasures/{plan['id']}/approve"
    assert code(asks.post(path, json={})) == (403, "service.no-right")
    held = approves.post("/v1/holds", json={"matter": "case-7", "sessions": [session]}).json()
    refused = approves.post(path, json={})
    assert code(refused) == (409, "erasure.held")
    assert refused.json()["got"] == held["id"]
    assert asks.get(f"/v1/erasures/{plan['id']}").json()["held_by"] == held["id"]
    release = f"/v1/holds/{held['id']}/release"
    for _ in range(2):
        assert approves.post(release, json={}).json()["released_at"] is None
    assert people.client(Role.SECURITY, "another").post(release, json={}).json()["released_at"] is not None
    done = approves.post(path, json={})
    assert done.status_code == 200, done.text
    assert (done.json()["state"], done.json()["second"]) == ("logged", "person")
    assert not any(done.json()["still_here"][0][name] for name in ("secret", "vault", "sealed_values", "objects"))
    listed = {one["id"]: one["attestation"] for one in approves.get("/v1/erasures").json()["data"]}
    assert listed[plan["id"]] == done.json()["attestation"]


def test_nobody_approves_what_they_asked_for_and_nobody_erases_what_they_cannot_see(people: People) -> None:
    session = recorded(people.running, people.client(Role.DEVELOPER), "fill the pond")
    body = {"sessions": [session], "basis": "mistake"}
    afar = people.client(Role.PRIVACY, "afar", (MEADOW,))
    assert code(afar.post("/v1/erasures", json=body)) == (404, "service.not-found")
    made = people.client(Role.PRIVACY, "same").post("/v1/erasures", json=body).json()
    path = f"/v1/erasures/{made['id']}"
    assert code(people.client(Role.SECURITY, "same").post(f"{path}/approve", json={})) == (403, "erasure.not-approved")
    assert code(afar.get(path)) == (404, "service.not-found")
    assert afar.get("/v1/erasures").json()["data"] == []
    assert code(people.client(Role.SECURITY, "afar", (MEADOW,)).post(f"{path}/approve", json={})) == (
        404,
        "service.not-found",
    )
    assert code(people.client(Role.SECURITY, "far", (MEADOW,)).post("/v1/holds", json={"matter": "all"})) == (
        403,
        "service.no-right",
    )


def test_the_one_user_of_an_instance_types_a_sentence_and_then_nothing_opens(running: Running) -> None:
    owner = running.signed_in
    session = recorded(running, owner, "leave the pond alone")
    read = f"/v1/sessions/{session}/events"
    assert owner.get(read).status_code == 200
    asked = owner.post("/v1/erasures", json={"sessions": [session], "basis": "request"})
    assert asked.status_code == 201, asked.text
    made = asked.json()
    path = f"/v1/erasures/{made['id']}/approve"
    assert owner.post(path, json={"confirm": "yes"}).status_code == 400
    done = owner.post(path, json={"confirm": f"erase {made['id']}"})
    assert (done.status_code, done.json()["second"]) == (200, "typed-confirmation")
    assert code(owner.get(read)) == (410, "erasure.erased")
    assert owner.get(f"/v1/sessions/{session}").status_code == 200
    page = owner.get(f"/sessions/{session}", headers={"Accept": "text/html"})
    assert page.status_code == 410, page.text
    assert made["id"] in page.text
    assert "leave the pond alone" not in page.text


def test_a_service_looks_what_is_to_go_and_tells_of_a_setting_that_nobody_logged(people: People) -> None:
    for _ in range(600):
        if '"retention-failed"' in people.running.log.getvalue():
            break
        time.sleep(0.05)
    (line,) = (one for one in people.running.log.getvalue().splitlines() if '"retention-failed"' in one)
    assert json.loads(line)["error"] == "InvalidInput"
    assert people.running.app.state.service.meters.registry.get_sample_value(
        "whereof_task_failures_total", {"task": "retention-failed"}
    )
