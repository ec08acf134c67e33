"""Every route of the application, with every role and for another tenant's things. Routes are read off the router: a path
with a parameter that is not in `THINGS` fails here until somebody says what it names."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from api.access_config import FILE_NAME
from api.access_page import Declared, declared_routes
from api.auth import Needs
from attest.model.exemplar import Reach
from attest.model.may import Grant
from attest.model.rights import ROLES, Right, Role
from attest.store.webhooks import Webhook, add_webhook
from attest.usecases.administer import By
from attest.usecases.exemplars import consent
from attest.usecases.sign import actor_of
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
    "webhook": "whk_01J00000000000000000000000",
    "upload": "upl_01J00000000000000000000000",
    "role": "rol_01J00000000000000000000000",
    "engagement": "eng_01J00000000000000000000000",
    "erasure": "ers_01J00000000000000000000000",
    "hold": "hld_01J00000000000000000000000",
    "exemplar": "exm_01J00000000000000000000000",
    "sha256": "0" * 64,
    "cursor": "cur_AAAA",
    "repository": "git+https://forge.example.test/nobody/nothing",
    "own_repository": "git+https://forge.example.test/nobody/nothing",
    "span": "0" * 39 + "1..." + "0" * 39 + "2",
    # Not of a tenant: the same for everybody.
    "kind": "commits",
    "path": "1.root.json",
    "code": "A" * 43,
    "pack": "nothing",
    "forge": "git",
    "owner": "nobody",
    "repo": "nothing",
    "number": "1",
}
EVERYBODYS = frozenset("kind path code pack forge owner repo number repository log uuid".split())
"""Parameters that name no thing of one tenant: a log's entries are asked by index and uuid, which only a log gives out."""
THINGS = frozenset(ABSENT)
"""What a parameter of a path may name."""
VARYING = frozenset({"x-request-id", "date", "content-length", "ratelimit"})
"""Of one request or moment: nothing of what was asked for. Lengths are compared with the names put back."""


@dataclass(frozen=True)
class Asked:
    """One more way to name a thing: in the query or in the body."""

    query: str = ""
    body: object = None


NAMING = {
    "GET /sessions": (Asked("cursor={cursor}"), Asked("commit={oid}")),
    "GET /search": (Asked("q={oid}"), Asked("q={session}"), Asked("q={attestation}")),
    "GET /v1/sessions": (Asked("cursor={cursor}"), Asked("commit={oid}"), Asked("repository={own_repository}")),
    "GET /v1/sessions:facets": (Asked("repository={own_repository}"),),
    "GET /reports": (Asked("base={oid}&head={oid}"),),
    "GET /v1/attestations": (Asked("cursor={cursor}"), Asked("commit={oid}")),
    "GET /v1/populations": (Asked("cursor={cursor}"),),
    "GET /v1/index": (Asked("kind=git-commit&value={oid}"), Asked("kind=session&value={session}")),
    "GET /exemplars": (Asked("after={exemplar}"), Asked("session={session}")),
    "GET /v1/exemplars": (Asked("after={exemplar}"),),
    "POST /v1/exemplars": (Asked(body={"session": "{session}", "reach": "instance"}),),
    "GET /v1/accesses": (Asked("q=session:{session}"),),
    "POST /v1/commits:lookup": (Asked(body={"commits": ["{oid}"]}),),
    "POST /v1/attestations/{name}/parts": (
        Asked(body={"secret": "A" * 128, "parts": [{"name": "intent", "object": "{sha256}"}]}),
    ),
}
"""Routes that name a thing of a tenant elsewhere than in their path."""
NAMELESS = frozenset(
    """
    GET / | GET /controls | GET /coverage | GET /healthz | GET /keys | GET /keys/revocations.json | GET /keys/trusted_root.json
    GET /limitations | GET /log | GET /populations | POST /populations | GET /readyz | GET /reconcile | GET /sign-in | POST /sign-in
    GET /sign-in/return | GET /sign-in/with | POST /sign-out | GET /static/verifier.js | GET /metrics | GET /queue
    POST /api/v2/signingCert | GET /v1/access-log | POST /v1/attestations | POST /v1/attestations:batch
    GET /v1/engagements | POST /v1/engagements | GET /v1/events | GET /v1/events/ocsf | POST /v1/logs | GET /v1/queue
    POST /v1/overlaps:check | POST /v1/populations | GET /v1/roles | POST /v1/roles | POST /v1/sessions
    GET /v1/stream | GET /v1/tokens | POST /v1/tokens | POST /v1/tokens:exchange | POST /v1/traces | POST /v1/uploads
    GET /v1/webhooks | POST /v1/webhooks | GET /v1/erasures | POST /v1/erasures | GET /v1/holds | POST /v1/holds
    GET /v1/usage | GET /v1/controls/operation | GET /device | POST /device | POST /v1/tokens:device | POST /v1/tokens:poll
    GET /change-sets | POST /change-sets | POST /exemplars | GET /v1/change-sets | POST /v1/change-sets
    """.replace("|", "\n").split("\n")
)
"""Routes that name nothing that is in the store already: lists of one's own, what is new, what is everybody's."""


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
    # A commit and a repository that the other tenant has not: both clones are made alike.
    git(ours.running.repository, "remote", "set-url", "origin", "https://forge.example.test/ada/ours-alone.git")
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
    service = ours.running.app.state.service
    token = service.named.make("token", "x", (), seconds=60).credential.id
    made = {
        **held,
        "name": receipt["attestation"],
        "index": str(receipt["index"]),
        "token": token,
        "own_repository": "git+https://forge.example.test/ada/ours-alone",
        "span": f"{git(ours.running.repository, 'rev-parse', 'HEAD~1')}...{oid}",
    }
    return made | governed_things(ours) | handed_in_things(ours) | kept_things(ours, held["session"])


