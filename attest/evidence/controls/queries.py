"""The questions that controls ask of the facts of a report. Each counts what it looked at, what it found, and what is not known.

A question gives exceptions, never an opinion: none found means that the data show none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from attest.evidence.report.counted import best_review

if TYPE_CHECKING:
    from attest.evidence.report.facts import Change, Entry, LandingFact, ReportFacts, SessionFact

UNATTENDED: Final = frozenset({"bypassPermissions", "dontAsk", "never", "allow-all"})
"""Permission modes under which an agent asks nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing that a question found, or could not settle."""

    what: str
    """A full oid, `ses_…` or `att_…`."""
    why: str
    log_indices: tuple[int, ...]
    """Empty: nothing of it is in a log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """The answer to one question."""

    query: str
    asks: str
    unit: str
    looked_at: int
    exceptions: tuple[Hit, ...]
    not_known: tuple[Hit, ...]
    open: str = ""
    """Why the whole question is not known; empty where it could be asked."""

    @property
    def says(self) -> str:
        """Say what came out in one sentence."""
        if self.open:
            return f"Not known: {self.open}."
        count = f"{self.looked_at:,} {self.unit} looked at"
        found = f"{len(self.exceptions):,} exception" + ("" if len(self.exceptions) == 1 else "s")
        return f"{count}, {found}, {len(self.not_known):,} not known."


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question."""

    asks: str
    unit: str
    run: Callable[[ReportFacts], tuple[int, Iterable[tuple[Hit, bool]], str]]
    """Gives how many were looked at, (hit, whether it is known) for each that is not in order, and why it is open."""


def ask(name: str, facts: ReportFacts) -> QueryResult:
    """Give the answer to a question; equal facts give an equal answer.

    Raises:
        KeyError: no question of that name; a pack that passed its schema names none.
    """
    query = QUERIES[name]
    looked_at, hits, open_ = query.run(facts)
    given = tuple(hits)
    return QueryResult(
        query=name,
        asks=query.asks,
        unit=query.unit,
        looked_at=looked_at,
        exceptions=tuple(hit for hit, known in given if known),
        not_known=tuple(hit for hit, known in given if not known),
        open=open_,
    )


_Found = tuple[int, Iterable[tuple[Hit, bool]], str]


def _policy_met(facts: ReportFacts) -> _Found:
    rows = (
        (_of_change(one, f"verdict {one.verdict}" + _first(one)), one.verdict != "indeterminate")
        for one in facts.failing
    )
    return len(facts.changes), rows, ""


def _landed_on_a_pass(facts: ReportFacts) -> _Found:
    named = [(one, one.landing) for one in facts.changes]
    if named and not any(landing for _, landing in named):
        return 0, (), "no log was asked for the verdicts that stood"
    landed = [(one, landing) for one, landing in named if landing is None or landing.outcome != "not-landed"]
    rows = (
        (_of_landing(one, landing), landing is not None and _settled(landing))
        for one, landing in landed
        if landing is None or not landing.stood
    )
    return len(landed), rows, ""


def _reviewed(facts: ReportFacts) -> _Found:
    named = ((one, best_review(one.reviews)) for one in facts.changes)
    rows = (
        (_of_change(one, f"best signed review: {word}"), word != "independence not known")
        for one, word in named
        if word != "independent"
    )
    return len(facts.changes), rows, ""


def _origin(facts: ReportFacts) -> _Found:
    rows = (
        (_of_change(one, f"state {one.state}"), one.state == "marked")
        for one in facts.changes
        if one.state in ("marked", "unmarked", "before-start")
    )
    return len(facts.changes), rows, ""


def _exceptions(facts: ReportFacts) -> _Found:
    rows = (
        (_of_entry(one.entry, f"granted for {', '.join(one.rules)}, {_state(expired=one.expired)}"), True)
        for one in facts.exceptions
    )
    return len(facts.exceptions), rows, ""


def _tested(facts: ReportFacts) -> _Found:
    rows = (
        (_of_session(one, f"tests: {_tests(one) or 'none on record'}"), bool(_tests(one)))
        for one in facts.sessions
        if not any(check.kind == "test" and check.outcome == "passed" for check in one.checks)
    )
    return len(facts.sessions), rows, ""


def _secrets(facts: ReportFacts) -> _Found:
    return len(facts.sessions), _counted(facts, "access.secret", "secrets reached"), ""


def _unattended(facts: ReportFacts) -> _Found:
    rows = (
        (_of_session(one, f"permission modes: {', '.join(one.modes) or 'none named'}"), bool(one.modes))
        for one in facts.sessions
        if not one.modes or UNATTENDED & set(one.modes)
    )
    return len(facts.sessions), rows, ""


def _gaps(facts: ReportFacts) -> _Found:
    if facts.gaps is None:
        return 0, (), "no log was asked for gaps"
    rows = ((_of_entry(one.entry, f"{one.kind} from {one.start}, {one.count:,}"), True) for one in facts.gaps)
    return len(facts.gaps), rows, ""


def _entries(facts: ReportFacts) -> _Found:
    seen = {one.attestation: one for change in facts.changes for one in change.entries}
    rows = (
        (_of_entry(one, f"{one.kind}: {one.verdict}" + (", in no log" if one.log_index is None else "")), _bad(one))
        for one in seen.values()
        if one.verdict != "pass" or one.log_index is None
    )
    return len(seen), rows, ""


def _complete(facts: ReportFacts) -> _Found:
    open_ = "" if facts.list_proved else "nobody proved that the list of evidence is complete"
    return len(facts.changes), (), open_


def _counted(facts: ReportFacts, name: str, words: str) -> Iterable[tuple[Hit, bool]]:
    for one in facts.sessions:
        count = one.count(name)
        if count is None or count.basis == "unknown":
            yield _of_session(one, f"{words}: not known"), False
        elif count.count:
            yield _of_session(one, f"{words}: {count.count:,} ({count.basis})"), True


QUERIES: Final[Mapping[str, Query]] = MappingProxyType(
    {
        "policy-met": Query(asks="Which changes do not meet the policy?", unit="changes", run=_policy_met),
        "landed-on-a-pass": Query(
            asks="Before which changes landed was no pass logged under a policy in enforce?",
            unit="changes on the default branch",
            run=_landed_on_a_pass,
        ),
        "independent-review": Query(
            asks="Which changes have no signed, standing review by a person other than the runner?",
            unit="changes",
            run=_reviewed,
        ),
        "origin-recorded": Query(
            asks="Of which changes is it not on record how they came about?", unit="changes", run=_origin
        ),
        "exceptions-granted": Query(
            asks="Which signed exceptions set a rule aside?", unit="exceptions", run=_exceptions
        ),
        "tests-seen-passing": Query(asks="In which sessions was no test seen passing?", unit="sessions", run=_tested),
        "secrets-reached": Query(asks="Which sessions reached secrets?", unit="sessions", run=_secrets),
        "unattended-runs": Query(asks="Which sessions asked nobody before acting?", unit="sessions", run=_unattended),
        "capture-gaps": Query(asks="When was capture known to be missing?", unit="gaps", run=_gaps),
        "entries-hold": Query(
            asks="Which entries fail a check of signature, time, log or content?",
            unit="pieces of evidence",
            run=_entries,
        ),
        "list-complete": Query(
            asks="Is the list of evidence proved complete for every change?", unit="changes", run=_complete
        ),
    }
)
"""Every question there is. A pack names them; it cannot bring its own."""


def _of_change(one: Change, why: str) -> Hit:
    return Hit(what=one.oid, why=why, log_indices=one.log_indices)


def _of_session(one: SessionFact, why: str) -> Hit:
    return Hit(what=one.session, why=why, log_indices=_index(one.entry))


def _of_entry(one: Entry, why: str) -> Hit:
    return Hit(what=one.attestation, why=why, log_indices=_index(one))


def _index(one: Entry) -> tuple[int, ...]:
    return () if one.log_index is None else (one.log_index,)


def _bad(one: Entry) -> bool:
    return one.verdict == "invalid"


def _state(*, expired: bool) -> str:
    return "expired" if expired else "not expired"


def _of_landing(change: Change, one: LandingFact | None) -> Hit:
    if one is None:
        return _of_change(change, "what stood when it landed is not known")
    why = f"landed {one.outcome}: {one.why}; policy then in enforce: {one.enforced}"
    return Hit(what=change.oid, why=why, log_indices=tuple(index for index, _ in one.entries))


def _settled(one: LandingFact) -> bool:
    return one.outcome in ("against-verdict", "without-verdict") or one.enforced == "no"


def _first(one: Change) -> str:
    return f", {one.reasons[0].rule}: {one.reasons[0].check}" if one.reasons else ""


def _tests(one: SessionFact) -> str:
    return ", ".join(f"{check.count:,} {check.outcome}" for check in one.checks if check.kind == "test")
