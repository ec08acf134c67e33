"""Every route of the application, with every role and for another tenant's things. Routes are read off the router: a path
with a parameter that is not in `THINGS` fails here until somebody says what it names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2
import pytest

from api.access_config import FILE_NAME
from api.access_page import Declared, declared_routes
from api.auth import Needs
from attest.model.may import Grant
from attest.model.rights import ROLES, Right, Role
from tests.service.conftest import Running, Start, git, transcript

pytestmark = pytest.mark.loopback

ABSENT = {
    "oid": "0" * 39 + "1",
    "session": "ses_01J00000000000000000000000",
    "attestation": "att_" + "0" * 64,
    "name": "att_" + "0" * 64,
    "index": "1000000",
    "log": "nothing",
    "population": "pop_01J00000000000000000000000",
    "uuid": "0" * 64,
    "token": "tok_01J00000000000000000000000",
    "cursor": "cur_AAAA",
    # Not of a tenant: the same for everybody.
    "kind": "commits",
    "path": "1.root.json",
    "code": "A" * 43,
    "forge": "git",
    "owner": "nobody",
    "repo": "nothing",
    "number": "1",
}
THINGS = frozenset(ABSENT)
"""What a parameter of a path may name."""
VARYING = frozenset({"x-request-id", "date", "content-length"})


@dataclass(frozen=True)
class Shop:
    running: Running
    tokens: Mapping[Role, str]

    def client(self, role: Role) -> httpx2.Client:
        return self.running.client(Authorization=f"Bearer {self.tokens[role]}")


def tokens_of(running: Running) -> dict[Role, str]:
    named = running.app.state.service.named
    return {role: named.make("token", f"a-{role}", (Grant(role=role),), seconds=3600).secret for role in Role}


ACCESS = {FILE_NAME: json.dumps({"url": "https://audit.example.test"}).encode()}


@pytest.fixture(scope="module")
def ours(start: Start) -> Shop:
    running = start(ACCESS, tenant="ten_ours")
    return Shop(running, tokens_of(running))


@pytest.fixture(scope="module")
def theirs(start: Start, ours: Shop) -> Shop:
    running = start(ACCESS, tenant="ten_theirs", database=f"sqlite:///{ours.running.home}/whereof.db")
    return Shop(running, tokens_of(running))


@pytest.fixture(scope="module")
def things(ours: Shop) -> dict[str, str]:
    """Record a session with us, and give the names of all that it made."""
    # A commit that the other tenant's clone has not: both are made alike.
    git(ours.running.repository, "commit", "-q", "--allow-empty", "-m", "Ours alone")
    oid = git(ours.running.repository, "rev-parse", "HEAD")
    kind = {"Content-Type": "application/octet-stream"}
    asked = {"commit": oid, "repository": str(ours.running.repository)}
    client = ours.client(Role.DEVELOPER)
    for words in ("dig the pond", "fill the pond"):
        reply = client.post("/v1/sessions", params=asked, content=transcript(words), headers=kind)
        assert reply.status_code == 201, reply.text
    receipt = reply.json()
    cursor = client.get("/v1/sessions", params={"limit": 1}).json()["next"]
    assert cursor is not None
    held = {"oid": oid, "session": receipt["session"], "attestation": receipt["attestation"], "cursor": cursor}
    token = ours.running.app.state.service.named.make("token", "x", (), seconds=60).credential.id
    return {**held, "name": receipt["attestation"], "index": str(receipt["index"]), "token": token}


def parameters(path: str) -> list[str]:
    return [name.partition(":")[0] for name in re.findall(r"{([^}]+)}", path)]


def filled(path: str, things: Mapping[str, str]) -> str:
    values = ABSENT | {"log": "default"} | dict(things)
    return re.sub(r"{([^}:]+)(?::\w+)?}", lambda found: values[found[1]], path)


def routes_of(running: Running) -> tuple[Declared, ...]:
    return declared_routes(running.app)


def test_every_parameter_of_a_path_is_a_thing_that_is_known_here(ours: Shop) -> None:
    unknown = {name for route in routes_of(ours.running) for name in parameters(route.path)} - THINGS
    assert unknown == set(), "say in ABSENT what these name"


@pytest.mark.parametrize("role", list(Role))
def test_every_route_lets_in_who_has_its_right_and_nobody_else(ours: Shop, things: dict[str, str], role: Role) -> None:
    client, wrong, counted = ours.client(role), [], 0
    for route in routes_of(ours.running):
        if not isinstance(route.needs, Needs) or route.right is None:
            continue
        counted += 1
        if route.right in ROLES[role] and route.method not in {"GET", "HEAD"}:
            continue  # what a write does is for the tests of that write
        with client.stream(route.method, filled(route.path, things)) as reply:
            status = reply.status_code
            closed = status == 403 and (b"service.no-right" in reply.read() or not route.path.startswith("/v1"))
        allowed = route.right in ROLES[role]
        needs_more = Right.SESSION_READ not in ROLES[role] and route.path == "/v1/commits/{oid}"
        if closed is allowed and not needs_more:
            wrong.append(f"{route.method} {route.path}: {status}")
    assert counted > 15
    assert wrong == []


def test_nobody_gets_anything_without_credentials(ours: Shop, things: dict[str, str]) -> None:
    client = ours.running.client()
    for route in routes_of(ours.running):
        if isinstance(route.needs, Needs):
            reply = client.request(route.method, filled(route.path, things))
            assert reply.status_code in {303, 401}, f"{route.method} {route.path}: {reply.status_code}"
            assert reply.status_code == 401 or reply.headers["location"].startswith("/sign-in")


def as_told(reply: httpx2.Response, names: Mapping[str, str]) -> tuple[int, dict[str, str], str]:
    """Give an answer without the request's id, and with what was asked for by its place."""
    text = reply.text.replace(reply.headers["x-request-id"], "REQUEST")
    headers = {name: value for name, value in reply.headers.items() if name not in VARYING}
    for place, value in sorted(names.items(), key=lambda item: -len(item[1])):
        if len(value) > 8:
            text = text.replace(value, f"<{place}>")
            headers = {name: held.replace(value, f"<{place}>") for name, held in headers.items()}
            text = re.sub(rf"\b{value[:7]}[0-9a-f]{{0,13}}\b", f"<{place}>", text)  # as pages shorten it
    return reply.status_code, headers, text


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DEVELOPER, Role.SECURITY, Role.OPERATOR])
def test_another_tenants_things_are_answered_as_what_never_was(
    theirs: Shop, things: dict[str, str], role: Role
) -> None:
    client, compared = theirs.client(role), 0
    for route in routes_of(theirs.running):
        named = set(parameters(route.path)) & set(things)
        if route.method not in {"GET", "DELETE"} or not named:
            continue
        if named == {"index"}:
            continue  # a number names an entry of one's own log
        there, never = (client.request(route.method, filled(route.path, held)) for held in (things, ABSENT))
        told, expected = as_told(there, things), as_told(never, {name: ABSENT[name] for name in things})
        lines = zip(told[2].splitlines(), expected[2].splitlines(), strict=False)
        differ = [pair for pair in lines if pair[0] != pair[1]]
        assert told == expected, f"{route.method} {route.path}: {differ[:3]}"
        compared += 1
    assert compared > 5


