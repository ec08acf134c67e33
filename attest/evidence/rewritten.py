"""Evidence of the commits that a commit is proved to be rewritten from: a session of the old commit stands for the new.

A link counts only where this clone recomputes it (`attest.evidence.link_check`), and then only the old commits that the
recomputation is about. The old commit's evidence is judged as if that commit were asked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attest.evidence.link_check import proved_sources
from attest.evidence.locate import find_bundles
from attest.evidence.offline import judge
from attest.model.link_predicate import COMMIT_LINK_V1
from attest.model.review_predicate import REVIEW_V1
from attest.model.session_predicate import SESSION_V1
from attest.model.verdict import EvidenceReport, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attest.evidence.locate import FoundBundle
    from attest.evidence.trust import PinnedRoot
    from attest.git import Repository
    from attest.model.commit import CommitFacts
    from attest.signing.memo import Memo

MAX_OLD_COMMITS: Final = 64
_TAKEN: Final = (SESSION_V1, REVIEW_V1)
"""Of a review the policy says whether it is carried."""


def rewritten_evidence(  # what was judged already, where more is kept, and what is shared
    commit: CommitFacts,
    repository: Repository,
    reports: tuple[EvidenceReport, ...],
    folders: tuple[Path, ...],
    *,
    roots: tuple[PinnedRoot, ...],
    memo: Memo,
    more: Callable[[str], tuple[FoundBundle, ...]] = lambda _: (),
) -> tuple[EvidenceReport, ...]:
    """Give the verified sessions and reviews of the commits that this one is proved to be rewritten from.

    They are linked as `rewritten`.

    `folders` hold bundles by commit; `more` gives what else than the files kept is known of one.
    """
    sources: dict[str, None] = {}
    for report in reports:
        if report.predicate_type == COMMIT_LINK_V1 and report.link == "rewritten" and report.statement is not None:
            sources |= dict.fromkeys(proved_sources(report.statement, commit, repository))
    found: list[EvidenceReport] = []
    for oid in list(sources)[:MAX_OLD_COMMITS]:
        old = repository.commit_facts(oid)
        kept = find_bundles(repository, oid, folders)
        known = {one.data for one in kept}
        for bundle in (*kept, *(one for one in more(oid) if one.data not in known)):
            judged = judge(bundle, old, repository, roots=roots, memo=memo)
            if judged is not None and judged.verdict is Verdict.PASS and judged.predicate_type in _TAKEN:
                found.append(replace(judged, link="rewritten"))
    return tuple(found)
