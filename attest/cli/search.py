"""`whereof search` and `whereof search-index`: what a responder asks of the sessions recorded here, and the index behind it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.model.search_answer import Hit

index = typer.Typer(no_args_is_help=True)
DIFFERS = 3
"""Exit code where the index says something else than the log."""
_SHOWN = 5
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def search(
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help="Such as: entity:file=config/keys.pem op:read")],
    json: _Json = False,
) -> None:
    """Find the sessions that touched something: observed, claimed, could have, and what is not known."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.model.search_query import parse_query
    from attest.usecases.index_search import catch_up
    from attest.usecases.search import search as ask

    parsed = parse_query(" ".join(query))
    instance = local_instance()
    catch_up(instance)
    answer = ask(instance, parsed)
    if json:
        print_json(answer.to_json())
        return
    groups = (("observed", answer.observed), ("claimed", answer.claimed), ("could have", answer.could_have))
    for (name, hits), more in zip(groups, answer.more, strict=True):
        print_line(f"{name}: {len(hits) + more}")
        for hit in hits:
            _print(hit)
        if more:
            print_line(f"  … {more} more; narrow the query to see them")
    print_line(answer.unknown.sentence)
    of = answer.as_of
    print_line(f"{answer.searched} recordings searched; indexed to {answer.indexed_to} of {of.tree_size} ({of.log})")
    for one in answer.follows:
        print_line(f"  and what it follows: {one.log}, ended at {one.tree_size}")


def secret_fingerprint(json: _Json = False) -> None:
    """Read a secret from standard input and print the fingerprint to search it by; the secret is kept nowhere."""
    from attest.cli.wiring import local_instance
    from attest.usecases.secret_prints import MAX_SECRET_BYTES, fingerprints_of

    found, *earlier = fingerprints_of(local_instance(), sys.stdin.buffer.read(MAX_SECRET_BYTES + 1))
    if json:
        print_json({"fingerprint": found, "query": f"fingerprint:{found}", "earlier": earlier})
        return
    for one in (found, *earlier):
        print_line(one)


@index.callback()
def search_index() -> None:
    """The search index: made from the log and its parts, compared with them, and made again."""


@index.command("verify")
def verify(json: _Json = False) -> None:
    """Derive every row again and compare. Exit code 3: the index says something else; nothing is changed."""
    from attest.cli.wiring import local_instance
    from attest.usecases.index_search import compare

    checked = compare(local_instance())
    if json:
        print_json(checked.to_json())
    else:
        print_line(f"{checked.compared} recordings compared, indexed to {checked.tree_size}")
        for problem in checked.problems:
            print_line(f"  {problem}")
        print_line("the index differs from the log" if checked.problems else "the index is that of the log")
    if checked.problems:
        raise typer.Exit(DIFFERS)


@index.command("rebuild")
def rebuild(json: _Json = False) -> None:
    """Empty the index and make it again from the log."""
    from attest.cli.wiring import local_instance
    from attest.usecases.index_search import rebuild as make_again

    count = make_again(local_instance())
    if json:
        print_json({"recordings": count})
    else:
        print_line(f"{count} recordings indexed")


def _print(hit: Hit) -> None:
    lasted = "duration not known" if hit.seconds is None else f"{hit.seconds // 60} min {hit.seconds % 60} s"
    print_line(f"  {hit.session}  {hit.at:%Y-%m-%d %H:%M}  {hit.agent}  {hit.exposure.name.lower()}, {lasted}")
    for touch in hit.touches[:_SHOWN]:
        print_line(f"    {touch.op.value:<8}{touch.entity.value:<8}{touch.name}")
    if len(hit.touches) > _SHOWN or hit.more_touches:
        print_line(f"    … {len(hit.touches) - _SHOWN + hit.more_touches} more; --json lists them")
    for oid in hit.commits[:_SHOWN]:
        print_line(f"    in commit {oid[:12]}")
