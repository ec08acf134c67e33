"""What a session was granted, from which event on, and which tools it used. Shared by every reader."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.records import below
from attest.capture.steps import Place
from attest.capture.text import target
from attest.model.access import Authority, Grant, ToolUse
from attest.model.basis import Basis

MAX_GRANTS = 2_000
MAX_TOOLS = 1_000


@dataclass(slots=True)
class GrantList:
    """Collects grants as they change, and counts tool calls."""

    agent: str
    """The beginning of the rules' names."""
    grants: list[Grant] = member(default_factory=list)
    current: dict[str, str] = member(default_factory=dict)
    named: set[tuple[str, str]] = member(default_factory=set)
    uses: dict[str, list[int]] = member(default_factory=dict)

    def state(self, kind: str, value: str, place: Place, seq: int) -> None:
        """Add a grant of which one holds at a time, where it differs from the one that holds."""
        value = target(value)
        if value and self.current.get(kind) != value:
            self.current[kind] = value
            self._add(kind, value, place, seq)

    def finish(self, unknown: tuple[str, ...]) -> Authority:
        """Give grants in order and tool uses by name; `unknown` is what the format does not say."""
        return Authority(
            granted=tuple(self.grants),
            used=tuple(
                ToolUse(tool=tool, calls=use[0], rejected=use[1], errors=use[2])
                for tool, use in sorted(self.uses.items())
            ),
            unknown=unknown,
        )

    def name(self, kind: str, value: str, place: Place, seq: int) -> None:
        """Add a grant of which several hold at a time, once per value."""
        value = target(value)
        if value and (kind, value) not in self.named:
            self.named.add((kind, value))
            self._add(kind, value, place, seq)

    def _add(self, kind: str, value: str, place: Place, seq: int) -> None:
        if len(self.grants) < MAX_GRANTS:
            self.grants.append(
                Grant(
                    kind=kind,
                    value=value,
                    from_event=seq,
                    ts=place.ts,
                    evidence=(below(place.evidence),),
                    rule=f"{self.agent}/authority.granted@1",
                    basis=Basis.OBSERVED,
                )
            )

    def used(self, tool: str) -> list[int]:
        """Give the counts of a tool to add to: calls, rejected, errors."""
        name = target(tool)
        if name not in self.uses and len(self.uses) >= MAX_TOOLS:
            name = "(further tools)"
        return self.uses.setdefault(name, [0, 0, 0])
