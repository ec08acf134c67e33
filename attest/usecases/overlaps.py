"""Overlaps: sessions landed since a base that touched the same paths, and files a session read that changed before it landed.

The exact index of (path, session) is the answer. A path counts as touched by a session when a commit of it changes the
path, or its transcript shows a write there.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.model.session_overlap import (
    MAX_COMMITS,
    MAX_PATHS,
    MAX_ROWS,
    OverlapQuestion,
    OverlapRow,
    Overlaps,
    StaleRead,
)
from attest.store.overlap_find import Bounds
from attest.store.search_find import search_view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attest.git import Repository
    from attest.store.overlap_find import Writer
    from attest.store.search_find import SearchView
    from attest.usecases.instance import Instance

MAX_READS: Final = 20_000


def overlaps(instance: Instance, question: OverlapQuestion) -> Overlaps:
    """Answer from the index as it stands.

    Raises:
        InvalidInput: `input.too-large`, more paths or commits than are looked up at once.
    """
    if len(question.paths) > MAX_PATHS or len(question.landed or ()) > MAX_COMMITS:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_PATHS} paths and {MAX_COMMITS} commits")
    with search_view(instance.engine, instance.scope) as view:
        base = view.index_of_commit(question.base) if question.base else None
        bounds = Bounds(after=-1 if base is None else base, repository=question.repository, commits=question.landed)
        found = view.writers(question.paths, bounds, limit=MAX_ROWS + 1)
        rows = _rows(view, [one for one in found if one.session != question.session])
        stale = _stale(view, question, bounds) if question.session else ()
        return Overlaps(
            rows=rows[:MAX_ROWS],
            stale=stale[:MAX_ROWS],
            more=len(found) > MAX_ROWS or len(stale) > MAX_ROWS,
            base_known=base is not None if question.base else None,
            unknown=view.without_paths(bounds),
            indexed_to=view.indexed_to(instance.log.name),
            as_of=view.as_of(),
        )


def question_of(repository: Repository, base: str | None, session: str = "") -> OverlapQuestion:
    """Ask for the commits and paths of a clone: what is on HEAD and not on the base, against what landed there since.

    Raises:
        InvalidInput: `git.no-such-revision`; `input.too-large`.
        CannotVerify: `git.shallow`, the clone hides where both part.
    """
    head = repository.resolve("HEAD")
    onto = repository.resolve(base) if base else (repository.default_branch() or head)
    fork = repository.merge_base(head, onto) or ""
    landed = tuple(_revisions(repository, fork, onto))
    paths = sorted({path for oid in _revisions(repository, fork, head) for path in _changed(repository, oid)})
    if len(paths) > MAX_PATHS or len(landed) > MAX_COMMITS:
        expected = f"<= {MAX_PATHS} paths and {MAX_COMMITS} commits since the base"
        raise InvalidInput("input.too-large", expected=expected, got=f"{len(paths)} and {len(landed)}")
    return OverlapQuestion(paths=tuple(paths), landed=landed, session=session)


def _revisions(repository: Repository, fork: str, tip: str) -> list[str]:
    asked = [tip, f"^{fork}"] if fork else [tip]
    return [record[0] for record in repository.log_records(asked, ("%H",))]


def _changed(repository: Repository, oid: str) -> list[str]:
    parents = repository.commit_facts(oid).parents
    files = repository.changed_files(oid, parents[0] if parents else None)
    return [file.path.decode("utf-8", "surrogateescape") for file in files]


def _stale(view: SearchView, question: OverlapQuestion, bounds: Bounds) -> tuple[StaleRead, ...]:
    """Give what the session read and another changed: logged before it, and not known to be ended before the reading."""
    first: dict[str, tuple[str, int]] = {}
    for path, at, index in view.reads_of(question.session, limit=MAX_READS):
        known = first.get(path)
        first[path] = (at if known is None else min(known[0], at), index if known is None else max(known[1], index))
    if not first:
        return ()
    before = max(index for _, index in first.values())
    # What landed since the base is bounded by git where a clone asks; else by the session's own place in the log.
    own = Bounds(after=bounds.after, before=before, repository=bounds.repository, commits=bounds.commits)
    found = [
        one
        for one in view.writers(sorted(first), own, limit=MAX_ROWS + 1)
        if one.session != question.session and _after(one, first[one.path][0])
    ]
    return tuple(StaleRead(read_at=first[row.path][0], changed_by=row) for row in _rows(view, found))


def _after(writer: Writer, read_at: str) -> bool:
    return not read_at or writer.ended >= int(datetime.fromisoformat(read_at).timestamp())


def _rows(view: SearchView, found: Sequence[Writer]) -> tuple[OverlapRow, ...]:
    commits: Mapping[str, tuple[str, ...]] = view.commits_of(sorted({one.attestation for one in found}))
    return tuple(
        OverlapRow(
            path=one.path,
            session=one.session,
            attestation=one.attestation,
            index=one.index,
            commits=commits.get(one.attestation, ()),
        )
        for one in found
    )
