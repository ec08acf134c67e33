"""Roles and engagements over HTTP: who may give them, that nobody gives or confirms alone, and that each step is logged."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from typer.testing import CliRunner

from api.access_config import FILE_NAME
from api.shapes import statement_of
from attest.cli.commands import app as commands
from attest.errors import Absent, InvalidInput, Refused
from attest.model.admin_predicate import ADMIN_V1
from attest.model.governing import name_digest
from attest.model.may import Grant
from attest.model.rights import Role
from attest.store.attestations import newest
from tests.service.conftest import Running, Start

pytestmark = pytest.mark.loopback
SESSION = "ses_01J00000000000000000000000"


@dataclass
class Shop:
    running: Running

    def client(self, name: str, *roles: Role) -> httpx2.Client:
        grants = tuple(Grant(role=role) for role in roles)
        made = self.running.app.state.service.named.make("token", name, grants, seconds=600)
        return self.running.client(Authorization=f"Bearer {made.secret}")

    def logged(self) -> list[dict]:
        """Give the predicates of the newest administration, newest first."""
        instance = self.running.app.state.service.instance
        rows = newest(instance.engine, instance.scope, before=None, limit=20, predicate_type=ADMIN_V1).rows
        return [dict(statement_of(row).predicate) for row in rows]


@pytest.fixture(scope="module")
def shop(start: Start) -> Shop:
    return Shop(start({FILE_NAME: json.dumps({"url": "https://audit.example.test"}).encode()}))


def engagement(holder: str, **changes: object) -> dict[str, object]:
    now = datetime.now(UTC)
    times = {"starts_at": now.isoformat(), "expires_at": (now + timedelta(days=2)).isoformat()}
    return {"name": holder, "cause": "audit", "purpose": "third quarter", "items": [SESSION], **times, **changes}


def test_role_is_given_and_taken_by_who_administers_and_both_are_logged(shop: Shop) -> None:
    olga, nora = shop.client("olga", Role.OPERATOR), shop.client("nora")
    assert nora.get("/v1/sessions").status_code == 403
    made = olga.post("/v1/roles", json={"name": "nora", "role": "auditor"})
    assert made.status_code == 201, made.text
    assert nora.get("/v1/sessions").status_code == 200
    given = made.json()["id"]
    entry = shop.logged()[0]
    assert entry["action"] == "role-given"
    assert entry["role"] == {
        "id": given,
        "role": "auditor",
        "to": name_digest(given, "nora"),
        "by": name_digest(given, "olga"),
    }
    assert "nora" not in json.dumps(entry)
    assert olga.delete(f"/v1/roles/{given}").status_code == 204
    assert nora.get("/v1/sessions").status_code == 403
    assert shop.logged()[0]["action"] == "role-taken"
    row = next(one for one in olga.get("/v1/roles").json()["data"] if one["id"] == given)
    assert (row["name"], row["by"], row["taken"]) == ("nora", "olga", True)
    assert olga.delete("/v1/roles/rol_01J00000000000000000000000").status_code == 404


def test_nobody_gives_to_themselves_or_joins_what_is_kept_apart(shop: Shop) -> None:
    olga = shop.client("olga", Role.OPERATOR)
    before = len(shop.logged())
    assert olga.post("/v1/roles", json={"name": "olga", "role": "monitor"}).json()["code"] == "service.kept-apart"
    assert olga.post("/v1/engagements", json=engagement("olga")).json()["code"] == "service.kept-apart"
    assert olga.post("/v1/roles", json={"name": "pat", "role": "privacy"}).status_code == 201
    assert olga.post("/v1/roles", json={"name": "pat", "role": "security"}).json()["code"] == "service.kept-apart"
    assert olga.post("/v1/roles", json={"name": "pat", "role": "operator"}).json()["code"] == "service.kept-apart"
    assert olga.post("/v1/roles", json={"name": "pat", "role": "king"}).status_code == 400
    assert len(shop.logged()) == before + 1, "what is refused is not logged as done"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
def test_who_does_not_administer_gives_nothing(shop: Shop, role: Role) -> None:
    client = shop.client(f"a-{role}", role)
    assert client.post("/v1/roles", json={"name": "nora", "role": "monitor"}).status_code == 403
    assert client.post("/v1/engagements", json=engagement("nora")).status_code == 403
    assert client.get("/v1/roles").status_code == 403
    assert client.delete("/v1/engagements/eng_01J00000000000000000000000").status_code == 403


def test_incident_is_confirmed_by_a_second_person_of_another_role_and_each_step_is_logged(shop: Shop) -> None:
    olga, sam, pia = (
        shop.client("olga", Role.OPERATOR),
        shop.client("sam", Role.SECURITY),
        shop.client("pia", Role.PRIVACY),
    )
    made = olga.post("/v1/engagements", json=engagement("sam", cause="incident"))
    assert made.status_code == 201, made.text
    identifier = made.json()["id"]
    assert made.json()["runs"] is False
    confirm = f"/v1/engagements/{identifier}/confirm"
    assert olga.post(confirm).status_code == sam.post(confirm).status_code == 403
    assert pia.post(confirm).status_code == 204
    assert pia.post(confirm).json()["code"] == "service.kept-apart"
    (mine,) = sam.get("/v1/engagements").json()["data"]
    assert (mine["runs"], mine["confirmed_by"], mine["by"]) == (True, "pia", "olga")
    assert shop.client("bob", Role.DEVELOPER).get("/v1/engagements").json()["data"] == []
    assert olga.delete(f"/v1/engagements/{identifier}").status_code == 204
    assert sam.get("/v1/engagements").json()["data"][0]["runs"] is False
    steps = [one for one in shop.logged() if one.get("engagement", {}).get("id") == identifier]
    assert [one["action"] for one in steps] == ["engagement-ended", "engagement-confirmed", "engagement-opened"]
    assert steps[1]["engagement"]["by"] == name_digest(identifier, "pia")
    assert "third quarter" not in json.dumps(steps)


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_at": "2190-01-01T00:00:00Z"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"starts_at": "2026-01-01T00:00:00"},
        {"items": []},
        {"purpose": "a\nb c"},
        {"cause": "curiosity"},
        {"name": " "},
        {"name": "a\nb"},
    ],
    ids=str,
)
def test_engagement_without_limits_is_refused(shop: Shop, changes: dict[str, object]) -> None:
    reply = shop.client("olga", Role.OPERATOR).post("/v1/engagements", json=engagement("sam", **changes))
    assert (reply.status_code, reply.json()["code"]) == (400, "input.malformed")


def test_file_that_says_who_signs_in_is_logged_at_the_start(shop: Shop) -> None:
    digest = hashlib.sha256((shop.running.home / FILE_NAME).read_bytes()).hexdigest()
    instance = shop.running.app.state.service.instance
    first = newest(instance.engine, instance.scope, before=3, limit=5, predicate_type=ADMIN_V1).rows[-1]
    assert statement_of(first).predicate["changed"] == {"what": "access", "digest": digest}


@dataclass
class Terminal:
    """A command line at the service, with somebody's token."""

    shop: Shop
    invoke: CliRunner

    def run(self, name: str, *arguments: str, roles: tuple[Role, ...]) -> str:
        token = self.shop.client(name, *roles).headers["authorization"].removeprefix("Bearer ")
        environment = {"WHEREOF_SERVER": self.shop.running.url, "WHEREOF_TOKEN": token}
        found = self.invoke.invoke(commands, arguments, env=environment)
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        assert found.exit_code == 0, found.output
        return found.output


