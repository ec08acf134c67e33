"""Verify a range `A..B`: every commit that git counts to it, each under the policy at A.

1. range     git resolves both ends and lists the commits; an empty range is wrong usage, never a pass
2. depth     a clone that cuts the range off cannot answer for it
3. ground    the policy at A, the pinned roots
4. commits   each as `verify_commit` does, a merge by what it brings of its own
5. states    covered, declared, exempt, before-start from 4; marked or unmarked from the marks git shows
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput
from attest.evidence.changed_paths import range_paths, range_rows
from attest.evidence.locate import shared_commits
from attest.evidence.range_files import RangeFiles
from attest.evidence.trust import pinned_roots
from attest.evidence.witnessed import split_named
from attest.git import MAX_COMMIT_OBJECT_BYTES
from attest.history.objects import ObjectReader
from attest.model.commit import parse_commit
from attest.model.range_verdict import RangeVerdict
from attest.policy import evidence_only
from attest.signing.memo import Memo
from attest.signing.selftest import own_selftest
from attest.usecases.answer_book import AnswerBook, by_commit, read_files
from attest.usecases.survey import survey
from attest.usecases.verify import Ground, Verification, applicable, witness_book

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.git import Repository
    from attest.model.commit import CommitFacts
    from attest.model.verdict import CommitVerdict
    from attest.policy.change import Change
    from attest.policy.values import Policy
    from attest.usecases.verify import VerifyRequest

MAX_COMMITS: Final = 50_000


def verify_range(request: VerifyRequest) -> RangeVerdict:
    """Give the verdict for every commit of `A..B`.

    Raises:
        InvalidInput: not of the form `A..B`, an end that does not exist, an empty range, more than 50,000 commits.
        CannotVerify: `program.selftest`.
    """
    own_selftest()
    repository = request.repository
    base, tip = range_ends(repository, request.revision)  # 1
    oids = range_commits(repository, base, tip)
    marks = {one.oid: one.marks for one in survey(repository, (f"{base}..{tip}",)).commits}
    found = _nothing_judged(base, tip, marks)
    files, answers = read_files(request.bundles)
    bundles, proofs = split_named(files)
    try:
        policies, where = applicable(request, base, found.policy_base)  # 3
        found = _under(replace(found, policy_base=where), policies)
        roots = pinned_roots(request.trust, repository, base, request.trust_dir, revocations=request.revocations)
        witnesses = witness_book(request, base, proofs)
        found = replace(found, roots=tuple(one.root.digest.hex() for one in roots))
        commits = read_commits(repository, oids)
        require_whole(repository, commits)  # 2
        rows = range_rows(repository, commits)
        paths = range_paths(repository, commits, rows)
        nested = _nested(repository, base, paths) if policies else ()
    except CannotVerify as err:
        return replace(found, stopped=str(err), stopped_code=err.code)
    named_for, named = by_commit(bundles, frozenset(oids))
    memo = Memo()
    ground = Ground(
        request=request,
        named=named,
        named_for=named_for,
        head=tip,
        memo=memo,
        book=AnswerBook(
            files=answers,
            source=request.answers,
            wanted=oids,
            roots=roots,
            memo=memo,
            index_keys=request.index_keys,
        ),
        base=base,
        base_name=where,
        policies=policies,
        roots=roots,
        paths=paths,
        nested=nested,
        shared=shared_commits(repository),
        witnesses=witnesses,
    )
    with ObjectReader(repository) as objects:
        judged = _judged(replace(ground, files=RangeFiles(repository, rows, objects)), commits, marks)  # 4, 5
    return replace(found, commits=judged, policies=(*found.policies, *((one.name, one.sha256) for one in nested)))


def _nothing_judged(base: str, tip: str, marks: Mapping[str, tuple[str, ...]]) -> RangeVerdict:
    return RangeVerdict(
        base=base,
        tip=tip,
        policy=evidence_only.NAME,
        policy_base=f"{base[:12]}, the base of the range",
        mode=evidence_only.MODE,
        commits=(),
        marks=marks,
    )


def _under(found: RangeVerdict, policies: tuple[Policy, ...]) -> RangeVerdict:
    """Note which policies are applied: the first is the repository's own, whose mode holds."""
    if not policies:
        return found
    named = tuple((one.name, one.sha256) for one in policies)
    return replace(found, policy=policies[0].name, mode=policies[0].mode, policies=named)


def range_ends(repository: Repository, revision: str) -> tuple[str, str]:
    """Give base and tip of `A..B` as full oids.

    Raises:
        InvalidInput: not of that form, or an end that does not exist.
    """
    base, dots, tip = revision.partition("..")
    if not dots or not base or tip.startswith(".") or ".." in tip:
        raise InvalidInput("input.usage", "not a range", expected="A..B", got=revision[:80])
    return repository.resolve(base), repository.resolve(tip or "HEAD")


def range_commits(repository: Repository, base: str, tip: str) -> tuple[str, ...]:
    """Give the commits that git counts to a range, newest first.

    Raises:
        InvalidInput: there are none, or more than 50,000.
    """
    listing = repository.plumbing(["rev-list", "--topo-order", f"--max-count={MAX_COMMITS + 1}", tip, f"^{base}", "--"])
    oids = tuple(listing.decode("ascii").split())
    if not oids:
        raise InvalidInput("input.usage", "the range is empty", expected="at least one commit", got=f"{base}..{tip}")
    if len(oids) > MAX_COMMITS:
        raise InvalidInput("input.too-large", "commits of a range", expected=f"<= {MAX_COMMITS}")
    return oids


def _judged(
    ground: Ground, commits: tuple[CommitFacts, ...], marks: Mapping[str, tuple[str, ...]]
) -> tuple[CommitVerdict, ...]:
    judged = []
    for commit in commits:
        run = Verification(commit)
        run.base_name = ground.base_name
        run.takes(ground.policies)
        run.trusts(ground.roots)
        verdict = run.judged(ground)
        state = verdict.state or ("marked" if marks.get(commit.oid) else "unmarked")
        judged.append(replace(verdict, state=state))
    return tuple(judged)


def read_commits(repository: Repository, oids: tuple[str, ...]) -> tuple[CommitFacts, ...]:
    """Read the raw commit objects through one process.

    Raises:
        CannotVerify: `git.failed`, one cannot be read.
    """
    found = []
    with ObjectReader(repository) as objects:
        for oid in oids:
            item = objects.read(oid, max_bytes=MAX_COMMIT_OBJECT_BYTES)
            if item is None or item.kind != "commit" or item.data is None:
                raise CannotVerify("git.failed", "a commit of the range cannot be read", where=oid)
            found.append(parse_commit(oid, item.data))
    return tuple(found)


def _nested(repository: Repository, base: str, paths: Mapping[str, tuple[Change, ...]]) -> tuple[Policy, ...]:
    """Give the policies of every folder that any commit of the range touches."""
    from attest.evidence.policies import nested_policies  # noqa: PLC0415  # YAML is read only where there is some

    return nested_policies(repository, base, [change for changes in paths.values() for change in changes])


def require_whole(repository: Repository, commits: tuple[CommitFacts, ...]) -> None:
    """Refuse a range whose history this clone cuts off: commits that are not here would go unjudged.

    Raises:
        CannotVerify: `git.shallow`.
    """
    if not repository.is_shallow():
        return
    here = {commit.oid for commit in commits}
    parents = {parent for commit in commits for parent in commit.parents} - here
    missing = [oid for oid in sorted(parents) if not repository.has_commit(oid)]
    if missing:
        raise CannotVerify("git.shallow", got=f"{len(here)} commits of the range, {len(missing)} parents missing")
