"""Carries out a plan of `whereof init`, and takes it back: every file as it was, to the byte.

What was there is kept in `<git common dir>/whereof/install.json` before it is changed. A file that somebody changed
since loses only our part of it, and that is said.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.capture.hook.config_json import without_hooks
from attest.capture.hook.dispatcher import is_ours
from attest.errors import InvalidInput
from attest.store.durable import replace_file
from attest.usecases.hooks_plan import Edit, EditKind, Plan, hooks_path_lines

if TYPE_CHECKING:
    from attest.git import Repository

MANIFEST: Final = "install.json"
_KEPT: Final = ("receipts", "bundles", "spool", "replaced", "pauses.jsonl", "rewrites.txt", "heartbeats.jsonl")
"""What outlives the hooks: it moves to `$WHEREOF_HOME`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What `uninstall` did."""

    restored: tuple[str, ...]
    """Files that are as they were before `init`."""
    edited: tuple[str, ...]
    """Files that somebody changed since: only our entries were taken out."""
    left: tuple[str, ...]
    """Files that are no longer ours, and were left alone."""
    kept_in: Path | None
    """Where receipts and what was not synchronised yet went; None when there was nothing."""


def installed(repository: Repository) -> dict[str, dict[str, object]]:
    """Give what an earlier `init` noted, by absolute path; empty when there was none."""
    return _manifest(repository.common_dir / "whereof")["files"]


def apply_plan(plan: Plan, *, program: str) -> tuple[str, ...]:
    """Write what was planned and give the paths written; `program` is the Python that `sync` is started with."""
    folder = plan.whereof_dir
    folder.mkdir(parents=True, exist_ok=True)
    _write_own(plan, program)
    state = _manifest(folder)
    for edit in plan.edits:
        if edit.changes:
            _note(state, edit)
    # First what was there, then the change: a crash in between leaves a note too many, never one too few.
    _keep(folder, state)
    written = [str(edit.path) for edit in plan.edits if edit.changes]
    for edit in plan.edits:
        if edit.changes:
            _write(edit, folder)
    return tuple(written)


def remove_hooks(repository: Repository, home: Path) -> Removed:
    """Take everything of `init` out of the clone; receipts and unsynchronised notes move below `home`."""
    folder = repository.common_dir / "whereof"
    state = _manifest(folder)
    restored: list[str] = []
    edited: list[str] = []
    left: list[str] = []
    for name, row in state["files"].items():
        outcome = _restore(Path(name), row, folder)
        {"restored": restored, "edited": edited, "left": left}[outcome].append(name)
    for name in sorted(state["folders"], key=len, reverse=True):
        if Path(name).is_dir() and not any(Path(name).iterdir()):
            Path(name).rmdir()
    kept = _move_kept(folder, home)
    if folder.is_dir():
        shutil.rmtree(folder)
    return Removed(restored=tuple(restored), edited=tuple(edited), left=tuple(left), kept_in=kept)


def hook_script(name: str = "whereof-hook.sh") -> bytes:
    """Give the bytes of a hook as it is shipped."""
    return (resources.files("attest.capture.hook") / name).read_bytes()


def _write_own(plan: Plan, program: str) -> None:
    replace_file(plan.whereof_dir / "hook", hook_script(), mode=0o755)
    replace_file(plan.whereof_dir / "hook.ps1", hook_script("whereof-hook.ps1"), mode=0o644)
    replace_file(plan.whereof_dir / "sync", program.encode() + b"\n", mode=0o644)
    for name, script in plan.own_hooks:
        replace_file(plan.whereof_dir / "hooks" / name, script, mode=0o755)


def _manifest(folder: Path) -> dict[str, dict]:  # type: ignore[type-arg]  # our own file, written below
    try:
        state = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        return {"version": {"is": 1}, "files": {}, "folders": {}}
    except ValueError as err:
        raise InvalidInput("input.malformed", "what `init` noted does not parse", where=str(folder / MANIFEST)) from err
    if not isinstance(state, dict) or not isinstance(state.get("files"), dict):
        raise InvalidInput("input.malformed", "what `init` noted does not parse", where=str(folder / MANIFEST))
    return state


def _keep(folder: Path, state: dict[str, dict]) -> None:  # type: ignore[type-arg]
    replace_file(folder / MANIFEST, json.dumps(state, indent=1, sort_keys=True).encode() + b"\n", mode=0o600)


def _note(state: dict[str, dict], edit: Edit) -> None:  # type: ignore[type-arg]
    name = str(edit.path)
    row = state["files"].get(name)
    digest = hashlib.sha256(edit.after).hexdigest()
    if row is not None and edit.moved_to is None and _unchanged_since(row, edit):
        row["after"] = digest
        return
    before = _original(edit)
    state["files"][name] = {
        "kind": edit.kind.value,
        "before": None if before is None else base64.b64encode(before).decode(),
        "mode": None if edit.before is None else edit.path.stat().st_mode & 0o777,
        "after": digest,
        "moved_to": None if edit.moved_to is None else str(edit.moved_to),
    }
    for parent in edit.path.parents:
        if parent.exists():
            break
        state["folders"][str(parent)] = True
    if edit.moved_to is not None and not edit.moved_to.parent.exists():
        state["folders"][str(edit.moved_to.parent)] = True


def _unchanged_since(row: dict[str, object], edit: Edit) -> bool:
    if edit.kind is EditKind.GIT_HOOK:
        return True
    return edit.before is not None and hashlib.sha256(edit.before).hexdigest() == row["after"]


def _original(edit: Edit) -> bytes | None:
    """Give what the file holds apart from entries of ours, which an earlier `init` may have left."""
    if edit.before is None or edit.kind is not EditKind.AGENT:
        return edit.before
    return without_hooks(edit.before, where=str(edit.path)) if b"/whereof/hook" in edit.before else edit.before


def _write(edit: Edit, folder: Path) -> None:
    if edit.moved_to is not None:
        edit.moved_to.parent.mkdir(parents=True, exist_ok=True)
        if edit.moved_to.exists():  # an older chained hook, which the one that stands there now came in place of
            _set_aside(edit.moved_to, folder)
        _move(edit.path, edit.moved_to)
    replace_file(edit.path, edit.after, mode=edit.mode)


def _move(source: Path, target: Path) -> None:
    """Rename a hook; a relative link is written anew where its folder changes, so that it leads to the same file."""
    link = source.readlink() if source.is_symlink() else None
    if link is not None and not link.is_absolute() and source.parent != target.parent:
        target.symlink_to(os.path.relpath(source.parent / link, target.parent))
        source.unlink()
    else:
        source.rename(target)


def _set_aside(path: Path, folder: Path) -> None:
    place = folder / "replaced"
    place.mkdir(exist_ok=True)
    number = sum(1 for _ in place.iterdir())
    shutil.move(str(path), place / f"{number}-{path.name}")


def _restore(path: Path, row: dict[str, object], folder: Path) -> str:
    kind = EditKind(str(row["kind"]))
    moved = Path(str(row["moved_to"])) if row.get("moved_to") else None
    try:
        current: bytes | None = path.read_bytes()
    except OSError:
        current = None
    if kind is EditKind.GIT_HOOK:
        return _restore_hook(path, current, moved, folder)
    before = None if row["before"] is None else base64.b64decode(str(row["before"]))
    if current is not None and hashlib.sha256(current).hexdigest() == row["after"]:
        _put_back(path, before, row.get("mode"))
        return "restored"
    if current is None:
        return "left"
    return _take_out(path, current, kind, folder, had_file=before is not None)


def _restore_hook(path: Path, current: bytes | None, moved: Path | None, folder: Path) -> str:
    if current is not None and not is_ours(current):
        # A hook manager wrote its own over ours: that is what stands now. What was chained is kept beside the receipts.
        if moved is not None and moved.exists():
            _set_aside(moved, folder)
        return "left"
    if moved is not None and (moved.exists() or moved.is_symlink()):
        path.unlink(missing_ok=True)
        _move(moved, path)
    else:
        path.unlink(missing_ok=True)
    return "restored"


def _take_out(path: Path, current: bytes, kind: EditKind, folder: Path, *, had_file: bool) -> str:
    if kind is EditKind.AGENT:
        try:
            clean = without_hooks(current, where=str(path))
        except InvalidInput:
            return "left"
        if clean is None and not had_file:
            path.unlink()
        else:
            replace_file(path, clean if clean is not None else b"{}\n", mode=path.stat().st_mode & 0o777)
        return "edited"
    if kind is EditKind.GIT_CONFIG:
        replace_file(path, current.replace(hooks_path_lines(folder), b""), mode=path.stat().st_mode & 0o777)
        return "edited"
    return "left"


def _put_back(path: Path, before: bytes | None, mode: object) -> None:
    if before is None:
        path.unlink()
    else:
        replace_file(path, before, mode=mode if isinstance(mode, int) else 0o644)


def _move_kept(folder: Path, home: Path) -> Path | None:
    found = [name for name in _KEPT if (folder / name).exists()]
    if not found:
        return None
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    target = home / "clones" / name
    number = 0
    while target.exists():
        number += 1
        target = home / "clones" / f"{name}-{number}"
    target.mkdir(parents=True, mode=0o700)
    for one in found:
        shutil.move(str(folder / one), target / one)
    return target
