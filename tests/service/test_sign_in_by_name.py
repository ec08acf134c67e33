"""People sign in with a real provider, pipelines with their CI's token; nobody else gets in, and nobody gets more."""

from __future__ import annotations

import base64
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from api.access_config import FILE_NAME
from tests.service.conftest import Running, Start
from tests.support.identities import KID, TestIssuer
from tests.support.provider import SECRET, have_provider, provider, sign_in_at

pytestmark = pytest.mark.loopback

URL = "https://audit.example.test"
POND = "git+https://forge.example.test/ada/pond"
RETURN = f"{URL}/sign-in/return"
CI = TestIssuer("https://ci.example.test")
HOST = {"Host": "audit.example.test"}
EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
}


def access_file(issuer: str) -> bytes:
    return json.dumps(
        {
            "url": URL,
            "people": {
                "issuer": issuer,
                "clientId": "whereof",
                "clientSecret": "oidc-secret",
                "claim": "groups",
                "roles": {
                    "pond": [{"role": "developer", "repositories": [POND]}],
                    "ops": [{"role": "operator"}],
                    "audit": [{"role": "auditor"}],
                },
            },
            "pipelines": [
                {
                    "issuer": CI.name,
                    "jwks": "ci.json",
                    "audience": URL,
                    "claims": {"repository": "ada/pond", "ref": "refs/heads/main"},
                    "repositories": [POND],
                    "minutes": 5,
                }
            ],
        }
    ).encode()


@dataclass(frozen=True)
class Shop:
    running: Running

    def begin(self) -> tuple[str, str]:
        """Give where the browser is led, and its cookie."""
        reply = self.running.client(**HOST).get("/sign-in/with", params={"next": "/log"})
        assert reply.status_code == 303, reply.text
        line = reply.headers["set-cookie"]
        assert "HttpOnly" in line
        assert "Secure" in line
        assert "SameSite=lax" in line
        assert "Path=/" in line
        assert "Domain" not in line
        return reply.headers["location"], line.partition(";")[0]

    def come_back(self, address: str, cookie: str) -> httpx2.Response:
        path = address.removeprefix(URL)
        return self.running.client(Cookie=cookie, **HOST).get(path)

    def sign_in(self, who: str) -> httpx2.Client:
        address, cookie = self.begin()
        reply = self.come_back(sign_in_at(address, who, until=RETURN), cookie)
        assert reply.status_code == 303, reply.text
        assert reply.headers["location"] == "/log"
        (line,) = (one for one in reply.headers.get_list("set-cookie") if one.startswith("__Host-whereof="))
        return self.running.client(Cookie=line.partition(";")[0], **HOST)


@pytest.fixture(scope="module")
def shop(start: Start, require: Callable[..., None]) -> Iterator[Shop]:
    require("oidc-provider", have_provider())
    with provider(RETURN) as issuer:
        yield Shop(start({FILE_NAME: access_file(issuer), "oidc-secret": SECRET.encode(), "ci.json": CI.jwks}))


def test_person_signs_in_and_has_the_roles_of_their_groups_only(shop: Shop) -> None:
    developer, operator, nobody = (shop.sign_in(who) for who in ("ada:pond", "olga:ops", "nick"))
    assert developer.get("/v1/sessions").status_code == 200
    assert operator.get("/v1/sessions").json()["code"] == "service.no-right"
    assert operator.get("/v1/logs/default/health").status_code == 200
    assert nobody.get("/v1/sessions").status_code == 403
    assert nobody.get("/v1/tokens").status_code == 200


def test_loopback_link_and_owner_tokens_open_nothing_where_people_sign_in_by_name(shop: Shop) -> None:
    assert shop.running.signed_in.get("/v1/sessions").status_code == 401
    sign_ins = shop.running.app.state.service.sign_ins
    cookie = f"whereof_{shop.running.port}={sign_ins.exchange(sign_ins.new_code())}"
    assert shop.running.client(Cookie=cookie).get("/v1/sessions").status_code == 401


