"""The door of this package: a recorded payload in, what it tells out, its kind told from the content."""

from __future__ import annotations

from typing import Final

from attest.capture.second import (
    anthropic_compliance,
    claude_otel,
    copilot_agent,
    devin,
    github_audit,
    openai_compliance,
)
from attest.capture.second.payload import read_payload
from attest.capture.second.rows import Connector, read_with
from attest.errors import InvalidInput
from attest.model.second import Control, SecondLog

CONNECTORS: Final[tuple[Connector, ...]] = (
    anthropic_compliance.CONNECTOR,
    claude_otel.CONNECTOR,
    copilot_agent.CONNECTOR,
    github_audit.CONNECTOR,
    devin.CONNECTOR,
    openai_compliance.CONNECTOR,
)
"""The kinds known, in the order they are tried: the one that is least sure of its shape comes last."""

AUTO: Final = "auto"
_LOOKED_AT: Final = 64


def read_second(data: bytes, *, kind: str = AUTO, control: Control | None = None) -> SecondLog:
    """Give all that a payload tells. `control` is the caller's word on who controls it; None: as is usual for its kind.

    Raises:
        InvalidInput: `input.empty`, `input.too-large`, `input.unknown-format`, or `input.usage` for a kind not known.
    """
    if kind != AUTO and kind not in {connector.source for connector in CONNECTORS}:
        raise InvalidInput(
            "input.usage", expected=" or ".join([AUTO, *(one.source for one in CONNECTORS)]), got=kind[:64]
        )
    payload = read_payload(data)
    head = payload.items[:_LOOKED_AT]
    for connector in CONNECTORS:
        if kind in {AUTO, connector.source} and any(connector.looks_like(item) for item in head):
            return read_with(connector, payload, control=control)
    raise InvalidInput(
        "input.unknown-format",
        "this is no second record of a kind known here",
        expected=kind if kind != AUTO else " or ".join(one.source for one in CONNECTORS),
        hint="hand in the recorded payload as it was fetched; `whereof compare --help` lists the kinds",
    )
