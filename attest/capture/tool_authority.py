"""Authority granted and used, sub-agents, and instruction files, by steps of any format."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.grant_list import MAX_GRANTS, GrantList
from attest.capture.records import count_of, maybe_text, text_of
from attest.capture.steps import Attachment, Call, Granted, Mode, Result, Step
from attest.capture.text import preview, target
from attest.capture.tool_kinds import ToolKind
from attest.model.access import Authority
from attest.model.basis import Basis
from attest.model.changes import Instructions
from attest.model.usage import SubAgent

MAX_SUBAGENTS = 2_000
MAX_INSTRUCTIONS = 500


@dataclass(slots=True)
class ToolAuthority:
    """Reads grants off modes and grants, and uses off calls and results."""

    grants: GrantList

    @property
    def full(self) -> bool:
        """True once the limit of grants was reached."""
        return len(self.grants.grants) >= MAX_GRANTS

    def feed(self, step: Step, seq: int) -> None:
        """Take one step."""
        match step:
            case Mode():
                self.grants.state("permission-mode", step.mode, step.place, seq)
            case Granted(several=True):
                self.grants.name(step.kind, step.value, step.place, seq)
            case Granted():
                self.grants.state(step.kind, step.value, step.place, seq)
            case Call():
                self.grants.used(step.tool)[0] += 1
            case Result(call=Call() as call):
                use = self.grants.used(call.tool)
                use[1] += step.rejected is not None
                use[2] += step.is_error and step.rejected is None
            case _:
                return

    def finish(self, not_told: tuple[str, ...]) -> Authority:
        """Give the authority; of what the format does not usually tell (`not_told`) only what was not told stays."""
        named = {kind for kind, _ in self.grants.named}
        return self.grants.finish(
            tuple(name for name in not_told if name not in self.grants.current and name not in named)
        )


@dataclass(slots=True)
class ToolSubAgents:
    """Collects work handed to other agents, in order of the calls.

    A result may tell, in `structured`: `agent_id`, `status`, `tokens`, `tool_uses`, and `transcript_present` (true).
    """

    agent: str
    """The beginning of the rule's name."""
    kept: dict[str, SubAgent] = member(default_factory=dict)
    full: bool = False

    def feed(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Call(kind=ToolKind.SUBAGENT):
                if len(self.kept) >= MAX_SUBAGENTS:
                    self.full = True
                    return
                self.kept[step.call_id or f"#{step.seq}"] = self._agent(step, None)
            case Result(call=Call(kind=ToolKind.SUBAGENT) as call):
                name = call.call_id or f"#{call.seq}"
                if name in self.kept:
                    self.kept[name] = self._agent(call, step)
            case _:
                return

    def _agent(self, call: Call, result: Result | None) -> SubAgent:
        told = result.structured if result is not None else {}
        rejected = result is not None and result.rejected is not None
        failed = result is not None and result.is_error
        native, status, kind = (maybe_text(told, name) for name in ("agent_id", "status", "agent_type"))
        kind = kind or maybe_text(call.arguments, "agent_type")
        return SubAgent(
            native_id=target(native) if native else None,
            kind=preview(kind) if kind else None,
            task=preview(text_of(call.arguments, "prompt")),
            status="rejected" if rejected else "error" if failed else preview(status) if status else None,
            tokens=count_of(told, "tokens"),
            tool_uses=count_of(told, "tool_uses"),
            transcript_present=told.get("transcript_present") is True,
            ts=call.place.ts,
            evidence=(call.place.evidence, *((result.place.evidence,) if result else ())),
            rule=f"{self.agent}/subagent.call@1",
            basis=Basis.OBSERVED,
        )


@dataclass(slots=True)
class ToolInstructions:
    """Collects files of standing instructions that a format shows as `Attachment(kind="instructions")`.

    Its fields: `path`; `text` where it is shown; `whole` (true) where that is all of the file.
    """

    agent: str
    """The beginning of the rule's name."""
    kept: dict[tuple[str, str | None], Instructions] = member(default_factory=dict)

    def feed(self, step: Step) -> None:
        """Take one step."""
        if not isinstance(step, Attachment) or step.kind != "instructions" or len(self.kept) >= MAX_INSTRUCTIONS:
            return
        path, text = target(text_of(step.fields, "path")), text_of(step.fields, "text")
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() if text else None
        if not path or (path, digest) in self.kept:
            return
        self.kept[path, digest] = Instructions(
            path=path,
            sha256=digest,
            whole=digest is not None and step.fields.get("whole") is True,
            ts=step.place.ts,
            evidence=(step.place.evidence,),
            rule=f"{self.agent}/instructions.shown@1",
            basis=Basis.OBSERVED,
        )
