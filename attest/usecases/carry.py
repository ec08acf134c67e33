"""Carry links over to what commits became, after a rewrite or a merge: for a hook, or for CI after a merge.

1. new      the commits that landed
2. old      those that may have become them: named by pairs, by a range, or every branch and pull-request head here
3. match    pairs that git told of, then patches, trees and lines (`attest.model.rewrites`)
4. links    of the old commits: logged here, declared, noted
5. log      one `commit-link/v1` of kind `rewritten`; what is logged already is not logged again

Server-side squash and rebase run no hook anywhere, so step 3 needs no pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.history.commits import log_commits
from attest.history.objects import ObjectReader
from attest.history.patches import read_patches
from attest.model.commit import require_oid
from attest.usecases.links import LinkFinder
from attest.usecases.log_links import log_links
from attest.usecases.rewritten_links import OldCommits, carried, find_rewrites, old_range, unmerged

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.history.commits import HistoryCommit
    from attest.model.link import Link
    from attest.model.receipt import Receipt
    from attest.model.rewrites import Rewrite
    from attest.usecases.instance import Instance

MAX_PAIRS: Final = 100_000
MAX_NEW: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryRequest:
    """What landed, and where it may have come from."""

    repository: Repository
    new: str | None
    """`A..B`, or one revision; None takes the commits that the pairs end in."""
    old: str | None = None
    """`A..B` of what it was; None looks at every branch and pull-request head in the clone."""
    pairs: tuple[tuple[str, str], ...] = ()
    """(old, new) full oids, as git's post-rewrite hook gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What was carried."""

    rewrites: tuple[Rewrite, ...]
    links: tuple[Link, ...]
    receipts: tuple[Receipt, ...]
    known: int
    """Links that were logged before."""
    without_link: tuple[Rewrite, ...]
    """Rewrites whose old commit has no link to carry."""


def carry(request: CarryRequest, instance: Instance) -> Carried:
    """Find what became what, and log a link of kind `rewritten` for each link of an old commit.

    Raises:
        InvalidInput: a revision does not exist, or there is more than can be matched.
    """
    repository = request.repository
    new = _new(request)  # 1
    old = _old(request, new[-1].oid if new else repository.resolve("HEAD"))  # 2
    links: list[Link] = []
    without: list[Rewrite] = []
    with ObjectReader(repository) as reader:
        finder = LinkFinder(repository, reader, instance)
        if request.old is None:
            old = old.only(finder.linked(old.commits))
        rewrites = find_rewrites(repository, old, new, pairs=request.pairs)  # 3
        patches = read_patches(repository, [rewrite.new for rewrite in rewrites])
        for rewrite in rewrites:  # 4
            found = carried(rewrite, finder.of_oid(rewrite.old))
            links += (finder.compared(link, patches[rewrite.new]) for link in found)
            if not found:
                without.append(rewrite)
    receipts, known = log_links(instance, repository, links, maker="carry")  # 5
    return Carried(rewrites=rewrites, links=tuple(links), receipts=receipts, known=known, without_link=tuple(without))


def parse_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Read pairs as git gives them to post-rewrite: `old new [more]` a line; blank lines are passed over.

    Raises:
        InvalidInput: a line is of another form, or there are more than 100,000.
    """
    rows = [line.split() for line in text.splitlines() if line.strip()]
    if len(rows) > MAX_PAIRS:
        raise InvalidInput("input.too-large", "pairs", expected=f"<= {MAX_PAIRS}", got=str(len(rows)))
    if any(len(row) < 2 for row in rows):
        raise InvalidInput("input.malformed", "not pairs of commit ids", expected="old and new id a line")
    return tuple((require_oid(row[0]), require_oid(row[1])) for row in rows)


def _new(request: CarryRequest) -> tuple[HistoryCommit, ...]:
    """Give the commits that landed, oldest first; of pairs, those that are nobody's old commit and are in the clone."""
    repository = request.repository
    if request.new is not None:
        wanted = request.new if ".." in request.new else f"{repository.resolve(request.new)}^!"
        return tuple(reversed(log_commits(repository, (wanted,), most=MAX_NEW)))
    replaced = {old for old, _ in request.pairs}
    ends = dict.fromkeys(new for _, new in request.pairs if new not in replaced and repository.has_commit(new))
    return tuple(reversed(log_commits(repository, ("--no-walk", *ends), most=MAX_NEW))) if ends else ()


def _old(request: CarryRequest, landed: str) -> OldCommits:
    if request.old is not None:
        base, _, tip = request.old.rpartition("..")
        base, tip = base.rstrip("."), request.repository.resolve(tip or "HEAD")
        start = request.repository.resolve(base) if base else request.repository.merge_base(landed, tip) or tip
        return old_range(request.repository, start, tip)
    if request.pairs:
        return OldCommits(commits=(), branches=())
    return unmerged(request.repository, landed)
