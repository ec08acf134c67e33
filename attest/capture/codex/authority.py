"""Authority: what each turn was granted, what was asked beyond it, and which tools were used."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.grant_list import GrantList
from attest.capture.lines import Fields
from attest.capture.records import field, maybe_text, text_of, texts_of
from attest.capture.steps import Call, Place, Result, Step
from attest.model.access import Authority

MAX_ROOTS = 64
FULL_ACCESS = "danger-full-access"


@dataclass(slots=True)
class Authorities:
    """Reads grants off turns, escalations off calls, and uses off both calls and results."""

    grants: GrantList = member(default_factory=lambda: GrantList("codex"))

    def turn(self, payload: Fields, place: Place, seq: int) -> None:
        """Take the grants of a turn; one that a turn does not name stays as it was."""
        policy = payload.get("approval_policy")
        mode = policy if isinstance(policy, str) else "granular" if isinstance(policy, dict) else ""
        sandbox = field(payload, "sandbox_policy")
        kind = text_of(sandbox, "type") or text_of(sandbox, "mode")
        network = sandbox.get("network_access")
        if kind == FULL_ACCESS:
            network = True
        for name, value in (
            ("permission-mode", mode),
            ("sandbox", kind),
            ("network", ("allowed" if network else "denied") if isinstance(network, bool) else str(network or "")),
            ("permission-profile", text_of(field(payload, "permission_profile"), "type")),
            ("approvals-reviewer", text_of(payload, "approvals_reviewer")),
            ("directory", text_of(payload, "cwd")),
        ):
            self.grants.state(name, value, place, seq)
        roots = (*texts_of(sandbox, "writable_roots"), *texts_of(payload, "workspace_roots"))
        for root in roots[:MAX_ROOTS]:
            self.grants.name("writable-directory", root, place, seq)

    def feed(self, step: Step, seq: int) -> None:
        """Take one step."""
        match step:
            case Call():
                self.grants.used(step.tool)[0] += 1
                if step.arguments.get("asked") and step.arguments.get("asked") != "use_default":
                    words = f"{step.arguments['asked']}: {text_of(step.arguments, 'why')}"
                    command = maybe_text(step.arguments, "command")
                    self.grants.name("asked-permission", f"{words} ({command})" if command else words, step.place, seq)
            case Result(call=Call() as call):
                use = self.grants.used(call.tool)
                use[1] += step.rejected is not None
                use[2] += step.is_error and step.rejected is None
            case _:
                return

    def finish(self) -> Authority:
        """Give the authority. Whether an escalation was granted, and by whom, Codex does not record."""
        current = self.grants.current
        unknown = [name for name in ("permission-mode", "sandbox", "network") if name not in current]
        if current.get("sandbox") == "workspace-write" and not any(
            kind == "writable-directory" for kind, _ in self.grants.named
        ):
            unknown.append("writable-directories")
        return self.grants.finish((*unknown, "approval-per-call", "allow-rules"))
