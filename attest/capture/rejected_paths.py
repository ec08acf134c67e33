"""Ways that were left: proposals that a person refused, and commands that throw work away. Shared by every reader."""

from __future__ import annotations

import re

from attest.capture.shell import SimpleCommand, split_command
from attest.capture.steps import Call, Result
from attest.capture.text import preview
from attest.model.basis import Basis
from attest.model.decisions import Override, OverrideKind, RejectedPath, RejectedPathKind

_NOT_PROPOSALS = frozenset({"AskUserQuestion", "EnterPlanMode"})


def refused_proposals(agent: str, overrides: tuple[Override, ...]) -> list[RejectedPath]:
    """Give what the rejections among the overrides refused. Their evidence is the act, then the call: here the call first."""
    return [
        RejectedPath(
            kind=RejectedPathKind.PROPOSAL,
            tool=one.tool,
            target=one.target,
            detail=preview(one.target or ""),
            ts=one.ts,
            evidence=(one.evidence[1], one.evidence[0]),
            rule=f"{agent}/rejected.proposal@1",
            basis=Basis.OBSERVED,
        )
        for one in overrides
        if one.kind is OverrideKind.REJECTION and one.tool not in (None, *_NOT_PROPOSALS)
    ]


def discarded(agent: str, command: str, call: Call, result: Result) -> RejectedPath | None:
    """Give what a command line threw away, or None where it threw nothing away."""
    found = [one for one in split_command(command) if discards(one)]
    if not found:
        return None
    return RejectedPath(
        kind=RejectedPathKind.DISCARD,
        tool=call.tool,
        target=None,
        detail=preview("; ".join(" ".join(one.argv) for one in found)),
        ts=result.place.ts,
        evidence=(call.place.evidence, result.place.evidence),
        rule=f"{agent}/rejected.discard@1",
        basis=Basis.INFERRED if any(one.masks for one in found) else Basis.OBSERVED,
    )


def discards(command: SimpleCommand) -> bool:
    """Tell whether a command throws work away that git knows of."""
    words = list(command.argv)
    if not words or words[0].rsplit("/", 1)[-1] != "git":
        return False
    rest = words[1:]
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in ("-C", "-c", "--git-dir", "--work-tree") else rest[1:]
    if not rest:
        return False
    name, arguments = rest[0], rest[1:]
    match name:
        case "restore":
            return not ({"--staged", "-S"} & set(arguments)) or bool({"--worktree", "-W"} & set(arguments))
        case "checkout":
            return (
                ("--" in arguments and arguments[-1:] != ["--"])
                or arguments[:1] == ["."]
                or "--ours" in arguments
                or "--theirs" in arguments
            )
        case "reset":
            return "--hard" in arguments
        case "revert":
            return not ({"--abort", "--continue", "--quit", "--skip"} & set(arguments))
        case "stash":
            return arguments[:1] in (["drop"], ["clear"])
        case "clean":
            return any(re.match(r"-\w*f|--force", word) for word in arguments) and not any(
                re.match(r"-\w*n|--dry-run", word) for word in arguments
            )
        case _:
            return False
