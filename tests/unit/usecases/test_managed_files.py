from __future__ import annotations

import json
import os
import subprocess
import tomllib
from pathlib import Path

import pytest

from attest.errors import InvalidInput
from attest.usecases.managed_files import write_managed
from tests.support.hooks import executable, init, payload
from tests.support.recording import Clone, git, make_clone

URL = "git@host.test:pond/ducks.git"


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """Files of a fleet, laid out as they would lie on a device."""
    folder = tmp_path / "device"
    write_managed(folder, (URL,), program="/nonexistent/python", on_device=str(folder / "etc/whereof"))
    return folder / "etc"


@pytest.fixture
def clone(home: Path, tmp_path: Path, device: Path) -> Clone:
    made = make_clone(tmp_path / "clone")
    git(made.path, "config", "--global", "include.path", str(device / "gitconfig.d/whereof"))
    return made


def rows(clone: Path) -> list[dict[str, object]]:
    files = sorted((clone / ".git/whereof/spool").glob("events-*"))
    return [json.loads(line) for file in files for line in file.read_bytes().split(b"\n") if line.strip()]


def call(device: Path, clone: Path) -> subprocess.CompletedProcess[bytes]:
    settings = json.loads((device / "claude-code/managed-settings.json").read_bytes())
    command = settings["hooks"]["UserPromptSubmit"][0]["hooks"][0]["command"]
    data = json.dumps(payload(clone / "t.jsonl", clone)).encode()
    return subprocess.run(
        ["sh", "-c", command],
        cwd=clone,
        input=data,
        env={**os.environ, "CLAUDE_PROJECT_DIR": str(clone)},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("url", [URL, "https://ada:secret@host.test/pond/ducks", "ssh://git@host.test/pond/ducks.git"])
def test_a_clone_of_an_enrolled_repository_is_captured(device: Path, clone: Clone, url: str) -> None:
    git(clone.path, "remote", "add", "origin", url)
    assert call(device, clone.path).returncode == 0
    git(clone.path, "commit", "-q", "--allow-empty", "-m", "one")
    assert [row.get("event", row.get("git")) for row in rows(clone.path)] == [
        "UserPromptSubmit",
        "reference-transaction",
        "post-commit",
    ]


@pytest.mark.parametrize("url", ["https://host.test/pond/ducks-private", "https://other.test/pond/ducks", ""])
def test_any_other_clone_is_left_alone(device: Path, clone: Clone, url: str) -> None:
    if url:
        git(clone.path, "remote", "add", "origin", url)
    done = call(device, clone.path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    git(clone.path, "commit", "-q", "--allow-empty", "-m", "one")
    assert not (clone.path / ".git/whereof").exists()


def test_a_clones_own_hooks_still_run_and_decide(device: Path, clone: Clone, tmp_path: Path) -> None:
    git(clone.path, "remote", "add", "origin", URL)
    executable(clone.path / ".git/hooks/pre-commit", "#!/bin/sh\nexit 3\n")
    executable(clone.path / ".git/hooks/post-commit", f'#!/bin/sh\necho ran > "{tmp_path}/said"\n')
    refused = subprocess.run(
        ["git", "commit", "--allow-empty", "-m", "no"], cwd=clone.path, capture_output=True, check=False
    )
    assert refused.returncode == 1
    (clone.path / ".git/hooks/pre-commit").unlink()
    git(clone.path, "commit", "-q", "--allow-empty", "-m", "yes")
    assert (tmp_path / "said").read_text() == "ran\n"


def test_a_clone_with_hooks_of_its_own_is_noted_once(device: Path, clone: Clone) -> None:
    git(clone.path, "remote", "add", "origin", URL)
    git(clone.path, "config", "core.hooksPath", ".git/hooks")
    init(clone.path)
    call(device, clone.path)
    git(clone.path, "commit", "-q", "--allow-empty", "-m", "one")
    assert [row["git"] for row in rows(clone.path)] == ["reference-transaction", "post-commit"]


def test_the_files_are_of_the_forms_that_the_agents_read(device: Path) -> None:
    requirements = tomllib.loads((device / "codex/requirements.toml").read_text())
    assert requirements["features"]["hooks"] is True
    assert requirements["hooks"]["managed_dir"] == str(device / "whereof")
    handler = requirements["hooks"]["PreToolUse"][0]["hooks"][0]
    assert handler["type"] == "command"
    assert "hook-managed codex PreToolUse" in handler["command"]
    assert (device / "whereof/enrolled").read_text() == "host.test/pond/ducks\n"


@pytest.mark.parametrize("urls", [(), ("/a/folder",), ("ext::sh -c id",), ("",)])
def test_without_a_remote_repository_there_is_nothing_to_write(tmp_path: Path, urls: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        write_managed(tmp_path / "x", urls, program="python")
    assert not (tmp_path / "x").exists()
