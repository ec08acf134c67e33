"""The complete answers of one run of the gate: those in files that the caller named, then those asked for once.

Nothing is loaded before an answer is there or a policy needs one: most runs of the gate need none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, AttestError, CannotVerify, Conflict, Refused
from attest.evidence.locate import read_named
from attest.model.statement import parse_statement
from attest.signing.bundle import parse_bundle
from attest.signing.dsse import Envelope

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attest.evidence.completeness import Answers, Judged
    from attest.evidence.locate import FoundBundle
    from attest.evidence.trust import PinnedRoot
    from attest.ledger.index import IndexKeys
    from attest.signing.memo import Memo

BEGINS: Final = b'{"answer":"complete-answer/'
MAX_ANSWER_BYTES: Final = 256 * 1024 * 1024
"""A file of answers: one line of at most 64 MiB for each 128 commits."""

Files = tuple[tuple[str, bytes], ...]
"""Where each file of answers is from, and its bytes."""


def read_files(paths: tuple[Path, ...]) -> tuple[tuple[FoundBundle, ...], Files]:
    """Give the bundles and the complete answers among the files that the caller named.

    Raises:
        InvalidInput: a file does not exist, or is larger than its kind may be.
    """
    bundles, answers = [], []
    for path in paths:
        found = read_named(path, most=MAX_ANSWER_BYTES, begins=BEGINS)
        if found.data.startswith(BEGINS):
            answers.append((found.source, found.data))
        else:
            bundles.append(found)
    return tuple(bundles), tuple(answers)


def by_commit(
    bundles: tuple[FoundBundle, ...], oids: frozenset[str]
) -> tuple[dict[str, tuple[FoundBundle, ...]], tuple[FoundBundle, ...]]:
    """Sort bundles of a range by the commits that they claim to speak of; those that claim none of it stand apart.

    A claim is not a check: it says for which commits a bundle is judged, and whoever claims none is judged for all.
    """
    found: dict[str, tuple[FoundBundle, ...]] = {}
    apart = []
    for one in bundles:
        claimed = _claimed(one) & oids
        for oid in claimed:
            found[oid] = (*found.get(oid, ()), one)
        if not claimed:
            apart.append(one)
    return found, tuple(apart)


def _claimed(found: FoundBundle) -> frozenset[str]:
    try:
        content = parse_bundle(found.data).content
        statement = parse_statement(content.payload) if isinstance(content, Envelope) else None
    except AttestError:
        return frozenset()
    return frozenset(one.git_commit for one in statement.subjects if one.git_commit) if statement else frozenset()


@dataclass(slots=True, kw_only=True)
class AnswerBook:
    """Complete answers, loaded when they are needed."""

    files: Files
    source: Callable[[tuple[str, ...]], Files] | None
    """Asks this machine's ledger or a server; None: nobody is asked."""
    wanted: tuple[str, ...]
    """All commits of the run: the source is asked for them at once."""
    roots: tuple[PinnedRoot, ...]
    memo: Memo
    index_keys: Callable[[], IndexKeys] | None = None
    """Reads the keys of private logs that are held here; None: there are none."""
    answers: Answers | None = None
    asked: bool = False

    def about(self, oid: str) -> tuple[FoundBundle, ...]:
        """Give the bundles that answers known so far brought for a commit."""
        if self.answers is None and not self.files:
            return ()
        return self._loaded().about(oid)

    def bad(self) -> str:
        """Say what is wrong with an answer that claims a pinned log; empty where nothing is."""
        return str(self.answers.bad) if self.answers is not None and self.answers.bad is not None else ""

    def ask(self) -> None:
        """Ask the source, once, where no file answers for every commit of the run."""
        answers = self._loaded()
        if self.asked or self.source is None or answers.covers(self.wanted):
            return
        self.asked = True
        try:
            answers.take(self.source(self.wanted))
        except (Absent, CannotVerify, Conflict, Refused) as err:
            answers.unusable = answers.unusable or str(err)

    def judge(self, oid: str, here: tuple[FoundBundle, ...]) -> Judged:
        """Say whether the evidence here is all there is for a commit."""
        return self._loaded().judge(oid, here)

    def _loaded(self) -> Answers:
        from attest.evidence.completeness import Answers  # noqa: PLC0415  # only where there is one, or one is needed

        if self.answers is None:
            self.answers = Answers(self.roots, self.memo)
            if self.index_keys is not None:
                self.answers.index_keys = self.index_keys()
            self.answers.take(self.files)
        return self.answers
