"""Which lines of a commit sessions wrote, as one Agent Trace record (spec 0.1.0, strict). Pure: values in, JSON out.

What no session is known to have written is not in the record, neither as human nor as unknown: `metadata` counts it.
Ranges are positions at the commit. There is no `content_hash`: the specification leaves its function open, and one that
is not cryptographic proves nothing. A session is named by a URN, for its transcript is nobody's to fetch by a link.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from attest.model.line_ranges import METHOD, FileRanges, LineRange

SPEC_VERSION: Final = "0.1.0"
MAX_MODEL_CHARS: Final = 250
OWN: Final = "dev.whereof"
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://whereof.dev/agent-trace")
_PROVIDERS: Final = (
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gpt-|o[134](?:-|\Z)|codex-"), "openai"),
    (re.compile(r"gemini-"), "google"),
)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One session's part in a commit."""

    session: str
    """`ses_…`."""
    attestation: str
    link: str
    """What ties the session to the commit: `statement`, or the kind of the link, such as `rewritten`."""
    agent: str
    agent_version: str | None
    models: tuple[str, ...]
    files: tuple[FileRanges, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A commit and all that is known of who wrote its lines."""

    oid: str
    recorded_at: datetime
    """When the newest of the sessions was recorded."""
    contributions: tuple[Contribution, ...]
    closed: tuple[str, ...]
    """Sessions whose parts cannot be opened: what they wrote is not in the record."""
    diff_cut: bool


def write_trace(traced: Traced) -> Json:
    """Give the record of a commit."""
    paths = dict.fromkeys(file.path for one in traced.contributions for file in one.files if file.ranges)
    record: Json = {
        "version": SPEC_VERSION,
        "id": str(uuid.uuid5(_NAMESPACE, "\n".join([traced.oid, *(one.attestation for one in traced.contributions)]))),
        "timestamp": traced.recorded_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "vcs": {"type": "git", "revision": traced.oid},
        **_tool(traced.contributions),
        "files": [{"path": path, "conversations": _conversations(path, traced.contributions)} for path in paths],
    }
    record["metadata"] = {OWN: _metadata(traced)}
    return record


def _conversations(path: str, contributions: tuple[Contribution, ...]) -> list[Json]:
    found: list[Json] = []
    for one in contributions:
        ranges = [part for file in one.files if file.path == path for part in file.ranges]
        if not ranges:
            continue
        found.append(
            {
                "contributor": _contributor("ai", one.models),
                "ranges": [_range(part, one.models) for part in ranges],
                "related": [{"type": "session", "url": f"urn:whereof:session:{one.session}"}],
            }
        )
    return found


def _range(part: LineRange, models: tuple[str, ...]) -> Json:
    found: Json = {"start_line": part.start, "end_line": part.end}
    if part.by_person_too:
        found["contributor"] = _contributor("mixed", models)
    return found


def _contributor(kind: str, models: tuple[str, ...]) -> Json:
    """Of several models it is not known which wrote a line: then none is named."""
    return {"type": kind, **({"model_id": model_id(models[0])} if len(models) == 1 else {})}


def model_id(model: str) -> str:
    """Give a model's name in the form `provider/model`, where its provider is known."""
    if "/" not in model:
        provider = next((name for pattern, name in _PROVIDERS if pattern.match(model)), None)
        model = f"{provider}/{model}" if provider else model
    return model[:MAX_MODEL_CHARS]


def _tool(contributions: tuple[Contribution, ...]) -> Json:
    """The tool that produced the code: only where it was one, and its version is known, for the schema wants both."""
    tools = {(one.agent, one.agent_version) for one in contributions}
    if len(tools) != 1:
        return {}
    ((name, version),) = tools
    return {"tool": {"name": name, "version": version}} if version else {}


def _metadata(traced: Traced) -> Json:
    first = traced.contributions[0].files if traced.contributions else ()
    added = sum(file.added for file in first)
    lines = {
        (file.path, number)
        for one in traced.contributions
        for file in one.files
        for part in file.ranges
        for number in range(part.start, part.end + 1)
    }
    return {
        "method": METHOD,
        "basis": "inferred",
        "added_lines": added,
        "attributed_lines": len(lines),
        "untracked_lines": max(0, added - len(lines)),
        "diff_cut": traced.diff_cut,
        "sessions": [
            {"session": one.session, "attestation": one.attestation, "link": one.link} for one in traced.contributions
        ],
        "closed_sessions": list(traced.closed),
    }
