"""What `whereof gate` says, as text, Markdown and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.cli.output import print_line
from attest.cli.render_verdict import print_range, range_markdown
from attest.model.markdown import cell, code
from attest.model.range_verdict import STATES
from attest.usecases.verdict_json import range_json

if TYPE_CHECKING:
    from attest.usecases.gate import GateResult
    from attest.usecases.survey import Survey

SHOWN: Final = 20
"""Marked commits that are listed by name."""
_NEXT: Final = (
    "whereof init --policy writes one in mode `observe`; once it is on the base, each commit gets a verdict here"
)
_SURVEY: Final = "no policy at the base: nothing is demanded, and nothing was judged"


def print_gate(result: GateResult) -> None:
    """Print the verdict as `verify` does, or the survey of the range and of the whole history."""
    if result.verdict:
        print_range(result.verdict)
        return
    print_line(f"survey: {_SURVEY}")
    for name, found in _surveys(result):
        unmarked = len(found.commits) - found.marked
        print_line(f"  {name:<14} {len(found.commits):>7,} commits  {found.marked:,} marked, {unmarked:,} unmarked")
    if result.history and result.history.shallow:
        print_line("  this clone is shallow: older commits are not counted")
    print_line(f"  next: {_NEXT}")


def gate_markdown(result: GateResult) -> str:
    """Give the coverage table for a step summary."""
    if result.verdict:
        return f"### Whereof: {result.verdict.verdict.value}\n\n{range_markdown(result.verdict)}"
    surveys = _surveys(result)
    lines = ["### Whereof: survey", "", f"{cell(_SURVEY[0].upper() + _SURVEY[1:])}.", ""]
    lines += [f"| state | {' | '.join(name for name, _ in surveys)} |", "|---|" + "---:|" * len(surveys)]
    for state in STATES:
        counts = (sum(1 for one in found.commits if one.state == state) for _, found in surveys)
        lines.append(f"| {state} | {' | '.join(f'{count:,}' for count in counts)} |")
    lines.append(f"| all | {' | '.join(f'{len(found.commits):,}' for _, found in surveys)} |")
    lines += ["", "`marked`: an agent's mark, no session on record. `unmarked`: not known, which is not a person's."]
    if result.history and result.history.shallow:
        lines += ["", "This clone is shallow: older commits are not counted."]
    return "\n".join([*lines, *_marks(result.history), "", f"Next: {_NEXT}."]) + "\n"


def gate_json(result: GateResult) -> dict[str, object]:
    """Give the whole answer; a survey has counts and the marked commits."""
    about = result.about
    head: dict[str, object] = {
        "server": about.server,
        "base": about.base,
        "tip": about.tip,
        "outcome": result.word,
        "exit_code": result.exit_code,
    }
    if result.verdict:
        return head | {"verdict": range_json(result.verdict)}
    return head | {name.replace(" ", "_"): _survey_json(found) for name, found in _surveys(result)}


def _surveys(result: GateResult) -> tuple[tuple[str, Survey], ...]:
    both = (("this change", result.change), ("whole history", result.history))
    return tuple((name, found) for name, found in both if found is not None)


def _survey_json(found: Survey) -> dict[str, object]:
    return {
        "commits": len(found.commits),
        "marked": found.marked,
        "unmarked": len(found.commits) - found.marked,
        "shallow": found.shallow,
        "by_mark": dict(found.by_mark),
        "marked_commits": [{"oid": c.oid, "marks": list(c.marks)} for c in found.commits if c.marks],
    }


def _marks(found: Survey | None) -> list[str]:
    if found is None or not found.marked:
        return []
    lines = [
        "",
        "| mark | commits |",
        "|---|---:|",
        *(f"| {cell(name)} | {count:,} |" for name, count in found.by_mark),
    ]
    lines += ["", "| newest marked commits | subject | mark |", "|---|---|---|"]
    marked = [one for one in found.commits if one.marks]
    lines += [f"| `{c.oid[:12]}` | {code(c.subject[:120])} | {cell(', '.join(c.marks))} |" for c in marked[:SHOWN]]
    if len(marked) > SHOWN:
        lines += ["", f"{len(marked) - SHOWN:,} more are not listed."]
    return lines
