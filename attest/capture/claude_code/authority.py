"""Authority: what the session was granted, from which event on, and which tools it used."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.grant_list import GrantList
from attest.capture.records import items_of, text_of, texts_of
from attest.capture.steps import Attachment, Call, Mode, Result, Step
from attest.model.access import Authority

NOT_TOLD = ("approval-per-call", "sandbox", "network", "allow-rules", "writable-directories")
"""What Claude Code's transcripts do not say."""


@dataclass(slots=True)
class Authorities:
    """Reads grants and uses off steps."""

    grants: GrantList = member(default_factory=lambda: GrantList("claude-code"))

    def feed(self, step: Step, seq: int) -> None:
        """Take one step."""
        match step:
            case Mode() if not step.place.sidechain:
                self.grants.state("permission-mode", step.mode, step.place, seq)
            case Attachment(kind="command_permissions"):
                for name in texts_of(step.fields, "allowedTools"):
                    self.grants.name("allowed-tool", name, step.place, seq)
            case Attachment(kind="mcp_instructions_delta"):
                for name in texts_of(step.fields, "addedNames"):
                    self.grants.name("mcp-server", name, step.place, seq)
            case Call():
                self.grants.used(step.tool)[0] += 1
                if step.tool == "ExitPlanMode":
                    self._asked(step, seq)
            case Result(call=Call() as call):
                use = self.grants.used(call.tool)
                use[1] += step.rejected is not None
                use[2] += step.is_error and step.rejected is None
            case _:
                return

    def finish(self) -> Authority:
        """Give grants in order, tool uses by name, and what is not known."""
        known = "permission-mode" in self.grants.current
        return self.grants.finish(NOT_TOLD if known else ("permission-mode", *NOT_TOLD))

    def _asked(self, call: Call, seq: int) -> None:
        """Permissions that an accepted plan would grant are asked for, not granted: kept apart by their kind."""
        for item in items_of(call.arguments, "allowedPrompts"):
            if isinstance(item, dict):
                words = f"{text_of(item, 'tool')}({text_of(item, 'prompt')})"
                self.grants.name("asked-permission", words, call.place, seq)
