"""Authority: what the session was granted, from which event on, and which tools it used."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.claude_code.records import below, items_of, text_of, texts_of
from attest.capture.claude_code.steps import Attachment, Call, Mode, Place, Result, Step
from attest.capture.text import target
from attest.model.access import Authority, Grant, ToolUse
from attest.model.basis import Basis

RULE = "claude-code/authority.granted@1"
MAX_GRANTS = 2_000
MAX_TOOLS = 1_000
NOT_TOLD = ("approval-per-call", "sandbox", "network", "allow-rules", "writable-directories")
"""What Claude Code's transcripts do not say."""


@dataclass(slots=True)
class Authorities:
    """Collects grants as they change, and counts tool calls."""

    grants: list[Grant] = member(default_factory=list)
    current: dict[str, str] = member(default_factory=dict)
    named: set[tuple[str, str]] = member(default_factory=set)
    uses: dict[str, list[int]] = member(default_factory=dict)

    def feed(self, step: Step, seq: int) -> None:
        """Take one step."""
        match step:
            case Mode():
                self.state("permission-mode", step.mode, step.place, seq)
            case Attachment(kind="command_permissions"):
                for name in texts_of(step.fields, "allowedTools"):
                    self._name("allowed-tool", name, step.place, seq)
            case Attachment(kind="mcp_instructions_delta"):
                for name in texts_of(step.fields, "addedNames"):
                    self._name("mcp-server", name, step.place, seq)
            case Call():
                self._use(step.tool)[0] += 1
                if step.tool == "ExitPlanMode":
                    self._asked(step, seq)
            case Result(call=Call() as call):
                use = self._use(call.tool)
                use[1] += step.rejected is not None
                use[2] += step.is_error and step.rejected is None
            case _:
                return

    def state(self, kind: str, value: str, place: Place, seq: int) -> None:
        """Add a grant of which one holds at a time, where it differs from the one that holds."""
        value = target(value)
        if value and self.current.get(kind) != value:
            self.current[kind] = value
            self._add(kind, value, place, seq)

    def finish(self) -> Authority:
        """Give grants in order, tool uses by name, and what is not known."""
        unknown = NOT_TOLD if "permission-mode" in self.current else ("permission-mode", *NOT_TOLD)
        return Authority(
            granted=tuple(self.grants),
            used=tuple(
                ToolUse(tool=tool, calls=use[0], rejected=use[1], errors=use[2])
                for tool, use in sorted(self.uses.items())
            ),
            unknown=unknown,
        )

    def _asked(self, call: Call, seq: int) -> None:
        """Permissions that an accepted plan would grant are asked for, not granted: kept apart by their kind."""
        for item in items_of(call.arguments, "allowedPrompts"):
            if isinstance(item, dict):
                words = f"{text_of(item, 'tool')}({text_of(item, 'prompt')})"
                self._name("asked-permission", words, call.place, seq)

    def _name(self, kind: str, value: str, place: Place, seq: int) -> None:
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
                    rule=RULE,
                    basis=Basis.OBSERVED,
                )
            )

    def _use(self, tool: str) -> list[int]:
        name = target(tool)
        if name not in self.uses and len(self.uses) >= MAX_TOOLS:
            name = "(further tools)"
        return self.uses.setdefault(name, [0, 0, 0])
