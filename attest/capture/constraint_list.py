"""Constraints with their state: what persons and instruction files demand, until when, and what broke it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from attest.capture.acts import Act, ActKind, acts_of
from attest.capture.breaks import breaks
from attest.capture.demands import Demand, demands_in
from attest.capture.named_paths import Match
from attest.capture.relaxations import affirmed, ends, is_bare_yes, takes_back
from attest.capture.text import preview
from attest.capture.trail import Trail
from attest.capture.utterances import EventOrder, Utterance, utterances_of
from attest.model.basis import Basis, Evidence
from attest.model.constraints import Constraint, ConstraintKind, ConstraintSource, ConstraintState
from attest.model.session import Session

MAX_CONSTRAINTS = 500
MAX_SPOKEN_CHARS = 2 * 1024 * 1024
"""Words of persons that are searched for demands, in one session."""
MAX_BREAKS_SHOWN = 8
MAX_WORDS_CHARS = 300
MAX_TARGETS = 12
MAX_COMPARED = 5_000_000
"""Sentences and acts compared with demands, in one session; what is left over then stays unknown."""
_BLIND = frozenset({"subagent-transcript", "dropped-record", "truncated-tail", "oversized-line", "bad-line", "limit"})
"""Gaps behind which an act may hide: with one of them nothing is called kept."""
_ASKS_NOBODY = frozenset({"bypassPermissions", "allow-all", "yolo", "yes-always", "never", "NeverConfirm"})
"""Permission modes in which the agent's program asks for nothing by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """One demand where it was made."""

    demand: Demand
    source: ConstraintSource
    seq: int
    ts: datetime | None
    evidence: Evidence
    unclear: bool


def constraints_of(session: Session, trail: Trail) -> tuple[Constraint, ...]:
    """Give the constraints of a session in order, at most `MAX_CONSTRAINTS`."""
    order = EventOrder(session)
    spoken = utterances_of(session, trail, order)
    said = sorted((*_of_people(spoken), *_of_files(trail)), key=lambda one: one.evidence.record)
    book = _Book(session, trail, spoken, order)
    return tuple(book.judged(one) for one in said[:MAX_CONSTRAINTS])


def _of_people(spoken: Sequence[Utterance]) -> Iterator[_Said]:
    left = MAX_SPOKEN_CHARS
    for one in spoken:
        if one.source is None or left <= 0:
            continue
        left -= len(one.words)
        for demand in demands_in(one.words):
            yield _Said(
                demand=demand,
                source=one.source,
                seq=one.seq,
                ts=one.ts,
                evidence=one.evidence,
                unclear=takes_back(demand, one.words),
            )


def _of_files(trail: Trail) -> Iterator[_Said]:
    for shown in trail.shown:
        yield _Said(
            # Nobody takes a standing instruction back with his next words.
            demand=replace(shown.demand, for_now=False)
            if shown.demand.kind is not ConstraintKind.NO_EDITS
            else replace(shown.demand, for_now=False, kind=ConstraintKind.OTHER),
            source=ConstraintSource.INSTRUCTIONS,
            seq=shown.seq,
            ts=shown.place.ts,
            evidence=shown.place.evidence,
            unclear=False,
        )


