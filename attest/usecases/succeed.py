"""End a log in a successor, which lives in a data directory of its own.

1. offer   the new instance makes its keys and says origin and keys; nothing is signed
2. end     the old log names them in its last statement, and appends nothing more
3. begin   the new log's genesis names the old log, its keys and its final head

A log that is behind a head it has shown, or whose key is lost, cannot do step 2: then `begin` takes the largest head
that anyone holds of it, and the chain is named by the successor alone.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import AttestError, Conflict, InvalidInput
from attest.ledger.checkpoint import open_c2sp_note
from attest.ledger.note import decode_vkey
from attest.model.log_predicate import ended_log, log_keys
from attest.model.session_predicate import LOG_V1
from attest.store.durable import create_file
from attest.store.follows import FOLLOWS
from attest.store.log_reader import LogReader
from attest.usecases.log_statement import log_unkept, own_log_subject
from attest.usecases.published_head import published_head

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attest.model.ports import LogAuthority
    from attest.usecases.instance import Instance

MAX_FILE_BYTES: Final = 64 * 1024
"""Of a file that one instance hands to the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogName:
    """Origin and public keys of a log, as one instance tells them to another."""

    origin: str
    sigstore_key: bytes
    vkey: str

    def encode(self) -> bytes:
        """Give it as a file."""
        return canonical_json({"origin": self.origin, "keys": log_keys(self.sigstore_key, self.vkey)})


def name_of(authority: LogAuthority) -> LogName:
    """Give the name of an instance's own log."""
    return LogName(origin=authority.origin, sigstore_key=authority.sigstore_key, vkey=authority.verifier_key)


def parse_name(data: bytes) -> LogName:
    """Read what `LogName.encode` wrote.

    Raises:
        InvalidInput: `input.malformed`.
    """
    try:
        value = json.loads(data)
        key = decode_vkey(value["keys"]["c2sp"])
        sigstore = base64.b64decode(value["keys"]["sigstore"], validate=True)
        if key.name != value["origin"]:
            raise InvalidInput("input.malformed", "the verifier key is of another log")
        return LogName(origin=value["origin"], sigstore_key=sigstore, vkey=value["keys"]["c2sp"])
    except (ValueError, KeyError, TypeError, RecursionError, AttestError) as err:
        raise InvalidInput("input.malformed", "this names no log") from err


def end_log(instance: Instance, successor: LogName, *, reason: str) -> str:
    """Log the statement that names the successor, and append nothing more; gives the final head's C2SP note.

    Raises:
        Refused: `ledger.closed`, it has ended already; `ledger.rollback`, it may sign nothing: see `begin_after`.
    """
    instance.guard.require()
    predicate: Mapping[str, object] = {
        "event": "successor",
        "origin": successor.origin,
        "keys": log_keys(successor.sigstore_key, successor.vkey),
        "reason": reason,
    }
    log_unkept(
        instance,
        LOG_V1,
        (own_log_subject(instance),),
        predicate,
        write_key_material=b"successor\0" + successor.encode(),
    )
    instance.guard.heads.close(successor.origin)
    return published_head(instance).c2sp_note


def begin_after(instance: Instance, ended: LogName, final_note: str) -> Path:
    """Say, before a new instance's first start, which log its own follows, and where that one ended.

    Raises:
        NotVerified, CannotVerify: the note is not that log's.
        Conflict: the new log has begun already, or follows another.
    """
    if LogReader(instance.engine, instance.scope, instance.log.name).head() is not None:
        raise Conflict("ledger.conflict", "the new log has begun already: its first leaf is there")
    head, _ = open_c2sp_note(final_note, decode_vkey(ended.vkey))
    value = ended_log(ended.origin, log_keys(ended.sigstore_key, ended.vkey), tree_size=head.size, root=head.root)
    path, data = instance.settings.home / FOLLOWS, canonical_json(value)
    if not create_file(path, data) and path.read_bytes() != data:
        raise Conflict("ledger.conflict", "the new log follows another already", where=str(path))
    return path
