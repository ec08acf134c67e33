"""The answer of the gate for a range: every commit in one of six states, and the gravest verdict of them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from attest.model.verdict import CommitVerdict, Verdict

STATES: Final = ("covered", "declared", "exempt", "marked", "unmarked", "before-start")
"""The states of decision D13. `unmarked` is "not known", never "a person's"."""
_GRAVEST_FIRST: Final = tuple(sorted(Verdict, key=lambda verdict: verdict.severity, reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeVerdict:
    """The verdict on `A..B`."""

    base: str
    tip: str
    policy: str
    policy_base: str
    mode: str
    commits: tuple[CommitVerdict, ...]
    """Every commit that git counts to the range, newest first; never empty."""
    marks: Mapping[str, tuple[str, ...]]
    """What bears an agent's mark, by commit."""
    stopped: str = ""
    """Why nothing could be judged; empty where it could."""
    stopped_code: str = ""
    """Catalogue code of `stopped`."""
    policies: tuple[tuple[str, str], ...] = ()
    """(name, SHA-256) of every policy file that was applied, the repository's own first; empty: the built-in one."""
    roots: tuple[str, ...] = ()
    """SHA-256 of every trust root that was pinned."""

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of any commit: invalid, indeterminate, absent, policy, pass."""
        if self.stopped:
            return Verdict.INDETERMINATE
        return max((one.verdict for one in self.commits), key=lambda verdict: verdict.severity)

    @property
    def exit_code(self) -> int:
        """The gravest exit code of any commit under its mode, in the order 3, 5, 4, 1, 0."""
        if self.stopped:
            return Verdict.INDETERMINATE.exit_code if self.mode == "enforce" else 0
        codes = {one.exit_code for one in self.commits}
        return next(verdict.exit_code for verdict in _GRAVEST_FIRST if verdict.exit_code in codes)

    def states(self) -> Mapping[str, int]:
        """Give how many commits are in each state, states without commits included."""
        counted = Counter(one.state for one in self.commits)
        return {state: counted[state] for state in STATES}

    def verdicts(self) -> Mapping[str, int]:
        """Give how many commits came to each verdict."""
        counted = Counter(one.verdict.value for one in self.commits)
        return {verdict.value: counted[verdict.value] for verdict in _GRAVEST_FIRST}
