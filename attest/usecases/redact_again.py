"""Texts of a session redacted once more before others read them, by the rules of today; nothing where that fails.

1. known    who is known to stand behind the session: authors of its commits, its runner where that can be disclosed,
            and, for whoever may not read its repository, the repository's own names
2. redact   as at recording, with these names taken out wherever they stand; every text is looked at for names
3. scan     by another engine; a hit is an end, and no text is given

What is not known to name somebody, and looks like no name, stays. A nickname is not found.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, InvalidInput, Quarantined
from attest.ledger.index import KeyKind, index_terms
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.store.actors import salt_of
from attest.usecases.identities import GENERIC_USERS, known_identities
from attest.usecases.quarantine import quarantining
from attest.usecases.read_parts import commit_document_of
from attest.usecases.redaction_settings import read_redaction_settings
from redaction.config import MIN_IDENTITY, Config
from redaction.fields import FieldPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.exemplar import Exemplar
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

MAX_COMMIT_BYTES: Final = 64 * 1024 * 1024
"""Of the kept texts of all commits of a session: they hold the names of their authors, and each is opened."""
_COMMITS: Final = "commits/"
_TEXTS: Final = "text"
_PURPOSE: Final = b"exemplar/"


def redact_again(instance: Instance, one: Exemplar, texts: tuple[str, ...], *, unnamed: bool) -> tuple[str, ...]:
    """Give the texts redacted; `unnamed` takes out what names the session's repositories too. `instance` is of the whole tenant.

    Raises:
        Quarantined: the scan found something, an engine failed, or another number of texts came back.
        InvalidInput: `input.too-large`, the session's commits; `input.malformed`, the operator's `redaction.yaml`.
        Absent, CannotVerify, NotVerified: the session's parts do not open.
    """
    stored = attestations.by_id(instance.engine, instance.scope, one.attestation)
    if stored is None:
        raise Absent("service.not-found", where=one.attestation)
    known = {("PERSON", name) for name in _people(instance, stored)}  # 1
    if unnamed:
        known |= {("REPOSITORY", name) for name in _repository_names(stored)}
    config = _config(instance, known)
    line = json.dumps({_TEXTS: texts}).encode() + b"\n"
    with quarantining():
        from redaction.redactor import Redactor  # noqa: PLC0415 - takes a second

        key = hmac.digest(instance.tenant_secret(), _PURPOSE + one.session.encode(), "sha256")
        redactor = Redactor(config, token_key=key, identities=known_identities(None, ()))
        redacted = b"".join(redactor.redact(lambda: iter((line,))).lines())  # 2 and 3
    return _texts_in(redacted, len(texts))


def _config(instance: Instance, known: set[tuple[str, str]]) -> Config:
    home = instance.settings.home
    fields = FieldPolicy(prose=((_TEXTS, "*"),))
    config = read_redaction_settings(home).applied(Config(fields=fields, cache_dir=home / "cache"))
    told = {(entity, name) for entity, name in known if len(name) >= MIN_IDENTITY}
    return replace(config, denied=tuple(sorted({*config.denied, *told})))


def _people(instance: Instance, stored: StoredAttestation) -> set[str]:
    """Give names and addresses of those whose work or certificate this is, whole, and each part of a name by itself."""
    names = {stored.identity} if "@" in stored.identity else set()
    disclosed = salt_of(instance.engine, instance.scope, stored.identity)
    if disclosed is not None:
        names.add(disclosed[2])
    for part in _commit_parts(instance, stored):
        document = commit_document_of(instance, stored.id, part.removeprefix(_COMMITS))
        if document is not None:
            names |= {document.author_name, document.author_email, document.committer_name}
    parts = {part for name in names for part in (name.partition("@")[0] if "@" in name else name).split()}
    return {name.strip() for name in names | parts if name.strip().lower() not in GENERIC_USERS}


def _commit_parts(instance: Instance, stored: StoredAttestation) -> Iterable[str]:
    parts = attestations.parts_of(instance.engine, instance.scope, stored.id)
    commits = [part for part in parts if part.name.startswith(_COMMITS)]
    if sum(part.size for part in commits) > MAX_COMMIT_BYTES:
        raise InvalidInput("input.too-large", "commits of a session that is shared", expected=f"<= {MAX_COMMIT_BYTES}")
    return tuple(part.name for part in commits)


def _repository_names(stored: StoredAttestation) -> set[str]:
    """Give each repository's address, every part of its path and every run of parts: `host/org/name`, `org/name`, `org`."""
    found: set[str] = set()
    terms = index_terms(parse_statement(parse_envelope(stored.leaf.envelope).payload).document)
    for uri in (value for kind, value in terms if kind is KeyKind.REPOSITORY):
        parts = uri.rpartition("://")[2].removeprefix("git+file:").split("/")
        found |= {"/".join(parts[first:last]) for last in range(1, len(parts) + 1) for first in range(last)}
    return found


def _texts_in(line: bytes, count: int) -> tuple[str, ...]:
    try:
        found = json.loads(line)[_TEXTS]
    except (ValueError, KeyError, TypeError) as err:
        raise Quarantined("redaction.failed", "texts came back in another form") from err
    if not isinstance(found, list) or len(found) != count or not all(isinstance(one, str) for one in found):
        raise Quarantined("redaction.failed", "another number of texts came back")
    return tuple(found)
