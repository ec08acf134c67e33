"""What `whereof init` would write into a clone, worked out whole before anything is written.

1. agents   each agent's configuration with our entries added (`attest.capture.hook.config_json`)
2. git      a dispatcher per hook in the folder that git uses, with what stood there moved aside and chained
3. policy   `.attest/policy.yaml`, only when asked for

A file that cannot be edited without loss stops the plan: nothing is written then.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.capture.hook.agents import AGENTS
from attest.capture.hook.config_json import with_hooks
from attest.capture.hook.dispatcher import (
    ALL_GIT_HOOKS,
    GIT_HOOKS,
    chained_elsewhere,
    chained_here,
    chained_name,
    dispatcher,
    is_ours,
)
from attest.errors import CannotVerify, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.git import Repository

POLICY_PATH: Final = ".attest/policy.yaml"
POLICY: Final = b"""\
# What the gate asks of a change: docs/reference/policy.md. `observe` reports and never fails a build.
version: 1
mode: observe
defaults: {tier: standard, unattributed: report}
tiers:
  - {id: minimal, require: {}}
  - {id: standard, require: {}}
rules:
  - {id: docs, tier: minimal, when: {paths_only: ["docs/**", "*.md", "!AGENTS.md", "!CLAUDE.md"]}}
"""


class EditKind(StrEnum):
    """What is known of a file, for taking our part out again."""

    AGENT = "agent"
    GIT_HOOK = "git-hook"
    GIT_CONFIG = "git-config"
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One file as it is and as it will be."""

    path: Path
    kind: EditKind
    before: bytes | None
    """None: there is no such file."""
    after: bytes
    mode: int
    moved_to: Path | None = None
    """Where the file that stands there goes, unchanged; None when it is edited in place."""

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that `init` will do to one clone."""

    top: Path
    whereof_dir: Path
    edits: tuple[Edit, ...]
    own_hooks: tuple[tuple[str, bytes], ...]
    """Dispatchers that stand in for a folder of hooks beyond the clone: (name, script), below `whereof/hooks`."""
    notes: tuple[str, ...]

    def diff(self) -> str:
        """Give the unified diff of all that changes outside the hook's own folder."""
        return "".join(line for edit in self.edits if edit.changes for line in _diff(edit, self.top))


def plan_hooks(repository: Repository, *, agents: frozenset[str], policy: bool, previous: frozenset[str]) -> Plan:
    """Work out what to write into the work tree that holds `repository.path`.

    `previous` names the files (absolute) that an earlier `init` moved a hook aside for.

    Raises:
        InvalidInput: `git.bare`; `init.config`, a file cannot be edited without loss; `input.usage`, an unknown agent.
    """
    top = work_tree(repository)
    whereof_dir = repository.common_dir / "whereof"
    unknown = agents - {one.agent for one in AGENTS}
    if unknown:
        known = ", ".join(one.agent for one in AGENTS)
        raise InvalidInput("input.usage", "no such agent", expected=known, got=", ".join(sorted(unknown)))
    edits: list[Edit] = []
    for agent in AGENTS:  # 1
        if agent.agent in agents or not agents:
            before = _read(top / agent.path)
            after = with_hooks(agent, before, where=agent.path)
            edits.append(_edit(top / agent.path, EditKind.AGENT, before, after))
    git_edits, own, notes = _git_edits(repository, top, whereof_dir, previous)  # 2
    if any(edit.changes and ".codex" in edit.path.parts for edit in edits):
        notes.append("Codex runs new hooks once they are trusted: it asks at its next start, or see /hooks there")
    edits += git_edits
    if policy:  # 3
        before = _read(top / POLICY_PATH)
        edits.append(_edit(top / POLICY_PATH, EditKind.POLICY, before, POLICY if before is None else before))
    return Plan(top=top, whereof_dir=whereof_dir, edits=tuple(edits), own_hooks=own, notes=tuple(notes))


def work_tree(repository: Repository) -> Path:
    """Give the top of the work tree.

    Raises:
        InvalidInput: `git.bare`, there is none.
    """
    if repository.plumbing(["rev-parse", "--is-inside-work-tree"]).strip() != b"true":
        raise InvalidInput("git.bare", where=str(repository.path))
    return Path(os.fsdecode(repository.plumbing(["rev-parse", "--show-toplevel"]).rstrip(b"\n")))


def _edit(path: Path, kind: EditKind, before: bytes | None, after: bytes) -> Edit:
    mode = 0o644 if before is None else path.stat().st_mode & 0o777
    return Edit(path=path, kind=kind, before=before, after=after, mode=mode)


def _read(path: Path) -> bytes | None:
    if path.is_symlink():
        raise InvalidInput("init.config", "this is a symbolic link", expected="a file", where=str(path))
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as err:
        raise InvalidInput("init.config", "this cannot be read", expected="a file", where=str(path)) from err


