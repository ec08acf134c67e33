"""Ways that were left: proposals that a person refused, and commands that throw work away. Shared by every reader."""

from __future__ import annotations

import re

from attest.capture.discards import discards
from attest.capture.file_states import FileStates
from attest.capture.shell import SimpleCommand, split_command
from attest.capture.steps import Call, Result
from attest.capture.text import preview, target
from attest.model.basis import Basis, Evidence
from attest.model.decisions import Override, OverrideKind, RejectedPath, RejectedPathKind

_HARMLESS = frozenset({"cd", "pushd", "popd", "echo", "printf", "export", "set", "pwd", "true", ":"})
_GIT_ERROR = re.compile(r"^(?:error|fatal): ", re.MULTILINE)
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


def retried(agent: str, path: str, tool: str, evidence: tuple[Evidence, Evidence]) -> RejectedPath:
    """Give an edit of a file that the tool refused, and that was made in another form: `evidence` is the two calls."""
    return RejectedPath(
        kind=RejectedPathKind.RETRY,
        tool=tool[:128],
        target=target(path),
        detail=preview(path),
        ts=None,
        evidence=evidence,
        rule=f"{agent}/rejected.retry@1",
        basis=Basis.OBSERVED,
    )


def discarded(
    agent: str, command: str, call: Call, result: Result, *, states: FileStates | None = None
) -> RejectedPath | None:
    """Give what a command line threw away, or None where it threw nothing away.

    `states` tells which words are files that the session wrote: without it `git checkout NAME` is a branch, and no `rm`
    counts. Of a line that failed only what surely ran is taken: a first command that git did not complain about.
    """
    commands = split_command(command)
    if result.is_error:
        commands = _surely_ran(commands, result.text)
    files = states or FileStates()
    found: list[SimpleCommand] = []
    removed: list[str] = []
    for one in commands:
        gone = files.removed_by(one)
        removed += gone
        if gone or discards(one, files, result.text):
            found.append(one)
    if not found:
        return None
    return RejectedPath(
        kind=RejectedPathKind.DISCARD,
        tool=call.tool,
        target=target(removed[0]) if removed else None,
        detail=preview("; ".join(" ".join(one.argv) for one in found)),
        ts=result.place.ts,
        evidence=(call.place.evidence, result.place.evidence),
        rule=f"{agent}/rejected.discard@2",
        basis=Basis.INFERRED if any(one.masks for one in found) else Basis.OBSERVED,
    )


def _surely_ran(commands: tuple[SimpleCommand, ...], output: str) -> tuple[SimpleCommand, ...]:
    """Give the first command that can fail, where others stand behind it and git did not complain."""
    risky = [one for one in commands if one.argv and one.argv[0] not in _HARMLESS]
    return tuple(risky[:1]) if len(risky) > 1 and not _GIT_ERROR.search(output) else ()
