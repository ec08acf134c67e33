"""`whereof compare`: a recorded session against what somebody else wrote down of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line
from attest.model.control import Control

if TYPE_CHECKING:
    from attest.model.second import Comparison

MAX_FINDINGS_PRINTED = 40


def compare(
    session: Annotated[str, typer.Argument(metavar="ses_…|att_…")],
    payload: Annotated[Path, typer.Option("--with", help="The recorded payload of the second record.")],
    kind: Annotated[
        str,
        typer.Option(
            help="auto, anthropic-compliance, claude-code-otel, copilot-agent-settings, github-audit, devin-messages "
            "or openai-compliance."
        ),
    ] = "auto",
    owner: Annotated[
        Control | None, typer.Option(help="Who controls the payload, where it is not whoever usually does.")
    ] = None,
    repo: Annotated[Path, typer.Option(help="The clone the session ran in; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print every item as JSON.")] = False,
) -> None:
    """Compare a session with a second record, item by item. Nothing is signed or stored."""
    from attest.capture.second.payload import MAX_PAYLOAD_BYTES  # keep `--help` light
    from attest.cli.files import clone_at, read_file
    from attest.cli.wiring import local_instance
    from attest.usecases.compare import CompareRequest, comparison_json
    from attest.usecases.compare import compare_session as run

    request = CompareRequest(
        session=session,
        payload=read_file(payload, MAX_PAYLOAD_BYTES),
        kind=kind,
        control=owner,
        repository=clone_at(repo),
    )
    made = run(local_instance(), request)
    if json:
        print_json(comparison_json(made))
        return
    _print(made)


def _print(made: Comparison) -> None:
    print_line(f"{made.source}, controlled by the {made.control.value}; same session: {made.same_session.value}")
    counts = Counter((item.kind.value, item.agreement.value) for item in made.items)
    for (kind, agreement), count in sorted(counts.items()):
        print_line(f"  {count:>7,}  {kind:<14}{agreement}")
    print_line(f"  {made.corroborated:>7,}  items corroborated")
    if made.control is Control.RUNNER:
        print_line("  nothing is corroborated: this record is in the same hands as the transcript")
    for item in made.findings[:MAX_FINDINGS_PRINTED]:
        here = f"event {item.event}" if item.event is not None else "-"
        there = f"record {item.record} {item.pointer}" if item.record is not None else "-"
        print_line(f"  {item.agreement.value:<14}{item.kind.value:<13}{item.what:<16}{here:<12}{there}")
    if len(made.findings) > MAX_FINDINGS_PRINTED:
        print_line(f"  and {len(made.findings) - MAX_FINDINGS_PRINTED:,} more; --json lists all")
    if made.cut:
        print_line(f"  not whole: {', '.join(made.cut)}")
    if made.other_sessions:
        print_line(f"  {made.other_sessions:>7,}  rows of other sessions left out")
    print_line(f"  never holds: {', '.join(made.lacks)}")