@pytest.fixture
def terminal(shop: Shop) -> Terminal:
    return Terminal(shop, CliRunner())


def test_commands_give_take_and_list_roles(shop: Shop, terminal: Terminal) -> None:
    operator = (Role.OPERATOR,)
    given = terminal.run("olga", "role", "give", "mia", "monitor", "--json", roles=operator)
    name = json.loads(given)["id"]
    assert f"{name}  monitor  mia  all repositories  since" in terminal.run("olga", "role", "list", roles=operator)
    assert shop.client("mia").get("/v1/logs/default/health").status_code == 200
    assert terminal.run("olga", "role", "take", name, roles=operator) == f"{name} taken back\n"
    assert shop.client("mia").get("/v1/logs/default/health").status_code == 403
    with pytest.raises(Refused) as raised:
        terminal.run("mia", "role", "give", "eve", "monitor", roles=(Role.DEVELOPER,))
    assert raised.value.code == "service.no-right"
    with pytest.raises(InvalidInput):
        terminal.run("olga", "role", "give", "eve", "king", roles=operator)
    with pytest.raises(Absent):
        terminal.run("olga", "role", "take", "../tokens", roles=operator)


def test_commands_open_confirm_list_and_end_engagements(terminal: Terminal) -> None:
    asked = (
        "engagement",
        "open",
        "rita",
        "--purpose",
        "INC-9",
        "--session",
        SESSION,
        "--cause",
        "incident",
        "--days",
        "2",
    )
    name = json.loads(terminal.run("olga", *asked, "--json", roles=(Role.OPERATOR,)))["id"]
    assert "does not run: INC-9" in terminal.run("rita", "engagement", "list", roles=(Role.SECURITY,))
    with pytest.raises(Refused):
        terminal.run("olga", "engagement", "confirm", name, roles=(Role.OPERATOR,))
    terminal.run("petra", "engagement", "confirm", name, roles=(Role.PRIVACY,))
    assert ", runs: INC-9" in terminal.run("rita", "engagement", "list", roles=(Role.SECURITY,))
    terminal.run("olga", "engagement", "end", name, roles=(Role.OPERATOR,))
    assert ", ended: INC-9" in terminal.run("rita", "engagement", "list", roles=(Role.SECURITY,))


def test_command_that_is_told_no_service_says_so(terminal: Terminal) -> None:
    found = terminal.invoke.invoke(commands, ["role", "list"], env={"WHEREOF_SERVER": "", "WHEREOF_TOKEN": ""})
    assert isinstance(found.exception, InvalidInput)