@pytest.mark.parametrize(
    "query",
    [
        "/v1/sessions?cursor={cursor}",
        "/sessions?cursor={cursor}",
        "/search?q={oid}",
        "/search?q={session}",
        "/v1/index?kind=git-commit&value={oid}",
        "/v1/index?kind=session&value={session}",
    ],
)
def test_another_tenants_cursors_and_digests_find_nothing_either(
    theirs: Shop, things: dict[str, str], query: str
) -> None:
    client = theirs.client(Role.AUDITOR)
    there, never = (client.get(query.format(**held)) for held in (things, ABSENT))
    first, second = as_told(there, things), as_told(never, {name: ABSENT[name] for name in things})
    if query.startswith("/v1/index"):
        assert json.loads(first[2])["entries"] == json.loads(second[2])["entries"] == []
    else:
        assert first == second


def test_another_tenants_token_is_no_token(ours: Shop, theirs: Shop) -> None:
    for role in Role:
        assert theirs.running.client(Authorization=f"Bearer {ours.tokens[role]}").get("/v1/sessions").status_code == 401


def test_lists_hold_ones_own_alone(theirs: Shop, things: dict[str, str]) -> None:
    assert things
    assert theirs.client(Role.AUDITOR).get("/v1/sessions").json()["data"] == []
    assert theirs.client(Role.AUDITOR).get("/v1/access-log").json()["data"] == []


def test_rights_of_routes_are_those_of_the_table(ours: Shop) -> None:
    assert {route.right for route in routes_of(ours.running) if route.right} <= set(Right)