def test_signing_out_ends_the_cookie_at_the_service(shop: Shop) -> None:
    ada = shop.sign_in("ada:pond")
    assert ada.get("/v1/sessions").status_code == 200
    assert ada.post("/sign-out", headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert ada.post("/sign-out", headers={"Origin": URL}).status_code == 303
    assert ada.get("/v1/sessions").status_code == 401


def test_answer_counts_once_in_the_browser_that_began_and_of_the_provider_itself(shop: Shop) -> None:
    address, cookie = shop.begin()
    other = shop.begin()[1]
    back = sign_in_at(address, "ada:pond", until=RETURN)
    assert shop.come_back(back, "").status_code == 401
    assert shop.come_back(back, other).status_code == 401
    assert shop.come_back(back, cookie + "0").status_code == 401
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert shop.come_back(back.replace(state, state[::-1]), cookie).status_code == 401
    foreign = back.partition("&iss=")[0] + "&iss=https%3A%2F%2Felsewhere.example"
    assert shop.come_back(foreign, cookie).status_code == 401
    assert shop.come_back(back.partition("&iss=")[0], cookie).status_code == 401
    assert shop.come_back(back, cookie).status_code == 303
    assert shop.come_back(back, cookie).status_code == 401, "the provider takes a code once"


def test_request_to_the_provider_is_bound_by_pkce_state_nonce_and_the_exact_address(shop: Shop) -> None:
    first, second = (parse_qs(urlsplit(shop.begin()[0]).query) for _ in range(2))
    assert first["redirect_uri"] == [RETURN]
    assert first["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name][0]) >= 43


def test_person_makes_limited_tokens_and_takes_them_back(shop: Shop) -> None:
    ada = shop.sign_in("ada:pond")
    origin = {"Origin": URL}
    made = ada.post("/v1/tokens", params={"scope": "verify", "days": 1}, headers=origin)
    assert made.status_code == 201, made.text
    token = made.json()
    assert token["access_token"].startswith("wht_")
    bearer = shop.running.client(Authorization=f"Bearer {token['access_token']}", **HOST)
    assert bearer.get("/v1/logs/default/health").status_code == 200
    assert bearer.get("/v1/sessions").status_code == 403
    assert ada.post("/v1/tokens", params={"scope": "admin"}, headers=origin).json()["code"] == "service.no-right"
    assert bearer.post("/v1/tokens", params={"scope": "session.read"}).status_code == 403
    assert shop.sign_in("bob:pond").delete(f"/v1/tokens/{token['id']}", headers=origin).status_code == 404
    assert ada.delete(f"/v1/tokens/{token['id']}", headers=origin).status_code == 204
    assert bearer.get("/v1/logs/default/health").status_code == 401
    kept = b"".join(path.read_bytes() for path in shop.running.home.glob("whereof.db*"))
    assert token["access_token"].encode() not in kept


DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def begin_device(shop: Shop, scope: str) -> dict[str, str]:
    reply = shop.running.client(**HOST).post("/v1/tokens:device", data={"scope": scope, "client_id": "a laptop"})
    assert reply.status_code == 200, reply.text
    return reply.json()


def poll_device(shop: Shop, code: str) -> httpx2.Response:
    data = {"grant_type": DEVICE, "device_code": code}
    return shop.running.client(**HOST).post("/v1/tokens:poll", data=data)


def answer_device(browser: httpx2.Client, code: str, answer: str = "", origin: str = URL) -> httpx2.Response:
    return browser.post("/device", data={"code": code, "answer": answer}, headers={"Origin": origin})


def test_command_line_signs_in_by_the_browser_of_a_person(shop: Shop) -> None:
    begun = begin_device(shop, "verify session.read admin")
    assert begun["verification_uri"] == f"{URL}/device"
    pending = poll_device(shop, begun["device_code"])
    assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
    assert poll_device(shop, begun["device_code"]).json()["error"] == "slow_down"
    assert shop.running.client(**HOST).get("/device").headers["location"] == "/sign-in?next=/device"
    ada = shop.sign_in("ada:pond")
    assert "Type the code" in ada.get("/device").text
    asked = answer_device(ada, f" {begun['user_code'].lower()} ").text
    for words in (begun["user_code"], "a laptop", "session.read", "7 days"):
        assert words in asked
    assert "admin" not in asked, "she has it not, so nobody gets it by her"
    assert answer_device(ada, begun["user_code"], "let", "https://elsewhere.example").status_code == 403
    assert "is signed in" in answer_device(ada, begun["user_code"], "let").text
    assert answer_device(ada, begun["user_code"], "let").status_code == 400
    at_once = poll_device(shop, begun["device_code"])
    assert at_once.json()["error"] == "slow_down"
    wait_for_the_interval(shop)
    token = poll_device(shop, begun["device_code"]).json()
    assert (token["scope"], token["expires_in"]) == ("session.read verify", 7 * 86400)
    assert poll_device(shop, begun["device_code"]).json()["code"] == "service.code"
    bearer = shop.running.client(Authorization=f"Bearer {token['access_token']}", **HOST)
    assert bearer.get("/v1/sessions").status_code == 200
    assert bearer.get("/v1/roles").json()["code"] == "service.no-right"
    assert (
        bearer.post("/device", data={"code": begin_device(shop, "")["user_code"], "answer": "let"}).status_code == 403
    )
    kept = b"".join(path.read_bytes() for path in shop.running.home.glob("whereof.db*"))
    for secret in (token["access_token"], begun["device_code"]):
        assert secret.encode() not in kept
    assert bearer.delete(f"/v1/tokens/{token['id']}").status_code == 204
    assert bearer.get("/v1/sessions").status_code == 401


def wait_for_the_interval(shop: Shop) -> None:
    """Make as if the command line had asked for the last time long ago."""
    with sqlite3.connect(shop.running.home / "whereof.db") as database:
        database.execute("UPDATE device_code SET asked_at = 0")


def test_command_line_that_is_refused_or_guessed_gets_nothing(shop: Shop) -> None:
    begun = begin_device(shop, "verify")
    bob = shop.sign_in("bob:pond")
    assert "was refused" in answer_device(bob, begun["user_code"], "refuse").text
    assert poll_device(shop, begun["device_code"]).json()["error"] == "expired_token"
    assert poll_device(shop, "A" * 43).json()["error"] == "expired_token"
    nobody = shop.sign_in("nick")
    empty = begin_device(shop, "verify")
    assert "cannot be let" in answer_device(nobody, empty["user_code"]).text
    assert answer_device(nobody, empty["user_code"], "let").status_code == 403
    assert poll_device(shop, empty["device_code"]).json()["error"] == "authorization_pending"
    tried = [answer_device(bob, "BBBB-BBBB").status_code for _ in range(25)]
    assert set(tried) == {400, 403, 429} - {403}
    assert answer_device(bob, begin_device(shop, "verify")["user_code"], "let").status_code == 429


def test_hostile_words_of_a_command_line_are_refused_before_anybody_reads_them(shop: Shop) -> None:
    client = shop.running.client(**HOST)
    for asker in ("<script>", "a\nb", "x" * 65, "\u202eadmin"):
        assert client.post("/v1/tokens:device", data={"client_id": asker}).status_code == 400, asker
    assert client.post("/v1/tokens:device", data={"client_id": "x", "scope": "everything"}).status_code == 400


def ci_claims(**other: object) -> dict[str, object]:
    held = {"aud": URL, "sub": "repo:ada/pond", "repository": "ada/pond", "ref": "refs/heads/main"}
    return CI.claims(**(held | other))


def exchange(running: Running, token: str) -> httpx2.Response:
    return running.client(**HOST).post("/v1/tokens:exchange", data={**EXCHANGE, "subject_token": token})


@pytest.fixture(scope="module")
def pipelines(start: Start) -> Running:
    return start({FILE_NAME: json.dumps(_pipelines_alone()).encode(), "ci.json": CI.jwks})


def _pipelines_alone() -> dict[str, object]:
    document = json.loads(access_file("https://id.example.test"))
    del document["people"]
    return document


def signed(claims: dict[str, object], **header: object) -> str:
    return jwt.encode({"alg": "ES256", "kid": KID, **header}, claims, CI.key)


def test_pipeline_exchanges_its_token_for_a_short_one_of_its_repository(pipelines: Running) -> None:
    reply = exchange(pipelines, signed(ci_claims()))
    assert reply.status_code == 200, reply.text
    assert reply.headers["cache-control"] == "no-store"
    body = reply.json()
    assert body["expires_in"] == 300
    assert body["scope"] == "ingest verify"
    client = pipelines.client(Authorization=f"Bearer {body['access_token']}", **HOST)
    assert client.get("/v1/logs/default/health").status_code == 200
    assert client.get("/v1/sessions").json()["code"] == "service.no-right"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "sigstore"},
        {"aud": [URL, "other"]},
        {"azp": "other"},
        {"repository": "ada/pond2"},
        {"repository": "xada/pond"},
        {"repository": ["ada/pond", "x/y"], "ref": "refs/heads/main2"},
        {"ref": "refs/heads/main\n"},
        {"ref": ""},
        {"iss": "https://ci.example.test/"},
        {"iss": "https://elsewhere.example"},
        {"sub": ""},
    ],
    ids=str,
)
def test_token_of_other_claims_is_exchanged_for_nothing(pipelines: Running, claims: dict[str, object]) -> None:
    assert_refused(exchange(pipelines, signed(ci_claims(**claims))))


