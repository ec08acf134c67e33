"""Talks to a Whereof service: sends signed bundles, says whether trying again can help, and asks for what is small.

Only signed statements leave the machine, never a transcript. Redirects are not followed: a token goes to the address
that was named, and nowhere else.
"""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from attest.catalogue import CATALOGUE
from attest.errors import Absent, AttestError, CannotVerify, InvalidInput, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S: Final = 20
MAX_ANSWER_BYTES: Final = 1024 * 1024
MAX_PORTABLE_BYTES: Final = 64 * 1024 * 1024
BUNDLE_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
WAITS_S: Final = (0.5, 2.0, 5.0)
"""Pauses between tries of one run; after the last the bundle stays queued for the next run."""
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_TAKEN: Final = frozenset({200, 201})


class Outcome(Enum):
    """What became of a bundle."""

    SENT = "sent"
    """The service answered with a receipt."""
    QUEUED = "queued"
    """It could not be reached, or is at its limit: later."""
    REFUSED = "refused"
    """It answered that it will not take this, as things are: a person must look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The answer to one bundle."""

    outcome: Outcome
    detail: str
    """A catalogue code or a status; never words of the answer, which could hold anything."""
    receipt: bytes = b""
    """The service's receipt as it was sent; empty unless it was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to send to."""

    host: str
    port: int
    secure: bool
    path: str
    token: str | None


def parse_server(address: str, token: str | None) -> Server:
    """Read an address such as `https://audit.example`.

    Raises:
        InvalidInput: it is none, or plain HTTP to another machine: a token would go over the wire in clear.
    """
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise InvalidInput("input.usage", "this is no address of a service", expected="https://HOST[:PORT][/PATH]")
    secure = parts.scheme == "https"
    if not secure and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise InvalidInput("input.usage", "this service is not reached by TLS", expected="https://…")
    port = parts.port or (443 if secure else 80)
    return Server(host=parts.hostname, port=port, secure=secure, path=parts.path.rstrip("/"), token=token)


def send_bundle(server: Server, bundle: bytes, *, wait: Callable[[float], object]) -> Sent:
    """Send one signed bundle to `/v1/attestations`; the same bundle again is harmless.

    `wait` pauses between tries. Nothing is raised for a service that is away: the bundle stays queued.
    """
    sent = _try(server, bundle)
    for pause in WAITS_S:
        if sent.outcome is not Outcome.QUEUED:
            break
        wait(pause)
        sent = _try(server, bundle)
    return sent


def _try(server: Server, bundle: bytes) -> Sent:
    try:
        status, body = _asked(server, "POST", "/v1/attestations", body=bundle)
    except CannotVerify as err:
        return Sent(outcome=Outcome.QUEUED, detail=err.got)
    if status in _TAKEN and len(body) < MAX_ANSWER_BYTES:
        return Sent(outcome=Outcome.SENT, detail=str(status), receipt=body)
    outcome = Outcome.QUEUED if status in _AGAIN else Outcome.REFUSED
    return Sent(outcome=outcome, detail=_code(body) or str(status))


def fetch_answer(server: Server, oid: str) -> bytes:
    """Ask for the complete answer for one commit, as a file; nothing in it is checked here.

    Raises:
        CannotVerify: `service.away`, the service cannot be reached, refuses, or answers too much.
    """
    target = f"/v1/commits/{oid}?proof=portable"
    return _whole(server, *_asked(server, "GET", target, limit=MAX_PORTABLE_BYTES), limit=MAX_PORTABLE_BYTES)


def fetch_proof(server: Server, index: int) -> bytes | None:
    """Ask for the newest cosigned tlog-proof of an entry; None where there is none yet. Nothing in it is checked here.

    Raises:
        CannotVerify: `service.away`, the service cannot be reached, refuses, or answers too much.
    """
    target = f"/v1/entries/{index}/proof?witnessed=true"
    status, body = _asked(server, "GET", target, headers={"Accept": "text/plain"})
    return None if status == http.client.NOT_FOUND else _whole(server, status, body, limit=MAX_ANSWER_BYTES)


def ask(
    server: Server, method: str, path: str, *, json_body: object = None, form: Mapping[str, str] | None = None
) -> object:
    """Ask a service for something small, as JSON; None where it answers without a body.

    Raises:
        CannotVerify: `service.away`, it cannot be reached, or answers what nobody understands.
        AttestError: what the service refuses, with its own code.
    """
    kind = "application/json" if form is None else "application/x-www-form-urlencoded"
    text = urllib.parse.urlencode(form) if form is not None else "" if json_body is None else json.dumps(json_body)
    status, body = _asked(server, method, path, body=text.encode() or None, headers={"Content-Type": kind})
    if status == http.client.NO_CONTENT:
        return None
    try:
        if status // 100 != 2 or len(body) > MAX_ANSWER_BYTES:
            raise _refusal(status, body[:MAX_ANSWER_BYTES], server.host)
        found: object = json.loads(body)
    except (ValueError, RecursionError) as err:
        raise CannotVerify("service.away", got="no JSON", where=server.host) from err
    return found


def _asked(
    server: Server,
    method: str,
    target: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    limit: int = MAX_ANSWER_BYTES,
) -> tuple[int, bytes]:
    """Ask once; gives the status and the body, of which a byte beyond the limit says that it is too long."""
    connection = _connect(server)
    try:
        connection.request(method, f"{server.path}{target}", body=body, headers={**_headers(server), **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read(limit + 1)
    except (OSError, http.client.HTTPException) as err:
        raise CannotVerify("service.away", got=type(err).__name__, where=server.host) from err
    finally:
        connection.close()


def _whole(server: Server, status: int, body: bytes, *, limit: int) -> bytes:
    if status != http.client.OK or len(body) > limit:
        raise CannotVerify("service.away", got=_code(body[:MAX_ANSWER_BYTES]) or str(status), where=server.host)
    return body


def _refusal(status: int, body: bytes, host: str) -> AttestError:
    code = _code(body)
    if code not in CATALOGUE:
        return CannotVerify("service.away", got=str(status), where=host)
    families: dict[int, type[AttestError]] = {401: Absent, 404: Absent, 422: InvalidInput, 400: InvalidInput}
    return families.get(status, Refused)(code, where=host)


def _connect(server: Server) -> http.client.HTTPConnection:
    if server.secure:
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(server.host, server.port, timeout=TIMEOUT_S, context=context)
    return http.client.HTTPConnection(server.host, server.port, timeout=TIMEOUT_S)


def _headers(server: Server) -> Mapping[str, str]:
    headers = {"Content-Type": BUNDLE_TYPE, "Accept": "application/json"}
    return headers | ({"Authorization": f"Bearer {server.token}"} if server.token else {})


def _code(body: bytes) -> str:
    try:
        value = json.loads(body)
    except ValueError:
        return ""
    code = value.get("code") if isinstance(value, dict) else None
    return code if isinstance(code, str) and code.replace(".", "").replace("-", "").isalnum() else ""
