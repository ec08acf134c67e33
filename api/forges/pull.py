"""A pull request as every forge names it, what a hook says of one, and the message that tells a forge of a verdict."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from attest.errors import InvalidInput, Refused
from attest.signing.strict import Fields, parse_json

MAX_HOOK_BYTES: Final = 2 * 1024 * 1024
MAX_NUMBER: Final = 10**9
MAX_SUMMARY_CHARS: Final = 4_000
CHECK: Final = "Session review"
"""How the check is called on every forge."""
_NAME: Final = re.compile(r"[A-Za-z0-9~][A-Za-z0-9._~-]{0,99}", re.ASCII)
_OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """One pull request by name. Groups in groups make `owner` a path."""

    forge: str
    owner: str
    repo: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a hook says: a pull request has this head now."""

    pull: Pull
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a forge is told of a head."""

    pull: Pull
    head: str
    passes: bool
    """True where the verdicts of all commits give exit code 0 in the mode of their policy."""
    observed: bool
    """True where it passes only because the policy observes: said in words wherever a forge has no such state."""
    title: str
    summary: str
    url: str
    """The page of the pull request here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One request to a forge, without its host."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Forge(Protocol):
    """One kind of forge."""

    @property
    def name(self) -> str:
        """Its name in paths."""

    @property
    def refs(self) -> tuple[str, ...]:
        """Refs in which a clone may hold the head of pull request `{n}`; `{nn}` are its last two digits, `*` the highest number."""

    def authenticate(self, headers: Mapping[str, str], body: bytes, secret: bytes) -> None:
        """Refuse a hook that whoever shares the secret did not send (`service.forbidden`)."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        """Give what a hook says; None where it is about nothing that concerns us."""

    def message(self, told: Told, token: str) -> Message:
        """Give the request that shows a verdict at the head."""


def hook_json(body: bytes) -> Fields:
    """Read a hook's body under limits of bytes and depth.

    Raises:
        InvalidInput: `input.malformed`.
    """
    return parse_json(body, MAX_HOOK_BYTES, where="hook", error=InvalidInput, code="input.malformed")


def pull_of(forge: str, owner: str, repo: str, number: int) -> Pull:
    """Give the name of a pull request, whoever wrote it down.

    Raises:
        InvalidInput: `input.malformed`, a name that no forge gives.
    """
    parts = owner.split("/")
    if len(parts) > 20 or not all(map(_NAME.fullmatch, (*parts, repo))) or not 0 < number <= MAX_NUMBER:
        raise InvalidInput("input.malformed", "a pull request", expected="owner/repo and a number", where=forge)
    return Pull(forge=forge, owner=owner, repo=repo, number=number)


def hint_of(forge: str, full_name: str, number: int, head: str) -> Hint:
    """Give a hint, every part of it in form.

    Raises:
        InvalidInput: `input.malformed`.
    """
    owner, _, repo = full_name.rpartition("/")
    if not _OID.fullmatch(head):
        raise InvalidInput("input.malformed", "a head", expected="a full object id", where=forge)
    return Hint(pull=pull_of(forge, owner, repo, number), head=head)


def require_hmac(body: bytes, secret: bytes, signature: str) -> None:
    """Hold an HMAC-SHA256 in hex against a body; `sha256=` before it is taken off.

    Raises:
        Refused: `service.forbidden`.
    """
    made = hmac.digest(secret, body, "sha256").hex()
    require_same(made.encode(), signature.removeprefix("sha256=").encode())


def require_basic(headers: Mapping[str, str], secret: bytes) -> None:
    """Hold the password of HTTP Basic against the secret.

    Raises:
        Refused: `service.forbidden`.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    try:
        pair = base64.b64decode(value, validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        pair = b""
    require_same(secret, pair.partition(b":")[2])


def require_same(secret: bytes, given: bytes) -> None:
    """Compare in constant time.

    Raises:
        Refused: `service.forbidden`, also where no secret is set: nothing equals nothing.
    """
    same = hmac.compare_digest(hashlib.sha256(secret).digest(), hashlib.sha256(given).digest())
    if not secret or not given or not same:
        raise Refused("service.forbidden", "the hook is not from who shares its secret")


def json_message(path: str, body: object, *headers: tuple[str, str], method: str = "POST") -> Message:
    """Give a request with a JSON body."""
    raw = json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()
    kind = (("Content-Type", "application/json"), ("Accept", "application/json"))
    return Message(method=method, path=path, headers=(*kind, *headers), body=raw)
