"""From what was typed to the question of an evidence bundle: commits, sessions, or a span of time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.evidence.bundle.question import MAX_VALUES, Asked, Question
from attest.git import Repository
from attest.model.population import attestation_of
from attest.model.population_rows import rows_bytes
from attest.model.times import read_moment, rfc3339_seconds
from attest.store import attestations
from attest.usecases.find import resolve_commit
from attest.usecases.populations import load_population
from attest.usecases.receipts import bundle_of
from attest.usecases.verify import POLICY_FILE
from attest.usecases.verify_range import range_commits, range_ends

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from attest.usecases.instance import Instance

_INCIDENT: Final = "--from, --to and --reason, without --since and --until"
POPULATION_ROWS: Final = "data/population.jsonl"
POPULATION_BUNDLE: Final = "data/population.sigstore.json"
_OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_SIZE: Final = re.compile(r"([1-9][0-9]{0,14})([KMG])?", re.ASCII)
_ONE: Final = "one of a commit or range, --session, --population, or --since/--until"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """A question, and what goes with it."""

    question: Question
    since: int | None = None
    until: int | None = None
    policy: bytes | None = None
    """The policy file at the newest commit asked for; None where there is none, or no clone."""
    beside: Mapping[str, bytes] = field(default_factory=dict)
    """Further files of the bundle, by path."""


def ask(
    instance: Instance,
    revision: str | None,
    *,
    sessions: tuple[str, ...],
    span: tuple[str | None, str | None],
    folder: Path,
) -> AskedFor:
    """Give the question of a command line.

    Raises:
        InvalidInput: none or several of the three ways were used, or something in it does not parse.
        Absent: `service.not-found`, nobody knows that commit.
    """
    if (revision is not None) + bool(sessions) + (span != (None, None)) != 1:
        raise InvalidInput("input.usage", "a bundle answers one question", expected=_ONE)
    if sessions:
        if not all(one.startswith("ses_") for one in sessions):
            raise InvalidInput("input.usage", "this is not a session", expected="ses_…")
        return AskedFor(question=Question(kind=Asked.SESSIONS, values=tuple(dict.fromkeys(sessions))))
    if revision is not None:
        return _commits(instance, revision, folder)
    since, until = (_moment(one) for one in span)
    question = Question(kind=Asked.INTERVAL, since=_text(since), until=_text(until))
    return AskedFor(question=question, since=_seconds(since), until=_seconds(until))


def ask_population(instance: Instance, name: str, *, beside: tuple[str | None, ...] = ()) -> AskedFor:
    """Give the question of a saved query: its commits as they were found then, with its rows and its signed statement.

    Raises:
        Absent, CannotVerify, NotVerified: as for `load_population`.
        InvalidInput: it is not of commits, has none, or has too many; or something was asked for `beside` it.
    """
    if any(beside):
        raise InvalidInput("input.usage", "a bundle answers one question", expected=_ONE)
    saved = load_population(instance, name)
    oids = tuple(row.id for row in saved.rows)
    if not oids or len(oids) > MAX_VALUES or not all(_OID.fullmatch(oid) for oid in oids):
        expected = f"a population of 1 to {MAX_VALUES} commits"
        raise InvalidInput("input.usage", "a bundle is of commits", expected=expected, where=saved.id)
    stored = attestations.by_id(instance.engine, instance.scope, attestation_of(saved.id))
    files = {POPULATION_ROWS: rows_bytes(saved.rows)}
    if stored is not None:
        files[POPULATION_BUNDLE] = bundle_of(stored)
    return AskedFor(question=Question(kind=Asked.COMMITS, values=oids, asked=saved.id), beside=files)


def incident_span(
    span: tuple[str | None, str | None], incident: tuple[str | None, str | None], reason: str
) -> tuple[str | None, str | None]:
    """Give the span of time asked for; an incident is named by both ends and a reason.

    Raises:
        InvalidInput: both ways were used, or something of the incident is missing.
    """
    if incident == (None, None):
        return span
    if span != (None, None) or None in incident or not reason.strip():
        raise InvalidInput("input.usage", "an incident has a beginning, an end and a reason", expected=_INCIDENT)
    return incident


def size_of(text: str | None) -> int | None:
    """Give the bytes of a size such as 700M or 4G; None for none.

    Raises:
        InvalidInput: it is no size.
    """
    found = _SIZE.fullmatch(text) if text is not None else None
    if text is not None and found is None:
        raise InvalidInput("input.usage", "this is no size", expected="bytes, or a number and K, M or G")
    return int(found[1]) * 1024 ** " KMG".index(found[2] or " ") if found else None


def _commits(instance: Instance, revision: str, folder: Path) -> AskedFor:
    try:
        repository: Repository | None = Repository.open(folder)
    except InvalidInput:
        if ".." in revision:
            raise
        repository = None  # a full id needs no clone
    if ".." in revision and repository is not None:
        oids = range_commits(repository, *range_ends(repository, revision))
    else:
        oids = (resolve_commit(instance, revision, repository),)
    if len(oids) > MAX_VALUES:
        raise InvalidInput("input.too-large", "a range of commits", expected=f"<= {MAX_VALUES}")
    known = repository is not None and repository.has_commit(oids[0])
    policy = repository.tree_blob(oids[0], POLICY_FILE) if repository is not None and known else None
    return AskedFor(question=Question(kind=Asked.COMMITS, values=oids, asked=revision), policy=policy)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return read_moment(text)
    except ValueError as err:
        raise InvalidInput(
            "input.usage", "this is not a moment", expected="RFC 3339, such as 2026-10-01T00:00:00Z"
        ) from err


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339_seconds(moment)


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
