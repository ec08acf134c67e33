"""Recompute a coverage: anyone with the clone and the same evidence gets the same rows, or is told what differs. Offline.

1. read      the file: bundles under a pinned root, or statements labelled unsigned; every part of one coverage
2. subject   the tip is the commit the statement binds, and the range is the one asked for
3. judge     the range again, at the moment the statement names, from the attestations it names and no others
4. compare   policy, trust roots, version, inputs, then every row

What differs on the same ground is a false statement (`invalid`); on other ground nothing is known (`indeterminate`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput, NotVerified
from attest.evidence.commit_check import check_subject
from attest.evidence.trust import pinned_roots, root_for
from attest.model.coverage import coverage_of, joined
from attest.model.coverage_predicate import COVERAGE_V1, MAX_PARTS
from attest.model.statement import parse_statement
from attest.model.verdict import Verdict
from attest.signing.bundle import parse_bundle
from attest.signing.verify import AnyIdentity, verify_bundle
from attest.usecases.state_coverage import Judge, moment_of, state_coverage
from attest.usecases.unsigned import unsigned_statement
from attest.usecases.verify import POLICY_FILE, VerifyRequest
from attest.usecases.verify_range import verify_range

if TYPE_CHECKING:
    from pathlib import Path

    from attest.evidence.trust import PinnedRoot
    from attest.model.coverage import Coverage, CoverageRow
    from attest.model.range_verdict import RangeVerdict
    from attest.model.statement import Statement

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
_MARKS: Final = frozenset({"marked", "unmarked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where statement and recomputation part."""

    where: str
    """`version`, `list`, `policy`, `trust`, `inputs`, `result`, `mode`, or the commit's oid and the member."""
    stated: str
    recomputed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """What became of it."""

    stated: Coverage
    found: RangeVerdict
    """The range as judged again."""
    signed_by: str
    """Identity as certified; empty: nobody signed it."""
    issuer: str
    differences: tuple[Difference, ...]
    outcome: Verdict
    """`pass`: equal. `invalid`: it differs on the same ground. `indeterminate`: the ground differs."""

    @property
    def exit_code(self) -> int:
        """The exit code of the range as judged again; where it could not be confirmed, that of the outcome."""
        return self.found.exit_code if self.outcome is Verdict.PASS else self.outcome.exit_code


def recompute_coverage(request: VerifyRequest, file: Path) -> Recomputed:
    """Recompute the coverage in a file for the range `A..B` that the request names.

    Raises:
        InvalidInput: no such file or range, or parts are missing.
        NotVerified: a signature or proof does not hold, it is no coverage, or it is about another range.
        CannotVerify: it is signed under no pinned root.
    """
    repository = request.repository
    base, _, tip = request.revision.partition("..")
    base, tip = repository.resolve(base), repository.resolve(tip or "HEAD")
    roots = pinned_roots(request.trust, repository, base, request.trust_dir, revocations=request.revocations)
    signed = [_statement(line, roots) for line in _lines(file)]  # 1
    facts = repository.commit_facts(tip)
    for one in signed:
        check_subject(one[0], facts)  # 2
    stated = _joined([statement for statement, _, _ in signed])
    if (stated.base, stated.tip) != (base, tip):
        raise NotVerified("evidence.subject", expected=f"{base}..{tip}", got=f"{stated.base}..{stated.tip}")
    if len({(identity, issuer) for _, identity, issuer in signed}) != 1:
        raise NotVerified("evidence.identity", "the parts are signed by different identities", where=str(file))
    again = replace(
        request,
        now=moment_of(stated),
        only=frozenset(name for name, _ in stated.inputs),
        answers=request.answers if stated.as_of["list"] == "proved" else None,
        policy=request.policy or (f"{stated.read_at}:{POLICY_FILE}" if stated.chosen == "caller" else None),
    )
    found = verify_range(again)  # 3
    recomputed = state_coverage(found, again, Judge(verifier=stated.verifier))
    ground, rows = _ground(stated, recomputed), _rows(stated, recomputed)  # 4
    return Recomputed(
        stated=stated,
        found=found,
        signed_by=signed[0][1],
        issuer=signed[0][2],
        differences=(*ground, *rows),
        outcome=_outcome(ground, rows, stated, recomputed),
    )


