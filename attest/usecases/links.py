"""All links of the commits of a range: declared, by notes, logged here, and carried from what was rewritten into them.

1. read      commits of the range and their patches, from the clone
2. declared  trailers of the final block, and checkpoints that name a commit, held against stored checkpoints
3. notes     of git-ai, memento and whogitit
4. logged    what this instance recorded, when there is one; commits printed in its transcripts
5. rewritten commits without a link, matched to commits of other branches that have one
6. reverts   what a commit takes back; never credited as authored
7. content   proposals for what is still without a link

Nothing is written, and nothing need be recorded before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.history.checkpoints import CheckpointStore
from attest.history.commits import log_commits
from attest.history.edits import EditCache
from attest.history.objects import ObjectReader
from attest.history.patches import NO_PATCH, read_patches
from attest.model.commit import repository_uri
from attest.model.link import Confidence
from attest.model.overlap import added_lines, overlap
from attest.usecases.declared_links import Declared, DeclaredLinks, moment
from attest.usecases.note_links import NoteLinks
from attest.usecases.rewritten_links import carried, find_rewrites, reverting, unmerged
from attest.usecases.stored_links import RepositoryPlace, StoredLinks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.git import Repository
    from attest.history.commits import HistoryCommit
    from attest.history.patches import CommitPatch
    from attest.model.link import Link
    from attest.usecases.instance import Instance

MAX_REWRITTEN: Final = 2_000
"""Commits without a link of their own that are matched to rewritten ones; beyond it the answer says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedCommit:
    """One commit and its links, credited ones first."""

    oid: str
    subject: str
    links: tuple[Link, ...]

    @property
    def linked(self) -> bool:
        """Whether any link of it has credit."""
        return any(link.credited for link in self.links)

    @property
    def sessions(self) -> tuple[str, ...]:
        """Names of the sessions that are credited with it, each once."""
        return tuple(dict.fromkeys(link.session.name for link in self.links if link.credited))


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksAnswer:
    """The links of a range."""

    commits: tuple[LinkedCommit, ...]
    """Newest first."""
    checkpoints_stored: int
    declared: Declared
    rewrites_cut: bool
    """More commits than `MAX_REWRITTEN` had no link, and the rest were not matched."""


def find_links(repository: Repository, revisions: str, instance: Instance | None = None) -> LinksAnswer:
    """Give every link of the commits of `A..B`, of all history (`..B`), or of the one commit that a revision names.

    Raises:
        InvalidInput: there is no such revision, or more than 50,000 commits.
    """
    commits = log_commits(repository, (_wanted(repository, revisions),))  # 1
    with ObjectReader(repository) as reader:
        run = _Linking(repository, reader, instance)
        return run.answer(commits)


def _wanted(repository: Repository, revisions: str) -> str:
    if revisions.startswith("..") and not revisions.startswith("..."):
        return repository.resolve(revisions[2:] or "HEAD")
    return revisions if ".." in revisions else f"{repository.resolve(revisions)}^!"


class LinkFinder:
    """Links of single commits of a clone, for use cases that ask one by one."""

    def __init__(self, repository: Repository, reader: ObjectReader, instance: Instance | None) -> None:
        store = CheckpointStore(repository, reader)
        self.stored = len(store)
        self._repository = repository
        self.declared = DeclaredLinks(store, EditCache(store))
        self.logged = StoredLinks(instance) if instance is not None else None
        self._known: dict[str, tuple[Link, ...]] = {}
        self.notes = NoteLinks(repository, reader, self.logged.names() if self.logged else None)

    def of(self, commit: HistoryCommit, patch: CommitPatch) -> list[Link]:
        """Give what ties a commit to sessions directly: declared, noted, logged."""
        added = added_lines(patch.files)
        links = [*self.declared.of(commit, patch)]  # 2
        links += self.notes.of(commit.oid, frozenset(added.by_path))  # 3
        if self.logged:  # 4
            named = self.logged.declared(commit, added)
            # What is recorded here answers for the trailer that names it, so the bare hint goes.
            links = [link for link in links if not (named and link.session.source == "whereof")]
            links += [*named, *self.logged.of(commit.oid, added)]
        return links

    def compared(self, link: Link, patch: CommitPatch) -> Link:
        """Give a link with the overlap of its session and a commit's lines; as it is where the session cannot be opened."""
        edits = self.declared.edits_of(link.session)
        if edits is None and self.logged is not None and link.session.id is not None:
            edits = self.logged.edits_of(link.session.id)
        return link if edits is None else replace(link, overlap=overlap(added_lines(patch.files), edits))

    def linked(self, commits: Sequence[HistoryCommit]) -> frozenset[str]:
        """Give those commits that have a link with credit; only where somebody claims one are patches read."""
        noted = set(self.notes.commits())
        logged = self.logged.told_of([commit.oid for commit in commits]) if self.logged else frozenset()
        claimed = [
            commit.oid
            for commit in commits
            if commit.oid in noted or commit.oid in logged or self.declared.claims(commit)
        ]
        return frozenset(oid for oid in claimed if any(link.credited for link in self.of_oid(oid)))

    def of_oid(self, oid: str) -> tuple[Link, ...]:
        """Give the direct links of a commit by its oid; none where the clone does not hold it and nothing is logged."""
        if oid not in self._known:
            self._known[oid] = self._read(oid)
        return self._known[oid]

    def _read(self, oid: str) -> tuple[Link, ...]:
        try:
            commit = log_commits(self._repository, (f"{oid}^!",), most=1)[0]
        except (AttestError, IndexError):
            return self.logged.of(oid, None) if self.logged else ()
        return tuple(self.of(commit, read_patches(self._repository, (oid,))[oid]))