def _git_edits(
    repository: Repository, top: Path, whereof_dir: Path, previous: frozenset[str]
) -> tuple[list[Edit], tuple[tuple[str, bytes], ...], list[str]]:
    folder, scope = hooks_folder(repository, top)
    if folder == whereof_dir / "hooks":
        folder, scope = _outer(repository, top)
    if _within(folder, top) or _within(folder, repository.common_dir):
        notes = [f"git runs the hooks of {folder}; a tool that writes them again takes ours away"] if scope else []
        return [_hook_edit(folder, hook, whereof_dir, previous) for hook in GIT_HOOKS], (), notes
    if scope == "worktree":
        raise InvalidInput("init.config", "core.hooksPath is set for this work tree alone", where=str(folder))
    own = tuple(
        (hook, dispatcher(hook, str(whereof_dir), chained_elsewhere(str(folder / hook)))) for hook in ALL_GIT_HOOKS
    )
    path = repository.common_dir / "config"
    before = path.read_bytes()
    added = hooks_path_lines(whereof_dir)
    after = before if added in before else before + (b"" if before.endswith(b"\n") else b"\n") + added
    notes = [f"core.hooksPath names {folder}, beyond this clone: every hook there is passed on to"]
    return [_edit(path, EditKind.GIT_CONFIG, before, after)], own, notes


def hooks_path_lines(whereof_dir: Path) -> bytes:
    """Give the lines of git configuration that name our own folder of hooks."""
    value = str(whereof_dir / "hooks").replace("\\", "\\\\").replace('"', '\\"')
    return f'[core]\n\thooksPath = "{value}"\n'.encode()


def hooks_folder(repository: Repository, top: Path) -> tuple[Path, str | None]:
    """Give the folder that git takes hooks from, and the scope of the setting that says so (None: the default)."""
    values = _hooks_paths(repository)
    if not values:
        return repository.common_dir / "hooks", None
    scope, value = values[-1]
    return top / value, scope


def _outer(repository: Repository, top: Path) -> tuple[Path, str | None]:
    ours = str(repository.common_dir / "whereof" / "hooks")
    values = [one for one in _hooks_paths(repository) if one[1] != ours]
    return (top / values[-1][1], values[-1][0]) if values else (repository.common_dir / "hooks", None)


def _hooks_paths(repository: Repository) -> list[tuple[str, str]]:
    # Our own calls set core.hooksPath themselves: that one has the scope `command` and is no setting of the clone.
    try:
        out = repository.plumbing(["config", "--show-scope", "--type=path", "-z", "--get-all", "core.hooksPath"])
    except CannotVerify:
        return []
    words = os.fsdecode(out).split("\0")
    return [(scope, value) for scope, value in zip(words[::2], words[1::2], strict=False) if scope != "command"]


def _hook_edit(folder: Path, hook: str, whereof_dir: Path, previous: frozenset[str]) -> Edit:
    path = folder / hook
    before = _hook_bytes(path)
    nearby = "../whereof" if folder == whereof_dir.parent / "hooks" else None
    if before is not None and is_ours(before):
        aside = [p for name in (f"{hook}.whereof", f"whereof-chained/{hook}") if (p := folder / name).is_file()]
        chained = chained_here(hook, aside[0].read_bytes()) if aside and str(path) in previous else None
        return Edit(
            path=path,
            kind=EditKind.GIT_HOOK,
            before=before,
            after=dispatcher(hook, str(whereof_dir), chained, nearby=nearby),
            mode=0o755,
        )
    chained = None if before is None else chained_here(hook, before)
    return Edit(
        path=path,
        kind=EditKind.GIT_HOOK,
        before=before,
        after=dispatcher(hook, str(whereof_dir), chained, nearby=nearby),
        mode=0o755,
        moved_to=None if before is None else folder / chained_name(hook, before),
    )


def _hook_bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        if path.is_symlink():
            raise InvalidInput("init.config", "this link leads nowhere", expected="a hook", where=str(path)) from None
        return None
    except OSError as err:
        raise InvalidInput("init.config", "this cannot be read", expected="a hook", where=str(path)) from err


def _within(path: Path, folder: Path) -> bool:
    real = os.path.realpath(path)
    return real == os.path.realpath(folder) or real.startswith(os.path.realpath(folder) + os.sep)


def _diff(edit: Edit, top: Path) -> Iterator[str]:
    name = os.path.relpath(edit.path, top)
    old = [] if edit.before is None or edit.moved_to else _lines(edit.before)
    if edit.moved_to is not None:
        yield f"move {name} to {os.path.relpath(edit.moved_to, top)}, unchanged: it is called with the same arguments\n"
    fresh = edit.before is None or edit.moved_to is not None
    yield from difflib.unified_diff(old, _lines(edit.after), "/dev/null" if fresh else f"a/{name}", f"b/{name}")


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace")
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines
