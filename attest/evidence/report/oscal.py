"""A report as OSCAL assessment results: a finding for each control, an observation for each thing found, each with its entry.

OSCAL knows two states of an objective, `satisfied` and `not-satisfied`. The data of a log never satisfy a control, so the
first is not written: `not-satisfied` with reason `fail` where exceptions were found, with reason `other` and a remark where
none were, or where it is not known. Equal facts give equal bytes: ids are derived, times are those of the facts.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.evidence.controls.queries import QUERIES, ask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.evidence.controls.pack import Pack
    from attest.evidence.controls.queries import Hit, QueryResult
    from attest.evidence.report.facts import ReportFacts

OSCAL_VERSION: Final = "1.1.3"
NAMESPACE: Final = "https://whereof.dev/ns/oscal"
MAX_OBSERVATIONS: Final = 1_000
"""Observations of one question; the rest are counted in its remark, and the JSON lines have all."""
_IDS: Final = uuid.UUID("6f1c8a57-5f52-5c0a-9d3e-1f6d0b7c2a44")
_FOUND: Final = "Exceptions were found. Whether they matter is for the assessor."
_NONE: Final = (
    "The data show no exception, which supports a test and decides nothing: OSCAL has no state for an objective that was "
    "not judged, so this one stays not-satisfied with reason other."
)
_OPEN: Final = "Not known from the data, so nothing is said for or against the control."


def oscal_of(facts: ReportFacts, pack: Pack | None = None) -> bytes:
    """Give the assessment results as canonical JSON; without a pack each question stands as an objective of its own."""
    names = dict.fromkeys(query for one in pack.controls for query in one.queries) if pack else QUERIES
    results = {name: ask(name, facts) for name in names}
    seed = f"{facts.digest}/{pack.id if pack else 'questions'}"
    return canonical_json({"assessment-results": _whole(facts, pack, results, seed)}) + b"\n"


def _whole(facts: ReportFacts, pack: Pack | None, results: dict[str, QueryResult], seed: str) -> dict[str, object]:
    title = f"{pack.title if pack else 'Questions to the record'}: {facts.repository or 'repository not known'}"
    observed = [row for one in results.values() for row in _observations(one, facts, seed)]
    result: dict[str, object] = {
        "uuid": _id(seed, "result"),
        "title": _line(title),
        "description": f"Changes {facts.base}..{facts.tip}, judged under policy {facts.policy.name}.",
        "start": facts.made_at,
        "end": facts.made_at,
        "props": _props(facts),
        "reviewed-controls": _reviewed(pack, results),
        "findings": _findings(pack, results, seed),
        "observations": observed,
        "remarks": (pack.note if pack else "No control pack was named.") + " This supports a test and is no opinion.",
    }
    return {
        "uuid": _id(seed, "document"),
        "metadata": {
            "title": _line(title),
            "last-modified": facts.made_at,
            "version": facts.digest[:16],
            "oscal-version": OSCAL_VERSION,
        },
        "import-ap": {"href": "#", "remarks": "No assessment plan was named."},
        "results": [result],
    }


def _reviewed(pack: Pack | None, results: dict[str, QueryResult]) -> dict[str, object]:
    ids = [one.id for one in pack.controls] if pack else list(results)
    said = f"As mapped from {pack.source}." if pack else "The questions of whereof, not controls of a catalog."
    return {"control-selections": [{"description": said, "include-controls": [{"control-id": one} for one in ids]}]}


def _findings(pack: Pack | None, results: dict[str, QueryResult], seed: str) -> list[dict[str, object]]:
    if pack is None:
        return [_finding(name, (one.asks, one.says, ""), (one,), seed) for name, one in results.items()]
    return [
        _finding(
            one.id,
            (one.title, one.asks, f" Not shown: {one.not_shown}"),
            tuple(results[query] for query in one.queries),
            seed,
        )
        for one in pack.controls
    ]


def _finding(name: str, said: tuple[str, str, str], asked: tuple[QueryResult, ...], seed: str) -> dict[str, object]:
    title, description, more = said
    found = any(one.exceptions for one in asked)
    open_ = any(one.open or one.not_known for one in asked)
    remark = _FOUND if found else _OPEN if open_ else _NONE
    answers = " ".join(f"{one.query}: {one.says}" for one in asked)
    return {
        "uuid": _id(seed, "finding", name),
        "title": _line(title),
        "description": description,
        "target": {
            "type": "objective-id",
            "target-id": name,
            "status": {"state": "not-satisfied", "reason": "fail" if found else "other", "remarks": remark},
        },
        "related-observations": [{"observation-uuid": _id(seed, "observation", one.query)} for one in asked]
        + [
            {"observation-uuid": _id(seed, one.query, hit.what)}
            for one in asked
            for hit in (*one.exceptions, *one.not_known)[:MAX_OBSERVATIONS]
        ],
        "remarks": answers + more,
    }


def _observations(one: QueryResult, facts: ReportFacts, seed: str) -> Iterable[dict[str, object]]:
    hits = (*one.exceptions, *one.not_known)
    left = len(hits) - MAX_OBSERVATIONS
    more = f" {left:,} more are in the JSON lines of the report." if left > 0 else ""
    yield {
        "uuid": _id(seed, "observation", one.query),
        "title": _line(one.asks),
        "description": one.says + more,
        "methods": ["EXAMINE"],
        "collected": facts.made_at,
        "relevant-evidence": [_head(facts)],
    }
    for at, hit in enumerate(hits[:MAX_OBSERVATIONS]):
        known = at < len(one.exceptions)
        yield {
            "uuid": _id(seed, one.query, hit.what),
            "title": _line(f"{'Exception' if known else 'Not known'}: {hit.what}"),
            "description": _line(hit.why),
            "methods": ["EXAMINE"],
            "types": ["finding"] if known else ["control-objective"],
            "collected": facts.made_at,
            "relevant-evidence": _evidence(hit, facts),
        }


def _evidence(hit: Hit, facts: ReportFacts) -> list[dict[str, object]]:
    if not hit.log_indices:
        return [_head(facts) | {"remarks": "No entry of it is in the log as of this head."}]
    where = f"https://{facts.head.origin}" if facts.head and "/" in facts.head.origin else "urn:whereof:log"
    return [
        {"href": f"{where}/entries/{one}", "description": f"Log entry {one}.", "props": [_prop("log-index", str(one))]}
        for one in hit.log_indices
    ]


def _head(facts: ReportFacts) -> dict[str, object]:
    head = facts.head
    if head is None:
        return {"description": "No log was asked: completeness is not proved."}
    return {
        "description": f"Log {head.origin} as of tree size {head.tree_size}.",
        "props": [_prop("tree-size", str(head.tree_size)), _prop("root", head.root.replace(" ", "-"))],
    }


def _props(facts: ReportFacts) -> list[dict[str, str]]:
    digests = facts.policy.digests or ("built-in",)
    return [
        _prop("facts-sha256", facts.digest),
        _prop("list-of-evidence", "complete" if facts.list_proved else "completeness-not-proved"),
        *(_prop("policy-sha256", one) for one in digests),
        *(_prop("trust-root-sha256", one) for one in facts.trust),
    ]


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": value}


def _id(*names: str) -> str:
    return str(uuid.uuid5(_IDS, "\0".join(names)))


def _line(text: str) -> str:
    return " ".join(text.split()) or "not known"
