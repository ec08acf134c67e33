"""Compare a recorded session with a second record of it, item by item. Nothing is signed, logged or stored.

1. open     the session's recording, and its calls with their arguments
2. read     the payload, its kind told from the content
3. redact   prompts and arguments of the payload, as the transcript's were
4. compare  each item agrees, differs, or stands in one record only
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attest.capture.lines import parse_line
from attest.capture.mcp.jsonrpc import canonical_arguments
from attest.capture.second.compare import compare
from attest.capture.second.copilot_agent import agent_logs_of
from attest.capture.second.read import AUTO, read_second
from attest.errors import CannotVerify
from attest.usecases.quarantine import quarantining
from attest.usecases.read_parts import commit_document_of
from attest.usecases.redact_session import make_redactor
from attest.usecases.session_calls import open_recorded, salted, session_calls

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.second import Comparison, Control, Item, SecondLog, SecondRecord
    from attest.usecases.instance import Instance
    from attest.usecases.session_calls import RecordedSession
    from redaction.redactor import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRequest:
    """What is to be compared."""

    session: str
    """`ses_…`, or the `att_…` of one recording of it."""
    payload: bytes
    kind: str = AUTO
    control: Control | None = None
    """Who controls the payload, in the caller's word; None: whoever usually controls its kind."""
    repository: Repository | None = None


def compare_session(instance: Instance, request: CompareRequest) -> Comparison:
    """Give the comparison of a session with a second record.

    Raises:
        Absent, CannotVerify, NotVerified: the session's recording is not here, or cannot be opened.
        InvalidInput: the payload is not of a kind known here.
        Quarantined: the second scan found something left in the redacted texts.
    """
    recorded = open_recorded(instance, request.session)  # 1
    calls = session_calls(instance, recorded)
    second = read_second(request.payload, kind=request.kind, control=request.control)  # 2
    format_name = recorded.session.source.format
    redactor = make_redactor(instance, recorded.id, request.repository, (), format=format_name)
    redacted = _redacted(redactor, second)  # 3
    return compare(  # 4
        recorded.session,
        calls,
        redacted,
        digest=salted(recorded.keys, "second/subject"),
        hinted=_hinted(instance, recorded),
        commits=recorded.commits,
    )


def comparison_json(made: Comparison) -> dict[str, object]:
    """Give a comparison as JSON: places and salted digests, no texts."""
    return {
        "source": made.source,
        "control": made.control.value,
        "sameSession": made.same_session.value,
        "lacks": list(made.lacks),
        "cut": list(made.cut),
        "items": made.counts.items,
        "used": made.counts.used,
        "skipped": {tally.name: tally.count for tally in made.counts.skipped},
        "rowsOfOtherSessions": made.other_sessions,
        "corroborated": made.corroborated,
        "findings": len(made.findings),
        "compared": [_item(item) for item in made.items],
    }


def _hinted(instance: Instance, recorded: RecordedSession) -> frozenset[str]:
    documents = (commit_document_of(instance, recorded.attestation, oid) for oid in recorded.commits)
    messages = (document.message for document in documents if document is not None)
    return frozenset(logs.session for message in messages for logs in agent_logs_of(message))


def _item(item: Item) -> dict[str, object]:
    out: dict[str, object] = {
        "kind": item.kind.value,
        "agreement": item.agreement.value,
        "what": item.what,
        "basis": "corroborated" if item.corroborated else None,
        "subject": item.subject,
    }
    if item.event is not None:
        out["event"] = item.event
    if item.record is not None:
        out |= {"record": item.record, "pointer": item.pointer}
    return out


def _redacted(redactor: Redactor, second: SecondLog) -> SecondLog:
    rows = list(second.rows)
    at = [index for index, row in enumerate(rows) if row.text or row.arguments is not None]
    if not at:
        return second
    lines = [_line(rows[index]) for index in at]
    with quarantining():
        redacted = list(redactor.redact(lambda: iter(lines)).lines())
    if len(redacted) != len(lines):
        raise CannotVerify("redaction.failed", "redaction gave another number of lines", got=str(len(redacted)))
    for index, line in zip(at, redacted, strict=True):
        fields = parse_line(line)
        known = fields if isinstance(fields, dict) else {}
        text = known.get("text")
        arguments = canonical_arguments(known.get("input")) if rows[index].arguments is not None else None
        rows[index] = replace(rows[index], text=text if isinstance(text, str) else None, arguments=arguments)
    return replace(second, rows=tuple(rows))


def _line(row: SecondRecord) -> bytes:
    fields: dict[str, object] = {}
    if row.text is not None:
        fields["text"] = row.text
    if row.arguments is not None:
        fields["input"] = json.loads(row.arguments)
    return json.dumps(fields).encode() + b"\n"
