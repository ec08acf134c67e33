"""The public keys of configured issuers: from a pinned file, or discovered (OpenID Connect Discovery 1.0) under bounds.

Discovery goes to the address that the operator wrote and to the `jwks_uri` that it names, over TLS (plain on loopback
only), follows no redirect, and is bounded in time and bytes. Keys are kept a quarter of an hour; an unknown key id asks
again, at most once in half a minute; a failure is remembered for ten seconds, so that a silent issuer costs little.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final
from urllib.parse import urlsplit

from attest.clock import monotonic_s
from attest.errors import AttestError, CannotVerify
from attest.signing.embedded.id_token import PublicKeys, read_keys
from attest.signing.embedded.issuers import FILE_NAME, Issuer, is_fetchable, parse_issuers
from attest.signing.strict import parse_json

MAX_ANSWER_BYTES: Final = 256 * 1024
TIMEOUT_S: Final = 5.0
"""Longest wait for the next bytes."""
TOTAL_S: Final = 10.0
"""Longest time for one answer."""
KEEP_S: Final = 900.0
AGAIN_S: Final = 30.0
"""Shortest time between two fetches for the sake of an unknown key id."""
FAILED_S: Final = 10.0
_CODE: Final = "identity.keys"
Fetch = Callable[[str], bytes]


@dataclass(slots=True)
class _Held:
    keys: PublicKeys | None = None
    at: float = 0.0
    failed_at: float | None = None
    lock: Lock = field(default_factory=Lock)


class IssuerKeys:
    """Gives the keys of each issuer; safe to use from several threads."""

    def __init__(self, folder: Path, fetch: Fetch | None = None) -> None:
        self._folder = folder
        self._fetch = fetch or fetch_bounded
        self._held: dict[str, _Held] = {}
        self._lock = Lock()

    def __call__(self, issuer: Issuer, kid: str | None) -> PublicKeys:
        """Give an issuer's keys, fetched anew when they are old or `kid` is not among them.

        Raises:
            CannotVerify: `identity.keys`, they cannot be had.
        """
        if issuer.jwks is not None:
            return self._pinned(issuer.jwks)
        with self._lock:
            held = self._held.setdefault(issuer.name, _Held())
        with held.lock:
            return self._discovered(issuer, kid, held)

    def _pinned(self, name: str) -> PublicKeys:
        try:
            with (self._folder / name).open("rb") as file:
                raw = file.read(MAX_ANSWER_BYTES + 1)
        except OSError as err:
            raise CannotVerify(_CODE, "the pinned key file cannot be read", where=name) from err
        return read_keys(raw, MAX_ANSWER_BYTES)

    def _discovered(self, issuer: Issuer, kid: str | None, held: _Held) -> PublicKeys:
        age = monotonic_s() - held.at
        if held.keys is not None and age < KEEP_S:
            known = kid is None or any(key.kid == kid for key in held.keys)
            if known or age < AGAIN_S:
                return held.keys
        if held.failed_at is not None and monotonic_s() - held.failed_at < FAILED_S:
            raise CannotVerify(_CODE, "the issuer did not give its keys a moment ago", where=issuer.name)
        try:
            held.keys = read_keys(self._fetch(self._jwks_uri(issuer)), MAX_ANSWER_BYTES)
        except AttestError:
            held.failed_at = monotonic_s()
            raise
        held.at, held.failed_at = monotonic_s(), None
        return held.keys

    def _jwks_uri(self, issuer: Issuer) -> str:
        raw = self._fetch(f"{issuer.name.rstrip('/')}/.well-known/openid-configuration")
        document = parse_json(raw, MAX_ANSWER_BYTES, where="openid-configuration", error=CannotVerify, code=_CODE)
        if document.value.get("issuer") != issuer.name:
            raise document.fail("issuer", "it describes another issuer")
        address = document.text("jwks_uri", 2048)
        plain = address.startswith("http://")
        if not is_fetchable(address) or (plain and not issuer.name.startswith("http://")):
            raise document.fail("jwks_uri", "an https address is required")
        return address


def fetch_bounded(address: str) -> bytes:
    """Give what stands at an address, without following a redirect.

    Raises:
        CannotVerify: `identity.keys`: no answer in time, another status than 200, or too long.
    """
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", parts.path or "/", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise CannotVerify(_CODE, "the issuer did not give its keys", got=f"status {answer.status}", where=host)
        return _body(answer, host)
    except (OSError, http.client.HTTPException) as err:
        raise CannotVerify(_CODE, "the issuer did not answer", where=host) from err
    finally:
        connection.close()


def _body(answer: http.client.HTTPResponse, host: str) -> bytes:
    end, body = monotonic_s() + TOTAL_S, bytearray()
    while chunk := answer.read1(64 * 1024):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES or monotonic_s() > end:
            raise CannotVerify(_CODE, "the issuer's answer is too long or too slow", where=host)
    return bytes(body)


def load_issuers(folder: Path) -> tuple[Issuer, ...]:
    """Read the file of issuers in a data directory; none when there is no file.

    Raises:
        CannotVerify: `identity.issuers`.
    """
    try:
        raw = (folder / FILE_NAME).read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as err:
        raise CannotVerify("identity.issuers", where=FILE_NAME) from err
    return parse_issuers(raw)
