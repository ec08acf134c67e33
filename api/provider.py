"""The OpenID provider that people sign in with: where it is, and the exchange of a code for an identity token.

The code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636, S256) and `iss` (RFC 9207). Addresses come from the
provider's own document, over TLS (plain on loopback only); no redirect is followed; answers are bounded in time and bytes.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_plus, urlencode, urlsplit

from api.access_config import People
from attest.clock import monotonic_s
from attest.errors import CannotVerify, NotVerified
from attest.signing.embedded.issuer_keys import MAX_ANSWER_BYTES, TIMEOUT_S, fetch_bounded
from attest.signing.embedded.issuers import is_fetchable
from attest.signing.strict import Fields, parse_json

KEEP_S: Final = 900.0
_CODE: Final = "identity.keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What a provider's document says."""

    authorization: str
    token: str
    names_itself: bool
    """It promises to send `iss` with each code."""


class Provider:
    """One provider, and this service as its client."""

    def __init__(self, people: People, redirect_uri: str) -> None:
        self._people = people
        self._redirect_uri = redirect_uri
        self._held: tuple[float, Endpoints] | None = None

    def endpoints(self) -> Endpoints:
        """Give the provider's addresses, read anew every quarter of an hour.

        Raises:
            CannotVerify: `identity.keys`, it does not answer, or its document is not its own.
        """
        if self._held is None or monotonic_s() - self._held[0] > KEEP_S:
            self._held = (monotonic_s(), self._read())
        return self._held[1]

    def begin(self, *, state: str, nonce: str, verifier: str) -> str:
        """Give the address that a browser is led to."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._people.client,
            "redirect_uri": self._redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.endpoints().authorization}?{urlencode(asked)}"

    def finish(self, code: str, *, verifier: str) -> str:
        """Exchange a code, and give the identity token, which is not checked here.

        Raises:
            NotVerified: `identity.sign-in`, the provider refuses the code.
            CannotVerify: `identity.keys`, it does not answer as it should.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
            "client_id": self._people.client,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self._people.secret is not None:
            pair = f"{quote_plus(self._people.client)}:{quote_plus(self._people.secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        raw = _post(self.endpoints().token, urlencode(form).encode(), headers)
        answer = parse_json(raw, MAX_ANSWER_BYTES, where="token", error=CannotVerify, code=_CODE)
        return answer.text("id_token", 16 * 1024)

    def _read(self) -> Endpoints:
        name = self._people.issuer.name
        raw = fetch_bounded(f"{name.rstrip('/')}/.well-known/openid-configuration")
        document = parse_json(raw, MAX_ANSWER_BYTES, where="openid-configuration", error=CannotVerify, code=_CODE)
        if document.value.get("issuer") != name:
            raise document.fail("issuer", "it describes another issuer")
        return Endpoints(
            authorization=_address(document, "authorization_endpoint", name),
            token=_address(document, "token_endpoint", name),
            names_itself=document.value.get("authorization_response_iss_parameter_supported") is True,
        )


def _address(document: Fields, name: str, issuer: str) -> str:
    address = document.text(name, 2048)
    if not is_fetchable(address) or (address.startswith("http://") and not issuer.startswith("http://")):
        raise document.fail(name, "an https address is required")
    return address


def _post(address: str, body: bytes, headers: dict[str, str]) -> bytes:
    parts = urlsplit(address)
    host, connection = parts.hostname or "", _connection(address)
    try:
        connection.request("POST", parts.path or "/", body=body, headers=headers)
        answer = connection.getresponse()
        raw = answer.read(MAX_ANSWER_BYTES + 1)
    except (OSError, http.client.HTTPException) as err:
        raise CannotVerify(_CODE, "the provider did not answer", where=host) from err
    finally:
        connection.close()
    if answer.status in {400, 401, 403}:
        raise NotVerified("identity.sign-in", "the provider refuses the code", got=f"status {answer.status}")
    if answer.status != 200:
        raise CannotVerify(_CODE, "the provider gave no token", got=f"status {answer.status}", where=host)
    return raw


def _connection(address: str) -> http.client.HTTPConnection:
    parts = urlsplit(address)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_S, context=context)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
