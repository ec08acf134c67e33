"""The tokens that `whereof login` was given: one small file for each service in the user's configuration, for the user alone.

`$WHEREOF_TOKEN` goes before them. A file that others can read, or that is another user's, is an error, never used.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from attest.client import parse_server
from attest.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.client import Server

MAX_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A token for one service."""

    token: str
    id: str
    """Id of the token at the service, by which it is taken back."""


def server_for(address: str, environment: Mapping[str, str]) -> Server:
    """Give a service to talk to, with the token for it: of `$WHEREOF_TOKEN`, else of `whereof login`, else none.

    Raises:
        InvalidInput: `input.usage`, no address, or a token file that others can read; `input.malformed`, the file is none.
    """
    return parse_server(address, token_for(address, environment))


def token_for(address: str, environment: Mapping[str, str]) -> str | None:
    """Give the token alone, see `server_for`."""
    if given := environment.get("WHEREOF_TOKEN"):
        return given
    held = held_for(address, environment)
    return held.token if held else None


def token_for_log(url: str, environment: Mapping[str, str]) -> str | None:
    """Give the token for the service that serves a log at an address; none for what is no address of a service."""
    try:
        parts = urlsplit(url)
        parse_server(f"{parts.scheme}://{parts.netloc}", None)
    except (ValueError, InvalidInput):
        return environment.get("WHEREOF_TOKEN") or None  # whoever uses the address says what is wrong with it
    return token_for(f"{parts.scheme}://{parts.netloc}", environment)


def held_for(address: str, environment: Mapping[str, str]) -> SignedIn | None:
    """Give what `whereof login` was given for a service; None where nothing is kept.

    Raises:
        InvalidInput: see `server_for`.
    """
    path = _path(address, environment)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as err:
        raise InvalidInput("input.usage", "the token file cannot be read", where=str(path)) from err
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077 or found.st_uid != os.getuid():
            raise InvalidInput("input.usage", "the token file is not yours alone", expected="mode 600", where=str(path))
        raw = file.read(MAX_BYTES + 1)
    try:
        value = json.loads(raw)
        token, name = value["token"], value["id"]
    except (ValueError, TypeError, KeyError) as err:
        raise InvalidInput("input.malformed", where=str(path)) from err
    if not isinstance(token, str) or not isinstance(name, str) or not token.isascii() or not token.isprintable():
        raise InvalidInput("input.malformed", where=str(path))
    return SignedIn(token=token, id=name)


def keep(address: str, environment: Mapping[str, str], held: SignedIn) -> Path:
    """Keep a token for a service, in place of an older one; gives the file."""
    from attest.store.durable import replace_file  # noqa: PLC0415 - who only reads a token needs no store

    path = _path(address, environment)
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    value = {"server": address_of(address), "token": held.token, "id": held.id}
    replace_file(path, (json.dumps(value) + "\n").encode(), mode=0o600)
    return path


def forget(address: str, environment: Mapping[str, str]) -> None:
    """Remove the token for a service, if there is one."""
    from attest.store.durable import remove_file  # noqa: PLC0415 - as above

    remove_file(_path(address, environment))


def address_of(address: str) -> str:
    """Give the one spelling of an address under which its token is kept."""
    server = parse_server(address, None)
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{'https' if server.secure else 'http'}://{host}:{server.port}{server.path}"


def _path(address: str, environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME", "~")) / ".config")
    name = hashlib.sha256(address_of(address).encode()).hexdigest()[:32]
    return Path(base).expanduser() / "whereof" / "servers" / f"{name}.json"
