"""Which commits became which: amend, rebase, fixup, squash, cherry-pick, merge queue, force-push, split and partial squash.

Old commits are those that are linked already, or may be; new ones are those that landed. A match names its method
and rests on what the clone shows: git's stable patch id, the tree, who wrote it when, and the lines. Rules are tried
from strong to weak; an old commit that a strong rule has placed is not placed again by a weaker one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from attest.model.commit_print import CONTAINED, CommitPrint, Squashed, likeness, share
from attest.model.link import Confidence
from attest.model.trailers import picked_from

TRIVIAL_LINES: Final = 3
"""Below so many telling lines an equal patch may be a coincidence: a version bump, an empty file."""
SAME_WORK: Final = 0.5
"""From this likeness of lines on, two commits of one author and time are versions of one another."""
ALIKE: Final = 0.6
"""The same without author and time, for commits of one subject line."""
COVERED: Final = 0.5
"""Share of a squash's lines that the old commits together must explain."""
AUTOSQUASH: Final = ("fixup! ", "squash! ", "amend! ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """One old commit and the new one it became, or became part of."""

    old: str
    new: str
    method: str
    confidence: Confidence
    score: float
    """Likeness or share of lines, 0 to 1; 1.0 where patch or tree are equal."""
    run: str = ""
    """`base..tip` of the run that was squashed as a whole; empty for every other rule."""


def match_rewrites(
    old: Sequence[CommitPrint],
    new: Sequence[CommitPrint],
    *,
    pairs: Iterable[tuple[str, str]] = (),
    squashed: Sequence[Squashed] = (),
) -> tuple[Rewrite, ...]:
    """Match old commits to new ones, oldest first on both sides; `pairs` are what git's post-rewrite hook said.

    Only commits that are not on both sides are compared: one that is in the new history unchanged became nothing else.
    """
    kept = {commit.oid for commit in new}
    run = _Matching([c for c in old if c.oid not in kept], list(new))
    run.told(pairs)
    run.picked()
    run.equal_patches()
    run.whole_squashes(squashed)
    run.stable_ids()
    run.same_hand()
    run.autosquash()
    run.same_subject()
    run.partial_squashes()
    run.splits()
    return tuple(run.found)


class _Matching:
    """The matches found so far."""

    def __init__(self, old: list[CommitPrint], new: list[CommitPrint]) -> None:
        self.old = old
        self.new = new
        self.found: list[Rewrite] = []
        self.placed: set[str] = set()
        self.taken: set[str] = set()
        """New commits that one old commit became whole: no other is matched to them by likeness alone."""
        self._lines = {commit.oid: commit.lines for commit in [*old, *new]}
        self._telling_hands = _telling_hands(old) & _telling_hands(new)

    def told(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Take what git itself said, which knows; a chain of rewrites is followed to the commit that landed."""
        became: dict[str, str] = dict(pairs)
        landed = {commit.oid for commit in self.new}
        for first in became:
            last, steps = first, 0
            while last in became and last not in landed and steps < len(became):
                last, steps = became[last], steps + 1
            if last in landed and last != first:
                self._add(first, last, "post-rewrite@1", Confidence.STRONG)

    def picked(self) -> None:
        """`cherry-pick -x` names its source; believed when patches or lines agree."""
        for commit in self.new:
            for name in picked_from(commit.message):
                sources = [c for c in self.old if c.oid.startswith(name)]
                if len(sources) != 1:
                    continue
                source = sources[0]
                score = self._likeness(source, commit)
                if source.patch_id is not None and source.patch_id == commit.patch_id:
                    self._add(source.oid, commit.oid, "cherry-pick@1", Confidence.STRONG)
                elif score >= SAME_WORK or self._same_hand(source, commit):
                    self._add(source.oid, commit.oid, "cherry-pick@1", Confidence.MEDIUM, score)

    def equal_patches(self) -> None:
        """The same patch, first where author and time are the same too."""
        for strict in (True, False):
            for commit in self._open_new():
                same = [
                    c for c in self._open_old()
                    if c.patch_id is not None and c.patch_id == commit.patch_id
                    and (self._same_hand(c, commit) or not strict)
                ]  # fmt: skip
                if not same:
                    continue
                chosen = min(same, key=lambda c: (c.subject != commit.subject, abs(c.authored_at - commit.authored_at)))
                telling = len(self._lines[chosen.oid])
                word = Confidence.STRONG if strict or telling >= TRIVIAL_LINES else Confidence.MEDIUM
                if word is Confidence.MEDIUM and chosen.subject != commit.subject:
                    continue  # a small patch of another name by another hand: nothing but coincidence is shown
                self._add(chosen.oid, commit.oid, "patch-id@1", word)

    def whole_squashes(self, squashed: Sequence[Squashed]) -> None:
        """All commits of a run in one: the patch is that of the whole run, and where the base did not move the tree too.

        An equal tree alone is not enough: the last commit of any rewriting of a branch may end in it.
        """
        for run in sorted(squashed, key=lambda r: -len(r.commits)):
            if run.patch_id is None or any(oid in self.placed for oid in run.commits):
                continue
            for commit in self._open_new():
                same_tree = commit.tree == run.tip_tree
                if commit.patch_id != run.patch_id or not (same_tree or run.telling >= TRIVIAL_LINES):
                    continue
                for oid in run.commits:
                    self._add(oid, commit.oid, "squash-tree@1" if same_tree else "squash-patch@1", Confidence.STRONG)
                    self.found[-1] = replace(self.found[-1], run=f"{run.base}..{run.commits[-1]}")
                break

    def stable_ids(self) -> None:
        """An id of the change that stands in the final trailer block of both; believed when hand or lines agree."""
        for commit in self._open_new():
            for source in self._open_old() if commit.stable_ids else ():
                if not source.stable_ids & commit.stable_ids:
                    continue
                score = self._likeness(source, commit)
                if score >= SAME_WORK or self._same_hand(source, commit):
                    self._add(source.oid, commit.oid, "change-id@1", Confidence.MEDIUM, score)

    def same_hand(self) -> None:
        """The same author at the same second: amended, or rebased over conflicts."""
        for commit in self._open_new():
            for source in self._open_old():
                if not self._same_hand(source, commit):
                    continue
                score = self._likeness(source, commit)
                if score >= SAME_WORK or (source.subject == commit.subject and score > 0):
                    word = Confidence.STRONG if score >= CONTAINED else Confidence.MEDIUM
                    self._add(source.oid, commit.oid, "range-diff@1", word, score)
                    break

    def autosquash(self) -> None:
        """A `fixup!` goes where the commit it names went, when its lines are there."""
        where = {rewrite.old: rewrite.new for rewrite in self.found}
        for source in self._open_old():
            prefix = next((p for p in AUTOSQUASH if source.subject.startswith(p)), None)
            if prefix is None:
                continue
            name = source.subject
            while any(name.startswith(p) for p in AUTOSQUASH):
                name = name.split("! ", 1)[1]
            targets = [c for c in self.old if c.subject == name and c.oid in where]
            for target in targets[-1:]:
                score = share(self._lines[source.oid], self._lines[where[target.oid]])
                if score >= SAME_WORK or not self._lines[source.oid]:
                    self._add(source.oid, where[target.oid], "autosquash@1", Confidence.MEDIUM, score)

    def same_subject(self) -> None:
        """One subject line and most of the lines, by another hand or at another time."""
        for commit in self._open_new():
            alike = [c for c in self._open_old() if c.subject == commit.subject]
            scored = [(self._likeness(c, commit), c) for c in alike if len(self._lines[c.oid]) >= TRIVIAL_LINES]
            best = max(scored, key=lambda row: row[0], default=None)
            if best is not None and best[0] >= ALIKE:
                self._add(best[1].oid, commit.oid, "range-diff@1", Confidence.MEDIUM, best[0])

    def partial_squashes(self) -> None:
        """Several old commits in one new one, with more or less in it than they had."""
        for commit in self.new:
            own = self._added(commit)
            if len(own) < TRIVIAL_LINES or commit.oid in self.taken:
                continue
            parts = [
                c for c in self._open_old()
                if len(self._added(c)) >= TRIVIAL_LINES and share(self._added(c), own) >= CONTAINED
                and c.authored_at <= commit.committed_at
            ]  # fmt: skip
            together = frozenset().union(*(self._added(c) for c in parts)) if parts else frozenset()
            if parts and share(own, together) >= COVERED:
                for part in parts:
                    score = share(self._added(part), own)
                    self._add(part.oid, commit.oid, "squash-lines@1", Confidence.MEDIUM, score, whole=False)

    def splits(self) -> None:
        """One old commit in several new ones of the same author."""
        for source in self._open_old():
            own = self._lines[source.oid]
            pieces = [
                c for c in self._open_new()
                if len(self._lines[c.oid]) >= TRIVIAL_LINES and c.author == source.author
                and share(self._lines[c.oid], own) >= CONTAINED and source.authored_at <= c.committed_at
            ]  # fmt: skip
            together = frozenset().union(*(self._lines[c.oid] for c in pieces)) if pieces else frozenset()
            if pieces and share(own, together) >= COVERED:
                for piece in pieces:
                    score = share(self._lines[piece.oid], own)
                    self._add(source.oid, piece.oid, "split@1", Confidence.MEDIUM, score)

    def _add(  # noqa: PLR0917  # one row of the table of matches
        self, old: str, new: str, method: str, word: Confidence, score: float = 1.0, *, whole: bool = True
    ) -> None:
        self.found.append(Rewrite(old=old, new=new, method=method, confidence=word, score=score))
        self.placed.add(old)
        if whole:
            self.taken.add(new)

    def _open_old(self) -> list[CommitPrint]:
        return [commit for commit in self.old if commit.oid not in self.placed]

    def _open_new(self) -> list[CommitPrint]:
        return [commit for commit in self.new if commit.oid not in self.taken and len(commit.parents) < 2]

    def _same_hand(self, one: CommitPrint, other: CommitPrint) -> bool:
        return one.same_hand == other.same_hand and one.same_hand in self._telling_hands

    def _likeness(self, one: CommitPrint, other: CommitPrint) -> float:
        return likeness(self._lines[one.oid], self._lines[other.oid])

    def _added(self, commit: CommitPrint) -> frozenset[tuple[str, str, str]]:
        return frozenset(("+", *row) for row in commit.added.all)


def _telling_hands(commits: list[CommitPrint]) -> set[tuple[str, int]]:
    """Give the (author, second) that stand for one piece of work: a script that dates all commits alike tells nothing."""
    subjects: dict[tuple[str, int], set[str]] = {}
    for commit in commits:
        subjects.setdefault(commit.same_hand, set()).add(commit.subject)
    return {hand for hand, named in subjects.items() if len(named) == 1}
