"""Who may see what: the printed link, the cookie it becomes, the bearer token, and nobody at all."""

from __future__ import annotations

import pytest

from api.sign_in import SignIns
from attest.clock import SystemClock, SystemEntropy
from tests.service.conftest import Recorded, Running

pytestmark = pytest.mark.loopback

OPEN = (
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/logs/default/checkpoint",
    "/static/site.css",
    "/sign-in",
    "/limitations",
)
API = (
    "/v1/sessions",
    "/v1/sessions/{session}",
    "/v1/sessions/{session}/events",
    "/v1/commits/{oid}",
    "/v1/attestations/{attestation}",
    "/v1/attestations/{attestation}/bundle",
    "/v1/entries/1",
    "/v1/entries/1/proof",
    "/v1/logs/default/health",
    "/v1/index?kind=git-commit&value={oid}",
)
PAGES = ("/", "/search?q=abcdefg", "/commits/{oid}", "/sessions", "/sessions/{session}", "/log")


def _path(template: str, recorded: Recorded) -> str:
    return template.format(oid=recorded.oid, **recorded.receipt)


@pytest.mark.parametrize("path", OPEN)
def test_what_is_public_needs_no_credentials(running: Running, path: str) -> None:
    assert running.client().get(path).status_code == 200


@pytest.mark.parametrize("template", API)
def test_api_is_closed_without_credentials_and_open_with_them(
    running: Running, recorded: Recorded, template: str
) -> None:
    path = _path(template, recorded)
    closed = running.client().get(path)
    assert closed.status_code == 401
    assert closed.json()["code"] == "service.unauthenticated"
    assert closed.headers["www-authenticate"].startswith("Bearer")
    for wrong in ("Bearer wht_" + "A" * 43, "Bearer", "Basic YTpi", f"bearer x{running.token}"):
        assert running.client(Authorization=wrong).get(path).status_code == 401
    assert running.signed_in.get(path).status_code == 200


@pytest.mark.parametrize("template", PAGES)
def test_pages_lead_to_the_sign_in_page_and_back(running: Running, recorded: Recorded, template: str) -> None:
    path = _path(template, recorded)
    closed = running.client().get(path)
    assert closed.status_code == 303
    assert closed.headers["location"] == f"/sign-in?next={path.partition('?')[0]}"
    assert running.client(Cookie=_cookie(running)).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/attestations"])
def test_writes_are_closed_without_credentials(running: Running, path: str) -> None:
    assert running.client().post(path, content=b"{}").status_code == 401


def test_link_works_once_and_its_cookie_is_out_of_reach_of_scripts_and_other_sites(running: Running) -> None:
    code = running.app.state.service.sign_ins.new_code()
    first = running.client().get(f"/sign-in/{code}")
    assert first.status_code == 303
    assert first.headers["location"] == "/"
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    again = running.client().get(f"/sign-in/{code}")
    assert again.status_code == 401
    assert "set-cookie" not in again.headers


def test_code_typed_in_leads_to_a_path_of_this_service_only(running: Running) -> None:
    for target, place in (("/log", "/log"), ("https://elsewhere.example/", "/"), ("//elsewhere.example", "/")):
        code = running.app.state.service.sign_ins.new_code()
        reply = running.client(Origin=running.url).post("/sign-in", data={"token": code, "next": target})
        assert reply.status_code == 303
        assert reply.headers["location"] == place


def test_signing_out_ends_the_cookie(running: Running) -> None:
    cookie = _cookie(running)
    client = running.client(Cookie=cookie, Origin=running.url)
    assert client.get("/log").status_code == 200
    assert client.post("/sign-out").status_code == 303
    assert running.client(Cookie=cookie).get("/log").status_code == 303


def test_cookie_writes_need_the_origin_that_a_browser_names(running: Running) -> None:
    cookie = _cookie(running)
    assert running.client(Cookie=cookie).post("/v1/attestations", content=b"{}").status_code == 403
    own = running.client(Cookie=cookie, Origin=running.url).post("/v1/attestations", content=b"{}")
    assert own.status_code == 422


def test_only_digests_of_tokens_and_codes_are_kept(running: Running) -> None:
    kept = b"".join(path.read_bytes() + str(path).encode() for path in (running.home / "tokens").rglob("*.json"))
    assert kept
    assert running.token.encode() not in kept
    assert running.token.removeprefix("wht_").encode() not in kept
    sign_ins = SignIns(SystemClock(), SystemEntropy())
    code = sign_ins.new_code()
    assert code not in repr(vars(sign_ins))
    cookie = sign_ins.exchange(code)
    assert cookie is not None
    assert cookie not in repr(vars(sign_ins))


def test_token_is_taken_back_by_deleting_its_file(running: Running) -> None:
    tokens = running.app.state.service.tokens
    before = set((running.home / "tokens").rglob("*.json"))
    token = tokens.create(SystemClock(), SystemEntropy())
    (made,) = set((running.home / "tokens").rglob("*.json")) - before
    assert made.stat().st_mode & 0o777 == 0o600
    client = running.client(Authorization=f"Bearer {token}")
    assert client.get("/v1/sessions").status_code == 200
    made.unlink()
    assert client.get("/v1/sessions").status_code == 401


def _cookie(running: Running) -> str:
    sign_ins = running.app.state.service.sign_ins
    return f"whereof_{running.port}={sign_ins.exchange(sign_ins.new_code())}"
