"""`whereof carry`: after a rewrite or a merge, log that the new commits came out of linked ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.usecases.carry import Carried

MAX_PAIRS_BYTES = 16 * 1024 * 1024


def carry(
    revisions: Annotated[
        str | None, typer.Argument(metavar="[A..B]", help="What landed; default --onto, or where the pairs end.")
    ] = None,
    onto: Annotated[str | None, typer.Option(metavar="REV", help="The one commit that landed; default HEAD.")] = None,
    old: Annotated[
        str | None, typer.Option("--from", metavar="A..B", help="What it was; default: every branch and head here.")
    ] = None,
    pairs: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="`old new` a line, as git gives its post-rewrite hook.")
    ] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print every rewrite and link as JSON.")] = False,
) -> None:
    """Carry links to what commits became: amend, rebase, squash, cherry-pick, merge queue. Logs a signed statement."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.git import Repository
    from attest.usecases.carry import CarryRequest, parse_pairs
    from attest.usecases.carry import carry as run_carry

    repository = Repository.open(repo)
    told = parse_pairs(_read(pairs)) if pairs else ()
    new = revisions or onto or (None if told else "HEAD")
    result = run_carry(CarryRequest(repository=repository, new=new, old=old, pairs=told), local_instance())
    if json:
        print_json(_json(new, result))
        return
    for rewrite in result.rewrites:
        print_line(f"{rewrite.old[:12]} -> {rewrite.new[:12]}  {rewrite.method}  {rewrite.confidence.value}")
    for link in result.links:
        print_line(f"  {link.commit[:12]}  {link.session.name}  {link.confidence.value}")
    print_line(f"{len(result.links) - result.known} links carried, {result.known} known before")
    if result.without_link:
        print_line(f"  {len(result.without_link)} rewritten commits had no link to carry")
    for receipt in result.receipts:
        print_line(f"logged {receipt.attestation}, log entry {receipt.index}")


def _read(source: str) -> str:
    from attest.errors import InvalidInput

    try:
        if source == "-":
            return sys.stdin.buffer.read(MAX_PAIRS_BYTES).decode("ascii", "replace")
        with Path(source).open("rb") as file:
            return file.read(MAX_PAIRS_BYTES).decode("ascii", "replace")
    except OSError as err:
        raise InvalidInput("input.not-found", where=source) from err


def _json(revisions: str | None, result: Carried) -> dict[str, object]:
    return {
        "revisions": revisions,
        "rewrites": [
            {
                "old": r.old,
                "new": r.new,
                "method": r.method,
                "confidence": r.confidence.value,
                "score": round(r.score, 3),
            }
            for r in result.rewrites
        ],
        "links": [link.to_json() for link in result.links],
        "known": result.known,
        "without_link": [{"old": r.old, "new": r.new} for r in result.without_link],
        "receipts": [receipt.to_json() for receipt in result.receipts],
    }
