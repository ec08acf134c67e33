"""Files for a fleet: Claude Code managed settings, Codex requirements, a system folder of git hooks, an enrolment list.

They are written for whoever runs the devices, into a folder that mirrors the paths on a device; nothing of this machine
is changed. On a device the hook looks up the clone's remote in the enrolment list and does nothing for any other clone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from attest.capture.hook.agents import AGENTS
from attest.capture.hook.dispatcher import ALL_GIT_HOOKS, managed_dispatcher
from attest.errors import InvalidInput
from attest.model.commit import repository_uri
from attest.store.durable import replace_file
from attest.usecases.hooks_apply import hook_script

if TYPE_CHECKING:
    from pathlib import Path

    from attest.capture.hook.agents import AgentHooks

DEVICE_FOLDER: Final = "/etc/whereof"
"""Where the hook, the dispatchers and the enrolment list lie on a device."""
MAX_ENROLLED: Final = 100_000


def write_managed(
    folder: Path, urls: tuple[str, ...], *, program: str, on_device: str = DEVICE_FOLDER
) -> tuple[Path, ...]:
    """Write the files below `folder` and give their paths; `urls` are the repositories that are captured.

    `on_device` is the absolute folder that the files below `etc/whereof` go to; no space or quote in it.

    Raises:
        InvalidInput: no repository is named, or one that no remote can have.
    """
    if not urls or len(urls) > MAX_ENROLLED:
        raise InvalidInput("input.usage", "no repository is enrolled", hint="--enrol URL, once for each repository")
    enrolled = sorted({_name(url) for url in urls})
    claude, codex = AGENTS[0], AGENTS[1]
    files: dict[str, tuple[bytes, int]] = {
        "etc/whereof/enrolled": ("".join(f"{name}\n" for name in enrolled).encode(), 0o644),
        "etc/whereof/hook": (hook_script(), 0o755),
        "etc/whereof/hook-managed": (hook_script("whereof-managed.sh"), 0o755),
        "etc/whereof/sync": (program.encode() + b"\n", 0o644),
        "etc/claude-code/managed-settings.json": (_json({"hooks": _groups(claude, on_device)}), 0o644),
        "etc/codex/requirements.toml": (_requirements(codex, on_device), 0o644),
        "etc/gitconfig.d/whereof": (f'[core]\n\thooksPath = "{on_device}/git-hooks"\n'.encode(), 0o644),
        "README.md": (_README.encode(), 0o644),
    }
    for hook in ALL_GIT_HOOKS:
        files[f"etc/whereof/git-hooks/{hook}"] = (managed_dispatcher(hook, on_device), 0o755)
    for name, (data, mode) in files.items():
        replace_file(folder / name, data, mode=mode)
    return tuple(folder / name for name in files)


def _name(url: str) -> str:
    name = repository_uri(url, "")
    if name == "git+file:":
        raise InvalidInput(
            "input.usage", "this is no remote repository", expected="https://host/org/repo", got=repr(url[:80])
        )
    return name.partition("://")[2]


def _command(agent: AgentHooks, event: str, folder: str) -> str:
    return f"[ -r {folder}/hook-managed ] && exec sh {folder}/hook-managed {agent.agent} {event}; exit 0"


def _groups(agent: AgentHooks, folder: str) -> dict[str, object]:
    out: dict[str, object] = {}
    for event in agent.events:
        handler = {"type": "command", "command": _command(agent, event.name, folder), "timeout": 10}
        matcher: dict[str, object] = {} if event.matcher is None else {"matcher": event.matcher}
        out[event.name] = [matcher | {"hooks": [handler]}]
    return out


def _requirements(agent: AgentHooks, folder: str) -> bytes:
    lines = ["[features]", "hooks = true", "", "[hooks]", f'managed_dir = "{folder}"']
    for event in agent.events:
        lines += ["", f"[[hooks.{event.name}]]"]
        if event.matcher is not None:
            lines.append(f'matcher = "{event.matcher}"')
        lines += ["", f"[[hooks.{event.name}.hooks]]", 'type = "command"']
        lines += [f'command = "{_command(agent, event.name, folder)}"', "timeout = 10"]
    return ("\n".join(lines) + "\n").encode()


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"


_README: Final = """# Capture on the devices of a fleet

Put what is below `etc/` where its path says, owned by root, by the tool that manages your devices:

- `etc/whereof/enrolled`: the repositories that are captured, one a line. Clones of others are left alone.
- `etc/claude-code/managed-settings.json`: hooks of Claude Code that its user cannot take out (on macOS the folder is
  `/Library/Application Support/ClaudeCode`). Merge it with the managed settings you have.
- `etc/codex/requirements.toml`: the same for Codex. Merge it likewise.
- `etc/gitconfig.d/whereof`: name it in the system's git configuration: `git config --system --add include.path
  /etc/gitconfig.d/whereof`. The hooks folder it names passes every hook on to the clone's own.
- `etc/whereof/sync`: the path of the Python that Whereof is installed in; make it right for your devices.

A clone whose own configuration sets `core.hooksPath` is not reached by the system's: `whereof doctor` on the device says
so, and the commits show as commits without a session. Each device signs a line a day in a clone that it captures
(`<git common dir>/whereof/heartbeats.jsonl`); two days without one are logged as a gap.
"""
