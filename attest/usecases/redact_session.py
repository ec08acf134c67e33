"""Steps 3 and 4 of `record`: the redacted transcript, sealed in parts as it streams, and the session read from it.

The session is derived from the redacted bytes, never from the original: whoever may open the parts can derive it
again. The texts of the commits go through the same redaction, so a value found in one place is replaced in all.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from attest.capture.reader import read_session
from attest.errors import InvalidInput
from attest.model.admin_keys import KeyRole
from attest.model.keeping import KEEP_ALL, Keeping
from attest.model.parts import derive_token_key
from attest.usecases.begin_redaction import redaction_config, session_lines
from attest.usecases.identities import known_identities
from attest.usecases.quarantine import quarantining
from attest.usecases.redaction_statement import redaction_document
from attest.usecases.secret_prints import secrets_of
from attest.usecases.withheld import withheld_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attest.capture.transcript import Transcript
    from attest.git import Repository
    from attest.model.session import Session
    from attest.model.withheld import Withheld
    from attest.usecases.commit_context import CommitContext
    from attest.usecases.instance import Instance
    from redaction.records import OpenLines
    from redaction.redactor import AnyRedaction, Redactor
    from redaction.report import Report

PART_BYTES: Final = 1024 * 1024
"""Transcript parts are cut at the record that reaches this size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitText:
    """The redacted texts of one commit."""

    message: str
    diff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedSession:
    """What may leave the machine."""

    session: Session
    commits: dict[str, CommitText]
    """By oid."""
    report: Report
    places: dict[str, object]
    """The part `redaction`: where something was taken out, and its token."""
    account: dict[str, object] = field(default_factory=dict)
    """What the statement's extensions say of the redaction; set once it is known what is kept."""
    withheld: tuple[Withheld, ...] = field(default=(), repr=False)
    """Values that are to be proved later. They never leave this machine; see `attest.usecases.withheld`."""
    values: dict[str, str] = field(default_factory=dict, repr=False)
    """By token, the values for the vault; empty where there is none."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Distinct values that may be secrets, for their keyed fingerprints; personal data is not among them."""


def make_redactor(
    instance: Instance,
    session_id: str,
    repository: Repository | None,
    commits: tuple[CommitContext, ...],
    *,
    format: str,  # noqa: A002
    keeping: Keeping = KEEP_ALL,
) -> Redactor:
    """Build the redactor of one session: its token key is derived from a secret that is on disk already.

    `format` chooses which fields of the transcript are kept by their shape or dropped unread.
    """
    key = session_token_key(instance, session_id)
    return session_redactor(
        instance.settings.home, key, repository, commits, format=format, keeping=keeping, again=True
    )


def session_token_key(instance: Instance, session_id: str) -> bytes:
    """Give the key of a session's tokens."""
    return derive_token_key(instance.secrets.at_birth(KeyRole.REDACTION, session_id), session_id)


def session_redactor(
    home: Path,
    token_key: bytes,
    repository: Repository | None,
    commits: tuple[CommitContext, ...],
    *,
    format: str,  # noqa: A002
    keeping: Keeping,
    again: bool = False,
) -> Redactor:
    """Build a redactor with what an instance's folder says, under any token key: the same for recording and preview.

    `again` says that the same session may come again under this key.

    Raises:
        InvalidInput: a file of the operator's cannot be carried out as written.
        Quarantined: an engine, a model or a rule does not load, or is not the one expected.
    """
    config = redaction_config(home, format=format, keeping=keeping, again=again)
    with quarantining():
        from redaction.redactor import Redactor  # noqa: PLC0415 - takes a second; often it began early

        return Redactor(config, token_key=token_key, identities=known_identities(repository, commits))


def redact_session(
    redact: Callable[[OpenLines], AnyRedaction],
    transcript: Transcript,
    commits: tuple[CommitContext, ...],
    keep: Callable[[str, bytes], None],
    *,
    label: str | None,
    keeping: Keeping,
) -> RedactedSession:
    """Redact a transcript and its commits' texts with `redact`; `keep(name, bytes)` takes each transcript part when full.

    `label` is the format the caller claims: it is recorded as a claim, and the content decides.

    Raises:
        Quarantined: the second scan hit, or an engine or limit failed; what was kept so far must be thrown away.
        InvalidInput: the transcript is not of a format that is known.
    """
    with quarantining():
        cut = not transcript.ends_with_newline()
        redaction = redact(session_lines(transcript, commits))
        taken = _take(redaction, len(commits), keep, cut=cut, label=label)
        values = {s.token: v for s in taken.report.spans if (v := redaction.value(s.token)) is not None}
        return replace(
            taken,
            withheld=withheld_of(redaction, keeping.commit),
            values=values if keeping.vault else {},
            secrets=secrets_of(taken.report, values),
        )


def _take(
    redaction: AnyRedaction, tail: int, keep: Callable[[str, bytes], None], *, cut: bool, label: str | None
) -> RedactedSession:
    """Read the session; `cut` says that the transcript ends in the middle of a line, as one still being written does."""
    cutter = _PartCutter(keep)
    texts: deque[bytes] = deque()

    def transcript_lines() -> Iterator[bytes]:
        # The commits' texts are the last lines; how many lines come before them redaction alone knows.
        for line in redaction.lines():
            texts.append(line)
            if len(texts) > tail + 1:
                kept = texts.popleft()
                cutter.add(kept)
                yield kept
        if len(texts) > tail:
            last = texts.popleft()
            last = last.removesuffix(b"\n") if cut else last
            cutter.add(last)
            yield last

    session = read_session(transcript_lines(), format=label)
    cutter.finish()
    return RedactedSession(
        session=session,
        commits=dict(_commit_text(line) for line in texts),
        report=redaction.report,
        places=redaction_document(redaction),
    )


def _commit_text(line: bytes) -> tuple[str, CommitText]:
    try:
        record = json.loads(line)
        return record["commit"], CommitText(message=record["message"], diff=record["diff"])
    except (ValueError, KeyError, TypeError) as err:
        raise InvalidInput("input.malformed", "a commit's text came back from redaction in another form") from err


class _PartCutter:
    """Gathers lines into parts of about `PART_BYTES`, cut between records."""

    def __init__(self, keep: Callable[[str, bytes], None]) -> None:
        self._keep = keep
        self._lines: list[bytes] = []
        self._size = 0
        self._count = 0

    def add(self, line: bytes) -> None:
        self._lines.append(line)
        self._size += len(line)
        if self._size >= PART_BYTES:
            self.finish()

    def finish(self) -> None:
        if self._lines:
            self._keep(f"transcript/{self._count:04d}", b"".join(self._lines))
            self._count += 1
            self._lines, self._size = [], 0
