"""`whereof exemplar`: sessions of this machine's instance that its user lets others learn from; consent, collection, withdrawal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.model.exemplar import Exemplar
    from attest.usecases.administer import By

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
_Id = Annotated[str, typer.Argument(metavar="exm_…")]


@app.command("consent")
def consent(
    session: Annotated[str, typer.Argument(metavar="ses_…", help="A session of your own.")],
    reach: Annotated[str, typer.Option(help="repository: who may read it anyway; instance: everybody there.")] = (
        "repository"
    ),
    json: _Json = False,
) -> None:
    """Let the newest capture of a session be shared, without names. Logged; withdraw it at any time."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.errors import InvalidInput
    from attest.model.exemplar import Reach
    from attest.usecases.exemplars import consent as run

    if reach not in set(Reach):
        raise InvalidInput("input.usage", "whom it may be shared with", expected=" or ".join(Reach))
    made = run(local_instance(), session, Reach(reach), _owner())
    print_json(_json(made)) if json else print_line(f"{made.id} may be shared ({made.reach.value})")


@app.command("withdraw")
def withdraw(name: _Id) -> None:
    """Withdraw a consent, at once; that it was given and withdrawn stays in the log."""
    from attest.cli.wiring import local_instance
    from attest.usecases.exemplars import withdraw as run

    run(local_instance(), name, _owner())
    print_line(f"{name} is shared no more")


@app.command("collect")
def collect(
    name: _Id,
    why: Annotated[str, typer.Option(help="What others can learn from it, in one sentence that names nobody.")],
    collection: Annotated[str, typer.Option(help="exemplars, asking, planning, steering or checking.")] = "exemplars",
) -> None:
    """Put a shared session into a collection."""
    from attest.cli.wiring import local_instance
    from attest.errors import InvalidInput
    from attest.model.exemplar import Collection
    from attest.usecases.exemplars import collect as run
    from attest.usecases.exemplars import readable

    if collection not in set(Collection):
        raise InvalidInput("input.usage", "a collection", expected=", ".join(Collection))
    instance = local_instance()
    run(instance, readable(instance, name), (Collection(collection), why), _owner())
    print_line(f"{name} is in {collection}")


@app.command("show")
def show(name: _Id) -> None:
    """Print as JSON what others are shown of a session: its words, redacted again, with its repository unnamed."""
    from attest.cli.wiring import local_instance
    from attest.model.plain import to_plain
    from attest.usecases.exemplars import readable
    from attest.usecases.shared_view import shared_view

    instance = local_instance()
    found = readable(instance, name)
    shared, why = shared_view(instance, found, unnamed=True)
    print_json({"id": found.id, "why": why or None, **to_plain(shared)})


@app.command("list")
def listing(json: _Json = False) -> None:
    """List what is shared now: not what was withdrawn, erased, or is held."""
    from attest.cli.wiring import local_instance
    from attest.usecases.exemplars import standing

    found = tuple(standing(local_instance()))
    if json:
        print_json([_json(one) for one in found])
        return
    for one in found:
        print_line(f"{one.id}  {one.session}  {one.reach.value}  {one.collection or 'in no collection'}")


def _json(one: Exemplar) -> dict[str, object]:
    collection = None if one.collection is None else one.collection.value
    return {
        "id": one.id,
        "session": one.session,
        "attestation": one.attestation,
        "reach": one.reach.value,
        "collection": collection,
    }


def _owner() -> By:
    from attest.usecases.administer import By

    return By(name="owner", owner=True)
