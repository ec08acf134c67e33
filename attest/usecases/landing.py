"""Section 8's last row: the verdict that stood when a commit landed, where the log and the clone together can say so.

1. landing   the first-parent merge of the remote's default branch that brought the commit; its committer's time, unsigned
2. verdict   the newest coverage that names the commit, certified here, and logged before that

A commit that stands on the first-parent line itself (pushed, squashed, rebased) was never judged before it stood there:
when it landed is not known without a forge. What is not known says why, and which verdict was logged last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify
from attest.model.answer import Mark, Row, attestation, commit
from attest.model.answer_parts import not_recorded
from attest.model.answer_words import time_text
from attest.model.basis import Basis
from attest.model.times import moment_at
from attest.usecases.logged_verdicts import verdicts_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.git import Repository
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance
    from attest.usecases.logged_verdicts import LoggedVerdict

TERM: Final = "verdict then"
NONE_LOGGED: Final = "no verdict was logged when it landed"
_MARKS: Final = {mark.value: mark for mark in (Mark.PASS, Mark.POLICY, Mark.INVALID, Mark.ABSENT, Mark.INDETERMINATE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """The merge that brought a commit to the default branch."""

    oid: str
    at: int
    """The merge's committer time, seconds since the epoch: unsigned."""


def verdict_row(instance: Instance, rows: Sequence[StoredAttestation], oid: str, repository: Repository | None) -> Row:
    """Give the row; `rows` is what is logged of the commit."""
    said = verdicts_on(rows, oid)
    # Anyone may send a signed coverage: only those that this instance's own authority certified stand for its gate.
    own = tuple(one for one in said if one.issuer == instance.services.issuer)
    if not own:
        others = f"; {len(said)} of other authorities are logged" if said else ""
        return not_recorded(TERM, NONE_LOGGED + others)
    landed, why = _landing(repository, oid)
    if landed is None:
        return _not_known(own[0], why)
    before = [one for one in own if one.signed_at is not None and one.signed_at <= landed.at]
    if not before:
        return _not_known(own[-1], f"the first verdict was logged after merge {landed.oid[:12]}")
    stood = before[0]
    return Row(
        term=TERM,
        mark=_MARKS[stood.row.verdict],
        text=f"{_said(stood)}; it landed by merge {landed.oid[:12]} at {_time(landed.at)}",
        note="the gate’s word; the merge’s time is its committer’s, unsigned",
        pointers=(attestation(stood.attestation), commit(landed.oid)),
        basis=Basis.REPORTED,
    )


def _not_known(one: LoggedVerdict, why: str) -> Row:
    return Row(
        term=TERM,
        mark=Mark.NOT_KNOWN,
        word="not known",
        text=f"{why}; a verdict was logged: {one.row.verdict}, {_said(one)}",
        pointers=(attestation(one.attestation),),
        basis=Basis.UNKNOWN,
    )


def _said(one: LoggedVerdict) -> str:
    coverage, row = one.coverage, one.row
    policy = f"policy sha256:{coverage.policies[0][:12]}" if coverage.policies else f"policy {coverage.policy}"
    tier = f", tier {row.tier}" if row.tier else ""
    logged = "at a time that is not known" if one.signed_at is None else _time(one.signed_at)
    return f"{row.state}, {policy}{tier}, mode {coverage.mode}, logged {logged}"


def _landing(repository: Repository | None, oid: str) -> tuple[Landing | None, str]:
    if repository is None:
        return None, "no clone is at hand to say when it landed"
    tip = repository.default_branch()
    if tip is None:
        return None, "the clone knows no default branch of a remote, so when it landed is not known"
    try:
        line = repository.plumbing(["rev-list", "--first-parent", tip, f"^{oid}", "--"]).decode("ascii").split()
        after = repository.plumbing(["rev-list", "--ancestry-path", f"{oid}..{tip}", "--"]).decode("ascii").split()
    except CannotVerify:
        return None, "git could not say when it landed"
    inside = frozenset(after)
    merge = next((one for one in reversed(line) if one in inside), None)
    if merge is None:
        return None, "it is not on the remote's default branch as last fetched, or is its tip"
    facts = repository.commit_facts(merge)
    if facts.parents[:1] == (oid,) or len(facts.parents) == 1:
        return None, "it stands on the default branch itself: when it was put there is not known, no forge is connected"
    return Landing(oid=merge, at=facts.committed_at), ""


def _time(seconds: int) -> str:
    return time_text(moment_at(seconds))
