"""Work off what the hooks left in a clone: record sessions with the commits that were seen, send what is to be sent.

1. lock     one run at a time in a clone
2. read     the spool's lines, put in order; transcripts that the agent still has, copied again where they grew
3. decide   which commits are which session's; what only looks like it is looked up in the transcript
4. record   each copy that is new or has new commits (`record`, source `hook`); then the copy is left sealed
5. note     rewrites, carried over as links at once, and kept for a later `carry`; pauses and silence as gaps
6. send     signed bundles to the service, where one is named; what cannot be sent stays queued
7. tidy     copies and lines whose time is over

A run that is cut off loses nothing: copies, lines and queue stay until what was made of them is logged.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.capture.spool.folder import KEEP_S, SpoolFolder, real_folders, require_spool, spool_key_name
from attest.capture.spool.known_places import transcript_of
from attest.capture.spool.witness import witness
from attest.capture.transcript import Transcript
from attest.errors import AttestError
from attest.model.capture_note import CaptureNote, CaptureSource, HookWitness
from attest.store.durable import replace_file
from attest.usecases.carry import MAX_PAIRS, CarryRequest, carry
from attest.usecases.commit_context import MAX_COMMITS
from attest.usecases.heartbeat import beat
from attest.usecases.pause import log_pauses
from attest.usecases.record import RecordRequest, record
from attest.usecases.seen_commits import decide_commits
from attest.usecases.send import SendReport, queue_bundle, send_queued

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attest.capture.spool.folder import Copy
    from attest.capture.spool.witness import SeenSession, Witness
    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance

KEY_BYTES: Final = 32
LOOK_BACK_S: Final = 7 * 24 * 3600
"""A commit that no session could be shown to have made is looked up again for this long: a transcript may still come."""
REWRITES: Final = "rewrites.txt"
"""Pairs `old new`, one a line, as git's post-rewrite hook gives them; `carry --pairs` reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedSession:
    """One session of this run."""

    key: str
    receipt: Receipt | None
    """None when it could not be recorded: its copy stays, sealed."""
    commits: tuple[str, ...] = ()
    new: bool = False
    """Whether this run made the entry."""
    failed: str = ""
    """Catalogue code of why not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a run did."""

    busy: bool = False
    """Another run was at work, and this one was not to wait."""
    sessions: tuple[SyncedSession, ...] = ()
    without_transcript: tuple[str, ...] = ()
    """Sessions that hooks saw and of which no transcript is or was there."""
    undecided: tuple[str, ...] = ()
    """Commits that were seen being made and that more than one session, or none, can be shown to have made."""
    gone: tuple[str, ...] = ()
    """Commits that were seen being made and that the clone has no more."""
    rewrites: int = 0
    """Pairs that git told the hook of."""
    carried: tuple[Receipt, ...] = ()
    """Statements of links carried over to what commits became."""
    unread_lines: int = 0
    gaps: tuple[Receipt, ...] = ()
    sent: SendReport = field(default_factory=SendReport)


def sync(
    instance: Instance,
    repository: Repository,
    *,
    home: Path | None = None,
    wait: Callable[[float], object],
    may_wait: bool = True,
) -> SyncReport:
    """Work off the spool of a clone; again is harmless. `may_wait`: wait for another run to end, or leave it to that one.

    `home` is the person's home, where agents keep transcripts that they gave no path for; None looks for none.

    Raises:
        InvalidInput: `init.missing`, there are no hooks in this clone.
    """
    folder = repository.common_dir / "whereof"
    require_spool(folder)
    (folder / "spool").mkdir(mode=0o700, exist_ok=True)
    with _one_at_a_time(folder / "spool" / "sync.lock", may_wait=may_wait) as held:  # 1
        if not held:
            return SyncReport(busy=True)
        report = _Run(instance, repository, folder, home).work()
    return replace(report, sent=send_queued(instance, repository, wait=wait))  # 6


