"""GitHub's audit log events of agents (`actor_is_agent: true`): pull requests, pushes and the like, by agent session.

Payload: the array of the audit log API, or its lines as streamed. Read are `action`, `actor_is_agent`,
`agent_session_id`, `@timestamp` (milliseconds) or `created_at`, all documented; and, where an event has them,
`pull_request_url` and the `before`/`after` oids of a push, whose presence on agents' events was not verified. Records
of Copilot API usage (`type: request|response` with `body`) are counted and not read.
"""

from __future__ import annotations

import re
from typing import Final

from attest.capture.mcp.log_lines import time_of
from attest.capture.records import text_of
from attest.capture.second.payload import PayloadItem
from attest.capture.second.rows import Connector, Rows, nothing_cut, words
from attest.model.second import Control, ItemKind, SecondRecord

LACKS: Final = ("prompt", "tool-call", "decision", "tokens", "authority", "commit-completeness")
_OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def looks_like(item: PayloadItem) -> bool:
    """Say whether an item is an event of the audit log, or a record of Copilot API usage from the same stream."""
    return ("action" in item.fields and "actor_is_agent" in item.fields) or _is_usage(item)


def rows(item: PayloadItem) -> Rows:
    """Give the pull request and the commits that one event of an agent names."""
    fields = item.fields
    if _is_usage(item):
        return "copilot-usage-record"
    if fields.get("actor_is_agent") is not True:
        return "not-an-agent"
    ts = time_of(fields.get("@timestamp")) or time_of(fields.get("created_at"))
    made: list[SecondRecord] = []
    url = text_of(fields, "pull_request_url")
    if url.startswith("https://") and len(url) <= 1_024:
        made.append(
            SecondRecord(
                kind=ItemKind.PULL_REQUEST,
                record=item.record,
                pointer=f"{item.pointer}/pull_request_url",
                name=text_of(fields, "action")[:256],
                value=url,
                ts=ts,
            )
        )
    for name in ("after", "head_sha"):
        oid = text_of(fields, name)
        if _OID.fullmatch(oid) and set(oid) != {"0"}:
            made.append(
                SecondRecord(
                    kind=ItemKind.COMMIT, record=item.record, pointer=f"{item.pointer}/{name}", value=oid, ts=ts
                )
            )
    return tuple(made) or "no-commit-or-pull-request"


def _is_usage(item: PayloadItem) -> bool:
    return text_of(item.fields, "type") in {"request", "response"} and "github_request_id" in item.fields


def sessions(item: PayloadItem) -> tuple[str, ...]:
    """Give the agent's session, as the host names it."""
    return words([item.fields.get("agent_session_id")])


CONNECTOR: Final = Connector(
    source="github-audit",
    control=Control.HOST,
    lacks=LACKS,
    looks_like=looks_like,
    rows=rows,
    sessions=sessions,
    cut=nothing_cut,
)
