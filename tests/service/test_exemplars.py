"""Promise: a session is shown as an example with its runner's consent alone, to whom the runner said, and names nobody."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass

import httpx2
import pytest

from api.access_config import FILE_NAME
from attest.model.may import Grant
from attest.model.rights import Role
from attest.usecases.redaction_settings import FILE_NAME as REDACTION
from attest.usecases.sign import actor_of
from tests.service.conftest import Running, Start, git
from tests.support.claude import Transcript

pytestmark = pytest.mark.loopback
POND = "git+https://forge.example.test/ada/pond"
MEADOW = "git+https://forge.example.test/ada/meadow"
WHY = "Says what is wanted before anything is changed."
PERSONAL = ("Tester", "ada@example.test", "forge.example.test", "ada/pond", "Ada", "pond")


@dataclass(frozen=True)
class Shop:
    running: Running
    runner: str

    def client(self, name: str, *roles: Role, repositories: tuple[str, ...] | None = None) -> httpx2.Client:
        grants = tuple(Grant(role=role, repositories=repositories) for role in roles)
        made = self.running.app.state.service.named.make("token", name, grants, seconds=3600)
        return self.running.client(Authorization=f"Bearer {made.secret}")

    @property
    def own(self) -> httpx2.Client:
        return self.client(self.runner, Role.DEVELOPER)

    @property
    def reviewer(self) -> httpx2.Client:
        return self.client("rita", Role.REVIEWER)

    def shared(self, name: str, reach: str) -> str:
        """Consent anew to the sharing of the session of a name, which is recorded the first time."""
        session = recorded(self.running, self.own, name)
        for one in self.own.get("/v1/exemplars").json()["data"]:
            if one["session"] == session:
                self.own.post(f"/v1/exemplars/{one['id']}/withdraw")
        reply = self.own.post("/v1/exemplars", json={"session": session, "reach": reach})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    def collected(self, name: str, reach: str) -> str:
        made = self.shared(name, reach)
        reply = self.reviewer.post(f"/v1/exemplars/{made}/collect", json={"collection": "asking", "why": WHY})
        assert reply.status_code == 200, reply.text
        assert (reply.json()["state"], reply.json()["why"]) == ("collected", WHY)
        return made


@pytest.fixture(scope="module")
def shop(start: Start) -> Shop:
    running = start({FILE_NAME: json.dumps({"url": "https://audit.example.test"}).encode()})
    return Shop(running, actor_of(running.app.state.service.instance))


def recorded(running: Running, client: httpx2.Client, name: str) -> str:
    story = (
        Transcript()
        .prompt("Ask Ada first. Please widen the pond of Ada Tester in forge.example.test/ada/pond; the heron agrees.")
        .call("ExitPlanMode", plan="- Measure\n- Dig")
        .refused("Measure twice, says ada@example.test")
        .shell("pytest -q tests/ada", "3 passed in 0.10s")
    )
    reply = client.post(
        "/v1/sessions",
        params={"commit": git(running.repository, "rev-parse", "HEAD"), "repository": str(running.repository)},
        content=b"".join(story.lines()).replace(b'"s1"', json.dumps(name).encode()),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert reply.status_code in {200, 201}, reply.text
    return str(reply.json()["session"])


def code(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


def listed(client: httpx2.Client) -> list[str]:
    return [one["id"] for one in client.get("/v1/exemplars").json()["data"]]


def text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_nobody_but_the_runner_consents_and_nobody_else_withdraws(shop: Shop) -> None:
    session = recorded(shop.running, shop.own, "consent")
    asked = {"session": session, "reach": "instance"}
    assert code(shop.client("dora", Role.DEVELOPER).post("/v1/exemplars", json=asked)) == (404, "service.not-found")
    assert code(shop.reviewer.post("/v1/exemplars", json=asked)) == (403, "service.no-right")
    made = shop.own.post("/v1/exemplars", json=asked).json()["id"]
    offered = shop.client("dora", Role.DEVELOPER)
    assert made not in listed(offered)
    assert code(offered.get(f"/v1/exemplars/{made}")) == (404, "service.not-found")
    assert made in listed(shop.reviewer)
    put = {"collection": "asking", "why": WHY}
    assert code(offered.post(f"/v1/exemplars/{made}/collect", json=put)) == (403, "service.no-right")
    both = shop.client(shop.runner, Role.DEVELOPER, Role.REVIEWER)
    assert code(both.post(f"/v1/exemplars/{made}/collect", json=put)) == (409, "service.kept-apart")
    assert shop.reviewer.post(f"/v1/exemplars/{made}/collect", json=put).status_code == 200
    assert made in listed(offered)
    for client in (shop.reviewer, offered, shop.client("olga", Role.OPERATOR)):
        assert code(client.post(f"/v1/exemplars/{made}/withdraw")) == (404, "service.not-found")
    # Whatever has become of the runner's roles: it is theirs to withdraw.
    assert shop.client(shop.runner).post(f"/v1/exemplars/{made}/withdraw").status_code == 204
    for client in (shop.reviewer, offered, shop.own):
        assert made not in listed(client)
        assert code(client.get(f"/v1/exemplars/{made}")) == (404, "service.not-found")


def test_what_is_shown_teaches_and_names_nobody_and_the_reading_is_recorded(shop: Shop) -> None:
    made = shop.collected("pond", "instance")
    far = shop.client("faye", Role.DEVELOPER, repositories=(MEADOW,))
    reply = far.get(f"/v1/exemplars/{made}")
    assert reply.status_code == 200, reply.text
    told = reply.json()
    assert (told["session"], told["attestation"], told["repositories"], told["yours"]) == (None, None, None, False)
    assert "the heron agrees" in told["intent"]
    assert [(one["steps"], one["state"]) for one in told["plans"]] == [(["Measure", "Dig"], "rejected")]
    assert "Measure twice" in told["overrides"][0]["reason"]
    assert [(one["tool"], one["status"]) for one in told["checks"]] == [("pytest", "passed")]
    page = far.get(f"/exemplars/{made}")
    assert "the heron agrees" in text(page.text)
    assert "no-store" in page.headers["cache-control"]
    for name in (*PERSONAL, shop.runner, "ses_", "tests/ada", git(shop.running.repository, "rev-parse", "HEAD")[:7]):
        assert name not in reply.text, name
        assert name not in page.text, name
    near = shop.client("nora", Role.DEVELOPER, repositories=(POND,)).get(f"/v1/exemplars/{made}").json()
    assert near["repositories"] == [POND]
    assert not any(name in near["intent"] for name in ("Tester", "ada@example.test", "Ada"))
    seen = shop.own.get(f"/v1/sessions/{near['session']}/access-log").json()["data"]
    assert {"faye", "nora"} <= {one["record"]["who"] for one in seen}


def test_a_repositorys_sessions_are_shared_within_it(shop: Shop) -> None:
    made = shop.collected("pond", "repository")
    far = shop.client("faye", Role.DEVELOPER, Role.REVIEWER, repositories=(MEADOW,))
    assert made not in listed(far)
    for reply in (far.get(f"/v1/exemplars/{made}"), far.post(f"/v1/exemplars/{made}/take-out")):
        assert code(reply) == (404, "service.not-found")
    assert made in listed(shop.client("nora", Role.DEVELOPER, repositories=(POND,)))
    assert shop.reviewer.post(f"/v1/exemplars/{made}/take-out").status_code == 204
    assert made not in listed(shop.client("nora", Role.DEVELOPER, repositories=(POND,)))


def test_a_sentence_that_names_somebody_is_refused(shop: Shop) -> None:
    made = shop.shared("pond", "instance")
    for why in (
        "Ask ada@example.test how this was done.",
        "Ada Tester shows how to ask.",
        "As it is done in ada/pond.",
    ):
        reply = shop.reviewer.post(f"/v1/exemplars/{made}/collect", json={"why": why})
        assert reply.status_code == 400, why
        assert why not in reply.text


def test_the_rules_of_today_are_what_counts_and_without_them_nothing_is_shown(shop: Shop) -> None:
    made, client = shop.collected("pond", "instance"), shop.client("dora", Role.DEVELOPER)
    file = shop.running.home / REDACTION
    assert "the heron agrees" in client.get(f"/v1/exemplars/{made}").text
    try:
        file.write_text("organisation:\n  names: [Heron]\n")
        told = client.get(f"/v1/exemplars/{made}").json()["intent"]
        assert "heron" not in told
        assert "agrees" in told
        file.write_text("profile: none such\n")
        for path in (f"/v1/exemplars/{made}", f"/exemplars/{made}"):
            reply = client.get(path)
            assert reply.status_code == 400
            assert "agrees" not in reply.text
    finally:
        file.unlink()


def test_an_erasure_and_a_hold_end_it_at_once(shop: Shop) -> None:
    first, second = shop.collected("erased", "instance"), shop.collected("held", "instance")
    asks, approves = shop.client("pia", Role.PRIVACY), shop.client("sam", Role.SECURITY)
    sessions = {one: shop.own.get(f"/v1/exemplars/{one}").json()["session"] for one in (first, second)}
    body = {"sessions": [sessions[first]], "basis": "request"}
    erasure = asks.post("/v1/erasures", json=body).json()["id"]
    approves.post("/v1/holds", json={"matter": "case-9", "sessions": [sessions[second]]})
    assert approves.post(f"/v1/erasures/{erasure}/approve", json={}).status_code == 200
    for one in (first, second):
        for client in (shop.own, shop.reviewer):
            assert one not in listed(client)
            assert code(client.get(f"/v1/exemplars/{one}")) == (404, "service.not-found")
        assert shop.own.post(f"/v1/exemplars/{one}/withdraw").status_code == 204
    again = shop.own.post("/v1/exemplars", json={"session": sessions[second], "reach": "instance"})
    assert code(again) == (409, "erasure.held")


def test_the_one_user_of_an_instance_shares_on_the_page(running: Running) -> None:
    client, origin = running.signed_in, {"Origin": running.url}
    session = recorded(running, client, "page")
    empty = client.get("/exemplars", params={"session": session})
    assert f'href="/exemplars?session={session}"' in client.get(f"/sessions/{session}").text
    assert f'value="{session}"' in empty.text
    led = client.post("/exemplars", data={"session": session, "reach": "repository"}, headers=origin)
    assert led.status_code == 303, led.text
    place = led.headers["location"]
    assert place in client.get("/exemplars").text
    assert "Withdraw my consent" in client.get(place).text
    assert client.post("/exemplars", data={"session": session, "reach": "x"}, headers=origin).status_code == 400
    put = client.post(f"{place}/collect", data={"collection": "planning", "why": WHY}, headers=origin)
    assert (put.status_code, put.headers["location"]) == (303, place)
    assert f"{WHY}" in text(client.get("/exemplars").text)
    assert client.post(f"{place}/take-out", headers=origin).status_code == 303
    assert client.post(f"{place}/withdraw", headers=origin).status_code == 303
    assert client.get(place).status_code == 404
    assert place not in client.get("/exemplars").text
