"""`whereof mcp-join`: which tool calls of a recorded session stand in an MCP log as well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.model.mcp import LogOwner
    from attest.usecases.mcp_join import JoinResult


def mcp_join(
    session: Annotated[str, typer.Argument(metavar="ses_…|att_…")],
    log: Annotated[Path, typer.Option("--log", help="JSON-RPC messages one a line, or OTLP/JSON spans.")],
    owner: Annotated[str, typer.Option(help="Who controls the log: server, client, gateway or page.")] = "client",
    window_ms: Annotated[
        int | None, typer.Option(min=0, max=3_600_000, help="How far the clocks may be apart; default 10,000.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show the join; sign and log nothing.")] = False,
    repo: Annotated[Path, typer.Option(help="The clone the session ran in; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print the predicate and the receipt as JSON.")] = False,
) -> None:
    """Join a session's calls with an MCP log, and log the result: counts, labels and salted digests, no names."""
    from attest.capture.mcp.log_lines import MAX_LOG_BYTES  # keep `--help` light
    from attest.cli.files import clone_at, read_file
    from attest.cli.wiring import local_instance
    from attest.model.mcp_join import WINDOW_MS
    from attest.usecases.mcp_join import JoinRequest, log_join, preview_join

    request = JoinRequest(
        session=session,
        log=read_file(log, MAX_LOG_BYTES),
        owner=_owner(owner),
        repository=clone_at(repo),
        window_ms=WINDOW_MS if window_ms is None else window_ms,
    )
    instance = local_instance()
    result = preview_join(instance, request) if preview else log_join(instance, request)
    if json:
        receipt = result.receipt.to_json() if result.receipt else None
        print_json({"predicate": result.predicate, "receipt": receipt})
        return
    _print(result)


def _owner(word: str) -> LogOwner:
    from attest.errors import InvalidInput
    from attest.model.mcp import LogOwner

    known = {owner.value: owner for owner in LogOwner}
    if word not in known:
        raise InvalidInput("input.usage", "not one who controls a log", expected=", ".join(known), got=repr(word[:40]))
    return known[word]


def _print(result: JoinResult) -> None:
    from attest.model.mcp import JoinLabel

    join, counts = result.join, result.log.counts
    print_line(f"{counts.lines:,} lines, {counts.requests:,} requests, log of the {result.log.owner.value}")
    for label in JoinLabel:
        if label is not JoinLabel.NONE:
            print_line(f"  {join.count(label):>7,}  {label.value}")
    ours = sum(row.call is None for row in join.rows)
    theirs = sum(row.session is None for row in join.rows)
    print_line(f"  {ours:>7,}  of the session, in the log not found")
    print_line(f"  {theirs:>7,}  of the log, in the session not found")
    skipped = sum(tally.count for tally in (*counts.lines_skipped, *counts.messages_skipped))
    if skipped:
        print_line(f"  {skipped:>7,}  lines or messages not read")
    if result.receipt is not None:
        print_line(f"  {result.receipt.attestation}  log entry {result.receipt.index}")
