"""A history of some hundred commits with random rewrites and forgeries, drawn from a seed: what is linked, and to whom."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from attest.git import Repository
from attest.usecases.links import find_links
from tests.support.entire import Checkpoints, StoredSession
from tests.support.repository import GitRepository

BRANCHES = 60
START = 1_740_000_000
HOUR = 3600
WORDS = "heron otter reed moss pebble current eddy minnow lily dragonfly kingfisher willow bank shoal weir".split()
COMMON = ["    return result", "import logging", "def test_something():", "        raise ValueError(name)"]


@dataclass
class World:
    """A forge in the small: branches of work by sessions, merged in every way there is."""

    repo: GitRepository
    draw: random.Random
    env: pytest.MonkeyPatch
    store: Checkpoints = field(default_factory=Checkpoints)
    now: int = START
    truth: dict[str, set[str]] = field(default_factory=dict)
    """Landed subject to the sessions that wrote it; empty for people's own work and for forgeries."""
    serial: int = 0

    def tick(self, seconds: int) -> None:
        self.now += seconds
        self.env.setenv("GIT_AUTHOR_DATE", f"{self.now} +0000")
        self.env.setenv("GIT_COMMITTER_DATE", f"{self.now} +0000")

    def lines(self) -> list[str]:
        self.serial += 1
        own = [
            f"    {self.draw.choice(WORDS)}_{self.serial}_{i} = measure({self.draw.randrange(10**6)})"
            for i in range(self.draw.randrange(3, 12))
        ]
        return [*own, *self.draw.sample(COMMON, self.draw.randrange(0, 3))]

    def checkpoint_id(self) -> str:
        return f"{self.draw.randrange(16**12):012x}"

    def subject(self) -> str:
        self.serial += 1
        return f"Change {self.draw.choice(WORDS)} number {self.serial}"

    def commit(self, message: str, files: dict[str, list[str]]) -> str:
        for path, lines in files.items():
            self.repo.write(path, ("\n".join(lines) + "\n").encode())
        return self.repo.commit(message)

    def work(self, name: str) -> list[tuple[str, str, str]]:
        """Commit one to four times on a branch from main, in one session; gives (oid, subject, session)."""
        self.repo.git("checkout", "-q", "-b", name, "main")
        session = f"session-{name}"
        done: list[tuple[str, str, str]] = []
        written: dict[str, list[str]] = {}
        for _ in range(self.draw.randrange(1, 5)):
            self.tick(self.draw.randrange(300, 2 * HOUR))
            path = f"src/{name}/{self.draw.choice(WORDS)}_{self.serial}.py"
            files = {path: self.lines()}
            written = written | files
            checkpoint = self.checkpoint_id()
            edits = {} if self.draw.random() < 0.05 else dict(written)
            self.store.add(checkpoint, StoredSession(session, edits, self.now + 2, files=[path]))
            subject = self.subject()
            oid = self.commit(f"{subject}\n\nEntire-Checkpoint: {checkpoint}\n", files)
            done.append((oid, subject, session))
        return done

    def land(self, done: list[tuple[str, str, str]], name: str) -> None:
        """Bring a branch to main in one of the ways that forges and people know."""
        how = self.draw.choice(["merge", "rebase", "squash", "squash-bare", "pick", "amend", "queue"])
        self.tick(self.draw.randrange(HOUR, 30 * HOUR))
        sessions = {session for _, _, session in done}
        if how == "merge":
            self.repo.git("checkout", "-q", "main")
            self.repo.git("merge", "-q", "--no-ff", "-m", f"Merge {name}", name)
        elif how in {"rebase", "queue"}:
            self.repo.git("checkout", "-q", "-b", f"landing/{name}", name)
            self.repo.git("rebase", "-q", "--force-rebase", "main")
            self._forward(f"landing/{name}")
        elif how == "pick":
            self.repo.git("checkout", "-q", "main")
            self.repo.git("cherry-pick", *[oid for oid, _, _ in done])
        elif how == "amend":
            self.repo.git("checkout", "-q", "-b", f"landing/{name}", name)
            self.repo.git("commit", "-q", "--amend", "-m", done[-1][1])  # the trailer is gone
            self.repo.git("rebase", "-q", "main")
            self._forward(f"landing/{name}")
        else:
            self.repo.git("checkout", "-q", "main")
            self.repo.git("merge", "-q", "--squash", name)
            subject = self.subject()
            last = self.repo.git("log", "-1", "--format=%(trailers:key=Entire-Checkpoint)", name)
            message = f"{subject}\n\n{last}\n" if how == "squash" else subject
            self.repo.git("commit", "-q", "--author", "Forge <forge@example.test>", "-m", message)
            self.truth[subject] = sessions
            return
        self.truth |= {subject: {session} for _, subject, session in done}

    def person(self) -> None:
        """Somebody works without an agent; now and then with a forged claim to a session."""
        self.repo.git("checkout", "-q", "main")
        self.tick(self.draw.randrange(HOUR, 40 * HOUR))
        subject = self.subject()
        forged = self.draw.choice(list(self.store.stored)) if self.store.stored else "0" * 12
        message = self.draw.choice([
            subject,
            f"{subject}\n\nEntire-Checkpoint: {forged}\n",
            f"{subject}\n\nEntire-Checkpoint: {forged}\n\nWords after it.\n",
            f"{subject}\n\nEntire-Checkpoint: {self.checkpoint_id()}\n",
        ])  # fmt: skip
        self.commit(message, {f"docs/{self.draw.choice(WORDS)}_{self.serial}.md": self.lines()})
        self.truth[subject] = set()

    def revert(self) -> None:
        """Take back the newest commit of main, when it is not a merge."""
        self.repo.git("checkout", "-q", "main")
        if len(self.repo.git("log", "-1", "--format=%P").split()) == 1:
            self.tick(HOUR)
            subject = self.repo.git("log", "-1", "--format=%s")
            self.repo.git("revert", "--no-edit", "HEAD")
            self.truth[f'Revert "{subject}"'] = set()

    def _forward(self, branch: str) -> None:
        self.repo.git("checkout", "-q", "main")
        self.repo.git("merge", "-q", "--ff-only", branch)


@pytest.mark.parametrize("seed", [7, 20261121])
def test_true_session_is_found_and_no_false_link_is_asserted(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    world = World(GitRepository.make(tmp_path / "repo"), random.Random(seed), monkeypatch)
    world.tick(0)
    world.commit("Begin", {"README": ["begin"]})
    for number in range(BRANCHES):
        name = f"w{number:03d}"
        world.land(world.work(name), name)
        if world.draw.random() < 0.6:
            world.person()
        if world.draw.random() < 0.15:
            world.revert()
    world.store.write_branch(world.repo)
    answer = find_links(
        Repository.open(world.repo.path), f"{world.repo.git('rev-list', '--max-parents=0', 'main')}..main"
    )
    landed = [commit for commit in answer.commits if commit.subject in world.truth]
    found = {c.oid: {link.session.native_id for link in c.links if link.credited} for c in landed}
    false = [(c.subject, found[c.oid]) for c in landed if found[c.oid] - world.truth[c.subject]]
    linked = [c for c in landed if world.truth[c.subject]]
    right = [c for c in linked if found[c.oid] == world.truth[c.subject]]
    assert len(linked) > 100
    assert false == []
    assert len(right) >= 0.99 * len(linked), [c.subject for c in linked if c not in right]
