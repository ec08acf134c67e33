"""The vault, off by default: redacted values sealed one by one under a key of their own, opened one by one, on record.

Each value is AES-256-GCM under a key per session, which is not the session's data key: whoever may open the parts may
not open the vault. Every opening needs a second person's approval (`attest.usecases.unmask_approval`), and before the
value is given out it is in a log on this machine and, signed, in the ledger. With one user there is no second person: a
typed confirmation stands in for one, and both records say so.
"""

from __future__ import annotations

import getpass
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from attest.canonical import canonical_json
from attest.errors import Absent, CannotVerify, InvalidInput, NotVerified
from attest.model.admin_predicate import ADMIN_V1, AdminAction, unmask_request
from attest.model.admin_privacy import Second
from attest.model.times import rfc3339
from attest.store.durable import create_file
from attest.usecases.log_statement import log_statement, own_log_subject
from attest.usecases.unmask_approval import read_approvers, require_approval

if TYPE_CHECKING:
    from pathlib import Path

    from attest.usecases.instance import Instance

FOLDER: Final = "vault"
LOG: Final = "unmask.log"
KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
SECOND: Final = "none: one user, typed confirmation"
MIN_REASON: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmaskRequest:
    """Who asks for which value, and why."""

    session: str
    token: str
    reason: str
    confirmation: str = field(default="", repr=False)
    """What was typed; see `confirmation_of`. Not looked at where a second person has to approve."""
    approval: bytes | None = field(default=None, repr=False)
    """The bundle of a second person's approval."""


def confirmation_of(session: str) -> str:
    """Give the words that stand in for a second person."""
    return f"unmask {session}"


def keep_in_vault(instance: Instance, session: str, values: dict[str, str]) -> None:
    """Seal values by token; a value that is there already stays as it is. Nothing is written where there are none."""
    if not values:
        return
    name = _key_name(session)
    key = instance.keys.load(name) or instance.keys.create(name, instance.entropy.bytes(KEY_BYTES))
    rows = {}
    for token, value in sorted(values.items()):
        nonce = instance.entropy.bytes(_NONCE_BYTES)
        rows[token] = (
            nonce + AESGCM(key).encrypt(nonce, value.encode("utf-8", "surrogatepass"), _bound(session, token))
        ).hex()
    folder = _folder(instance.settings.home, session)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = sum(1 for _ in folder.iterdir())
    while not create_file(folder / f"{number:06}.json", canonical_json({"version": 1, "values": rows}), mode=0o600):
        number += 1


def unmask(instance: Instance, request: UnmaskRequest) -> str:
    """Give one value. The line of the log and the entry of the ledger are on disk before this returns.

    Raises:
        InvalidInput: `input.usage`: no reason, or the confirmation is another, or no approval where one is needed.
        NotVerified: `redaction.not-approved`: the approval is not one of this request by somebody named to approve.
        Absent: `redaction.not-committed`: the vault holds no value of this token.
        CannotVerify: `key.missing`: the key is gone: the vault of this session was ended.
        NotVerified: `ledger.corrupt`: what is kept does not open.
    """
    if len(request.reason.strip()) < MIN_REASON:
        raise InvalidInput("input.usage", "say why", expected=f"--reason of at least {MIN_REASON} characters")
    alone = not read_approvers(instance.settings.home)
    if alone and request.confirmation != confirmation_of(request.session):
        raise InvalidInput("input.usage", "not confirmed", expected=confirmation_of(request.session))
    sealed = _sealed(instance.settings.home, request.session, request.token)
    key = instance.keys.load(_key_name(request.session))
    if key is None:
        raise CannotVerify("key.missing", "the vault's key of this session is gone", where=request.session)
    try:
        data = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound(request.session, request.token))
    except (InvalidTag, ValueError) as err:
        raise NotVerified("ledger.corrupt", "a value of the vault does not open", where=request.session) from err
    asked = unmask_request(request.session, request.token, request.reason.strip())
    approval = require_approval(instance, request.approval, request.session, asked)
    _log(instance, request, approval)
    _log_signed(instance, request.session, asked, approval)
    return data.decode("utf-8", "surrogatepass")


def _sealed(home: Path, session: str, token: str) -> bytes:
    folder = _folder(home, session)
    for path in sorted(folder.glob("*.json"), reverse=True) if folder.is_dir() else ():
        found = json.loads(path.read_bytes())["values"].get(token)
        if isinstance(found, str):
            return bytes.fromhex(found)
    raise Absent("redaction.not-committed", "the vault holds no value of this token", where=session)


def _log_signed(instance: Instance, session: str, asked: str, approval: str | None) -> None:
    """Sign and log that a value was taken out; each time is an entry of its own."""
    at = rfc3339(instance.clock.now())
    about = {"session": session, "request": asked, "second": (Second.PERSON if approval else Second.TYPED).value}
    if approval:
        about["approval"] = approval
    predicate: dict[str, object] = {"action": AdminAction.UNMASKED.value, "at": at, "unmask": about}
    material = instance.entropy.bytes(_NONCE_BYTES)
    log_statement(instance, ADMIN_V1, (own_log_subject(instance),), predicate, write_key_material=material)


def _log(instance: Instance, request: UnmaskRequest, approval: str | None) -> None:
    """Append one line, durably: who, when, which token, why. A line that cannot be written ends the request."""
    entry = {
        "at": instance.clock.now().isoformat(),
        "by": getpass.getuser(),
        "uid": os.getuid(),
        "second": f"approval {approval}" if approval else SECOND,
        "session": request.session,
        "token": request.token,
        "reason": request.reason.strip(),
    }
    path = instance.settings.home / FOLDER / LOG
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, canonical_json(entry) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def _key_name(session: str) -> str:
    return f"vault/{session}"


def _bound(session: str, token: str) -> bytes:
    return f"whereof vault v1\0{session}\0{token}".encode()


def _folder(home: Path, session: str) -> Path:
    return home / FOLDER / session
