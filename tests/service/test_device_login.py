"""`whereof login` and `logout` against a running service, and how the commands use what was given."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from api.access_config import FILE_NAME
from api.caller import Caller
from api.devices import devices_of
from attest.client import ask
from attest.errors import AttestError, CannotVerify, InvalidInput
from attest.model.may import Grant
from attest.model.rights import Role
from attest.usecases.device_login import Shown, log_in, log_out
from attest.usecases.signed_in import SignedIn, held_for, keep, server_for, token_for, token_for_log
from tests.service.conftest import Running, Start

pytestmark = pytest.mark.loopback


@pytest.fixture(scope="module")
def running(start: Start) -> Running:
    return start({FILE_NAME: json.dumps({"url": "https://audit.example.test"}).encode()})


class User:
    """Somebody with a browser: answers what their terminal shows, when the command line waits."""

    def __init__(self, running: Running, *roles: Role, no: bool = False) -> None:
        self.service = running.app.state.service
        made = self.service.named.make("cookie", "ada", tuple(Grant(role=role) for role in roles), seconds=600)
        self.credential, self.no, self.shown, self.waited = made, no, Shown(address="", code="", minutes=0), 0.0

    async def caller(self) -> Caller:
        identifier, principal = await self.service.named(self.credential.secret)
        return Caller(by="cookie", principal=principal, credential=identifier)

    def show(self, shown: Shown) -> None:
        self.shown = shown

    def wait(self, seconds: float) -> None:
        import asyncio

        self.waited += seconds
        devices = devices_of(self.service)
        if self.waited == seconds:
            waiting = devices.find(self.shown.code)
            devices.turn_away(waiting) if self.no else devices.let(waiting, asyncio.run(self.caller()))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}


def test_login_keeps_a_token_for_its_user_alone_and_logout_takes_it_back(
    running: Running, environment: dict[str, str]
) -> None:
    ada = User(running, Role.DEVELOPER)
    done = log_in(running.url, environment, "", show=ada.show, wait=ada.wait)
    assert ada.shown.address == "https://audit.example.test/device"
    assert (done.scope, done.expires_in, ada.waited) == ("ingest session.read verify", 7 * 86400, 5)
    assert stat.S_IMODE(done.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(done.file.parent.stat().st_mode) == 0o700
    assert isinstance(ask(server_for(f"{running.url}/", environment), "GET", "/v1/sessions"), dict)
    token = held_for(running.url, environment)
    assert token is not None
    assert token_for_log(f"{running.url}/logs/default", environment) == token.token
    assert token_for(running.url, environment | {"WHEREOF_TOKEN": "given"}) == "given"
    assert log_out(running.url, environment)
    assert held_for(running.url, environment) is None
    assert not log_out(running.url, environment)
    bearer = running.client(Authorization=f"Bearer {token.token}")
    assert bearer.get("/v1/sessions").status_code == 401


def test_login_that_is_refused_keeps_nothing(running: Running, environment: dict[str, str]) -> None:
    ada = User(running, Role.DEVELOPER, no=True)
    with pytest.raises(InvalidInput) as raised:
        log_in(running.url, environment, "verify", show=ada.show, wait=ada.wait)
    assert raised.value.code == "service.code"
    assert held_for(running.url, environment) is None


def test_scopes_that_are_none_are_refused_at_once(running: Running, environment: dict[str, str]) -> None:
    ada = User(running, Role.DEVELOPER)
    with pytest.raises(InvalidInput) as raised:
        log_in(running.url, environment, "everything", show=ada.show, wait=ada.wait)
    assert raised.value.code == "input.malformed"


def test_token_is_for_its_service_and_for_nobody_elses_eyes(environment: dict[str, str]) -> None:
    path = keep("https://audit.example.test", environment, SignedIn(token="wht_x", id="tok_1"))
    assert token_for("https://audit.example.test:443/", environment) == "wht_x"
    for other in ("https://audit.example.test:8443", "https://audit.example", "https://audit.example.test/sub"):
        assert token_for(other, environment) is None, other
    assert token_for_log("http://audit.example.test/logs/x", environment) is None
    path.chmod(0o640)
    with pytest.raises(InvalidInput, match="not yours alone"):
        token_for("https://audit.example.test", environment)
    path.chmod(0o600)
    path.write_text("{}")
    with pytest.raises(AttestError) as raised:
        token_for("https://audit.example.test", environment)
    assert raised.value.code == "input.malformed"
    path.unlink()
    path.symlink_to("elsewhere.json")
    with pytest.raises(InvalidInput, match="cannot be read"):
        token_for("https://audit.example.test", environment)


def test_logout_forgets_the_token_where_the_service_is_away(environment: dict[str, str]) -> None:
    keep("http://127.0.0.1:9", environment, SignedIn(token="wht_x", id="tok_1"))
    with pytest.raises(CannotVerify):
        log_out("http://127.0.0.1:9", environment)
    assert held_for("http://127.0.0.1:9", environment) is None
