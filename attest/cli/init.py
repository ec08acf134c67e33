"""`whereof init` and `whereof uninstall`: hooks into a clone, and out of it again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.usecases.hooks_plan import Plan


def init(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    managed: Annotated[
        bool, typer.Option("--managed", help="Write files for a fleet's own tools instead; needs -o.")
    ] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder for --managed.")] = None,
    repository_url: Annotated[
        list[str] | None,
        typer.Option("--enrol", metavar="URL", help="With --managed: a repository to capture; repeatable."),
    ] = None,
    agent: Annotated[
        list[str] | None, typer.Option(help="Only this agent's hooks (and git's); repeatable. Default is all.")
    ] = None,
    policy: Annotated[bool, typer.Option("--policy", help="Also write .attest/policy.yaml, mode observe.")] = False,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Show the exact changes that hooks need in this clone, ask, and make them. Nothing else is touched."""
    from attest.errors import InvalidInput
    from attest.git import Repository
    from attest.usecases.hooks_apply import apply_plan, installed
    from attest.usecases.hooks_plan import plan_hooks

    if managed:
        _managed(output, tuple(repository_url or ()), json=json)
        return
    repository = Repository.open(repo)
    previous = frozenset(name for name, row in installed(repository).items() if row.get("moved_to"))
    plan = plan_hooks(repository, agents=frozenset(agent or ()), policy=policy, previous=previous)
    if not json:
        _show(plan)
    changing = any(edit.changes for edit in plan.edits)
    if changing and not yes:
        if not sys.stdin.isatty():
            raise InvalidInput("input.usage", "there is nobody to ask", hint="run again with --yes")
        if not typer.confirm("Write this?", err=True):
            print_line("nothing was written")
            return
    written = apply_plan(plan, program=sys.executable)
    if json:
        print_json({"written": list(written), "notes": list(plan.notes), "diff": plan.diff()})
    else:
        print_line(
            f"{len(written)} files written; `whereof uninstall` takes them back" if written else "all is in place"
        )


def uninstall(
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Take the hooks out again: every file as it was. Receipts move to $WHEREOF_HOME."""
    import os

    from attest.git import Repository
    from attest.settings import read_settings
    from attest.usecases.hooks_apply import remove_hooks

    done = remove_hooks(Repository.open(repo), read_settings(os.environ).home)
    if json:
        print_json(
            {
                "restored": list(done.restored),
                "edited": list(done.edited),
                "left": list(done.left),
                "kept_in": None if done.kept_in is None else str(done.kept_in),
            }
        )
        return
    for path in done.restored:
        print_line(f"as it was      {path}")
    for path in done.edited:
        print_line(f"changed since  {path}: only our entries were taken out")
    for path in done.left:
        print_line(f"left alone     {path}: it is not ours any more")
    if done.kept_in is not None:
        print_line(f"receipts and what was not synchronised yet are in {done.kept_in}")
    if not done.restored + done.edited + done.left:
        print_line("there were no hooks of ours here")


def _show(plan: Plan) -> None:
    for line in plan.diff().splitlines():
        print_line(line)
    print_line(
        f"beside these, in {plan.whereof_dir}: the hook itself, the name of the program that `sync` is, our notes"
    )
    for note in plan.notes:
        print_line(f"note: {note}")


def _managed(output: Path | None, urls: tuple[str, ...], *, json: bool) -> None:
    from attest.errors import InvalidInput
    from attest.usecases.managed_files import write_managed

    if output is None:
        raise InvalidInput("input.usage", "--managed needs a folder", hint="whereof init --managed -o DIR --enrol URL")
    written = write_managed(output, urls, program=sys.executable)
    if json:
        print_json({"written": [str(path) for path in written]})
        return
    for path in written:
        print_line(str(path))
