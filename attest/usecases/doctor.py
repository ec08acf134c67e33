"""Doctor: is capture really working here? Each check says against what, and what to do when it does not hold.

What is looked at: this machine's store and clock, the hooks of this clone as they stand on disk, the spool and what
waits in it, and the transcripts that an agent is about to delete. Whether an agent calls its hooks is shown by
`--roundtrip` alone (`doctor_roundtrip`); whether someone works where no hook is, by nothing on this machine.
"""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from attest.capture.hook.agents import AGENTS, MARK
from attest.errors import AttestError
from attest.signing.selftest import own_selftest
from attest.store import attestations
from attest.store.database import reading
from attest.store.guards import require_append_only, require_durable
from attest.usecases.hooks_apply import hook_script
from attest.usecases.hooks_plan import plan_hooks, work_tree
from attest.usecases.list_keys import Standing, ends_soon, list_keys
from attest.usecases.retention import expiring
from attest.usecases.status import published_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attest.git import Repository
    from attest.usecases.instance import Instance

LOW_DISK_BYTES: Final = 1024 * 1024 * 1024
STALE_COPY_S: Final = 24 * 3600
"""A transcript copy that waits longer than a day was not worked off by `sync`."""
QUIET_S: Final = 7 * 24 * 3600


class Health(StrEnum):
    """What one check came to."""

    OK = "ok"
    WARN = "warn"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check, what it was held against, and what to do."""

    check: str
    health: Health
    against: str
    detail: str = ""
    next: str = ""
    """What to do; empty where nothing is to be done."""


def doctor(instance: Instance, repository: Repository | None, home: Path) -> tuple[Finding, ...]:
    """Give the findings, in the order of the path of a session: store, hooks, spool, transcripts, service."""
    found = list(_store(instance))
    if repository is None:
        found.append(_finding("clone", Health.NOT_CHECKED, "no clone here", do="run it inside a clone"))
        return tuple(found)
    found += _hooks(repository)
    found += _spool(instance, repository)
    found.append(_retention(instance, repository, home))
    found.append(_service(instance))
    return tuple(found)


def _store(instance: Instance) -> Iterator[Finding]:
    yield _tried("object store", instance.objects.where, instance.objects.probe)
    database = instance.engine.url.render_as_string(hide_password=True)
    yield _tried("durable", database, partial(require_durable, instance.engine))
    yield _tried("append-only", database, partial(require_append_only, instance.engine))
    with reading(instance.engine) as session:
        head = attestations.head_as_of(session, instance.scope)
    size = published_size(instance)
    behind = size != head.tree_size
    yield _finding(
        "log",
        Health.FAILED if behind else Health.OK,
        f"head {head.tree_size}, published {'not known' if size is None else size}",
        do="run `whereof fsck`" if behind else "",
    )
    yield _tried("verifier", "the vectors it ships", own_selftest)
    yield _private(instance.settings.keys_dir)
    yield from _key_ages(instance)
    free = shutil.disk_usage(instance.settings.home).free
    yield _finding(
        "disk",
        Health.OK if free >= LOW_DISK_BYTES else Health.WARN,
        f"{free // 2**20} MiB free below {instance.settings.home}",
        do="" if free >= LOW_DISK_BYTES else "make room: what cannot be written is not captured",
    )


def _private(folder: Path) -> Finding:
    mode = stat.S_IMODE(folder.stat().st_mode)
    return _finding(
        "keys",
        Health.FAILED if mode & 0o077 else Health.OK,
        f"{folder} is {mode:04o}",
        do=f"chmod 700 {folder}" if mode & 0o077 else "",
    )


def _key_ages(instance: Instance) -> Iterator[Finding]:
    now = instance.clock.now()
    for row in list_keys(instance):
        if row.standing is not Standing.SIGNS:
            continue
        soon, since = ends_soon(row, now), row.begins or row.certificate_begins
        made = f", {_ago((now - since).total_seconds())} old" if since else ""
        until = f", its certificate until {row.certificate_ends:%Y-%m-%d}" if row.certificate_ends else ""
        yield _finding(
            f"key {row.role}",
            Health.FAILED if soon is None else Health.WARN if soon else Health.OK,
            f"generation {row.generation}{made}{until}",
            detail="it signs nothing now" if soon is None else "",
            do="" if soon is False else f"look at the clock, then `whereof keys rotate --role {row.role}`",
        )


def _hooks(repository: Repository) -> Iterator[Finding]:
    folder = repository.common_dir / "whereof"
    if not (folder / "hook").exists():
        yield _finding("hooks", Health.FAILED, str(folder), detail="no hook is installed", do="run `whereof init`")
        return
    same = (folder / "hook").read_bytes() == hook_script()
    yield _finding(
        "hook script",
        Health.OK if same else Health.WARN,
        "the one this version ships",
        detail="" if same else "it is another one",
        do="" if same else "run `whereof init` again",
    )
    yield _entries(repository)
    yield from _agents(work_tree(repository))
    yield _sync_program(folder)


def _entries(repository: Repository) -> Finding:
    """Plan an installation anew: what it would still write is what is missing."""
    try:
        agents = frozenset(one.agent for one in AGENTS if _named_in(work_tree(repository) / one.path))
        plan = plan_hooks(repository, agents=agents or frozenset({"claude-code"}), policy=False, previous=frozenset())
    except AttestError as err:
        return _finding(
            "hook entries", Health.FAILED, "what init would write", detail=str(err), do="see the file named"
        )
    missing = [edit.path.name for edit in plan.edits if edit.changes]
    return _finding(
        "hook entries",
        Health.WARN if missing else Health.OK,
        "what init would write",
        detail=f"differ: {', '.join(missing)}" if missing else "",
        do="run `whereof init` and look at its diff" if missing else "",
    )


def _agents(top: Path) -> Iterator[Finding]:
    names = [one.agent for one in AGENTS if _named_in(top / one.path)]
    missing = [one.agent for one in AGENTS if one.agent not in names]
    detail = f"not hooked: {', '.join(missing)}" if missing else ""
    health = Health.OK if names else Health.FAILED
    yield _finding(
        "agents", health, ", ".join(names) or "none", detail=detail, do="" if names else "run `whereof init`"
    )


def _named_in(path: Path) -> bool:
    try:
        return MARK.encode() in path.read_bytes()
    except OSError:
        return False


def _sync_program(folder: Path) -> Finding:
    try:
        program = (folder / "sync").read_text(encoding="utf-8").strip()
    except OSError:
        program = ""
    works = bool(program) and os.access(program, os.X_OK)
    return _finding(
        "sync program",
        Health.OK if works else Health.FAILED,
        program or "none is named",
        do="" if works else "run `whereof init` again: hooks start `sync` with it",
    )


def _spool(instance: Instance, repository: Repository) -> Iterator[Finding]:
    folder = repository.common_dir / "whereof"
    if (folder / "paused").exists():
        yield _finding("pause", Health.WARN, "capture is paused, or was", do="`whereof resume` ends it")
    spool = folder / "spool"
    events = sorted(spool.glob("events-*.jsonl")) if spool.is_dir() else []
    now = instance.clock.now().timestamp()
    if not events:
        yield _finding("spool", Health.WARN, str(spool), detail="no hook has written a line yet", do="use --roundtrip")
        return
    last = max(path.stat().st_mtime for path in events)
    quiet = now - last > QUIET_S
    yield _finding(
        "spool",
        Health.WARN if quiet else Health.OK,
        f"last line {_ago(now - last)} ago",
        do="use --roundtrip: is any agent still calling the hook?" if quiet else "",
    )
    copies = [path for path in (spool / "copies").glob("[!.]*") if not path.name.endswith(".sealed")]
    old = [path for path in copies if now - path.stat().st_mtime > STALE_COPY_S]
    yield _finding(
        "transcript copies",
        Health.WARN if old else Health.OK,
        f"{len(copies)} wait in the clear, {len(old)} of them for more than a day",
        do="run `whereof sync` and read what it says" if old else "",
    )
    outbox = instance.settings.home / "outbox"
    waiting = len(list(outbox.glob("*.sigstore.json"))) if outbox.is_dir() else 0
    yield _finding(
        "queue", Health.WARN if waiting else Health.OK, f"{waiting} bundles wait for a service",
        do="run `whereof sync`" if waiting else "",
    )  # fmt: skip


def _retention(instance: Instance, repository: Repository, home: Path) -> Finding:
    soon = expiring(instance, repository, home)
    return _finding(
        "retention",
        Health.WARN if soon else Health.OK,
        f"{len(soon)} transcripts that are not recorded will soon be deleted by their agent",
        detail=", ".join(str(one.path) for one in soon[:3]),
        do="run `whereof import`" if soon else "",
    )


def _service(instance: Instance) -> Finding:
    server = instance.settings.server
    if server is None:
        return _finding("service", Health.NOT_CHECKED, "no $WHEREOF_SERVER: everything stays on this machine")
    return _finding("service", Health.NOT_CHECKED, server, detail="`sync` says whether it answers")


def _tried(check: str, against: str, attempt: Callable[[], object]) -> Finding:
    try:
        attempt()
    except AttestError as err:
        return _finding(check, Health.FAILED, against, detail=str(err), do=err.hint)
    return _finding(check, Health.OK, against)


def _ago(seconds: float) -> str:
    for size, word in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {word}"
    return f"{int(seconds)} seconds"


def _finding(check: str, health: Health, against: str, *, detail: str = "", do: str = "") -> Finding:
    return Finding(check=check, health=health, against=against, detail=detail, next=do)
