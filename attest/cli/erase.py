"""`whereof erase`: the texts of sessions destroyed by two persons, on record; and, while they are asked for, a dry run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.usecases.erasures import Plan

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
_Id = Annotated[str, typer.Argument(metavar="ers_…")]


@app.command("request")
def request(
    sessions: Annotated[list[str] | None, typer.Argument(metavar="[ses_…]...")] = None,
    subject: Annotated[
        str, typer.Option(metavar="IDENTITY", help="Every session that this certified identity recorded.")
    ] = "",
    basis: Annotated[Literal["request", "order", "mistake"], typer.Option(help="Why.")] = "request",
    scope: Annotated[Literal["session", "transcript"], typer.Option(help="All texts, or the transcript alone.")] = (
        "session"
    ),
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the request for whoever is to approve it.")
    ] = None,
    json: _Json = False,
) -> None:
    """Ask for an erasure, and show what would go, what stays, and what forbids it. Nothing is destroyed."""
    # person: for the person whose texts go; no text is shown, and the request is of two persons
    from attest.canonical import canonical_json  # keep `--help` light
    from attest.cli.wiring import local_instance
    from attest.model.erasure_predicate import ErasureBasis, ErasureScope
    from attest.store.sessions import sessions_of_identity
    from attest.usecases.chain_at_hand import readers_of
    from attest.usecases.erasures import plan_of, request_erasure

    instance = local_instance()
    found = tuple(sessions or ())
    if subject:
        found += tuple(
            session for one in readers_of(instance) for session in sessions_of_identity(one.engine, one.scope, subject)
        )
    asked = request_erasure(instance, found, ErasureBasis(basis), scope=ErasureScope(scope))
    if output is not None:
        output.write_bytes(canonical_json(asked.request.to_json()) + b"\n")
    _print(plan_of(instance, asked.request.id), as_json=json)


@app.command("approve")
def approve(
    request_: Annotated[Path, typer.Argument(metavar="FILE", help="What `erase request -o` wrote.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the signed approval is written.")],
    hours: Annotated[int, typer.Option(help="How long it holds, at most 72.")] = 4,
) -> None:
    """Approve, as the second person on your own machine, that these sessions are erased; signed and logged here."""
    import json

    from attest.cli.files import read_file
    from attest.cli.wiring import local_instance
    from attest.errors import InvalidInput
    from attest.model.erasure_predicate import erasure_request_of
    from attest.usecases.erasures import asked_of
    from attest.usecases.second_person import MAX_FILE_BYTES
    from attest.usecases.second_person import approve as sign

    try:
        value = json.loads(read_file(request_, MAX_FILE_BYTES))
    except ValueError as err:
        raise InvalidInput("input.malformed", where=str(request_)) from err
    asked = erasure_request_of(value if isinstance(value, dict) else {})
    output.write_bytes(sign(local_instance(), asked_of(asked), hours=hours))
    print_line(f"wrote {output}: {len(asked.sessions)} sessions, {asked.scope}, {asked.basis}; within {hours} hours")


@app.command("run")
def run(
    name: _Id,
    approval: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What `erase approve` wrote for this very request.")
    ] = None,
    repo: Annotated[
        list[Path] | None, typer.Option(help="Clones whose copies of the transcripts go too; default: this folder.")
    ] = None,
    json: _Json = False,
) -> None:
    """Erase what was asked for, with a second person's approval; logged before anything is destroyed. Again is harmless."""
    from attest.cli.confirming import typed_words
    from attest.cli.files import read_file
    from attest.cli.wiring import local_instance
    from attest.usecases.erasures import erasure_named, run_erasure, words_of
    from attest.usecases.second_person import MAX_BUNDLE_BYTES

    instance = local_instance()
    done = bool(erasure_named(instance, name).done_at)
    typed = "" if done else typed_words(instance.settings.home, words_of(name), approval)
    bundle = read_file(approval, MAX_BUNDLE_BYTES) if approval else None
    plan = run_erasure(instance, name, approval=bundle, typed=typed, spools=_spools(repo or [Path()]))
    _print(plan, as_json=json)


@app.command("show")
def show(name: _Id, json: _Json = False) -> None:
    """Show an erasure: its state, what is still here of each session, what stays for good."""
    from attest.cli.wiring import local_instance
    from attest.usecases.erasures import plan_of

    _print(plan_of(local_instance(), name), as_json=json)


@app.command("list")
def listing(json: _Json = False) -> None:
    """List every erasure that was asked for or done here."""
    from attest.cli.wiring import local_instance
    from attest.usecases.erasures import all_erasures

    found = all_erasures(local_instance())
    if json:
        print_json([one.to_json() for one in found])
        return
    for one in found:
        state = f"logged {one.done_at} ({one.second})" if one.done_at else f"requested {one.asked_at}"
        print_line(f"{one.request.id}  {len(one.request.sessions)} sessions  {one.request.basis}  {state}")


@app.command("replay")
def replay() -> None:
    """After a restore: destroy again all that the log says is erased, objects included."""
    from attest.cli.wiring import local_instance
    from attest.usecases.erasures import replay_erasures

    print_line(f"{replay_erasures(local_instance(), whole=True)} sessions had something left")


def _spools(repositories: list[Path]) -> tuple[Path, ...]:
    from attest.errors import AttestError
    from attest.evidence.locate import receipts_dir
    from attest.git import Repository

    found = []
    for path in repositories:
        try:
            found.append(receipts_dir(Repository.open(path)) / "spool")
        except AttestError:
            continue  # no clone: nothing was copied there
    return tuple(found)


def _print(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json(plan.to_json())
        return
    erasure = plan.erasure
    print_line(
        f"{erasure.request.id}: {'logged ' + erasure.done_at if erasure.done_at else 'requested, nothing erased'}"
    )
    if plan.held_by:
        print_line(f"  held by {plan.held_by}: nothing can be erased until it is released")
    for one in plan.sessions:
        held = (("key", one.secret), ("vault", one.vault), ("values", one.sealed), ("machine summary", one.summary))
        left = [word for word, there in held if there]
        left += [f"{one.objects} objects"] if one.objects else []
        left += ["the agent's id"] if one.name else []
        print_line(f"  {one.session}  {one.parts} parts; here: {', '.join(left) or 'nothing but tombstones'}")
    print_line("  stays:")
    for line in plan.to_json()["remains"]:  # type: ignore[attr-defined]
        print_line(f"    {line}")