class _Run:
    def __init__(self, instance: Instance, repository: Repository, folder: Path, home: Path | None) -> None:
        name = spool_key_name(instance.scope.tenant)
        key = instance.keys.load(name) or instance.keys.create(name, instance.entropy.bytes(KEY_BYTES))
        self._instance = instance
        self._repository = repository
        self._folder = folder
        self._home = home
        self._spool = SpoolFolder(folder / "spool", key)
        self._state = self._spool.state()
        self._sides: tuple[Copy, ...] = ()

    def work(self) -> SyncReport:
        self._spool.sweep()
        lines = self._spool.read()  # 2
        seen = witness(real_folders(lines.lines))
        for session in seen.sessions:
            transcript = session.transcript or (transcript_of(session, self._home) if self._home else "")
            if transcript:
                self._spool.take_newer(session.key, transcript)
        copies = self._spool.copies()
        decided = decide_commits(  # 3
            self._repository, seen, self._spool, known=self._known(), since=self._now() - LOOK_BACK_S
        )
        by_key = {session.key: session for session in seen.sessions}
        self._sides = tuple(copy for copy in copies if copy.side)
        done = [
            self._session(copy, by_key.get(copy.key), decided.by_session.get(copy.key, {}))  # 4
            for copy in copies
            if not copy.side
        ]
        for copy in self._sides:
            self._spool.close(copy)
        self._spool.keep_state(self._state)
        rewrites = self._note_rewrites(seen)  # 5
        carried = self._carry(seen) if rewrites else ()
        gaps = (*log_pauses(self._instance, self._repository), *beat(self._instance, self._repository))
        for receipt in (*carried, *gaps):
            queue_bundle(self._instance, receipt)
        self._tidy(seen, copies)  # 7
        have = {copy.key for copy in copies} | {key for key, row in self._state.items() if row.get("attestation")}
        return SyncReport(
            sessions=tuple(done),
            without_transcript=tuple(key for key in by_key if key not in have),
            undecided=decided.undecided,
            gone=decided.gone,
            rewrites=rewrites,
            carried=carried,
            unread_lines=lines.unread,
            gaps=gaps,
        )

    def _session(self, copy: Copy, seen: SeenSession | None, found: dict[str, str]) -> SyncedSession:
        row = self._state.setdefault(copy.key, {})
        earlier = row.get("commits")
        evidence = (earlier if isinstance(earlier, dict) else {}) | found
        commits = tuple(oid for oid in evidence if self._repository.has_commit(oid))[-MAX_COMMITS:]
        try:
            sides = tuple(side for side in self._sides if side.key == copy.key)
            name = copy.key.removeprefix(f"{seen.agent}-") if seen else copy.key
            plain = self._spool.lay_out(copy, name, sides)
            beside = sorted(plain.parent.glob(f"{name}/subagents/*")) if sides else []
            mark = _mark((plain, *beside), commits)
            done = row.setdefault("done", {})
            if isinstance(done, dict) and done.get(copy.name) == mark:
                return SyncedSession(key=copy.key, receipt=None, commits=commits)
            receipt = self._record(plain, commits, seen, evidence)
        except AttestError as err:
            return SyncedSession(key=copy.key, receipt=None, commits=commits, failed=err.code)
        finally:
            self._spool.close(copy)
        row["commits"] = {oid: evidence[oid] for oid in commits}
        row["attestation"] = receipt.attestation
        if isinstance(done, dict):
            done[copy.name] = mark
        # What follows may be cut off: this session's work is done, and is not done twice.
        self._spool.keep_state(self._state)
        return SyncedSession(key=copy.key, receipt=receipt, commits=commits, new=True)

    def _record(
        self, plain: Path, commits: tuple[str, ...], seen: SeenSession | None, evidence: dict[str, str]
    ) -> Receipt:
        request = RecordRequest(
            transcript=Transcript.open(plain),
            repository=self._repository,
            commits=commits,
            capture=CaptureNote(
                source=CaptureSource.HOOK,
                recorded=frozenset(commits),
                witness=None if seen is None else _witness(seen, {oid: evidence[oid] for oid in commits}),
            ),
        )
        receipt = record(request, self._instance, on_step=lambda _: None)
        queue_bundle(self._instance, receipt)
        return receipt

    def _known(self) -> frozenset[str]:
        rows = (row.get("commits") for row in self._state.values())
        return frozenset(oid for commits in rows if isinstance(commits, dict) for oid in commits)

    def _now(self) -> int:
        return int(self._instance.clock.now().timestamp())

    def _note_rewrites(self, seen: Witness) -> int:
        if seen.rewrites:
            path = self._folder / REWRITES
            known = path.read_text(encoding="ascii").splitlines() if path.exists() else []
            pairs = dict.fromkeys([*known, *(f"{old} {new}" for old, new in seen.rewrites)])
            replace_file(path, ("\n".join(pairs) + "\n").encode())
        return len(seen.rewrites)

    def _carry(self, seen: Witness) -> tuple[Receipt, ...]:
        pairs = tuple(dict.fromkeys(seen.rewrites))[:MAX_PAIRS]
        request = CarryRequest(repository=self._repository, new=None, pairs=pairs)
        try:
            return carry(request, self._instance).receipts
        except AttestError:
            return ()  # the pairs stay in the file: `carry --pairs` says what is wrong with them

    def _tidy(self, seen: Witness, copies: tuple[Copy, ...]) -> None:
        over = self._now() - KEEP_S
        last = {session.key: session.last_at for session in seen.sessions}
        for copy in copies:
            row = self._state.get(copy.key, {})
            # What was never recorded is never thrown away.
            if last.get(copy.key, 0) < over and row.get("attestation") and self._spool.older(copy, over):
                self._spool.drop(copy)
        for session in seen.sessions:
            if session.ended or session.last_at < over:
                self._spool.forget_active(session.key)
        self._spool.drop_events_before(over - KEEP_S)


def _witness(seen: SeenSession, evidence: dict[str, str]) -> HookWitness:
    return HookWitness(
        turns=seen.turns,
        lines=seen.lines,
        first=datetime.fromtimestamp(seen.first_at, UTC),
        last=datetime.fromtimestamp(seen.last_at, UTC),
        evidence=evidence,
    )


def _mark(paths: tuple[Path, ...], commits: tuple[str, ...]) -> str:
    """Give what tells one piece of work from another: the bytes and the commits."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(b"\0" + path.name.encode() + b"\0" if len(paths) > 1 else b"")
        with path.open("rb") as file:
            while block := file.read(1024 * 1024):
                digest.update(block)
    digest.update("\0".join(sorted(commits)).encode())
    return digest.hexdigest()


@contextmanager
def _one_at_a_time(path: Path, *, may_wait: bool) -> Iterator[bool]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if may_wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)
