"""GitHub's settings of its Copilot cloud agent for one repository: the authority granted to it.

Payload: the response of `GET /repos/{owner}/{repo}/copilot/cloud-agent/configuration` (public preview), as documented:
`mcp_configuration` (with `mcpServers`, each with its `tools`), `enabled_tools`, `require_actions_workflow_approval`,
`is_firewall_enabled`, `is_firewall_recommended_allowlist_enabled`, `custom_allowlist`. It holds what is set when it was
fetched, not what was set when the session ran. Values of environment and headers of MCP servers are not read.

Also the trailer `Agent-Logs-Url` of the agent's commits, which names the session. What the session's logs look like
when downloaded is not documented; they are not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from attest.capture.lines import Fields
from attest.capture.records import field, texts_of
from attest.capture.second.payload import PayloadItem
from attest.capture.second.rows import Connector, Rows, has, nothing_cut, word
from attest.model.second import Control, ItemKind, SecondRecord

LACKS: Final = ("prompt", "tool-call", "decision", "tokens", "commit", "pull-request", "time-of-the-setting")
_LOGS_URL: Final = re.compile(
    r"https://([a-z0-9.-]{1,253})/([\w.-]{1,100})/([\w.-]{1,100})/sessions/([0-9A-Za-z-]{8,64})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLogs:
    """Where the host keeps the logs of a session."""

    host: str
    repository: str
    """`owner/name`."""
    session: str


def parse_agent_logs_url(value: str) -> AgentLogs | None:
    """Read the value of an `Agent-Logs-Url` trailer; None where it is of another form. A trailer is a hint (D7)."""
    found = _LOGS_URL.fullmatch(value.strip()) if len(value) <= 1_024 else None
    if found is None:
        return None
    return AgentLogs(host=found[1], repository=f"{found[2]}/{found[3]}", session=found[4])


def agent_logs_of(message: str) -> tuple[AgentLogs, ...]:
    """Give what the lines `Agent-Logs-Url: …` of a commit's message name; the agent does not put them last always."""
    named = (line.split(":", 1)[1] for line in message.splitlines() if line.lower().startswith("agent-logs-url:"))
    return tuple(dict.fromkeys(found for value in named if (found := parse_agent_logs_url(value)) is not None))


def looks_like(item: PayloadItem) -> bool:
    """Say whether an item is such a configuration."""
    return has(item.fields, "mcp_configuration", "is_firewall_enabled")


def rows(item: PayloadItem) -> Rows:
    """Give one row for each thing granted, and one for each switch with its state."""
    if not looks_like(item):
        return "another-kind"
    made = [*_servers(item), *_tools(item), *_network(item)]
    return tuple(made)


def _servers(item: PayloadItem) -> list[SecondRecord]:
    made = []
    for name, server in field(item.fields, "mcp_configuration", "mcpServers").items():
        at = f"mcp_configuration/mcpServers/{_escaped(name)}"
        made.append(_grant(item, "mcp-server", name, at))
        tools = texts_of(server, "tools") if isinstance(server, dict) else ()
        made += [_grant(item, "allowed-tool", f"{name}/{tool}", f"{at}/tools") for tool in tools]
    return made


def _tools(item: PayloadItem) -> list[SecondRecord]:
    tools = field(item.fields, "enabled_tools")
    return [
        _grant(item, "review-tool", name, f"enabled_tools/{_escaped(name)}") for name in tools if tools[name] is True
    ]


def _network(item: PayloadItem) -> list[SecondRecord]:
    fields: Fields = item.fields
    made = []
    for name, kind in (
        ("is_firewall_enabled", "firewall"),
        ("is_firewall_recommended_allowlist_enabled", "recommended-allowlist"),
        ("require_actions_workflow_approval", "workflow-approval"),
    ):
        state = fields.get(name)
        if isinstance(state, bool):
            made.append(_grant(item, kind, "on" if state else "off", name))
    hosts = texts_of(fields, "custom_allowlist")
    made += [_grant(item, "network", host, f"custom_allowlist/{at}") for at, host in enumerate(hosts)]
    return made


def _grant(item: PayloadItem, kind: str, value: str, at: str) -> SecondRecord:
    return SecondRecord(
        kind=ItemKind.AUTHORITY, record=item.record, pointer=f"{item.pointer}/{at}", name=kind, value=word(value)
    )


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def sessions(_: PayloadItem) -> tuple[str, ...]:
    """Give nothing: settings are of a repository."""
    return ()


CONNECTOR: Final = Connector(
    source="copilot-agent-settings",
    control=Control.HOST,
    lacks=LACKS,
    looks_like=looks_like,
    rows=rows,
    sessions=sessions,
    cut=nothing_cut,
)
