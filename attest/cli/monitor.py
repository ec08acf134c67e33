"""`whereof monitor`: follow a log from outside, and check a proof that one has forked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.ledger.witness_policy import WitnessPolicy
    from attest.usecases.monitor import Watch


def monitor(
    url: Annotated[str, typer.Argument(metavar="[URL]", help="Address of the log, where `checkpoint` is served.")] = "",
    key: Annotated[str, typer.Option(metavar="VKEY", help="The log's verifier key, from whoever vouches for it.")] = "",
    state: Annotated[Path | None, typer.Option(metavar="DIR", help="What is kept between runs.")] = None,
    policy: Annotated[Path | None, typer.Option(metavar="FILE", help="Whose cosignatures count (tlog-policy).")] = None,
    max_age: Annotated[int, typer.Option(metavar="SECONDS", help="Alarm when nothing newer is known; 0: never.")] = 0,
    entries: Annotated[bool, typer.Option(help="Fetch every new entry too, and hash it.")] = False,
    head: Annotated[Path | None, typer.Option(metavar="FILE", help="Compare a checkpoint somebody was shown.")] = None,
    check: Annotated[Path | None, typer.Option(metavar="FILE", help="Check a fork proof, and nothing else.")] = None,
    every: Annotated[int, typer.Option(metavar="SECONDS", help="Look again and again; 0: once.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Follow a log: exit code 3 on a fork or a bad signature, 5 when it is old, older than before, or away."""
    import time

    from attest.clock import SystemClock
    from attest.errors import InvalidInput
    from attest.usecases.monitor import look

    if check is not None:
        _check(check, key, as_json=json)
        return
    if not key or not (url or head):
        raise InvalidInput("input.usage", "name the log and its key", expected="URL --key VKEY, or --check FILE")
    watch = _watch(url, key, state, policy)
    if head is not None:
        _compare(watch, head)
        return
    from dataclasses import replace

    watch = replace(watch, entries=entries, max_age_s=max_age or None)
    while True:
        report = look(watch, now=int(SystemClock().now().timestamp()))
        if json:
            print_json(report.to_json())
        else:
            print_line(f"{report.origin}: {report.size} entries, {report.grown_by} new, root {report.root.hex()}")
        if not every:
            return
        time.sleep(every)


def _watch(url: str, key: str, state: Path | None, policy: Path | None) -> Watch:
    import hashlib

    from attest.ledger.note import decode_vkey
    from attest.settings import read_settings
    from attest.usecases.monitor import Watch
    from attest.usecases.signed_in import token_for_log
    from attest.witness.bounded_http import parse_address
    from attest.witness.followed import Followed
    from attest.witness.tiles_over_http import TilesOverHttp

    log = decode_vkey(key)
    folder = state or read_settings(os.environ).home / "monitor" / hashlib.sha256(key.encode()).hexdigest()[:16]
    address = parse_address(url or "http://127.0.0.1", token_for_log(url, os.environ))
    return Watch(log=TilesOverHttp(address), followed=Followed(folder, log), policy=_policy(policy))


def _policy(path: Path | None) -> WitnessPolicy | None:
    from attest.cli.files import read_file
    from attest.ledger.witness_policy import MAX_POLICY_BYTES, parse_policy

    return parse_policy(read_file(path, MAX_POLICY_BYTES)) if path else None


def _compare(watch: Watch, head: Path) -> None:
    from attest.cli.files import read_file
    from attest.errors import CannotVerify
    from attest.ledger.note import MAX_NOTE_BYTES
    from attest.usecases.monitor import compare

    note = read_file(head, MAX_NOTE_BYTES).decode("utf-8", "replace")
    if not compare(watch.followed, note):
        raise CannotVerify("evidence.checkpoint", "this head is newer than what is kept: follow the log first")
    print_line("The head is of the history that was followed.")


def _check(path: Path, key: str, *, as_json: bool) -> None:
    from attest.cli.files import read_file
    from attest.errors import CannotVerify
    from attest.ledger.fork import MAX_FORK_BYTES, check_fork, parse_fork

    proof = parse_fork(read_file(path, MAX_FORK_BYTES))
    if key and key != proof.vkey:
        raise CannotVerify("evidence.untrusted", "the proof is about another log's key", where=str(path))
    fork = check_fork(proof)
    heads = [{"size": one.size, "root": one.root.hex()} for one in (fork.small, fork.large)]
    if as_json:
        print_json({"fork": True, "log": proof.vkey, "pinned": bool(key), "heads": heads})
    else:
        print_line(f"{fork.origin} has signed two histories: sizes {fork.small.size} and {fork.large.size}")
        print_line(f"key {proof.vkey}" + ("" if key else ", which nobody pinned here: make sure that it is the log's"))
    raise typer.Exit(3)
