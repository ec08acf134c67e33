"""`whereof replay`: what an agent had been told, had read and had run when one event of its session came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.usecases.replay import Replay, ReplayEvent

SHOWN = 40
"""Events printed in text, the last before the one named; `--json` has all."""
_NOT_KNOWN = (
    "whether the transcript is whole: that is the recorder’s word",
    "what of an earlier context the agent still held after it was compacted",
    "what the agent’s program or its vendor put before the model without a record",
)


def replay(
    session: Annotated[str, typer.Argument(metavar="ses_…|att_…", help="A session, or one capture of it.")],
    at: Annotated[int | None, typer.Option(metavar="SEQ", min=0, help="The event; default is the last.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the whole context as JSON.")] = False,
) -> None:
    """Say what the agent had before it at one event: prompts, results, grants, in the redacted words that are kept."""
    from attest.cli.wiring import local_instance
    from attest.usecases.replay import replay as run

    found = run(local_instance(), session, at)
    if json:
        print_json(_json(found))
        return
    print_line(f"{found.session}, event {found.at} of {found.of}, log entry {found.log_index}")
    if found.closed:
        print_line(f"  not reconstructed: {found.closed}")
        print_line(f"  redacted before it was kept: {_redacted(found)}")
        return
    _print(found)


def _print(found: Replay) -> None:
    counts = ", ".join(f"{name} {count:,}" for name, count in found.counts.items())
    print_line(f"  events by then   {counts}")
    print_line(f"  transcript       {found.transcript_bytes:,} bytes, sha256 {found.transcript_sha256}")
    print_line(f"  parts            {len(found.parts):,} opened, each as signed")
    print_line(f"  instructions     {', '.join(found.instructions) or 'none shown: more may have been in force'}")
    print_line(f"  granted          {', '.join(found.grants) or 'not known'}")
    print_line(f"  reached          {', '.join(f'{kind} {target}' for kind, target in found.reached) or '0 seen'}")
    if found.compacted_at:
        print_line(f"  compacted        at events {', '.join(map(str, found.compacted_at))}")
    print_line(f"  redacted         {_redacted(found)} (in the whole session)")
    left = len(found.events) - SHOWN
    if left > 0:
        print_line(f"  {left:,} earlier events; --json has all")
    for one in found.events[-SHOWN:]:
        event = one.event
        tool = f" {event.tool}" if event.tool else ""
        print_line(f"  #{event.seq:<6}{one.group:<9}{event.actor.value} {event.kind.value}{tool}: {event.preview}")
    for line in _NOT_KNOWN:
        print_line(f"  not known        {line}")


def _redacted(found: Replay) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(found.redacted.items())) or "0 spans"


def _json(found: Replay) -> dict[str, object]:
    return {
        "session": found.session,
        "attestation": found.attestation,
        "log_index": found.log_index,
        "at": found.at,
        "of": found.of,
        "closed": found.closed or None,
        "counts": dict(found.counts),
        "transcript": {"bytes": found.transcript_bytes, "sha256": found.transcript_sha256 or None},
        "parts": [{"name": name, "commitment": commitment} for name, commitment in found.parts],
        "instructions": list(found.instructions),
        "grants": list(found.grants),
        "reached": [{"kind": kind, "target": target} for kind, target in found.reached],
        "compacted_at": list(found.compacted_at),
        "redacted": dict(found.redacted),
        "events": [_event(one) for one in found.events],
        "not_known": list(_NOT_KNOWN),
    }


def _event(one: ReplayEvent) -> dict[str, object]:
    event = one.event
    return {
        "seq": event.seq,
        "time": event.ts.isoformat() if event.ts else None,
        "group": one.group,
        "actor": event.actor.value,
        "kind": event.kind.value,
        "tool": event.tool,
        "preview": event.preview,
        "record": {"start": event.evidence.byte_start, "end": event.evidence.byte_end, "sha256": one.sha256 or None},
    }
