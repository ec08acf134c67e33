"""`access.json` in the data directory: who signs in by name, and which pipelines. Without it one user owns the instance.

    {"url": "https://audit.example",
     "people": {"issuer": "https://id.example", "clientId": "whereof", "clientSecret": "oidc-secret", "claim": "groups",
                "roles": {"security-team": [{"role": "security"}], "pond": [{"role": "developer", "repositories": ["git+…"]}]}},
     "pipelines": [{"issuer": "https://token.ci.example", "audience": "https://audit.example",
                    "claims": {"repository": "ada/pond", "ref": "refs/heads/main"},
                    "repositories": ["git+https://forge.example/ada/pond"], "minutes": 15}]}

`url` is where people reach the service; TLS ends in front of it. `clientSecret` names a file beside this one, and is left
out for a public client. A rule of `pipelines` holds when every claim named is exactly the text given; there are no patterns.
`jwks` beside an `issuer` names a file with its keys, which are discovered without it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from attest.errors import CannotVerify
from attest.model.may import Grant
from attest.model.rights import Role, together
from attest.signing.embedded.issuers import Issuer, is_fetchable
from attest.signing.strict import Fields, parse_json
from attest.usecases.home_file import home_bytes, is_there

FILE_NAME: Final = "access.json"
MAX_BYTES: Final = 256 * 1024
MAX_MINUTES: Final = 60
MAX_SECRET_BYTES: Final = 4096
_CODE: Final = "identity.access"
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The provider that people sign in with."""

    issuer: Issuer
    client: str
    secret: str | None
    claim: str
    roles: tuple[tuple[str, tuple[Grant, ...]], ...]
    """Roles by value of the claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """One rule: tokens of an issuer with exactly these claims become tokens of ours."""

    issuer: Issuer
    audience: str
    grants: tuple[Grant, ...]
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessConfig:
    """The file as it was read."""

    url: str
    people: People | None
    pipelines: tuple[Federation, ...]
    raw: bytes

    @property
    def host(self) -> str:
        """Host and port as browsers write them in `Host`."""
        return urlsplit(self.url).netloc


def load_access(home: Path) -> AccessConfig | None:
    """Read the file; None where there is none.

    Raises:
        CannotVerify: `identity.access`, with the place: anything missing, unknown or out of form.
    """
    path = home / FILE_NAME
    if not is_there(path):
        return None
    try:
        raw = home_bytes(path, MAX_BYTES)
    except (OSError, ValueError) as err:
        raise CannotVerify(_CODE, where=FILE_NAME) from err
    fields = parse_json(raw, MAX_BYTES, where=FILE_NAME, error=CannotVerify, code=_CODE)
    fields.only("url", "people", "pipelines")
    url = fields.text("url", 512)
    if not is_fetchable(url) or urlsplit(url).path:
        raise fields.fail("url", "an https address without a path is required (http on loopback)")
    people = fields.optional_child("people")
    return AccessConfig(
        url=url,
        people=_people(people, home) if people else None,
        pipelines=tuple(_federation(each) for each in fields.objects("pipelines")),
        raw=raw,
    )


def _people(fields: Fields, home: Path) -> People:
    fields.only("issuer", "clientId", "clientSecret", "claim", "roles", "jwks")
    roles = fields.child("roles")
    found = tuple((value[:512], _grants(roles, value)) for value in roles.value)
    return People(
        issuer=_issuer(fields, ()),
        client=fields.text("clientId", 512),
        secret=_secret(fields, home),
        claim=fields.text("claim", 64),
        roles=found,
    )


def _secret(fields: Fields, home: Path) -> str | None:
    name = fields.optional_text("clientSecret")
    if name is None:
        return None
    if not _FILE.fullmatch(name):
        raise fields.fail("clientSecret", "the name of a file beside this one")
    try:
        raw = (home / name).read_bytes()[:MAX_SECRET_BYTES]
        return raw.decode("ascii").strip()
    except (OSError, ValueError) as err:
        raise CannotVerify(_CODE, "the client's secret cannot be read", where=name) from err


def _federation(fields: Fields) -> Federation:
    fields.only("issuer", "audience", "claims", "repositories", "role", "minutes", "jwks")
    minutes = fields.u64("minutes") or 15
    if minutes > MAX_MINUTES:
        raise fields.fail("minutes", f"at most {MAX_MINUTES}")
    claims = fields.child("claims")
    # An issuer of a public service knows everybody: a rule without a claim would let them all in.
    if not claims.value:
        raise fields.fail("claims", "at least one claim is required")
    demanded = tuple((name, (claims.text(name, 512),)) for name in claims.value)
    issuer = _issuer(fields, demanded)
    return Federation(issuer=issuer, audience=fields.text("audience", 512), grants=(_grant(fields),), minutes=minutes)


def _issuer(fields: Fields, demanded: tuple[tuple[str, tuple[str, ...]], ...]) -> Issuer:
    name, jwks = fields.text("issuer", 512), fields.optional_text("jwks")
    if not is_fetchable(name):
        raise fields.fail("issuer", "an https address is required (http on loopback)")
    if jwks is not None and not _FILE.fullmatch(jwks):
        raise fields.fail("jwks", "the name of a file beside this one")
    return Issuer(name=name, names="people", require=demanded, identity="", jwks=jwks, reuse=True)


def _grants(roles: Fields, value: str) -> tuple[Grant, ...]:
    found = []
    for each in roles.objects(value):
        each.only("role", "repositories")
        found.append(_grant(each))
    if together(grant.role for grant in found) is not None:
        raise roles.fail(value[:64], "these roles are kept apart")
    return tuple(found)


def _grant(fields: Fields) -> Grant:
    role = fields.optional_text("role") or Role.PIPELINE.value
    if role not in set(Role):
        raise fields.fail("role", f"one of {', '.join(Role)}")
    if not fields.has("repositories"):
        return Grant(role=Role(role))
    held = fields.value["repositories"]
    if not isinstance(held, list) or not held or not all(isinstance(one, str) and 0 < len(one) <= 512 for one in held):
        raise fields.fail("repositories", "a list of repository addresses, or nothing for all")
    return Grant(role=Role(role), repositories=tuple(held))
