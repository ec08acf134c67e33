"""Join a recorded session with an MCP log, and log what came of it.

1. open     the session's recording: events, redacted transcript, its salt
2. read     the log: calls with their answers, every line and message counted
3. redact   the arguments of the log's calls, as the transcript's were: equal arguments stay equal
4. join     by ranked keys, each pair labelled
5. state    counts, labels and salted digests; sign, log (`mcp-join/v1`)

Nothing of the log is stored: neither a tool's name nor an argument leaves this process.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attest.canonical import canonical_json
from attest.capture.lines import parse_line
from attest.capture.mcp.jsonrpc import canonical_arguments
from attest.capture.mcp.read import read_mcp_log
from attest.errors import CannotVerify
from attest.model.mcp_join import TOOLS_CALL, WINDOW_MS, join
from attest.model.mcp_join_predicate import MCP_JOIN_V1, RULES
from attest.usecases.log_statement import log_statement
from attest.usecases.quarantine import quarantining
from attest.usecases.redact_session import make_redactor
from attest.usecases.session_calls import open_recorded, salted, session_calls
from attest.usecases.state_mcp_join import join_predicate

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.mcp import Join, LogOwner, McpCall, McpLog
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance
    from attest.usecases.session_calls import RecordedSession
    from redaction.redactor import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """What is to be joined."""

    session: str
    """`ses_…`, or the `att_…` of one recording of it."""
    log: bytes
    owner: LogOwner
    repository: Repository | None
    """Where the session ran, if it is at hand: names in its configuration are redacted as they were in the recording."""
    window_ms: int = WINDOW_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinResult:
    """A join, and what is said of it under signature."""

    join: Join
    log: McpLog
    predicate: dict[str, object]
    receipt: Receipt | None
    """None where it was only looked at."""


def preview_join(instance: Instance, request: JoinRequest) -> JoinResult:
    """Give the join without signing anything.

    Raises:
        Absent, CannotVerify, NotVerified: the session's recording is not here, or cannot be opened.
        InvalidInput: the log is not one.
        Quarantined: the second scan found something left in the redacted arguments.
    """
    recorded = open_recorded(instance, request.session)  # 1
    return _joined(instance, request, recorded)


def log_join(instance: Instance, request: JoinRequest) -> JoinResult:
    """Give the join, signed and logged; the same session, log, owner and rules again give the stored receipt.

    Raises:
        As for `preview_join`.
    """
    recorded = open_recorded(instance, request.session)  # 1
    made = _joined(instance, request, recorded)
    material = {"rules": RULES, "window": request.window_ms, "owner": request.owner.value, "of": recorded.attestation}
    digest = salted(recorded.keys, "mcp/log")(request.log)
    receipt = log_statement(  # 5
        instance,
        MCP_JOIN_V1,
        (recorded.subject,),
        made.predicate,
        write_key_material=canonical_json(material | {"log": digest}),
        repository=request.repository,
    )
    return replace(made, receipt=receipt)


def _joined(instance: Instance, request: JoinRequest, recorded: RecordedSession) -> JoinResult:
    log = read_mcp_log(request.log, owner=request.owner, digest=salted(recorded.keys, "mcp/line"))  # 2
    redactor = make_redactor(instance, recorded.id, request.repository, (), format=recorded.session.source.format)
    calls = _redacted(redactor, log.calls)  # 3
    made = join(session_calls(instance, recorded), calls, window_ms=request.window_ms)  # 4
    predicate = join_predicate(
        made,
        log,
        session=recorded.id,
        attestation=recorded.attestation,
        log_digest=salted(recorded.keys, "mcp/log")(request.log),
        log_bytes=len(request.log),
    )
    return JoinResult(join=made, log=log, predicate=predicate, receipt=None)


def _redacted(redactor: Redactor, calls: tuple[McpCall, ...]) -> tuple[McpCall, ...]:
    """Give the calls with redacted arguments; arguments that redaction dropped are not known any more."""
    at = [index for index, call in enumerate(calls) if call.method == TOOLS_CALL and call.arguments is not None]
    if not at:
        return calls
    lines = [b'{"input":' + (calls[index].arguments or b"{}") + b"}\n" for index in at]
    with quarantining():
        redacted = list(redactor.redact(lambda: iter(lines)).lines())
    if len(redacted) != len(lines):
        raise CannotVerify("redaction.failed", "redaction gave another number of lines", got=str(len(redacted)))
    out = list(calls)
    for index, line in zip(at, redacted, strict=True):
        fields = parse_line(line)
        known = canonical_arguments(fields.get("input")) if isinstance(fields, dict) else None
        out[index] = replace(calls[index], arguments=known)
    return tuple(out)