def _lines(file: Path) -> list[bytes]:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_FILE_BYTES + 1)
    except OSError as err:
        raise InvalidInput("input.not-found", where=str(file)) from err
    lines = [line for line in data.split(b"\n") if line.strip()]
    if len(data) > MAX_FILE_BYTES or not 1 <= len(lines) <= MAX_PARTS:
        raise InvalidInput("input.too-large", "a coverage", expected=f"1 to {MAX_PARTS} lines", where=str(file))
    return lines


def _statement(line: bytes, roots: tuple[PinnedRoot, ...]) -> tuple[Statement, str, str]:
    """Give a statement with its signer; both empty where the file itself says that nobody signed."""
    bare = unsigned_statement(line)
    if bare is not None:
        return bare, "", ""
    bundle = parse_bundle(line)
    pinned = root_for(bundle, roots)
    if pinned is None:
        raise CannotVerify("evidence.untrusted", where="the coverage")
    verified = verify_bundle(bundle, pinned.root, AnyIdentity(), None)
    return parse_statement(verified.payload or b""), verified.identity or "", verified.issuer or ""


def _joined(statements: list[Statement]) -> Coverage:
    for one in statements:
        if one.predicate_type != COVERAGE_V1:
            raise NotVerified("evidence.statement", expected=COVERAGE_V1, got=one.predicate_type[:200])
    try:
        return joined([coverage_of(one.predicate) for one in statements])
    except InvalidInput as err:
        raise NotVerified("evidence.statement", err.what, expected=err.expected, where=err.where) from err


def _ground(stated: Coverage, recomputed: Coverage) -> tuple[Difference, ...]:
    """Compare what the rows rest on."""
    here = {name for name, _ in recomputed.inputs}
    missing = tuple(name for name, _ in stated.inputs if name not in here)
    pairs = (
        ("version", stated.version, recomputed.version),
        ("list", str(stated.as_of["list"]), str(recomputed.as_of["list"])),
        ("policy", _words(stated.policy, *stated.policies), _words(recomputed.policy, *recomputed.policies)),
        ("trust", _words(*stated.trust), _words(*recomputed.trust)),
    )
    found = [Difference(where=name, stated=one, recomputed=other) for name, one, other in pairs if one != other]
    found += [Difference(where="inputs", stated=name, recomputed="not here") for name in missing]
    if recomputed.stopped and not stated.stopped:
        found.append(Difference(where="result", stated=stated.verdict, recomputed=f"stopped: {recomputed.stopped}"))
    return tuple(found)


def _rows(stated: Coverage, recomputed: Coverage) -> tuple[Difference, ...]:
    others = {row.oid: row for row in recomputed.rows}
    found: list[Difference] = []
    for row in stated.rows:
        other = others.pop(row.oid, None)
        if other is None:
            found.append(Difference(where=f"{row.oid} commit", stated=row.verdict, recomputed="not in the range"))
        else:
            found += _row(row, other)
    found += [Difference(where=f"{oid} commit", stated="no row", recomputed=row.verdict) for oid, row in others.items()]
    if stated.mode != recomputed.mode:
        found.append(Difference(where="mode", stated=stated.mode, recomputed=recomputed.mode))
    return tuple(found)


def _row(row: CoverageRow, other: CoverageRow) -> list[Difference]:
    pairs = (
        ("state", row.state, other.state),
        ("verdict", row.verdict, other.verdict),
        ("tier", row.tier, other.tier),
        ("ignored", str(row.ignored), str(other.ignored)),
        ("inputs", _words(*row.inputs), _words(*other.inputs)),
        ("reasons", _reasons(row), _reasons(other)),
    )
    return [Difference(where=f"{row.oid} {name}", stated=one, recomputed=two) for name, one, two in pairs if one != two]


def _outcome(
    ground: tuple[Difference, ...], rows: tuple[Difference, ...], stated: Coverage, recomputed: Coverage
) -> Verdict:
    if not rows and not any(one.where in {"policy", "result"} for one in ground):
        return Verdict.PASS
    # Marks in notes, and bundles of strangers, are this clone's: a clone without them says other things in good faith.
    others = {row.oid: row for row in recomputed.rows}
    shaky = any(
        row.oid in others and (row.ignored != others[row.oid].ignored or {row.state, others[row.oid].state} == _MARKS)
        for row in stated.rows
    )
    return Verdict.INDETERMINATE if ground or shaky else Verdict.INVALID


def _reasons(row: CoverageRow) -> str:
    return "; ".join(sorted(f"{one.check} ({one.rule}): {one.verdict} {one.mode}" for one in row.reasons))


def _words(*words: str) -> str:
    return ", ".join(words) or "none"
