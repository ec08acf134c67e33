"""Promise: a push over HTTP is judged before it lands, by the policy that stands on the protected branch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.evidence import Scene
from tests.support.git_server import http_backend, serve
from tests.support.recording import MAIN, ROOT
from tests.support.repository import GitRepository

pytestmark = pytest.mark.loopback

POLICY = """version: 1
mode: enforce
defaults: {tier: all}
tiers:
  - {id: none, unattributed: report, require: {}}
  - {id: all, unattributed: session, require: {}}
rules:
  - {id: docs, tier: none, when: {paths_only: ["docs/**"]}}
"""


@dataclass(frozen=True)
class Server:
    """A bare repository with the hook, and a clone that pushes to it."""

    bare: Path
    clone: GitRepository

    def push(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            ["git", "-c", "http.proxy=", "push", *arguments],
            cwd=self.clone.path,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "no_proxy": "127.0.0.1"},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        return done.returncode, done.stderr

    def git(self, *arguments: str) -> str:
        return GitRepository(self.bare).git(*arguments)

    def setting(self, name: str, value: str) -> None:
        self.git("config", f"whereof.{name}", value)

    def change(self, path: str = "src/a", text: str = "1", message: str = "Change") -> str:
        self.clone.write(path, text.encode())
        return self.clone.commit(message)


@pytest.fixture
def server(home: Path, require: Callable[..., None]) -> Iterator[Server]:
    require("git-http-backend", Path(http_backend()).exists())
    require("timeout")
    bare = home / "served/r.git"
    GitRepository.make(bare, "--bare")
    program = home / "whereof-program"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -c "{MAIN}" "$@"\n')
    program.chmod(0o755)
    shutil.copy(ROOT / "deploy/ci/pre-receive", bare / "hooks/pre-receive")
    with serve(bare.parent) as address:
        clone = GitRepository.make(home / "clone")
        clone.git("remote", "add", "origin", f"{address}/r.git")
        made = Server(bare, clone)
        made.setting("program", str(program))
        made.setting("home", str(home / "server"))
        made.git("config", "http.receivepack", "true")
        clone.write(".attest/policy.yaml", POLICY.encode())
        clone.commit("Begin")
        code, told = made.push("origin", "main")
        assert (code, "there is no policy" in told) == (0, True), told
        yield made


def test_refused_push_names_the_fix_of_every_commit_and_lands_nothing(server: Server) -> None:
    before = server.git("rev-parse", "main")
    one, two = server.change(text="1"), server.change(text="2")
    code, told = server.push("origin", "main")
    assert code, told
    for oid in (one, two):
        assert f"fix: whereof record --commit {oid[:12]}" in told
    assert "absent" in told
    assert "whereof: refused: refs/heads/main" in told
    assert server.git("rev-parse", "main") == before
    assert GitRepository(server.bare).git("cat-file", "--batch-check", data=one.encode()) == f"{one} missing"


def test_push_with_its_evidence_lands(server: Server, home: Path) -> None:
    scene = Scene(repo=server.clone, home=home)
    server.clone.write(".attest/trust/root.json", scene.world.instance.trusted_root)
    trust = server.clone.commit("Pin the root")
    server.git("config", "--unset", "whereof.program")  # an operator without a hook yet
    server.git("config", "whereof.program", "/bin/true")
    assert server.push("origin", "main")[0] == 0
    server.setting("program", str(home / "whereof-program"))
    oid = server.change()
    assert server.push("origin", "main")[0]
    tree = server.clone.git("mktree", data=_entry(server.clone, scene.good(oid)))
    kept = server.clone.git("commit-tree", tree, "-m", "evidence")
    server.clone.git("update-ref", f"refs/whereof/{oid}", kept)
    assert server.push("origin", f"refs/whereof/{oid}")[0] == 0
    code, told = server.push("origin", "main")
    assert (code, "1 covered" in told) == (0, True), told
    assert server.git("rev-parse", "main~1") == trust
    assert server.push("origin", f":refs/whereof/{oid}")[0], "evidence is not deleted"
    other = server.clone.git("commit-tree", tree, "-m", "other")
    code, told = server.push("-f", "origin", f"{other}:refs/whereof/{oid}")
    assert (code != 0, "push on top" in told) == (True, True)


def _entry(repo: GitRepository, data: bytes) -> bytes:
    return f"100644 blob {repo.git('hash-object', '-w', '--stdin', data=data)}\ta.sigstore.json\n".encode()


def test_new_branch_and_tag_are_judged_by_what_they_bring(server: Server) -> None:
    server.change()
    assert server.push("origin", "HEAD:refs/heads/topic")[0]
    server.clone.git("tag", "-a", "-m", "v1", "v1")
    assert server.push("origin", "v1")[0]
    blob = server.clone.git("hash-object", "-w", "--stdin", data=b"x")
    code, told = server.push("origin", f"{blob}:refs/tags/thing")
    assert (code != 0, "does not name a commit" in told) == (True, True)
    server.clone.git("reset", "-q", "--hard", "HEAD~1")
    server.clone.git("tag", "-a", "-m", "v0", "v0")
    assert server.push("origin", "main:refs/heads/same", "v0")[0] == 0, "nothing that is not there already"
    server.change("docs/a")
    assert server.push("origin", "HEAD:refs/heads/docs")[0] == 0, "the policy asks nothing of it"
    assert server.push("origin", ":refs/heads/docs")[0] == 0


def test_policy_that_the_push_brings_or_drops_decides_nothing(server: Server) -> None:
    server.change(".attest/policy.yaml", POLICY.replace("enforce", "observe"))
    assert server.push("origin", "main")[0]
    server.clone.git("reset", "-q", "--hard", "HEAD~1")
    server.clone.git("checkout", "-q", "--orphan", "fresh")
    server.clone.git("rm", "-q", "-r", "--cached", ".attest")
    (server.clone.path / ".attest/policy.yaml").unlink()
    server.change()
    assert server.push("-f", "origin", "HEAD:main")[0], "a history without the policy"
    code, told = server.push("origin", ":main")
    assert (code != 0, "not deleted" in told) == (True, True)


def test_one_bad_ref_refuses_the_whole_push(server: Server) -> None:
    server.change("docs/a")
    server.clone.git("branch", "docs")
    server.change()
    assert server.push("origin", "docs", "main")[0]
    assert server.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_push_that_takes_too_long_or_cannot_be_judged_is_refused(server: Server, home: Path) -> None:
    server.change("docs/a")
    slow = home / "slow"
    slow.write_text("#!/bin/sh\nsleep 30\n")
    slow.chmod(0o755)
    server.setting("program", str(slow))
    server.setting("timeout", "1")
    code, told = server.push("origin", "main")
    assert (code != 0, "not judged within 1 s" in told) == (True, True), told
    server.setting("program", "no-such-program")
    code, told = server.push("origin", "main")
    assert (code != 0, "lacks whereof" in told) == (True, True)


def test_words_of_a_push_are_shown_and_nothing_else(server: Server) -> None:
    path = "src/##[x]\x1b[31m$(touch owned)::error::.py"
    server.change(path, message="\x1b[31m`touch owned`")
    code, told = server.push("origin", "HEAD:refs/heads/a;touch${IFS}owned")
    assert code, told
    assert "\x1b[31m" not in told
    assert not list(server.bare.rglob("owned"))
