"""A session as an ATIF document (Harbor RFC 0001, v1.8). Pure: values in, a JSON object out.

The format has no place for permissions, exit codes, rejections and evidence: they stand under `extra.whereof`, of the
document, of a step, of a call and of a result. Reading the document back gives the same events, by `events_digest`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from attest.capture.atif.digest import event_digest
from attest.capture.atif.group import CALLS, Turn, is_result, turns_of
from attest.capture.atif.ours import OWN, own_call
from attest.capture.atif.texts import RecordAt, arguments_of, whole_text
from attest.capture.events import argument_text
from attest.capture.steps import Place
from attest.capture.text import preview
from attest.model.basis import Evidence
from attest.model.plain import to_plain
from attest.model.session import Actor, Event, EventKind, Session

SCHEMA_VERSION: Final = "ATIF-v1.8"
OWN_SCHEMA: Final = "whereof/atif-extra/v1"
Json = dict[str, Any]

_PLACES: Final = ("record", "byte_start", "byte_end", "pointer")


@dataclass(frozen=True, slots=True)
class _Sources:
    record: RecordAt
    exits: dict[tuple[int, str], int]
    """By the place of a result: the exit code that the agent's program recorded."""
    prompts: dict[int, str]
    """By event: a person's words, without what a program put around them in the same record."""


def write_atif(session: Session, *, trajectory_id: str, record: RecordAt) -> Json:
    """Give the document. `record` gives the transcript's records, for the whole texts; without one previews stand.

    Every event of the session is in it once. Texts are those of the redacted transcript.
    """
    sources = _Sources(record, _exits(session), _prompts(session))
    steps = [_step(number, turn, sources) for number, turn in enumerate(turns_of(session.events), 1)]
    models = session.models
    return {
        "schema_version": SCHEMA_VERSION,
        **({"session_id": session.native_id} if session.native_id else {}),
        "trajectory_id": trajectory_id,
        "agent": {
            "name": session.source.agent,
            "version": session.source.agent_version or "unknown",
            **({"model_name": models[0]} if models else {}),
        },
        "steps": steps,
        "final_metrics": _totals(session, len(steps)),
        "extra": {OWN: _own(session)},
    }


def events_digest(document: Json) -> str:
    """Give the digest of the events that a document was written from: exported after an import elsewhere, it is equal."""
    return str(document["extra"][OWN]["events_digest"])


def _own(session: Session) -> Json:
    """What the session holds that the format has no place for."""
    return {
        "schema": OWN_SCHEMA,
        "events_digest": event_digest(session),
        "source": to_plain(session.source),
        "head": session.head,
        "cwd": session.cwd,
        "branch": session.branch,
        "counts": to_plain(session.counts),
        "gaps": to_plain(session.gaps),
        "permissions": to_plain(session.authority),
        "checks": to_plain(session.checks),
        "overrides": to_plain(session.overrides),
        "rejected_paths": to_plain(session.rejected_paths),
        "commits": to_plain(session.commits),
    }


def _step(number: int, turn: Turn, sources: _Sources) -> Json:
    first = turn.events[0]
    step: Json = {"step_id": number, "source": _source(turn), "message": ""}
    if first.ts is not None:
        step["timestamp"] = to_plain(first.ts)
    for event in turn.events:
        _add(step, event, sources)
    step["extra"] = {OWN: {"events": [_event(event) for event in turn.events]}}
    return step


def _source(turn: Turn) -> str:
    if turn.of_agent:
        return "agent"
    event = turn.events[0]
    return (
        "user" if event.kind is EventKind.PROMPT or (event.actor is Actor.HUMAN and not is_result(event)) else "system"
    )


def _add(step: Json, event: Event, sources: _Sources) -> None:
    if event.kind in CALLS:
        step.setdefault("tool_calls", []).append(_call(event, sources))
    elif is_result(event):
        results = step.setdefault("observation", {"results": []})["results"]
        known = {one["tool_call_id"] for one in step.get("tool_calls", ())}
        results.append(_result(event, sources, joined=event.call_id in known))
    elif event.kind is EventKind.REASONING:
        step["reasoning_content"] = whole_text(event, sources.record)
    else:
        step["message"] = _said(event, sources)


def _said(event: Event, sources: _Sources) -> str:
    """What an event of these kinds shows is put together from several values, so it stands as it is shown."""
    if event.kind in (EventKind.NOTICE, EventKind.ERROR, EventKind.MODE_CHANGE):
        return event.preview
    return sources.prompts.get(event.seq) or whole_text(event, sources.record)


def _call(event: Event, sources: _Sources) -> Json:
    arguments = arguments_of(event, sources.record) or {}
    call: Json = {
        "tool_call_id": event.call_id or f"event-{event.seq}",
        "function_name": event.tool or "(no name)",
        "arguments": arguments,
    }
    own: Json = {"kind": event.kind.value}
    if event.call_id is None:
        own["without_id"] = True
    call["extra"] = {OWN: own}
    if preview(argument_text(own_call(call, _NOWHERE, 0))) != event.preview:
        own["shown"] = event.preview
    return call


def _result(event: Event, sources: _Sources, *, joined: bool) -> Json:
    own: Json = {"kind": event.kind.value}
    result: Json = {"content": whole_text(event, sources.record), "extra": {OWN: own}}
    code = sources.exits.get((event.evidence.record, event.evidence.pointer))
    if code is not None:
        own["exit_code"] = code
    if joined:
        result["source_call_id"] = event.call_id
    else:
        own["call_id"] = event.call_id
    return result


def _event(event: Event) -> Json:
    evidence = event.evidence
    found: Json = {
        "seq": event.seq,
        "kind": event.kind.value,
        "actor": event.actor.value,
        "evidence": {name: getattr(evidence, name) for name in _PLACES},
    }
    if event.native_id is not None:
        found["native_id"] = event.native_id
    if event.ts is not None:
        found["timestamp"] = to_plain(event.ts)
    return found


def _prompts(session: Session) -> dict[int, str]:
    told = (*((session.intent,) if session.intent else ()), *session.directions)
    return {one.event: one.text for one in told if not one.truncated}


def _exits(session: Session) -> dict[tuple[int, str], int]:
    return {
        (spot.record, spot.pointer): check.exit
        for check in session.checks
        if check.exit is not None
        for spot in _ends(check.evidence)
    }


def _ends(evidence: tuple[Evidence, ...]) -> Iterable[Evidence]:
    """The first place of a check is its call; those behind it are where it ended."""
    return evidence[1:]


def _totals(session: Session, steps: int) -> Json:
    usage = session.usage
    totals: Json = {"total_steps": steps}
    if usage:
        cached, write = sum(one.cache_read_tokens for one in usage), sum(one.cache_write_tokens for one in usage)
        totals["total_prompt_tokens"] = sum(one.input_tokens for one in usage) + cached + write
        totals["total_completion_tokens"] = sum(one.output_tokens for one in usage)
        totals["total_cached_tokens"] = cached
        totals["extra"] = {"cache_creation_input_tokens": write, OWN: {"usage": to_plain(usage)}}
    return totals


_NOWHERE: Final = Place(
    evidence=Evidence(record=0, byte_start=0, byte_end=0, pointer=""),
    ts=None,
    native_id=None,
    parent=None,
    sidechain=False,
)
