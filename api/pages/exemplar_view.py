"""What the pages of shared sessions show: the list, and one session by what can be learnt from it. Nobody is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.pages.links import Link, exemplar_href, session_href
from api.pages.spans import Spans, spans
from attest.model.answer_sections import CHECK_MARKS, OVERRIDE_WORDS
from attest.model.decisions import PlanKind
from attest.model.exemplar import Reach
from attest.model.plain_text import printable

if TYPE_CHECKING:
    from api.sharing import Seen
    from attest.model.exemplar import Shared, SharedOverride, SharedPlan

_PLANS: Final = {PlanKind.PROPOSAL: "Plan", PlanKind.TASK_LIST: "Task list"}
_REACH: Final = {
    Reach.REPOSITORY: "with who may read its repositories",
    Reach.INSTANCE: "with everybody who may read sessions here",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row of the list."""

    link: Link
    collection: str
    why: str
    reach: str
    yours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """One revision of a plan."""

    title: str
    steps: tuple[Spans, ...]
    reason: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsView:
    """One override: what was done, and the words that came with it."""

    title: Spans
    quotes: tuple[Spans, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """One check: its outcome, by which tool, and how that is known."""

    mark: str
    tool: str
    why: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemplarView:
    """The page of one shared session."""

    id: str
    href: str
    json: str
    sentence: str
    why: str
    collection: str
    reach: str
    agent: str
    session: Link
    """Without a label where the reader may not see which it is."""
    repositories: tuple[str, ...]
    intent: Spans
    plans: tuple[PlanView, ...]
    overrides: tuple[WordsView, ...]
    checks: tuple[CheckView, ...]
    left_out: int
    own: bool
    reviews: bool


def row_view(seen: Seen) -> RowView:
    """Give one row of the list."""
    one = seen.one
    return RowView(
        link=Link(label=one.id, href=exemplar_href(one.id), code=True),
        collection="" if one.collection is None else one.collection.value,
        why=printable(seen.why) or "not shown: the rules of today find something in the sentence",
        reach=_REACH[one.reach],
        yours=seen.own,
    )


def exemplar_view(seen: Seen, shared: Shared) -> ExemplarView:
    """Give the page of one."""
    one = seen.one
    collection = "" if one.collection is None else one.collection.value
    return ExemplarView(
        id=one.id,
        href=exemplar_href(one.id),
        json=f"/v1{exemplar_href(one.id)}",
        sentence=f"A session to learn from: {collection}." if collection else "A session that its runner offers.",
        why=printable(seen.why),
        collection=collection,
        reach=_REACH[one.reach],
        agent=printable(shared.agent),
        session=Link(label=one.session, href=session_href(one.session), code=True) if seen.named else Link(label=""),
        repositories=tuple(printable(name).removeprefix("git+https://") for name in seen.repositories or ()),
        intent=spans(shared.intent or ""),
        plans=tuple(map(_plan, shared.plans)),
        overrides=tuple(map(_override, shared.overrides)),
        checks=tuple(
            CheckView(mark=CHECK_MARKS[each.status].value, tool=printable(each.tool), why=spans(each.why))
            for each in shared.checks
        ),
        left_out=shared.left_out,
        own=seen.own,
        reviews=seen.reviews,
    )


def _plan(one: SharedPlan) -> PlanView:
    return PlanView(
        title=f"{_PLANS[one.kind]}, {one.state.value}",
        steps=tuple(map(spans, one.steps)),
        reason=spans(one.reason),
    )


def _override(one: SharedOverride) -> WordsView:
    what = f"{OVERRIDE_WORDS[one.kind]} `{one.tool}`" if one.tool else OVERRIDE_WORDS[one.kind]
    return WordsView(title=spans(what), quotes=tuple(spans(words) for words in (one.reason, one.correction) if words))