class _Book:
    """Compares demands with acts."""

    def __init__(self, session: Session, trail: Trail, spoken: Sequence[Utterance], order: EventOrder) -> None:
        self._agent = trail.agent
        self._acts = acts_of(session, trail)
        self._records = [act.evidence.record for act in self._acts]
        self._spoken = spoken
        self._spoken_at = [one.evidence.record for one in spoken]
        self._order = order
        self._blind = sorted({gap.kind for gap in session.gaps} & _BLIND)
        self._made = _made(self._acts)
        self._heads = [affirmed(one.words, one.about) for one in spoken]
        self._yes = [is_bare_yes(one.words) for one in spoken]
        modes = [grant for grant in session.authority.granted if grant.kind == "permission-mode"]
        self._mode_at = [grant.evidence[0].record for grant in modes]
        self._modes = [grant.value for grant in modes]
        self._left = MAX_COMPARED

    def judged(self, said: _Said) -> Constraint:
        """Give a demand with what became of it."""
        asks = said.demand.kind is ConstraintKind.ASK_FIRST
        if said.demand.kind is ConstraintKind.OTHER or (asks and not said.demand.targets):
            return self._constraint(said, ConstraintState.UNKNOWN, "no rule can compare these words with what was done")
        if said.unclear:
            return self._constraint(said, ConstraintState.UNKNOWN, "the same words also ask for it")
        if self._left <= 0:
            return self._constraint(said, ConstraintState.UNKNOWN, "there is too much to compare it with")
        end = self._end(said)
        found, unclear = self._broken_by(said, end)
        if found:
            basis = Basis.OBSERVED if any(act.basis is Basis.OBSERVED for act in found) else Basis.INFERRED
            why = _plural(len(found), "recorded act") + (" contradicts it" if len(found) == 1 else " contradict it")
            return self._constraint(said, ConstraintState.BROKEN, why, found=found, end=end, basis=basis)
        if unclear or asks:
            return self._constraint(said, ConstraintState.UNKNOWN, "an act may contradict it", end=end)
        if self._blind:
            why = f"records are missing ({', '.join(self._blind)})"
            return self._constraint(said, ConstraintState.UNKNOWN, why, end=end)
        return self._constraint(
            said, ConstraintState.KEPT, "no recorded act contradicts it", end=end, basis=Basis.INFERRED
        )

    def _end(self, said: _Said) -> Utterance | None:
        place = bisect_right(self._spoken_at, said.evidence.record)
        for one, heads in zip(self._spoken[place:], self._heads[place:], strict=True):
            self._left -= len(heads) + 1
            if ends(said.demand, heads):
                return one
        return None

    def _broken_by(self, said: _Said, end: Utterance | None) -> tuple[list[Act], bool]:
        first = bisect_right(self._records, said.evidence.record)
        last = bisect_left(self._records, end.evidence.record) if end else len(self._acts)
        found: dict[int, Act] = {}
        unclear = False
        self._left -= last - first
        for place in range(first, last):
            act = self._acts[place]
            answer = breaks(said.demand, act, self._made_before(act))
            agreed = answer is Match.YES and (self._after_yes(said, act) or self._may_have_asked(said, act))
            if answer is Match.YES and not agreed:
                found.setdefault(act.evidence.record, act)
            unclear |= agreed or answer is Match.MAYBE
        return list(found.values()), unclear

    def _after_yes(self, said: _Said, act: Act) -> bool:
        """A person whose last words since then were a mere yes may have agreed to this very act."""
        place = bisect_right(self._spoken_at, act.evidence.record) - 1
        return place >= 0 and self._yes[place] and self._spoken_at[place] > said.evidence.record

    def _may_have_asked(self, said: _Said, act: Act) -> bool:
        """What was to be asked first: not asked for sure only where nobody spoke since, in a mode that asks nobody."""
        if said.demand.kind is not ConstraintKind.ASK_FIRST:
            return False
        place = bisect_right(self._spoken_at, act.evidence.record) - 1
        spoken = place >= 0 and self._spoken_at[place] > said.evidence.record
        mode = bisect_right(self._mode_at, act.evidence.record) - 1
        return spoken or mode < 0 or self._modes[mode] not in _ASKS_NOBODY

    def _made_before(self, act: Act) -> frozenset[str]:
        made = self._made.get(act.path)
        return frozenset((act.path,)) if made is not None and made < act.evidence.record else frozenset()

    def _constraint(
        self,
        said: _Said,
        state: ConstraintState,
        why: str,
        *,
        found: Sequence[Act] = (),
        end: Utterance | None = None,
        basis: Basis = Basis.UNKNOWN,
    ) -> Constraint:
        places = [act.evidence for act in found[:MAX_BREAKS_SHOWN]]
        if end is not None and not found:
            places.append(end.evidence)
        return Constraint(
            words=preview(said.demand.words, MAX_WORDS_CHARS),
            source=said.source,
            kind=said.demand.kind,
            targets=tuple(preview(one) for one in said.demand.targets[:MAX_TARGETS]),
            state=state,
            why=why,
            event=said.seq,
            until_event=end.seq if end else None,
            breaks=len(found),
            ts=said.ts,
            evidence=(said.evidence, *places),
            rule=f"{self._agent}/constraint.{said.source.value}@1",
            basis=basis,
        )


def _made(acts: Sequence[Act]) -> dict[str, int]:
    """Paths that the session made, or may have made with a command, and the record of it."""
    made: dict[str, int] = {}
    for act in acts:
        if act.kind is ActKind.CREATE or (act.kind is ActKind.EDIT and act.basis is Basis.INFERRED):
            made.setdefault(act.path, act.evidence.record)
    return made


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