class _Linking:
    """One answer in the making."""

    def __init__(self, repository: Repository, reader: ObjectReader, instance: Instance | None) -> None:
        self._repository = repository
        self._finder = LinkFinder(repository, reader, instance)

    def answer(self, commits: tuple[HistoryCommit, ...]) -> LinksAnswer:
        patches = read_patches(self._repository, [c.oid for c in commits if len(c.parents) < 2])
        links = {c.oid: self._finder.of(c, patches.get(c.oid, NO_PATCH)) for c in commits}
        if self._finder.logged:
            self._observe(self._finder.logged, commits, patches, links)
        unlinked = [c for c in reversed(commits) if not any(link.credited for link in links[c.oid])]
        self._rewritten(unlinked[:MAX_REWRITTEN], commits, links)  # 5
        for commit in commits:
            links[commit.oid] += reverting(self._repository, commit, self._finder.of_oid)  # 6
        if self._finder.logged:
            for commit in unlinked:
                if not any(link.credited for link in links[commit.oid]):
                    added = added_lines(patches.get(commit.oid, NO_PATCH).files)
                    at = moment(commit.authored_at)
                    links[commit.oid] += self._finder.logged.proposed(commit.oid, at, added, self._place())  # 7
        return LinksAnswer(
            commits=tuple(_linked(commit, links[commit.oid]) for commit in commits),
            checkpoints_stored=self._finder.stored,
            declared=self._finder.declared.counts,
            rewrites_cut=len(unlinked) > MAX_REWRITTEN,
        )

    def _place(self) -> RepositoryPlace:
        path = self._repository.path.resolve()
        remote = self._repository.remote_url() or ""
        return RepositoryPlace(
            uri=repository_uri(remote or None, ""), names=frozenset({path.name, _last(remote)} - {""})
        )

    def _observe(
        self,
        logged: StoredLinks,
        commits: tuple[HistoryCommit, ...],
        patches: dict[str, CommitPatch],
        links: dict[str, list[Link]],
    ) -> None:
        for commit in commits:
            signed = {link.session.id for link in links[commit.oid]}
            seen = logged.observed(commit.oid, links, added_lines(patches.get(commit.oid, NO_PATCH).files))
            links[commit.oid] += [link for link in seen if link.session.id not in signed]

    def _rewritten(
        self, unlinked: list[HistoryCommit], commits: tuple[HistoryCommit, ...], links: dict[str, list[Link]]
    ) -> None:
        if not unlinked:
            return
        old = unmerged(self._repository, commits[0].oid)
        worth = self._finder.linked(old.commits)
        if not worth:
            return
        for rewrite in find_rewrites(self._repository, old.only(worth), unlinked):
            found = carried(rewrite, self._finder.of_oid(rewrite.old))
            patch = read_patches(self._repository, (rewrite.new,))[rewrite.new] if found else NO_PATCH
            links[rewrite.new] += [self._finder.compared(link, patch) for link in found]


def _last(remote: str) -> str:
    return remote.rstrip("/").removesuffix(".git").rpartition("/")[2].rpartition(":")[2]


_WORDS: Final = tuple(Confidence)


def _linked(commit: HistoryCommit, links: list[Link]) -> LinkedCommit:
    ordered = sorted(links, key=lambda link: (not link.credited, _WORDS.index(link.confidence)))
    return LinkedCommit(oid=commit.oid, subject=commit.subject, links=tuple(ordered))
