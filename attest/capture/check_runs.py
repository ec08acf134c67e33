"""The verification record: every check in every shell command, and claims without a run. Shared by every reader."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from dataclasses import field as member
from datetime import datetime

from attest.capture.check_outcome import Ending, decide
from attest.capture.check_prefixes import name_of, unwrapped
from attest.capture.check_table import CheckCommand, classify
from attest.capture.shell import SimpleCommand, split_command
from attest.capture.shell_words import substitutions
from attest.capture.steps import AgentText, Call
from attest.capture.text import preview, target
from attest.model.basis import Basis, Evidence
from attest.model.checks import Check, CheckKind, CheckStatus, ExitSource, Mask

MAX_CHECKS = 20_000
MAX_ARGV = 24
MAX_NESTING = 2
"""Shells within shells, and substitutions within substitutions."""

_CANNOT_FAIL = frozenset(
    {
        "cd",
        "pushd",
        "popd",
        "echo",
        "printf",
        "export",
        "source",
        ".",
        "set",
        "unset",
        "true",
        ":",
        "sleep",
        "pwd",
        "date",
        "clear",
        "wait",
    }
)
_CD_FAILED = re.compile(r"\bcd:.{0,300}(?:No such file|no such file|not a directory|Permission denied)")
_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})
_CLAIM = re.compile(
    r"(?:\ball (?:the )?(?:\d+ )?(?P<which>[a-z0-9-]+ )?tests? (?:now )?(?:pass\b|passed\b|are passing\b)|\btests? (?:are )?(?:all )?(?:pass\b|passing\b))"
    r"(?! (?:if|when|once|before|after))",
    re.IGNORECASE,
)
_SUITES = frozenset(
    {"integration", "end-to-end", "e2e", "acceptance", "regression", "load", "performance", "security", "smoke", "ui"}
)
"""Words that name one suite among several."""
_HEDGE = re.compile(
    r"\b(?:if|until|should|make sure|ensure|verify|whether|once|will|would|expect|need|not|n't)\b", re.IGNORECASE
)


@dataclass(slots=True)
class CheckRuns:
    """Collects checks; a later edit makes an earlier check stale."""

    agent: str
    """The beginning of the rules' names."""
    kept: list[Check] = member(default_factory=list)
    edits_before: list[int] = member(default_factory=list)
    edits: int = 0
    edit_times: list[datetime | None] = member(default_factory=list)
    waiting: dict[str, list[tuple[int, CheckCommand, SimpleCommand, bool]]] = member(default_factory=dict)
    behind: set[str] = member(default_factory=set)
    """Calls that asked for the background."""
    gone_on: set[str] = member(default_factory=set)
    """Calls whose commands went on in the background, and whose end is told by another record."""
    cwd: str | None = None

    def edited(self, ts: datetime | None = None) -> None:
        """Note that a file was changed."""
        self.edits += 1
        self.edit_times.append(ts)

    def finish(self, *, by_time: bool = False) -> tuple[Check, ...]:
        """Give the checks in order; those without a result stay inconclusive.

        `by_time`: the transcript's order is not that of time (files of sub-agents stand behind it). Edits with a later
        time than a check's start then make it stale, where times are known.
        """
        times = sorted(one for one in self.edit_times if one is not None)
        ordered = not by_time or len(times) < self.edits
        return tuple(
            replace(check, stale_after=self.edits - before)
            if ordered or check.ts is None
            else replace(check, stale_after=len(times) - bisect_right(times, check.ts))
            for check, before in zip(self.kept, self.edits_before, strict=True)
            if check.tool
        )

    def started(self, call: Call, command: str, *, background: bool, key: str | None = None) -> None:
        """Note that a command line was started; several may belong to one call.

        `key` takes the place of the call's id in `ended` where each line of a call ends by itself.
        """
        key = key or call.call_id
        if background:
            self.behind.add(key)
        for check, simple, alone in checks_in(command):
            if len(self.kept) < MAX_CHECKS:
                self.waiting.setdefault(key, []).append((len(self.kept), check, simple, alone))
            shown = _masked(simple, Mask.BACKGROUND) if background else simple
            self._keep(_without_result(call, check, shown, cwd=self.cwd, rule=f"{self.agent}/check.command@2"))

    def did_not_run(self, call_id: str) -> None:
        """Note that the call was refused or could not be made: there was no check at all."""
        for place, *_ in self.waiting.pop(call_id, ()):
            self.kept[place] = replace(self.kept[place], tool="")

    def ended(self, call_id: str, ending: Ending, evidence: tuple[Evidence, ...], *, runs_on: bool = False) -> None:
        """Note how the command lines of a call ended, or that they run on (`runs_on`) and may be told of again.

        What runs on sees files as they were when it started: only a command that ends at once saw the edits so far.
        """
        if runs_on:
            self.gone_on.add(call_id)
        for place, check, simple, alone in self.waiting[call_id] if runs_on else self.waiting.pop(call_id, ()):
            hidden = runs_on or (call_id in self.behind and call_id not in self.gone_on)
            masks = _masked(simple, Mask.BACKGROUND).masks if hidden else simple.masks
            outcome = decide(check, masks, ending, alone=alone and not _CD_FAILED.search(ending.output))
            old = self.kept[place]
            if call_id not in self.gone_on:
                self.edits_before[place] = self.edits
            self.kept[place] = replace(
                old,
                exit=ending.exit,
                exit_source=outcome.exit_source,
                masked_by=masks,
                counts=outcome.counts,
                status=outcome.status,
                why=outcome.why,
                evidence=(*old.evidence, *evidence),
            )

    def claim(self, step: AgentText) -> None:
        """Take the agent's words. Its word that tests pass counts as a claim while no run is recorded that it can rest on.

        A claim about one suite ("all integration tests pass") rests only on a run whose command names that suite.
        """
        for sentence in re.split(r"[.!?\n]", step.text[:20_000]):
            claim = _CLAIM.search(sentence)
            if claim and not _HEDGE.search(sentence) and not self._has_run(claim["which"]):
                self._keep(
                    Check(
                        kind=CheckKind.TEST,
                        tool="(claim)",
                        argv=(),
                        cwd=None,
                        exit=None,
                        exit_source=ExitSource.NONE,
                        masked_by=(),
                        counts=None,
                        status=CheckStatus.CLAIMED,
                        why="the agent said so, and no such run is recorded before it",
                        stale_after=0,
                        ts=step.place.ts,
                        evidence=(step.place.evidence,),
                        rule=f"{self.agent}/check.claimed@2",
                        basis=Basis.REPORTED,
                        said=target(sentence.strip()),
                    )
                )
                return

    def _has_run(self, which: str | None) -> bool:
        suite = (which or "").strip().lower()
        runs = [check for check in self.kept if check.kind is CheckKind.TEST and check.tool and check.argv]
        return any(suite not in _SUITES or suite in " ".join(check.argv).lower() for check in runs)

    def _keep(self, check: Check) -> None:
        if len(self.kept) < MAX_CHECKS:
            self.kept.append(check)
            self.edits_before.append(self.edits)