def governed_things(ours: Shop) -> dict[str, str]:
    operator, now = ours.client(Role.OPERATOR), datetime.now(UTC)
    role = operator.post("/v1/roles", json={"name": "nora", "role": "monitor"})
    engagement = operator.post(
        "/v1/engagements",
        json={
            "name": "sam",
            "cause": "incident",
            "purpose": "INC-7",
            "items": ["ses_01J00000000000000000000001"],
            "starts_at": now.isoformat(),
            "expires_at": (now + timedelta(hours=1)).isoformat(),
        },
    )
    return {"role": role.json()["id"], "engagement": engagement.json()["id"]}


def kept_things(ours: Shop, session: str) -> dict[str, str]:
    instance = ours.running.app.state.service.instance
    exemplar = consent(instance, session, Reach.INSTANCE, By(name=actor_of(instance)))  # before everything is held
    erasure = ours.client(Role.PRIVACY).post("/v1/erasures", json={"sessions": [session], "basis": "mistake"})
    assert erasure.status_code == 201, erasure.text
    hold = ours.client(Role.SECURITY).post("/v1/holds", json={"matter": "INC-7"})
    assert hold.status_code == 201, hold.text
    return {"erasure": erasure.json()["id"], "hold": hold.json()["id"], "exemplar": exemplar.id}


def handed_in_things(ours: Shop) -> dict[str, str]:
    instance = ours.running.app.state.service.instance
    # Of a network that is not public: it is kept, and nothing is ever sent there.
    webhook = Webhook(
        id="whk_01J00000000000000000000009",
        url="https://192.0.2.1/",
        types=(),
        repositories=None,
        by="x",
        created_at=int(instance.clock.now().timestamp()),
        delivered=2**40,
    )
    add_webhook(instance.engine, instance.scope, webhook)
    words = b"an object of ours"
    digest = hashlib.sha256(words).hexdigest()
    client = ours.client(Role.DEVELOPER)
    assert client.put(f"/v1/objects/{digest}", content=words).status_code == 201
    upload = client.post("/v1/uploads", json={"sha256": hashlib.sha256(b"another").hexdigest(), "size": 7})
    population = ours.client(Role.AUDITOR).post("/v1/populations", json={"unit": "commit"})
    return {
        "webhook": webhook.id,
        "sha256": digest,
        "upload": upload.json()["id"],
        "population": population.json()["id"],
    }


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


def test_every_parameter_names_something_that_another_tenant_has(ours: Shop, things: dict[str, str]) -> None:
    named = {name for route in routes_of(ours.running) for name in parameters(route.path)}
    assert named - EVERYBODYS - set(things) == set(), "make one of these in `things`"


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
            silent = route.method == "HEAD" or not route.path.startswith("/v1")
            closed = status == 403 and (silent or b"service.no-right" in reply.read())
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
            if place in {"oid", "attestation"}:
                text = re.sub(rf"\b{value[:7]}[0-9a-f]{{0,13}}\b", f"<{place}>", text)  # as pages shorten it
    return reply.status_code, headers, text


def route_name(route: Declared) -> str:
    return f"{route.method} {route.path}"


def asked_of(route: Declared) -> tuple[Asked, ...]:
    return (*((Asked(),) if set(parameters(route.path)) - {"log", "path"} else ()), *NAMING.get(route_name(route), ()))


