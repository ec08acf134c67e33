"""The sentences of a report, each from counts and none from an opinion."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.evidence.report.counted import BUILT_IN, best_review, checks_by_kind, states, total, verdicts
from attest.model.answer_words import time_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.evidence.report.facts import PopulationFact, ReportFacts

FEW_PEOPLE: Final = (
    "Fewer than five people signed sessions here, so what people did is not added up: "
    "each session’s entry says it for that session."
)
NO_SESSIONS: Final = "No session is on record for these changes: not known, which is not none."
NO_LOG: Final = "No log was asked: completeness not proved."
_APART: Final = (("exempt", "exempt"), ("before-start", "older than the policy’s start"))
OUTCOMES: Final = (
    ("passed", "a pass"),
    ("against-verdict", "another verdict"),
    ("without-verdict", "no verdict"),
    ("not-known", "not known"),
    ("not-landed", "not landed"),
)
"""How a change can have landed, in the words of a report."""
SUPPORTS: Final = "This report supports a test by an auditor. It is no opinion on any control."


def sentence(facts: ReportFacts) -> str:
    """Say in one sentence what the range came to."""
    if facts.stopped:
        return f"{_changes(len(facts.changes))}, not judged: {facts.stopped}."
    if not facts.changes:
        return "No change is in this range, so nothing was judged."
    counted = dict(states(facts))
    known = [
        f"{counted['covered']:,} with a recorded session",
        f"{counted['declared']:,} declared by a person",
        *(f"{counted[name]:,} {words}" for name, words in _APART if counted[name]),
        f"{counted['marked'] + counted['unmarked']:,} not known",
    ]
    passing = len(facts.changes) - len(facts.failing)
    met = f"the policy is met by {passing:,}, {len(facts.failing):,} do not pass"
    return f"{_changes(len(facts.changes))}: {', '.join(known)}; {met}."


def subtitle(facts: ReportFacts) -> tuple[str, ...]:
    """Say which range, when, and under which policy."""
    policy = facts.policy
    judged = f"Judged at {facts.made_at[:19]}Z by whereof {facts.version}"
    return (
        f"{facts.repository or 'repository not known'}, {facts.base[:12]}..{facts.tip[:12]}, {period(facts)}",
        f"{judged}; policy {policy.name}, mode {policy.mode}, read at {policy.base}",
        *((_population(facts.population),) if facts.population else ()),
    )


def _population(one: PopulationFact) -> str:
    missing = f"; {len(one.missing):,} of its rows are no change of this clone’s range" if one.missing else ""
    rows = f"{_plural(one.rows, 'row')}, sha256 {one.sha256}"
    return f"Held to population {one.id}, log entry {index(one.log_index)}, of tree size {one.tree_size:,}: {rows}{missing}"


def period(facts: ReportFacts) -> str:
    """Give the days of the first and the last change, by the committer’s clock."""
    times = [one.committed_at for one in facts.changes if one.committed_at is not None]
    if not times:
        return "no dated change"
    return f"{day(min(times))} to {day(max(times))} (committer’s clock, UTC)"


def foot(facts: ReportFacts) -> tuple[str, ...]:
    """Give the lines that end a report."""
    head = facts.head
    log = NO_LOG if head is None else f"As of tree size {head.tree_size:,}, root {head.root}, log {head.origin}."
    return (log, f"Facts sha256:{facts.digest}", SUPPORTS)


def agents(facts: ReportFacts) -> str:
    """Say which agents and models the sessions name."""
    if not facts.sessions:
        return NO_SESSIONS
    named = _counted(one.agent for one in facts.sessions)
    models = _counted(model for one in facts.sessions for model in one.models) or "none named"
    return f"{_plural(len(facts.sessions), 'session')}: {named}. Models, as reported: {models}."


def modes(facts: ReportFacts) -> str:
    """Say under which permission modes sessions ran."""
    if not facts.sessions:
        return NO_SESSIONS
    silent = sum(not one.modes for one in facts.sessions)
    named = _counted(mode for one in facts.sessions for mode in one.modes) or "none named"
    return f"{named}; not known for {_plural(silent, 'session')}."


def reached(facts: ReportFacts) -> str:
    """Say how many sessions reached what."""
    if not facts.sessions:
        return NO_SESSIONS
    classes = (
        ("secrets", "secret"),
        ("hosts", "network"),
        ("files outside", "outside-worktree"),
        ("environment", "env"),
    )
    said = []
    for word, name in classes:
        counts = [one.count(f"access.{name}") for one in facts.sessions]
        open_ = sum(one is None or one.basis == "unknown" for one in counts)
        found = sum(one is not None and one.basis != "unknown" and one.count > 0 for one in counts)
        said.append(f"{word} {found:,}" + (f" (not known for {open_:,})" if open_ else ""))
    return f"Sessions seen to reach: {', '.join(said)}. A read without a record is not seen."


def of_people(facts: ReportFacts, names: tuple[tuple[str, str], ...]) -> str:
    """Give totals of what people did, or say why they are not added up."""
    if not facts.sessions:
        return NO_SESSIONS
    if not facts.many_people:
        return FEW_PEOPLE
    if all(total(facts.sessions, name)[1] == len(facts.sessions) for _, name in names):
        return f"Not known: none of the {_plural(len(facts.sessions), 'session')} counts it."
    said = []
    for word, name in names:
        count, open_ = total(facts.sessions, name)
        if open_ == len(facts.sessions):
            said.append(f"{word} not known")
        else:
            said.append(f"{word} {count:,}" + (f" (not known for {_plural(open_, 'session')})" if open_ else ""))
    words = ", ".join(said)
    return f"{words[:1].upper()}{words[1:]}."


def checked(facts: ReportFacts) -> str:
    """Say how many checks were seen to run and how many were only claimed."""
    if not facts.sessions:
        return NO_SESSIONS
    grid = checks_by_kind(facts.sessions)
    seen = ", ".join(f"{grid.column(name):,} {name}" for name in grid.columns[:3]) if grid.rows else "0 seen"
    claimed = grid.column("claimed") if grid.rows else 0
    return f"Observed: {seen}. Claimed only: {claimed:,}, of which no run was seen."


def approved(facts: ReportFacts) -> str:
    """Say how many changes have which review."""
    found = Counter(best_review(one.reviews) for one in facts.changes)
    words = ("independent", "not independent", "independence not known", "outdated", "none signed")
    return "Changes by their best signed review: " + ", ".join(f"{word} {found[word]:,}" for word in words) + "."


def exceptions(facts: ReportFacts) -> str:
    """Say how many exceptions were signed."""
    expired = sum(one.expired for one in facts.exceptions)
    return f"{_plural(len(facts.exceptions), 'signed exception')}, {expired:,} expired by then."


def landed(facts: ReportFacts) -> str:
    """Say what the changes came to, verdict by verdict."""
    counted = ", ".join(f"{name} {count:,}" for name, count in reversed(verdicts(facts)))
    kinds = _counted(link for one in facts.changes for link in one.links) or "none"
    return f"Verdicts: {counted}. Links: {kinds}."


def stood(facts: ReportFacts) -> str:
    """Say for how many changes a pass stood when they landed, and for how many not, or that it is not known."""
    known = [one.landing for one in facts.changes if one.landing is not None]
    if not known:
        return "What stood when they landed: not known, no log was asked."
    counted = Counter(one.outcome for one in known)
    said = ", ".join(f"{words} {counted[name]:,}" for name, words in OUTCOMES)
    loose = sum(one.outcome == "passed" and one.enforced != "yes" for one in known)
    more = f"; of the passes {loose:,} under a policy that was not in enforce" if loose else ""
    return f"What stood when they landed: {said}{more}."


def gaps(facts: ReportFacts) -> str:
    """Say how many gaps of capture are on record."""
    if facts.gaps is None:
        return "Gaps of capture: not known, no log was asked."
    return (
        f"{_plural(len(facts.gaps), 'gap')} of capture on record in this log. A gap that nobody logged is not counted."
    )


def tiers(facts: ReportFacts) -> str:
    """Say how many changes are in which tier."""
    return (
        f"{_changes(len(facts.changes))}; by tier: {_counted(one.tier or BUILT_IN for one in facts.changes) or 'none'}."
    )


def not_known(facts: ReportFacts) -> tuple[tuple[str, str], ...]:
    """Give what is not known with why, and what would settle it; never empty."""
    counted = dict(states(facts))
    open_ = counted["marked"] + counted["unmarked"]
    marks = f"{counted['marked']:,} bear an agent’s mark, {counted['unmarked']:,} bear none, which says nothing."
    why = f"{marks} Settled by: a session or a declaration."
    rows = [(f"How {_changes(open_)} without a session came about", why)] * bool(open_)
    if not facts.list_proved:
        why = "Plain files cannot prove that nothing is missing. Settled by: complete answers of the log."
        rows.append(("Whether the list of evidence is complete", why))
    rows += [
        (
            "Whether a transcript is whole",
            "Capture on a laptop is the producer’s word. Settled by: capture by a runner that others control.",
        ),
        (
            "Agents that were not captured",
            "Nothing is recorded of an agent whose hook did not run. Settled by: nothing on our side.",
        ),
        (
            "When a change landed",
            "Times of landing are the committer’s, signed by nobody; no forge was asked. Settled by: the forge’s records.",
        ),
        ("Whether a reviewer understood", "A signature proves that it was made. Settled by: nothing."),
    ]
    return tuple(rows)


def day(seconds: int | None) -> str:
    """Give a day, UTC."""
    return "not known" if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()


def moment(seconds: int | None) -> str:
    """Give a moment to the second, UTC."""
    return "not known" if seconds is None else time_text(datetime.fromtimestamp(seconds, UTC))


def index(value: int | None) -> str:
    """Give a log index as it is shown."""
    return "not in a log" if value is None else f"#{value}"


def indices(values: Iterable[int], head: int | None) -> str:
    """Give where the evidence of a change is, or as of which tree there is none."""
    given = tuple(values)
    if given:
        return " ".join(f"#{one}" for one in given)
    return "no entry" if head is None else f"no entry below #{head}"


def _counted(words: Iterable[str]) -> str:
    return ", ".join(f"{word} {count:,}" for word, count in sorted(Counter(words).items()))


def _changes(count: int) -> str:
    return _plural(count, "change")


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 else "s")