def checks_in(command: str, depth: int = 0) -> list[tuple[CheckCommand, SimpleCommand, bool]]:
    """Give the checks of a command line, each with whether no other command can have caused a non-zero exit."""
    found: list[tuple[CheckCommand, SimpleCommand, bool]] = []
    commands = split_command(command)
    risky = [simple for simple in commands if simple.argv and not simple.masks and simple.argv[0] not in _CANNOT_FAIL]
    for place, simple in enumerate(commands):
        nested = _nested_line(unwrapped(simple.argv)) if depth < MAX_NESTING else None
        if nested is not None:
            found += [
                (check, _masked(inner, *simple.masks), alone and len(risky) == 1)
                for check, inner, alone in checks_in(nested, depth + 1)
            ]
            continue
        check = classify(simple.argv) if simple.argv else None
        if check is not None:
            check = replace(check, echoed=_echoed(commands, place))
            hidden = check.forced or any(one.argv[:1] == ("trap",) for one in commands)
            found.append((check, _masked(simple, Mask.OR) if hidden else simple, risky == [simple]))
    if depth < MAX_NESTING:
        for inner_line in substitutions(command):
            found += [
                (check, _masked(inner, Mask.CONTROL), False) for check, inner, _ in checks_in(inner_line, depth + 1)
            ]
    return found


def _nested_line(words: tuple[str, ...]) -> str | None:
    """Give the command line that a shell is given as an argument (`bash -lc LINE`, `sh -e -c LINE`)."""
    if not words or name_of(words[0]) not in _SHELLS:
        return None
    for place, word in enumerate(words[1:6], start=1):
        if not word.startswith("-"):
            return None
        if word.endswith("c") and not word.startswith("--"):
            return words[place + 1] if place + 1 < len(words) else None
    return None


def _masked(simple: SimpleCommand, *more: Mask) -> SimpleCommand:
    return replace(simple, masks=tuple(mask for mask in Mask if mask in simple.masks or mask in more))


def _echoed(commands: tuple[SimpleCommand, ...], place: int) -> tuple[str, str] | None:
    """Give what the command behind a check prints around the check's exit code."""
    piped = Mask.PIPE in commands[place].masks
    behind = place + 1
    while piped and behind < len(commands) and Mask.PIPE in commands[behind].masks:
        behind += 1
    behind += piped
    argv = commands[behind].argv if behind < len(commands) else ()
    if argv[:1] not in (("echo",), ("printf",)):
        return None
    text = " ".join(word for word in argv[1:] if word not in ("-n", "-e")).replace("\\n", "").replace("%s", "")
    name = "${PIPESTATUS[0]}" if piped else "$?"
    if text.count(name) != 1:
        return None
    before, _, after = text.partition(name)
    return before.strip(), after.strip()


def _without_result(call: Call, check: CheckCommand, simple: SimpleCommand, *, cwd: str | None, rule: str) -> Check:
    return Check(
        kind=check.kind,
        tool=check.tool,
        argv=tuple(preview(word) for word in simple.argv[:MAX_ARGV]),
        cwd=cwd,
        exit=None,
        exit_source=ExitSource.NONE,
        masked_by=(*simple.masks, *((Mask.TRUNCATION,) if Mask.TRUNCATION not in simple.masks else ())),
        counts=None,
        status=CheckStatus.INCONCLUSIVE,
        why="the transcript holds no result",
        stale_after=0,
        ts=call.place.ts,
        evidence=(call.place.evidence,),
        rule=rule,
        basis=Basis.OBSERVED,
    )
