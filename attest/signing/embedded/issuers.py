"""Which OIDC issuers may have certificates of this log made: one strict file, read at start.

`oidc-issuers.json` in the data directory: `{"issuers": [...]}`, each with

| field | |
|---|---|
| `issuer` | exactly as in tokens; `https`, or `http` on loopback |
| `names` | `people`: certificates carry a pseudonym; `workloads`: the name in clear |
| `require` | claims that a token must have, each with the values accepted; `{}` lets in everybody whom the issuer knows |
| `identity` | workloads only: the certified name, with claims in braces, for example `https://github.com/{job_workflow_ref}` |
| `jwks` | a file beside this one with the issuer's public keys; without it they are discovered |
| `reuse` | true: one token may get several certificates, for issuers that give a job only one |

An issuer is a whole service with everybody in it: for a public one, `require` is what keeps strangers out of the tenant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from attest.errors import CannotVerify
from attest.signing.strict import Fields, parse_json

FILE_NAME: Final = "oidc-issuers.json"
MAX_FILE_BYTES: Final = 256 * 1024
MAX_ISSUERS: Final = 64
MAX_NAME_CHARS: Final = 512
"""Longest issuer, subject or certified name, in characters."""
_CODE: Final = "identity.issuers"
_CLAIM: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_FIELD: Final = re.compile(r"\{([^{}]*)\}")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_SCHEME: Final = re.compile(r"(?:https|spiffe)://[^{}\s]*\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """One issuer that is let in, and on what terms."""

    name: str
    """The `iss` of its tokens."""
    names: Literal["people", "workloads"]
    require: tuple[tuple[str, tuple[str, ...]], ...]
    identity: str
    """The certified name of a workload, with claims in braces; empty for people."""
    jwks: str | None
    """File with its keys; None where they are discovered."""
    reuse: bool


def parse_issuers(raw: bytes) -> tuple[Issuer, ...]:
    """Read the file of issuers.

    Raises:
        CannotVerify: `identity.issuers`, with the place: anything missing, unknown, doubled or out of form.
    """
    fields = parse_json(raw, MAX_FILE_BYTES, where=FILE_NAME, error=CannotVerify, code=_CODE)
    fields.only("issuers")
    found = tuple(_issuer(each) for each in fields.objects("issuers"))
    if len(found) > MAX_ISSUERS:
        raise fields.fail("issuers", f"more than {MAX_ISSUERS}")
    if len({each.name for each in found}) != len(found):
        raise fields.fail("issuers", "an issuer stands there twice")
    return found


def _issuer(fields: Fields) -> Issuer:
    fields.only("issuer", "names", "require", "identity", "jwks", "reuse")
    name, names = fields.text("issuer", MAX_NAME_CHARS), fields.text("names")
    if not is_fetchable(name):
        raise fields.fail("issuer", "an https address is required (http on loopback)")
    if names not in {"people", "workloads"}:
        raise fields.fail("names", "people or workloads")
    identity = fields.text("identity", MAX_NAME_CHARS) if names == "workloads" else ""
    if names == "workloads":
        _require_template(fields, identity)
    elif fields.has("identity"):
        raise fields.fail("identity", "people are certified by a pseudonym")
    jwks = fields.optional_text("jwks")
    if jwks is not None and not _FILE.fullmatch(jwks):
        raise fields.fail("jwks", "the name of a file beside this one")
    reuse = fields.value.get("reuse", False)
    if not isinstance(reuse, bool):
        raise fields.fail("reuse", "true or false")
    return Issuer(
        name=name,
        names="people" if names == "people" else "workloads",
        require=_required(fields.child("require")),
        identity=identity,
        jwks=jwks,
        reuse=reuse,
    )


def _required(fields: Fields) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = []
    for claim, values in fields.value.items():
        good = isinstance(values, list) and values and all(isinstance(one, str) and one for one in values)
        if not _CLAIM.fullmatch(claim) or not isinstance(values, list) or not good:
            raise fields.fail(claim[:64], "a claim with a list of the values accepted")
        found.append((claim, tuple(values)))
    return tuple(found)


def _require_template(fields: Fields, template: str) -> None:
    head = template.partition("{")[0]
    claims = _FIELD.findall(template)
    rest = _FIELD.sub("", template)
    # The host is written out: no claim may decide whose name space a certified name is in.
    whole_host = "/" in head.partition("://")[2]
    if not _SCHEME.match(head) or not whole_host or "{" in rest or "}" in rest or not claims:
        raise fields.fail("identity", "an address with its host written out and at least one claim in braces")
    if not all(_CLAIM.fullmatch(claim) for claim in claims):
        raise fields.fail("identity", "not the name of a claim")


def workload_name(template: str, claims: dict[str, object]) -> str | None:
    """Give the certified name of a workload; None where a claim it is made of is missing, odd or too long."""
    values: dict[str, str] = {}
    for claim in _FIELD.findall(template):
        value = claims.get(claim)
        if not isinstance(value, str) or not re.fullmatch(r"[!-~]+", value) or _leaves(value):
            return None
        values[claim] = value
    name = _FIELD.sub(lambda found: values[found[1]], template)
    return name if len(name) <= MAX_NAME_CHARS else None


def _leaves(value: str) -> bool:
    return any(part in {".", ".."} for part in value.split("/")) or any(sign in value for sign in '\\"<>#?')


def is_fetchable(address: str) -> bool:
    """Say whether an address may be an issuer's: `https`, or `http` on loopback, without user, query or fragment."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.query or parts.fragment or not parts.hostname or not address.isascii():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
