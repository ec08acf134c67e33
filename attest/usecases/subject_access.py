"""Everything that is held about a person, as JSON lines: for whoever asks what is held about them.

1. name      pseudonyms by the name that an issuer knows; a pseudonym stands for itself
2. record    that the texts are opened, in the access log, with its purpose: else nothing is given
3. give      the disclosure, roles and credentials, every statement the person signed, the texts of every session they
             recorded, who read those, and what they read themselves

What others wrote about the person inside their own sessions is found by `whereof search`, not by this.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, AttestError
from attest.model.machine_summary import summary_json
from attest.model.plain import to_plain
from attest.model.statement import parse_statement
from attest.model.times import rfc3339
from attest.signing.dsse import parse_envelope
from attest.store import actors, attestations
from attest.store.access_records import accesses_by, accesses_of
from attest.store.credentials import credentials_of
from attest.store.exemplars import exemplars_of_session
from attest.store.log_reader import LogReader
from attest.store.sessions import native_of, recordings_of, sessions_of_identity
from attest.store.signed_by import attestations_of_identity
from attest.usecases.access_log import Access, AccessLog
from attest.usecases.actors import disclose
from attest.usecases.erased import erasure_of_session
from attest.usecases.exemplars import why_of
from attest.usecases.kept_summaries import kept_summary
from attest.usecases.read_parts import open_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.usecases.instance import Instance

MAX_ACCESSES: Final = 10_000
PURPOSE: Final = "subject access: everything held about one person"
Line = dict[str, object]


def export_subject(instance: Instance, subject: str, *, by: str) -> Iterator[Line]:
    """Yield what is held about a person, named by a pseudonym (`https://…`) or by the name that an issuer knows.

    Raises:
        Absent: `service.not-found`: nobody of that name is known here.
        Refused: `service.access-log`: the opening could not be recorded; nothing is given.
    """
    uris = pseudonyms_of(instance, subject)
    _recorded(instance, subject, uris, by)
    yield {"kind": "about", "subject": subject, "pseudonyms": list(uris), "at": rfc3339(instance.clock.now())}
    for uri in uris:
        yield from _identity(instance, uri)
        for session in sessions_of_identity(instance.engine, instance.scope, uri):
            yield from _session(instance, session)
    for index, record in accesses_by(instance.engine, instance.scope, uris, limit=MAX_ACCESSES):
        yield {"kind": "read-by-them", "entry": index, "record": record}
    if instance.follows is not None:
        yield {"kind": "log-before", "log": instance.follows, "read": False}
    yield {"kind": "end"}


def pseudonyms_of(instance: Instance, subject: str) -> tuple[str, ...]:
    """Give the identities that a name stands for.

    Raises:
        Absent: `service.not-found`.
    """
    if subject.startswith("https://"):
        known = next(iter(attestations_of_identity(instance.engine, instance.scope, subject)), None) is not None
        found: tuple[str, ...] = (subject,) if known or _disclosed(instance, subject) else ()
    else:
        found = actors.uris_of_subject(instance.engine, instance.scope, subject)
    if not found:
        raise Absent("service.not-found", where="the subject")
    return found


def _recorded(instance: Instance, subject: str, uris: tuple[str, ...], by: str) -> None:
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    log = AccessLog(instance)
    try:
        log.write(
            Access(
                who=by,
                right="evidence.export",
                purpose=PURPOSE,
                query=f"subject access {subject}",
                session=None,
                attestation=None,
                rows=len(uris),
                tree_size=head.tree_size if head else 0,
                address="loopback",
            )
        )
    finally:
        log.close()


def _identity(instance: Instance, uri: str) -> Iterator[Line]:
    told = _disclosed(instance, uri)
    yield {"kind": "identity", "uri": uri, "disclosure": told}
    for credential in credentials_of(instance.engine, instance.scope, uri):
        yield {
            "kind": "credential",
            "id": credential.id,
            "type": credential.kind,
            "roles": [grant.role.value for grant in credential.grants],
            "created_at": credential.created_at,
            "expires_at": credential.expires_at,
        }
    for row in attestations_of_identity(instance.engine, instance.scope, uri):
        payload = parse_envelope(row.leaf.envelope).payload
        yield {
            "kind": "statement",
            "attestation": row.id,
            "entry": row.receipt.index,
            "recorded_at": row.recorded_at,
            "statement": dict(parse_statement(payload).document),
        }


def _session(instance: Instance, session: str) -> Iterator[Line]:
    native = native_of(instance.engine, instance.scope, session)
    erased = erasure_of_session(instance, session)
    yield {"kind": "session", "session": session, "agents_id": list(native or ()), "erased": erased}
    for attestation, _ in recordings_of(instance.engine, instance.scope, session):
        for part in attestations.parts_of(instance.engine, instance.scope, attestation):
            yield {"kind": "part", "session": session, "attestation": attestation, "name": part.name} | _text(
                instance, attestation, part.name
            )
    yield from _machine_summary(instance, session)
    yield from _exemplars(instance, session)
    for index, record in accesses_of(instance.engine, instance.scope, (session,), limit=MAX_ACCESSES):
        yield {"kind": "read-of-theirs", "entry": index, "record": record}


def _exemplars(instance: Instance, session: str) -> Iterator[Line]:
    for one in exemplars_of_session(instance.engine, instance.scope, session):
        line: Line = {"kind": "exemplar", **to_plain(replace(one, why=None))}
        try:
            yield line | {"sentence": why_of(instance, one)}
        except AttestError as err:
            yield line | {"sentence": None, "why": err.code}


def _machine_summary(instance: Instance, session: str) -> Iterator[Line]:
    line: Line = {"kind": "machine-summary", "session": session}
    try:
        found = kept_summary(instance, session)
    except AttestError as err:
        yield line | {"summary": None, "why": err.code}
    else:
        if found is not None:
            yield line | {"summary": summary_json(found)}


def _text(instance: Instance, attestation: str, name: str) -> Line:
    try:
        data = open_parts(instance, attestation, name.__eq__)[name]
    except AttestError as err:
        return {"text": None, "why": err.code}
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _disclosed(instance: Instance, uri: str) -> Line | None:
    try:
        return disclose(instance, uri).to_json()
    except Absent:
        return None


def line_of(line: Line) -> str:
    """Give a line as it is written."""
    return json.dumps(line, sort_keys=True) + "\n"
