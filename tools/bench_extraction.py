"""How well the readers find what a person found in real sessions: precision and recall by kind, checks by outcome.

    python -m tools.bench_extraction [--write FILE]

Reads `tests/labels/` and the samples in `../shared/samples`. Exit code 1: a goal is missed; 3: the samples are not there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from attest.capture.reader import read_session
from attest.capture.transcript import Transcript
from attest.capture.unroll.document import UNROLLED_TYPE
from attest.errors import AttestError
from tools.extraction_labels import BEFORE_RULES, GOAL_KINDS, Agreement, LabelFile, compare, label_files

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT.parent / "shared" / "samples"
_LISTS = {"gemini/json": "/messages", "swe-agent/traj": "/trajectory"}
"""Where the elements that labels point to stand in a document, by its format."""
PRECISION, RECALL = 0.95, 0.90
_PAGE = """# Extraction against hand-made labels

Written by `make bench-extraction`. What the labels mean: [tests/labels](../../tests/labels/README.md).

{table}
Checks, by what a person saw (rows) and what the reader says:

{outcomes}
Checks said to have passed that a person did not see pass: **{false}**.

{history}"""
_HISTORY = """## How far to trust this

- The labels of three samples ({before}) were made before any rule existed. Those of the others were made when rules existed,
  by a person who had neither read the rules nor seen what they find in these files, and were committed before the comparison.
- **The first comparison**, before any rule was changed because of it, was over the 18 samples of Claude Code and Codex, the three
  early ones included (the other {others} are of formats that were not read then): overrides 9 of 9, none too many; rejected paths 6 of 8, none too many
  (recall .75); plan revisions 3 of 4, none too many (recall .75); checks 27 of 35, none too many, all 27 with the right
  outcome, none wrongly passed. What was missed: `rm` of a file the session wrote, `git checkout` of paths without `--`, a plan
  that only its file holds, and `git diff --check` and `jq empty` as checks. The rules were then widened, so the table above is
  no longer blind to these samples: sessions that nobody here has seen are the judge.
- No label is a constraint that was broken: the samples hold none, so that row proves nothing here.
- Few items in few sessions: one error moves a figure by several hundredths.
"""


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; keep them as a page where `--write` names one."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", type=Path)
    told = parser.parse_args(arguments)
    if not SAMPLES.is_dir():
        print("needs the shared samples beside the checkout", file=sys.stderr)
        return 3
    files = label_files(ROOT / "tests" / "labels", SAMPLES)
    agreement, unread = agreement_of(files)
    table = _table(agreement)
    print(table)
    print(_outcomes(agreement))
    for line in (*agreement.differences, *(f"{one.name}: not read ({why})" for one, why in unread)):
        print(line)
    if told.write is not None:
        told.write.write_text(_page(files, agreement, table, unread))
    return 0 if reached(agreement) else 1


def agreement_of(files: Iterable[LabelFile]) -> tuple[Agreement, list[tuple[LabelFile, str]]]:
    """Compare all samples that a reader takes; give also those that none takes, with the reason."""
    agreement, unread = Agreement(), []
    for one in files:
        try:
            lines = [line + b"\n" for line in Transcript.open(one.sample).lines()]
            session = read_session(lines)
        except (AttestError, OSError) as error:
            unread.append((one, getattr(error, "code", type(error).__name__)))
            continue
        compare(one, session, agreement, _places(lines))
    return agreement, unread


def _places(lines: list[bytes]) -> dict[int, str] | None:
    """Give the pointer of each record line that is an element of a document; None for a file of lines."""
    first = json.loads(lines[0])
    if first.get("type") != UNROLLED_TYPE:
        return None
    name = _LISTS.get(first.get("format"), "")
    elements = [at for at, line in enumerate(lines) if at and _is_element(json.loads(line).get("type"))]
    return {at: f"{name}/{number}" for number, at in enumerate(elements)}


def _is_element(kind: object) -> bool:
    return not str(kind).startswith("swe-agent-") or kind == "swe-agent-step"


def reached(agreement: Agreement) -> bool:
    """Tell whether every goal is reached."""
    tallies = [agreement.kinds[kind] for kind in GOAL_KINDS if kind in agreement.kinds]
    good = all(tally.precision() >= PRECISION and tally.recall() >= RECALL for tally in tallies)
    return good and not agreement.false_passes()


def _table(agreement: Agreement) -> str:
    lines = ["| kind | labelled | extracted | agree | precision | recall |", "|---|---|---|---|---|---|"]
    for kind, tally in sorted(agreement.kinds.items()):
        shares = (
            f"{tally.precision():.3f} | {tally.recall():.3f}" if tally.labelled or tally.extracted else "none | none"
        )
        lines.append(f"| {kind} | {tally.labelled} | {tally.extracted} | {tally.agreed} | {shares} |")
    return "\n".join(lines) + "\n"


def _outcomes(agreement: Agreement) -> str:
    names = ("passed", "failed", "inconclusive", "claimed")
    lines = [f"| | {' | '.join(names)} |", "|---|---|---|---|---|"]
    for told in (*names, "none"):
        row = [agreement.outcomes[told, got] for got in names]
        if any(row):
            lines.append(f"| {'not labelled' if told == 'none' else told} | {' | '.join(map(str, row))} |")
    return "\n".join(lines) + "\n"


def _page(files: list[LabelFile], agreement: Agreement, table: str, unread: list[tuple[LabelFile, str]]) -> str:
    before = [one.name for one in files if one.labelled == BEFORE_RULES]
    history = _HISTORY.format(before=", ".join(before), others=len(files) - 18)
    if agreement.differences:
        history += "- Differences now: " + "; ".join(agreement.differences) + ".\n"
    if unread:
        history += f"- Labelled, but of formats that are not read here: {', '.join(one.name for one, _ in unread)}.\n"
    return _PAGE.format(table=table, outcomes=_outcomes(agreement), false=agreement.false_passes(), history=history)


if __name__ == "__main__":
    sys.exit(main())