def test_every_route_is_in_the_matrix(ours: Shop) -> None:
    of_logs = {route_name(one) for one in routes_of(ours.running) if "{log}" in one.path}
    missing = {route_name(one) for one in routes_of(ours.running) if not asked_of(one)} - of_logs
    nameless = {name.strip() for name in NAMELESS}
    assert missing - nameless == set(), "say in NAMING how it names a thing, or in NAMELESS that it names none"


def ask(client: httpx2.Client, route: Declared, asked: Asked, names: Mapping[str, str]) -> httpx2.Response:
    held = ABSENT | {"log": "default"} | dict(names)

    def put(text: str) -> str:
        return re.sub(r"{(\w+)}", lambda found: held[found[1]], text)

    body = None if asked.body is None else json.loads(put(json.dumps(asked.body)))
    target = filled(route.path, names) + (f"?{put(asked.query)}" if asked.query else "")
    return client.request(route.method, target, json=body, headers={"Upload-Offset": "0"})


def roles_for(route: Declared) -> tuple[Role, ...]:
    """Give who asks: an auditor, a developer, and somebody with the right where neither has it."""
    asking = (Role.AUDITOR, Role.DEVELOPER)
    if route.right is None or any(route.right in ROLES[role] for role in asking):
        return asking
    return (*asking, next(role for role in Role if route.right in ROLES[role]))


def test_another_tenants_things_are_answered_as_what_never_was(theirs: Shop, things: dict[str, str]) -> None:
    compared, wrong = set(), []
    clients = {role: theirs.client(role) for role in Role}
    for route in routes_of(theirs.running):
        if set(parameters(route.path)) & set(things) == {"index"}:
            continue  # a number names an entry of one's own log
        for asked in asked_of(route):
            for role in roles_for(route):
                there, never = (ask(clients[role], route, asked, held) for held in (things, ABSENT))
                told, expected = as_told(there, things), as_told(never, {name: ABSENT[name] for name in things})
                lines = zip(told[2].splitlines(), expected[2].splitlines(), strict=False)
                differ = [pair for pair in lines if pair[0] != pair[1]]
                where = f"{route_name(route)} {asked}"
                if route.path == "/v1/index" and told[0] == 200:
                    # The answer for a key that is not there is a proof of that: it names the key.
                    assert json.loads(told[2])["entries"] == json.loads(expected[2])["entries"] == [], where
                elif told != expected:
                    wrong.append(f"{role} {where}: {told[:2]} {expected[:2]} {differ[:3]}")
                compared.add(route_name(route))
    assert wrong == []
    assert len(compared) > 40


def test_nothing_of_another_tenant_was_changed(ours: Shop, theirs: Shop, things: dict[str, str]) -> None:
    operator, auditor, developer = (ours.client(role) for role in (Role.OPERATOR, Role.AUDITOR, Role.DEVELOPER))
    clients = {role: theirs.client(role) for role in Role}
    before = {name: things[name] for name in ("webhook", "role", "engagement", "upload")}
    for route in routes_of(theirs.running):
        if route.method in {"DELETE", "PATCH", "PUT"} or route.path.endswith(("/confirm", "/replay")):
            for role in roles_for(route):
                ask(clients[role], route, Asked(), things)
    assert not next(one for one in operator.get("/v1/roles").json()["data"] if one["id"] == before["role"])["taken"]
    (held,) = operator.get("/v1/engagements").json()["data"]
    assert (held["id"], held["ended"], held["confirmed_by"]) == (before["engagement"], False, None)
    assert auditor.get(f"/v1/webhooks/{before['webhook']}").status_code == 200
    assert developer.get(f"/v1/uploads/{before['upload']}").json()["offset"] == 0


def test_another_tenants_token_is_no_token(ours: Shop, theirs: Shop) -> None:
    for role in Role:
        assert theirs.running.client(Authorization=f"Bearer {ours.tokens[role]}").get("/v1/sessions").status_code == 401


def test_lists_hold_ones_own_alone(ours: Shop, theirs: Shop, things: dict[str, str]) -> None:
    assert things
    assert theirs.client(Role.AUDITOR).get("/v1/sessions").json()["data"] == []
    assert ours.client(Role.AUDITOR).get("/v1/accesses?q=file:pond.py").status_code == 200  # is recorded
    # Both may have read before: each record has a salt of its own.
    read = [
        {str(one) for one in shop.client(Role.AUDITOR).get("/v1/access-log").json()["data"]} for shop in (ours, theirs)
    ]
    assert read[0]
    assert not read[0] & read[1]


def test_rights_of_routes_are_those_of_the_table(ours: Shop) -> None:
    assert {route.right for route in routes_of(ours.running) if route.right} <= set(Right)
