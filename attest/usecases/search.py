"""A search: candidates from the index, compared in linear time, joined by session, grouped by how it is known.

1. words     recordings that hold them all
2. terms     what each term matches, by session; a session must match every one
3. could     sessions of the window that match none, and whose authority would have let them
4. unknown   what of the window could not be looked into; part of every answer
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput
from attest.model.search_answer import (
    MAX_HITS,
    MAX_SHOWN,
    Exposure,
    Hit,
    SearchAnswer,
    Standing,
    Unknown,
    standing_of,
    together,
)
from attest.model.search_query import Match, moment_of
from attest.model.search_touch import Entity, words_of
from attest.model.session_predicate import BASE
from attest.policy.globs import Case, matches, word_matches
from attest.store import search_find
from attest.store.search_find import MAX_SCANNED, Window
from attest.usecases.chain_at_hand import chain_at_hand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attest.model.search_query import SearchQuery, Term
    from attest.model.search_touch import Touch
    from attest.store.search_find import Recorded, SearchView
    from attest.usecases.instance import Instance

MAX_RECORDINGS: Final = 20_000
"""Recordings that a query without an entity may give."""
MAX_DOCS: Final = 5_000
GAP_V1: Final = BASE + "gap/v1"
_COULD: Final = frozenset({Entity.FILE, Entity.URL, Entity.HOST, Entity.SECRET, Entity.ENV, Entity.MCP, Entity.COMMAND})
"""Kinds that an unasked agent reaches without a trace of its own."""
MAX_REGEXP_BYTES: Final = 1 << 20
"""Memory of one compiled expression."""


@dataclass(slots=True)
class _Found:
    """What is known of one session while terms are joined."""

    recorded: dict[str, Recorded]
    touches: dict[Touch, str]
    """With the source of the recording that has it."""
    standing: Standing


def search(instance: Instance, query: SearchQuery) -> SearchAnswer:
    """Answer a query from the index as it stands, and from those of the logs before; to catch them up is done before.

    Raises:
        InvalidInput: `search.too-broad`, more would have to be compared than is; `search.query`, a regular expression
            that does not parse.
        CannotVerify: `search.no-regexp`, the library for regular expressions is not installed.
        NotVerified: as for `chain_at_hand`.
    """
    _require_narrow(query)
    chain = chain_at_hand(instance)
    own = _in_log(instance, query)
    # Of a copy that is not at its final head nothing is searched: what it finds may be erased since.
    before = [_in_log(reader, query) for reader in chain.ended_readers(instance)]
    return together(own, tuple(before), not_read=chain.missing)


def _in_log(instance: Instance, query: SearchQuery) -> SearchAnswer:
    tests = [_test(term) for term in query.terms]
    now = instance.clock.now()
    with search_find.search_view(instance.engine, instance.scope) as view:
        window = _window(query, view, now)
        joined = _joined(view, query, (window, tests))
        could = _could_have(view, query, (window, frozenset(joined)))
        hits = _with_commits(view, _hits(joined))
        whole = replace(window, docs=None)
        kept, without, cut, unasked = view.counts(whole, Exposure.UNKNOWN)
        gaps = view.count_of_type(whole, GAP_V1)
        as_of, reached = view.as_of(), view.indexed_to(instance.log.name)
    unknown = Unknown(
        without_capture=without,
        cut=cut,
        authority=unasked,
        gaps=gaps,
        not_indexed=max(0, as_of.tree_size - reached),
    )
    observed = [hit for hit in hits if hit.standing is Standing.OBSERVED]
    claimed = [hit for hit in hits if hit.standing is Standing.CLAIMED]
    groups = tuple([replace(hit, log=as_of.log) for hit in group] for group in (observed, claimed, could))
    return SearchAnswer(
        observed=tuple(groups[0][:MAX_HITS]),
        claimed=tuple(groups[1][:MAX_HITS]),
        could_have=tuple(groups[2][:MAX_HITS]),
        more=(len(groups[0][MAX_HITS:]), len(groups[1][MAX_HITS:]), len(groups[2][MAX_HITS:])),
        unknown=unknown,
        searched=kept,
        indexed_to=reached,
        as_of=as_of,
    )


def _require_narrow(query: SearchQuery) -> None:
    if not query.narrows and query.since is None:
        raise _broad("name an entity, a word, an agent, a repository or a session; or since:7d")
    for term in query.terms:
        if term.match is Match.GLOB and not term.value.strip("*?/"):
            raise _broad(f"entity:{term.entity.value}= needs a letter beside its wildcards")


def _window(query: SearchQuery, view: SearchView, now: datetime) -> Window:
    since, until = moment_of(query.since, now), moment_of(query.until, now)
    docs = None
    if query.words:
        words = words_of(query.words)
        if not words:
            raise InvalidInput("search.query", "these words hold no letter or digit", where="text")
        docs = view.with_words(words, limit=MAX_DOCS + 1)
        if len(docs) > MAX_DOCS:
            raise _broad("add a rarer word, or since:7d with an entity")
    return Window(
        since=int(since.timestamp()) if since else None,
        until=int(until.timestamp()) if until else None,
        agent=query.agent,
        repository=query.repository,
        session=query.session,
        commit=query.commit,
        docs=docs,
    )


_Looked = tuple[Window, list["Callable[[Touch], bool]"]]


def _joined(view: SearchView, query: SearchQuery, looked: _Looked) -> dict[str, _Found]:
    """Give the sessions that match every term, with the touches that do."""
    window, tests = looked
    if not query.terms:
        return _without_terms(view, window)
    joined: dict[str, _Found] | None = None
    for term, test in zip(query.terms, tests, strict=True):
        rows = view.candidates(window, term, query.op)
        if rows is None:
            raise _broad(_narrower(query, term))
        found = _by_session((one, touch) for one, touch in rows if test(touch))
        joined = found if joined is None else _both(joined, found)
    return joined or {}


def _without_terms(view: SearchView, window: Window) -> dict[str, _Found]:
    rows = view.recordings(window, limit=MAX_RECORDINGS + 1)
    if len(rows) > MAX_RECORDINGS:
        raise _broad("add an entity, a word, or a nearer since:")
    found: dict[str, _Found] = {}
    for row in rows:
        one = found.setdefault(row.session, _Found(recorded={}, touches={}, standing=Standing.CLAIMED))
        one.recorded[row.attestation] = row
    return found


def _by_session(rows: Iterable[tuple[Recorded, Touch]]) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    for recorded, touch in rows:
        one = found.setdefault(recorded.session, _Found(recorded={}, touches={}, standing=Standing.CLAIMED))
        one.recorded[recorded.attestation] = recorded
        one.touches.setdefault(touch, recorded.source)
        if standing_of(touch, recorded.source) is Standing.OBSERVED:
            one.standing = Standing.OBSERVED
    return found


def _both(left: dict[str, _Found], right: dict[str, _Found]) -> dict[str, _Found]:
    """Join two terms: what is known of both is known as the weaker of the two is."""
    out = {}
    for name in left.keys() & right.keys():
        one, other = left[name], right[name]
        sure = one.standing is Standing.OBSERVED and other.standing is Standing.OBSERVED
        out[name] = _Found(
            recorded=one.recorded | other.recorded,
            touches=one.touches | other.touches,
            standing=Standing.OBSERVED if sure else Standing.CLAIMED,
        )
    return out


def _could_have(view: SearchView, query: SearchQuery, given: tuple[Window, frozenset[str]]) -> list[Hit]:
    """Give sessions that show nothing of it and were let: nobody was asked, or the very thing was opened to them."""
    window, shown = given
    if not any(term.entity in _COULD for term in query.terms):
        return []
    free = view.recordings(window, limit=MAX_RECORDINGS, authority=Exposure.BYPASSED)
    found: dict[str, _Found] = {}
    for row in free:
        one = found.setdefault(row.session, _Found(recorded={}, touches={}, standing=Standing.COULD_HAVE))
        one.recorded[row.attestation] = row
    prefixes = [prefix for term in query.terms for prefix in _granting(term)]
    for recorded, touch in view.grants(window, prefixes) if prefixes else ():
        if not any(_grants(term, touch) for term in query.terms):
            continue
        one = found.setdefault(recorded.session, _Found(recorded={}, touches={}, standing=Standing.COULD_HAVE))
        one.recorded[recorded.attestation] = recorded
        one.touches[touch] = recorded.source
    return sorted((hit for hit in _hits(found) if hit.session not in shown), key=lambda hit: hit.order)


def _granting(term: Term) -> tuple[str, ...]:
    if term.match is Match.REGEXP:
        return ()
    if term.entity is Entity.MCP:
        return ("mcp-server=",)
    return ("directory=", "writable-directory=") if term.entity is Entity.FILE and term.value.startswith("/") else ()


def _grants(term: Term, touch: Touch) -> bool:
    kind, _, value = touch.name.partition("=")
    if kind == "mcp-server":
        return term.entity is Entity.MCP and word_matches(term.value.partition("/")[0], value)
    literal = term.value.split("*", 1)[0].split("?", 1)[0]
    return term.entity is Entity.FILE and bool(value) and literal.startswith(value.rstrip("/") + "/")


def _hits(found: dict[str, _Found]) -> list[Hit]:
    hits = []
    for name, one in found.items():
        widest = max(one.recorded.values(), key=lambda row: (row.authority, row.seconds or 0))
        touches = tuple(sorted(one.touches, key=lambda t: (t.entity, t.name, t.op, t.basis)))
        known = [row.seconds for row in one.recorded.values() if row.seconds is not None]
        hits.append(
            Hit(
                session=name,
                attestations=tuple(sorted(one.recorded)),
                agent=widest.agent,
                at=datetime.fromtimestamp(max(row.at for row in one.recorded.values()), UTC),
                seconds=max(known) if known else None,
                exposure=Exposure(widest.authority),
                standing=one.standing,
                touches=touches[:MAX_SHOWN],
                more_touches=len(touches[MAX_SHOWN:]),
            )
        )
    return sorted(hits, key=lambda hit: hit.order)


def _with_commits(view: SearchView, hits: list[Hit]) -> list[Hit]:
    shown = [name for hit in hits[: 2 * MAX_HITS] for name in hit.attestations]
    commits = view.commits_of(shown)
    return [
        replace(hit, commits=tuple(sorted({oid for name in hit.attestations for oid in commits.get(name, ())})))
        for hit in hits
    ]


def _test(term: Term) -> Callable[[Touch], bool]:
    """Give what says whether a touch is what a term asks for, in time linear in its name."""
    if term.match is Match.REGEXP:
        found = _compiled(term.value)
        return lambda touch: found(touch.name) or (touch.path != touch.name and found(touch.path))
    if term.entity is not Entity.FILE:
        if term.match is Match.EXACT:
            return lambda touch: touch.name == term.value
        return lambda touch: word_matches(term.value, touch.name)
    wanted = term.value.removeprefix("/")
    if term.match is Match.GLOB:
        # Where the top of the work tree is not known a path of it may lie anywhere below.
        deep = wanted if term.value.startswith("/") else f"**/{wanted}"
        return lambda touch: any(matches(deep, name.lstrip("/"), Case.EXACT) for name in {touch.name, touch.path})
    if term.value.startswith("/"):
        # The folders above a work tree may be redacted: then what lies below them is compared.
        return lambda touch: (
            touch.name == term.value or (touch.path != touch.name and term.value.endswith("/" + touch.path))
        )
    return lambda touch: touch.path == wanted or touch.name.endswith("/" + wanted)


def _compiled(expression: str) -> Callable[[str], bool]:
    try:
        import re2  # noqa: PLC0415 - few searches have one, and `verify` alone is installed without it
    except ImportError as err:
        raise CannotVerify("search.no-regexp") from err
    options = re2.Options()
    options.max_mem, options.log_errors = MAX_REGEXP_BYTES, False
    try:
        pattern = re2.compile(expression, options)
    except re2.error as err:
        raise InvalidInput("search.query", "this regular expression does not parse", expected="RE2 syntax") from err
    return lambda text: pattern.search(text) is not None


def _narrower(query: SearchQuery, term: Term) -> str:
    if query.since is None:
        return f"add since:7d; more than {MAX_SCANNED:,} rows of kind {term.entity.value} would be compared"
    if not query.repository:
        return "add repo:…, or a nearer since:"
    return f"begin the value of entity:{term.entity.value}= with more letters, or name a nearer since:"


def _broad(hint: str) -> InvalidInput:
    return InvalidInput("search.too-broad", hint=hint)