@pytest.mark.parametrize(
    "seconds",
    [{"exp": -60}, {"iat": 3600, "exp": 7200}, {"nbf": 3600}, {"exp": 90_000}],
    ids=["expired", "issued later", "not yet valid", "valid for more than a day"],
)
def test_token_of_another_time_is_exchanged_for_nothing(pipelines: Running, seconds: dict[str, int]) -> None:
    now = int(time.time())
    assert_refused(exchange(pipelines, signed(ci_claims(**{name: now + late for name, late in seconds.items()}))))


def assert_refused(reply: httpx2.Response) -> None:
    assert reply.status_code == 401
    assert reply.json()["code"] == "identity.token"


def test_token_not_signed_by_the_issuers_key_is_exchanged_for_nothing(pipelines: Running) -> None:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    good = signed(ci_claims())
    public = json.dumps(CI.key.as_dict(private=False)).encode()
    confused = jwt.encode({"alg": "HS256", "kid": KID}, ci_claims(), OctKey.import_key(public))
    stranger = ECKey.generate_key("P-256", {"kid": KID})
    forged = (
        f"{part({'alg': 'none'})}.{part(ci_claims())}.",
        f"{part({'alg': 'none', 'kid': KID})}.{good.split('.')[1]}.{good.split('.')[2]}",
        confused,
        jwt.encode({"alg": "ES256", "kid": KID}, ci_claims(), stranger),
        signed(ci_claims(), kid="another"),
        good[:-4] + ("AAAA" if not good.endswith("AAAA") else "BBBB"),
        "",
        "a.b.c",
        good + "." + good,
    )
    for token in forged:
        assert exchange(pipelines, token).status_code == 401


def test_exchange_takes_one_form_and_other_hosts_none(pipelines: Running) -> None:
    twice = "grant_type=a&grant_type=b"
    assert pipelines.client(**HOST).post("/v1/tokens:exchange", content=twice).status_code == 400
    assert pipelines.client(Host="elsewhere.example").get("/v1/tokens").status_code == 403
