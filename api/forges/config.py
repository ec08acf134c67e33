"""`forges.json` in the data directory: which forges send hooks, and which are told of verdicts.

    {"url": "https://audit.example",
     "forges": {"github": {"secret": "github-hook", "api": "https://api.forge.example", "token": "github-token"}}}

`secret` and `token` name files beside this one. Without `api` and `token` a forge is not told anything. Without the file no
hook is taken. `url` is where people reach the pages that a check leads to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from api.forges import plain_git
from api.forges.azure import Azure
from api.forges.bitbucket import Bitbucket
from api.forges.forgejo import Forgejo
from api.forges.gerrit import Gerrit
from api.forges.github import GitHub
from api.forges.gitlab import GitLab
from attest.errors import CannotVerify
from attest.signing.embedded.issuers import is_fetchable
from attest.signing.strict import Fields, parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from api.forges.pull import Forge

FILE_NAME: Final = "forges.json"
MAX_BYTES: Final = 64 * 1024
MAX_SECRET_BYTES: Final = 4096
MIN_SECRET_BYTES: Final = 16
_CODE: Final = "input.malformed"
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
FORGES: Final[Mapping[str, Forge]] = {
    forge.name: forge for forge in (GitHub(), GitLab(), Bitbucket(), Azure(), Forgejo(), Gerrit())
}
"""Every kind of forge by the name that it has in paths."""
REFS: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: forge.refs for name, forge in FORGES.items()},
    plain_git.NAME: plain_git.REFS,
}
"""Where a clone holds pull requests, also without any forge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One forge that is connected."""

    secret: bytes
    api: str
    """Empty: it is not told of verdicts."""
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgesConfig:
    """The file as it was read."""

    url: str
    forges: Mapping[str, Connector]


def load_forges(home: Path) -> ForgesConfig | None:
    """Read the file; None where there is none.

    Raises:
        CannotVerify: `input.malformed`, with the place: anything missing, unknown or out of form, a short secret included.
    """
    try:
        raw = (home / FILE_NAME).read_bytes()
    except FileNotFoundError:
        return None
    fields = parse_json(raw, MAX_BYTES, where=FILE_NAME, error=CannotVerify, code=_CODE)
    fields.only("url", "forges")
    url = fields.text("url", 512)
    if not is_fetchable(url) or urlsplit(url).path:
        raise fields.fail("url", "an https address without a path (http on loopback)")
    forges = fields.child("forges")
    forges.only(*FORGES)
    return ForgesConfig(url=url, forges={name: _connector(forges.child(name), home) for name in forges.value})


def _connector(fields: Fields, home: Path) -> Connector:
    fields.only("secret", "api", "token")
    api, token = fields.optional_text("api") or "", fields.optional_text("token")
    if api and not is_fetchable(api):
        raise fields.fail("api", "an https address (http on loopback)")
    if bool(api) != bool(token):
        raise fields.fail("token", "both `api` and `token`, or neither")
    secret = _file(fields, "secret", home)
    if len(secret) < MIN_SECRET_BYTES:
        raise fields.fail("secret", f"at least {MIN_SECRET_BYTES} bytes")
    return Connector(
        secret=secret, api=api.rstrip("/"), token=_file(fields, "token", home).decode("ascii") if token else ""
    )


def _file(fields: Fields, name: str, home: Path) -> bytes:
    file = fields.text(name, 128)
    if not _FILE.fullmatch(file):
        raise fields.fail(name, "the name of a file beside this one")
    try:
        raw = (home / file).read_bytes()[:MAX_SECRET_BYTES].strip()
        raw.decode("ascii")
    except (OSError, ValueError) as err:
        raise CannotVerify(_CODE, "the secret cannot be read", where=file) from err
    return raw
