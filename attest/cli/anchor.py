"""`whereof anchor`: put the log's newest head where somebody else's clock or copy holds it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.signing.embedded.log_keys import LogKeys
    from attest.usecases.anchor import Anchored


def anchor(
    tsa: Annotated[str, typer.Option(metavar="URL", help="An RFC 3161 time-stamp authority.")] = "",
    tsa_response: Annotated[Path | None, typer.Option(metavar="FILE", help="Its answer, got by other means.")] = None,
    rekor: Annotated[str, typer.Option(metavar="URL", help="A Rekor-like log (API v1).")] = "",
    rekor_response: Annotated[Path | None, typer.Option(metavar="FILE", help="Its answer, got by other means.")] = None,
    git: Annotated[Path | None, typer.Option(metavar="DIR", help="A clone that auditors fetch from.")] = None,
    request: Annotated[Path | None, typer.Option(metavar="DIR", help="Write what to send instead, and stop.")] = None,
    size: Annotated[int, typer.Option(metavar="N", help="Anchor the head of this size: the one an answer is for.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Anchor the newest published head in one place, and log where, when and with which proof."""
    from attest.cli.wiring import local_instance
    from attest.errors import InvalidInput
    from attest.usecases.anchor import anchor_head

    instance = local_instance()
    if request is not None:
        _write_requests(request)
        return
    places = [place for place in (tsa, tsa_response, rekor, rekor_response, git) if place]
    if len(places) != 1:
        raise InvalidInput("input.usage", "name one place", expected="--tsa, --rekor, --git, or one of the answers")
    make = _maker(instance.services.log, tsa=tsa, rekor=rekor, git=git, answers=(tsa_response, rekor_response))
    done = anchor_head(instance, make, tree_size=size or None)
    if json:
        print_json(done.to_json())
    else:
        when = f" at {done.anchored.at.isoformat()}" if done.anchored.at else ""
        print_line(f"tree size {done.tree_size}: {done.anchored.kind} by {done.anchored.where}{when}")
        print_line(f"logged as {done.receipt.attestation}")


def _maker(
    keys: LogKeys, *, tsa: str, rekor: str, git: Path | None, answers: tuple[Path | None, Path | None]
) -> Callable[[bytes], Anchored]:
    from attest.cli.files import read_file
    from attest.git import Repository
    from attest.usecases import anchor_kinds as kinds

    stamped, entered = answers
    if tsa:
        return lambda note: kinds.stamp(note, tsa)
    if rekor:
        return lambda note: kinds.enter(note, keys, rekor)
    if stamped is not None:
        return lambda note: kinds.read_timestamp(note, read_file(stamped, kinds.MAX_TOKEN_BYTES), stamped.name)
    if entered is not None:
        return lambda note: kinds.read_rekor_entry(note, read_file(entered, kinds.MAX_ENTRY_BYTES), entered.name)
    repository = Repository.open(git or Path())
    return lambda note: kinds.commit(note, repository, keys.origin)


def _write_requests(folder: Path) -> None:
    from attest.cli.wiring import local_instance
    from attest.usecases import anchor_kinds as kinds
    from attest.usecases.published_head import published_head

    instance = local_instance()
    note = published_head(instance).c2sp_note.encode()
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "checkpoint": note,
        "request.tsq": kinds.timestamp_request(note),
        "hashedrekord.json": kinds.hashedrekord(note, instance.services.log),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
        print_line(str(folder / name))
