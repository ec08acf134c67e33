"""What `whereof verify` writes beside its answer: signed verdicts; and an answer of before, recomputed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from attest.cli.output import print_error, print_json, print_line

if TYPE_CHECKING:
    from attest.model.range_verdict import RangeVerdict
    from attest.model.verdict import CommitVerdict
    from attest.usecases.instance import Instance
    from attest.usecases.issue_verdicts import Issued
    from attest.usecases.recompute_coverage import Recomputed
    from attest.usecases.verify import VerifyRequest

MAX_SHOWN = 40
"""Differences that are printed one by one; JSON has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFiles:
    """Where signed verdicts are asked for; None: not asked for."""

    coverage: Path | None
    vsa: Path | None
    svr: Path | None
    unsigned: bool = False

    @property
    def asked(self) -> bool:
        """Whether any file is asked for."""
        return any((self.coverage, self.vsa, self.svr))

    def require_fitting(self, revision: str, against: Path | None) -> None:
        """Refuse combinations that have no meaning.

        Raises:
            InvalidInput: `input.usage`.
        """
        from attest.errors import InvalidInput

        for wrong, why in (
            ((self.coverage or against) and ".." not in revision, "a coverage is of a range, A..B"),
            (against and self.asked, "--against recomputes a verdict and issues none"),
            (self.unsigned and not self.coverage, "--unsigned goes with --coverage"),
            (
                self.unsigned and (self.vsa or self.svr),
                "a VSA or SVR is worth its signature, and is never written without",
            ),
        ):
            if wrong:
                raise InvalidInput("input.usage", why)


def write_signed(
    files: SignedFiles, request: VerifyRequest, found: RangeVerdict | CommitVerdict, *, quiet: bool
) -> int:
    """Sign, log and write what was asked for, after the answer was printed; gives the exit code of both together.

    A file that cannot be made is exit code 5, unless the answer itself is graver.
    """
    from attest.errors import AttestError
    from attest.model.verdict import Verdict

    try:
        for name, path, issued in _issued(files, request, found):
            _write(path, issued)
            if not quiet:
                _say(name, path, issued)
    except AttestError as err:
        print_error(err, as_json=quiet)
        code = found.exit_code
        return code if code == Verdict.INVALID.exit_code else Verdict.INDETERMINATE.exit_code
    return found.exit_code


def _issued(
    files: SignedFiles, request: VerifyRequest, found: RangeVerdict | CommitVerdict
) -> list[tuple[str, Path, Issued]]:
    from attest.model.range_verdict import RangeVerdict
    from attest.usecases.issue_verdicts import issue_coverage, issue_svr, issue_vsa, unsigned_coverage

    made: list[tuple[str, Path, Issued]] = []
    whole = found if isinstance(found, RangeVerdict) else None
    commits = whole.commits if whole is not None else (found,) if not isinstance(found, RangeVerdict) else ()
    if files.coverage and files.unsigned and whole is not None:
        return [("coverage", files.coverage, unsigned_coverage(whole, request))]
    instance = _instance()
    if files.coverage and whole is not None:
        made.append(("coverage", files.coverage, issue_coverage(whole, request, instance)))
    if files.vsa:
        made.append(("VSA", files.vsa, issue_vsa(commits, request, instance)))
    if files.svr:
        made.append(("SVR", files.svr, issue_svr(commits, request, instance)))
    return made


def _instance() -> Instance:
    from attest.cli.wiring import local_instance

    return local_instance()


def _write(path: Path, issued: Issued) -> None:
    from attest.errors import CannotVerify
    from attest.store.durable import replace_file

    try:
        replace_file(path, issued.lines)
    except OSError as err:
        raise CannotVerify("store.refused", "the file cannot be written", where=str(path)) from err


def _say(name: str, path: Path, issued: Issued) -> None:
    count = issued.lines.count(b"\n")
    signed = f"signed and logged, {issued.attestations[0]}" if issued.attestations else "NOT SIGNED, not logged"
    more = f" and {len(issued.attestations) - 1} more" if len(issued.attestations) > 1 else ""
    print_line(
        f"{name}: {count} {'statement' if count == 1 else 'statements'} in {path}"
        + (f", {signed}{more}" if count else "")
    )
    for oid, why in issued.left_out[:MAX_SHOWN]:
        print_line(f"  none for {oid[:12]}: {why}")
    if len(issued.left_out) > MAX_SHOWN:
        print_line(f"  and none for {len(issued.left_out) - MAX_SHOWN} more")


def recompute(request: VerifyRequest, against: Path, *, as_json: bool) -> int:
    """Recompute a coverage and say whether it comes out the same; gives the exit code."""
    from attest.usecases.recompute_coverage import recompute_coverage

    result = recompute_coverage(request, against)
    if as_json:
        print_json(_recomputed_json(result))
        return result.exit_code
    who = f"signed by {result.signed_by}, issuer {result.issuer}" if result.signed_by else "signed by nobody"
    stated = result.stated
    print_line(f"coverage {stated.base[:12]}..{stated.tip[:12]}, {len(stated.rows)} commits, {who}")
    print_line(
        f"  judged at {stated.judged_at} by whereof {stated.version}, policy {stated.policy}, mode {stated.mode}"
    )
    for one in result.differences[:MAX_SHOWN]:
        print_line(f"  differs: {one.where}: stated {one.stated}; here {one.recomputed}")
    if len(result.differences) > MAX_SHOWN:
        print_line(f"  and {len(result.differences) - MAX_SHOWN} more differences")
    print_line(f"{_WORDS[result.outcome.value]}; the verdict it states: {stated.verdict}; exit code {result.exit_code}")
    return result.exit_code


_WORDS = {
    "pass": "equal: every row comes out the same",
    "invalid": "invalid: on the same evidence, policy and trust roots it does not come out the same",
    "indeterminate": "indeterminate: it cannot be confirmed from what is here",
}


def _recomputed_json(result: Recomputed) -> dict[str, object]:
    return {
        "outcome": {"pass": "equal"}.get(result.outcome.value, result.outcome.value),
        "exit_code": result.exit_code,
        "signed_by": result.signed_by or None,
        "issuer": result.issuer or None,
        "range": {"base": result.stated.base, "tip": result.stated.tip, "commits": len(result.stated.rows)},
        "judged_at": result.stated.judged_at,
        "verdict": result.stated.verdict,
        "differences": [
            {"where": one.where, "stated": one.stated, "recomputed": one.recomputed} for one in result.differences
        ],
    }
