"""What stands in an evidence bundle beside what is proved: what was asked for, who read it, what was erased, derived copies.

Nothing of it is checked against the log. Derived copies are marked as such, and say which commitment they differ from.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final, Protocol

from attest.canonical import canonical_json
from attest.model.access_predicate import signed_part
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store.access_records import accesses_of
from attest.store.log_reader import LogReader
from attest.store.window_rows import sessions_among
from attest.usecases.access_store import access_instance, has_access_log
from attest.usecases.bundle_parts import opened_parts
from attest.usecases.erased import erasure_of_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.store.attestations import StoredAttestation
    from attest.usecases.bundle_request import BundleRequest
    from attest.usecases.instance import Instance


class Derive(Protocol):
    """Makes a derived copy of a text from a session of a format; None where none may be given."""

    def __call__(self, kind: str, data: bytes, /) -> bytes | None: ...


NOT_KEPT: Final = "nothing was read through the service here; who reads files of an instance itself is not recorded"
MAX_ACCESSES: Final = 10_000
"""Records in one bundle; where there are more, the newest."""


def access_file(instance: Instance, entries: tuple[int, ...]) -> bytes:
    """Give `access.json`: who read the selected sessions through the service, as signed in the access log; no purpose's words."""
    if not has_access_log(instance):
        return canonical_json({"accesses": "none kept", "entries": len(entries), "why": NOT_KEPT}) + b"\n"
    place = (instance.engine, instance.scope, instance.log.name)
    sessions = sorted({session for _, _, session in sessions_among(*place, entries)})
    found = accesses_of(instance.engine, instance.scope, sessions, limit=MAX_ACCESSES + 1)
    access = access_instance(instance)
    head = LogReader(instance.engine, instance.scope, access.log.name).head()
    told: dict[str, object] = {
        "accesses": [{"entry": index, "record": signed_part(record)} for index, record in found[:MAX_ACCESSES]],
        "entries": len(entries),
        "log": access.services.log.origin,
        "more": len(found) > MAX_ACCESSES,
        "sessions": len(sessions),
        "treeSize": head.tree_size if head else 0,
    }
    return canonical_json(told) + b"\n"


def request_file(request: BundleRequest) -> bytes:
    """Give `request.json`: the form and the reason that were asked for."""
    told: dict[str, object] = {"redaction": request.redaction if request.parts else "none", "reason": request.reason}
    return canonical_json(told) + b"\n"


def tombstones(instance: Instance, entries: tuple[int, ...]) -> Iterator[bytes]:
    """Give a line for each selected session that the log says was erased: when, why, how much, and by which entry."""
    place = (instance.engine, instance.scope, instance.log.name)
    for index, _, session in sessions_among(*place, entries):
        erasure = erasure_of_session(instance, session)
        if erasure is not None:
            yield canonical_json({"entry": index, "session": session, "state": "erased", "erasure": erasure}) + b"\n"


def derived_files(instance: Instance, stored: StoredAttestation, derive: Derive) -> Iterator[tuple[str, bytes]]:
    """Give (path, bytes) of the derived copies of one session's parts, and of what marks them, in order."""
    folder, lines = f"data/derived/{stored.receipt.index:012}/", []
    session = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate.get("session")
    kind = str(session.get("format", "")) if isinstance(session, dict) else ""
    for place, (part, data) in enumerate(opened_parts(instance, stored)):
        copy = derive(kind, data) if data is not None else None
        told: dict[str, object] = {"name": part.name, "original": f"sha256-salted:{part.commitment.hex()}"}
        if copy is None:
            lines.append(told | {"copy": None})
            continue
        digest, same = hashlib.sha256(copy).hexdigest(), copy == data
        note = "as kept" if same else "derived: it is not what the log commits to"
        lines.append(told | {"copy": f"sha256:{digest}", "profile": "strict", "note": note})
        yield f"{folder}{place:06}.part", copy
    if lines:
        yield f"{folder}derived.jsonl", b"".join(json.dumps(one, sort_keys=True).encode() + b"\n" for one in lines)
