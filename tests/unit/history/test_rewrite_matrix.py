"""The matrix of rewrites on repositories made here with git itself: what became what, by which rule, how sure."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from attest.git import Repository
from attest.history.commits import log_commits
from attest.model.link import Confidence
from attest.usecases.rewritten_links import find_rewrites, old_range
from tests.support.repository import GitRepository

STRONG, MEDIUM = Confidence.STRONG, Confidence.MEDIUM


def lines(name: str, count: int = 6, start: int = 0) -> bytes:
    return "".join(f"{name} holds value number {i}\n" for i in range(start, start + count)).encode()


@dataclass
class Story:
    """A repository with a branch of work, and what landed of it."""

    repo: GitRepository
    base: str = ""
    old_tip: str = ""
    landed: str = "main"
    made: dict[str, str] = field(default_factory=dict)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    clock: int = 1_700_000_000

    def at(self, minutes: int = 1) -> None:
        self.clock += minutes * 60
        os.environ["GIT_AUTHOR_DATE"] = os.environ["GIT_COMMITTER_DATE"] = f"{self.clock} +0000"

    def commit(self, name: str, files: dict[str, bytes], message: str = "") -> str:
        self.at()
        for path, data in files.items():
            self.repo.write(path, data)
        self.made[name] = self.repo.commit(message or f"Work on {name}")
        return self.made[name]

    def git(self, *arguments: str) -> str:
        return self.repo.git(*arguments)

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def story(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    monkeypatch.setenv("GIT_AUTHOR_DATE", "1700000000 +0000")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "1700000000 +0000")
    monkeypatch.setenv("GIT_EDITOR", "true")
    repo = GitRepository.make(tmp_path / "repo")
    out = Story(repo)
    out.commit("root", {"README": lines("readme"), "shared": lines("shared", 20)})
    out.base = out.head()
    out.git("checkout", "-q", "-b", "work")
    for name in ("a", "b", "c"):
        out.commit(name, {f"{name}.py": lines(name)})
    out.old_tip = out.head()
    return out


def move_base(story: Story) -> None:
    story.git("checkout", "-q", "main")
    story.commit("other", {"other.py": lines("other")})


def rebase(story: Story) -> None:
    move_base(story)
    story.git("checkout", "-q", "-b", "rebased", "work")
    story.at()
    story.git("rebase", "-q", "main")
    story.landed = "rebased"


def amend_message(story: Story) -> None:
    story.git("checkout", "-q", "-b", "amended", "work")
    story.at()
    story.git("commit", "-q", "--amend", "-m", "Said otherwise")
    story.landed = "amended"


def amend_content(story: Story) -> None:
    story.git("checkout", "-q", "-b", "amended", "work")
    story.at()
    story.repo.write("c.py", lines("c") + lines("c more", 2))
    story.git("commit", "-q", "-a", "--amend", "--no-edit")
    story.landed = "amended"


def squash_here(story: Story) -> None:
    story.git("checkout", "-q", "main")
    story.git("merge", "-q", "--squash", "work")
    story.at()
    story.git("commit", "-q", "-m", "All of the work (#7)")


def squash_on_a_moved_base(story: Story) -> None:
    move_base(story)
    story.git("merge", "-q", "--squash", "work")
    story.at()
    story.git("commit", "-q", "--author", "Forge <forge@example.test>", "-m", "All of the work (#7)")


def squash_with_an_edit(story: Story) -> None:
    move_base(story)
    story.git("merge", "-q", "--squash", "work")
    story.repo.write("extra.py", lines("extra", 3))
    story.git("add", "-A")
    story.at()
    story.git("commit", "-q", "--author", "Forge <forge@example.test>", "-m", "All of the work, and more (#7)")


def partial_squash(story: Story) -> None:
    story.git("checkout", "-q", "main")
    story.git("merge", "-q", "--squash", story.made["b"])
    story.at()
    story.git("commit", "-q", "-m", "First two of three")


def cherry_pick(story: Story) -> None:
    move_base(story)
    story.at()
    story.git("cherry-pick", story.made["b"])


def cherry_pick_x(story: Story) -> None:
    move_base(story)
    story.at()
    story.git("cherry-pick", "-x", story.made["b"])


def fixup(story: Story) -> None:
    story.commit("fix", {"a.py": lines("a") + lines("a fixed", 3)}, "fixup! Work on a")
    story.old_tip = story.head()
    story.git("checkout", "-q", "-b", "fixed", "work")
    story.at()
    os.environ["GIT_SEQUENCE_EDITOR"] = "true"
    story.git("rebase", "-q", "-i", "--autosquash", "main")
    story.landed = "fixed"


def merge_queue_rebase(story: Story) -> None:
    move_base(story)
    story.git("checkout", "-q", "-b", "queue/main/pr-7", "work")
    story.at()
    story.git("rebase", "-q", "--force-rebase", "main")
    story.git("checkout", "-q", "main")
    story.git("merge", "-q", "--ff-only", "queue/main/pr-7")


def merge_queue_merge(story: Story) -> None:
    move_base(story)
    story.at()
    story.git("merge", "-q", "--no-ff", "-m", "Merge pull request #7", "work")


def force_push_reworked(story: Story) -> None:
    story.git("checkout", "-q", "-b", "again", "main")
    story.at()
    story.git("cherry-pick", story.made["a"])
    story.repo.write("b.py", lines("b", 5) + b"b holds something else here\n")
    story.git("add", "-A")
    story.git("commit", "-q", "-m", "Work on b", f"--author={story.git('log', '-1', '--format=%an <%ae>', story.made['b'])}",
              f"--date={story.git('log', '-1', '--format=%at +0000', story.made['b'])}")  # fmt: skip
    story.landed = "again"


def reordered(story: Story) -> None:
    story.git("checkout", "-q", "-b", "order", "main")
    story.at()
    for name in ("c", "a", "b"):
        story.git("cherry-pick", story.made[name])
    story.landed = "order"


def told_by_git(story: Story) -> None:
    story.git("checkout", "-q", "-b", "told", "main")
    story.commit("unlike", {"z.py": lines("wholly other", 9)}, "Nothing alike")
    story.pairs = [(story.made["a"], "1" * 40), ("1" * 40, story.made["unlike"])]
    story.landed = "told"


def split(story: Story) -> None:
    story.git("checkout", "-q", "-b", "big", "main")
    story.base = story.git("rev-parse", "main")
    story.commit("big", {"x.py": lines("x"), "y.py": lines("y")}, "Both at once")
    story.old_tip = story.head()
    story.git("checkout", "-q", "-b", "small", "main")
    story.commit("x", {"x.py": lines("x")}, "Only x")
    story.commit("y", {"y.py": lines("y")}, "Only y")
    story.landed = "small"


def stack(story: Story) -> None:
    """Two branches on one another; the lower is squashed, the upper rebased onto it."""
    story.git("checkout", "-q", "-b", "lower", story.made["b"])
    story.git("checkout", "-q", "main")
    story.git("merge", "-q", "--squash", "lower")
    story.at()
    story.git("commit", "-q", "-m", "Lower (#1)")
    story.git("checkout", "-q", "-b", "upper", "work")
    story.at()
    story.git("rebase", "-q", "--onto", "main", "lower")
    story.landed = "upper"


def unrelated(story: Story) -> None:
    story.git("checkout", "-q", "main")
    story.commit("alien", {"alien.py": lines("alien")}, "Work on a")


def tiny_twin(story: Story) -> None:
    """A one-line change made again, elsewhere, by another, under another name."""
    story.git("checkout", "-q", "-b", "tiny", "main")
    story.base = story.git("rev-parse", "main")
    story.commit("tiny", {"version": b"version 2\n"}, "Bump")
    story.old_tip = story.head()
    story.git("checkout", "-q", "main")
    story.at()
    story.repo.write("version", b"version 2\n")
    story.git("add", "-A")
    story.git("commit", "-q", "--author", "Eve <eve@example.test>", "-m", "Prepare the release")


Expected = dict[tuple[str, str], tuple[str, Confidence]]
MATRIX: list[tuple[Callable[[Story], None], list[tuple[str, str, str, Confidence]]]] = [
    (rebase, [("a", "Work on a", "patch-id", STRONG), ("b", "Work on b", "patch-id", STRONG), ("c", "Work on c", "patch-id", STRONG)]),
    (amend_message, [("c", "Said otherwise", "patch-id", STRONG)]),
    (amend_content, [("c", "Work on c", "range-diff", MEDIUM)]),
    (squash_here, [(n, "All of the work (#7)", "squash-tree", STRONG) for n in "abc"]),
    (squash_on_a_moved_base, [(n, "All of the work (#7)", "squash-patch", STRONG) for n in "abc"]),
    (squash_with_an_edit, [(n, "All of the work, and more (#7)", "squash-lines", MEDIUM) for n in "abc"]),
    (partial_squash, [(n, "First two of three", "squash-tree", STRONG) for n in "ab"]),
    (cherry_pick, [("b", "Work on b", "patch-id", STRONG)]),
    (cherry_pick_x, [("b", "Work on b", "cherry-pick", STRONG)]),
    (fixup, [("a", "Work on a", "range-diff", MEDIUM), ("fix", "Work on a", "autosquash", MEDIUM),
             ("b", "Work on b", "patch-id", STRONG), ("c", "Work on c", "patch-id", STRONG)]),
    (merge_queue_rebase, [(n, f"Work on {n}", "patch-id", STRONG) for n in "abc"]),
    (merge_queue_merge, []),
    (force_push_reworked, [("a", "Work on a", "patch-id", STRONG), ("b", "Work on b", "range-diff", MEDIUM)]),
    (reordered, [(n, f"Work on {n}", "patch-id", STRONG) for n in "abc"]),
    (told_by_git, [(n, "Nothing alike", "post-rewrite", STRONG) for n in ("a", "between")]),
    (split, [("big", "Only x", "split", MEDIUM), ("big", "Only y", "split", MEDIUM)]),
    (stack, [("a", "Lower (#1)", "squash-tree", STRONG), ("b", "Lower (#1)", "squash-tree", STRONG),
             ("c", "Work on c", "patch-id", STRONG)]),
    (unrelated, []),
    (tiny_twin, []),
]  # fmt: skip


@pytest.mark.parametrize(("happens", "expected"), MATRIX, ids=[row[0].__name__ for row in MATRIX])
def test_what_became_what(
    story: Story, happens: Callable[[Story], None], expected: list[tuple[str, str, str, Confidence]]
) -> None:
    happens(story)
    repository = Repository.open(story.repo.path)
    new = tuple(reversed(log_commits(repository, (f"{story.base}..{story.landed}",))))
    old = old_range(repository, story.landed, story.old_tip)
    found = find_rewrites(repository, old, new, pairs=story.pairs)
    subjects = {commit.oid: commit.subject for commit in new}
    names = {oid: name for name, oid in story.made.items()}
    names["1" * 40] = "between"
    assert sorted((names[r.old], subjects[r.new], r.method.partition("@")[0], r.confidence) for r in found) == sorted(
        expected
    )


def test_commits_that_a_script_dated_alike_are_not_taken_for_one_another(story: Story) -> None:
    story.git("checkout", "-q", "-b", "scripted", "main")
    story.base = story.git("rev-parse", "main")
    for number in range(3):
        story.repo.write("log", lines("common head", 3) + lines(f"entry {number}", 3))
        story.repo.commit(f"Import {number}")
    story.old_tip = story.head()
    story.git("checkout", "-q", "main")
    for number in range(3, 6):
        story.repo.write("log", lines("common head", 3) + lines(f"entry {number}", 3))
        story.repo.commit(f"Import {number}")
    repository = Repository.open(story.repo.path)
    new = tuple(reversed(log_commits(repository, (f"{story.base}..main",))))
    assert find_rewrites(repository, old_range(repository, "main", story.old_tip), new) == ()
