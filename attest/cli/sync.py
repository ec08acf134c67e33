"""`whereof sync`, `whereof pause` and `whereof resume`: what the hooks left is worked off; capture stops for a while."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.usecases.sync import SyncedSession, SyncReport

_FOR: Final = re.compile(r"([1-9][0-9]{0,6})([smhd])")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def sync(
    detach: Annotated[bool, typer.Option("--detach", help="Go on in the background and return at once.")] = False,
    behind: Annotated[
        bool, typer.Option("--behind", hidden=True, help="Started by a hook: low priority, leave a running one to it.")
    ] = False,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Record what the hooks captured: redacted, signed, logged, and sent where $WHEREOF_SERVER names a service."""
    from attest.git import Repository
    from attest.usecases.sync import sync as run_sync

    repository = Repository.open(repo)
    if detach:
        _detach(repo)
        return
    if behind:
        os.nice(10)
    from attest.cli.wiring import local_instance

    report = run_sync(local_instance(), repository, home=Path.home(), wait=time.sleep, may_wait=not behind)
    if json:
        print_json(report_json(report))
    else:
        _print(report)


def pause(
    reason: Annotated[str, typer.Option(help="For yourself: it stays on this machine.")] = "",
    length: Annotated[str | None, typer.Option("--for", metavar="2h", help="How long: 30m, 2h, 1d.")] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Stop capture in this clone. It is logged as a gap from when to when, and nothing else is asked."""
    from attest.errors import InvalidInput
    from attest.git import Repository
    from attest.usecases.pause import pause as run_pause

    match = _FOR.fullmatch(length or "")
    if length is not None and match is None:
        raise InvalidInput("input.usage", "not a length of time", expected="30m, 2h or 1d", got=repr(length[:20]))
    seconds = int(match[1]) * _UNITS[match[2]] if match else None
    until = run_pause(Repository.open(repo), now=_now(), seconds=seconds, reason=reason)
    if json:
        print_json({"paused": True, "until": until})
    else:
        print_line(
            "paused; whereof resume ends it" if until is None else f"paused for {length}; whereof resume ends it"
        )


def resume(
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """End a pause; the next sync logs it as a gap."""
    from attest.git import Repository
    from attest.usecases.pause import resume as run_resume

    was_on = run_resume(Repository.open(repo), now=_now())
    if json:
        print_json({"paused": False, "was_paused": was_on})
    else:
        print_line("capture goes on" if was_on else "capture was not paused")


def _now() -> int:
    from attest.clock import SystemClock

    return int(SystemClock().now().timestamp())


def report_json(report: SyncReport) -> dict[str, object]:
    """Give the JSON form of what a run did."""
    return {
        "busy": report.busy,
        "sessions": [
            {
                "key": one.key,
                "session": one.receipt.session if one.receipt else None,
                "attestation": one.receipt.attestation if one.receipt else None,
                "commits": list(one.commits),
                "state": "failed" if one.failed else "recorded" if one.new else "unchanged",
                "failed": one.failed or None,
            }
            for one in report.sessions
        ],
        "without_transcript": list(report.without_transcript),
        "undecided_commits": list(report.undecided),
        "gone_commits": list(report.gone),
        "rewrites": report.rewrites,
        "carried": [receipt.attestation for receipt in report.carried],
        "unread_lines": report.unread_lines,
        "gaps": [receipt.attestation for receipt in report.gaps],
        "sent": list(report.sent.sent),
        "queued": report.sent.queued,
        "queued_because": report.sent.reason or None,
    }


def _print(report: SyncReport) -> None:
    if report.busy:
        print_line("another sync is at work")
        return
    for one in report.sessions:
        _print_session(one)
    for key in report.without_transcript:
        print_line(f"no transcript  {key}: a hook saw it, its transcript was never there")
    for oid in report.undecided:
        print_line(f"undecided      {oid}: no session can be shown to have made it")
    for receipt in report.carried:
        commits = ", ".join(oid[:12] for oid in receipt.commits)
        print_line(f"carried        {receipt.attestation}: links to what was rewritten, {commits}")
    for receipt in report.gaps:
        print_line(f"gap logged     {receipt.attestation}")
    for name in report.sent.sent:
        print_line(f"sent           {name}")
    if report.sent.queued:
        print_line(f"queued         {report.sent.queued} bundles ({report.sent.reason})")


def _print_session(one: SyncedSession) -> None:
    if one.failed:
        print_line(f"kept, sealed   {one.key}: {one.failed}")
    elif one.new and one.receipt is not None:
        print_line(f"recorded       {one.receipt.session} {one.key}")
        for oid in one.commits:
            print_line(f"  commit       {oid}, link recorded")
    else:
        print_line(f"nothing new    {one.key}")


def _detach(repo: Path) -> None:
    import subprocess

    subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-c",
            "from attest.cli.main import main; main()",
            "sync",
            "--behind",
            "--repo",
            str(repo),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
