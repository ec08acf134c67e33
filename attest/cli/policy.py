"""`whereof policy explain|test|diff|ready`: what a policy makes of a commit, whether its trials hold, what a change of it does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line
from attest.cli.policy_ready import ready

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
app.command("ready")(ready)
MAX_PATHS = 20


@app.command("explain")
def explain(
    revision: Annotated[str, typer.Argument(metavar="REV")] = "HEAD",
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Say which tier the protected policy places a commit in by its paths, why, and what that tier asks for."""
    from attest.clock import SystemClock
    from attest.git import Repository
    from attest.usecases.explain_policy import explain_commit

    found, base = explain_commit(Repository.open(repo), revision, SystemClock().now())
    if json:
        rows = [
            {
                "policy": one.policy.name,
                "mode": one.placement.mode,
                "tier": one.placement.tier,
                "rule": one.placement.rule,
                "matched": list(one.placement.matched),
                "could_raise": [rule.id for rule in one.placement.could_raise],
                "notes": list(one.placement.notes),
                "controls": list(one.placement.controls),
                "asks": list(one.asks()),
                "paths": len(one.paths),
            }
            for one in found
        ]
        print_json({"policy_base": base, "policies": rows})
        return
    print_line(f"policy base: {base}")
    if not found:
        print_line("no policy file there: the built-in policy evidence-only applies, in mode enforce")
    for one in found:
        placed = one.placement
        print_line(f"{one.policy.name}, mode {placed.mode}")
        print_line(f"  {len(one.paths)} changed paths: {', '.join(one.paths[:MAX_PATHS])}")
        print_line(f"  tier {placed.tier}, placed by {', '.join(placed.matched)}")
        lines = [*placed.notes, *(f"could be raised to {rule.tier} by rule {rule.id}" for rule in placed.could_raise)]
        for line in (*lines, *(f"asks for {word}" for word in one.asks() or ("nothing",))):
            print_line(f"    {line}")


@app.command("diff")
def diff(
    old: Annotated[str, typer.Argument(metavar="[OLD]", help="A revision that holds the policy of now.")] = "HEAD",
    new: Annotated[
        str | None, typer.Argument(metavar="[NEW]", help="A revision that holds the other; default is the work tree.")
    ] = None,
    impact: Annotated[
        str, typer.Option(metavar="DAYS", help="Commits of how many days are judged, such as 90d.")
    ] = "90d",
    branch: Annotated[str, typer.Option(help="The branch whose commits are judged.")] = "HEAD",
    trust: Annotated[Path | None, typer.Option(help="The trust root to pin.")] = None,
    repo: Annotated[Path, typer.Option(help="A work tree; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Judge the last days' commits under two revisions of the policy, and say which verdicts change and why."""
    from attest.cli.answers import answer_source
    from attest.cli.render_impact import impact_json, print_impact
    from attest.clock import SystemClock
    from attest.git import Repository
    from attest.settings import read_settings
    from attest.usecases.diff_policy import days_of, policy_impact
    from attest.usecases.followed_homes import places_of
    from attest.usecases.verify import VerifyRequest

    days, settings = days_of(impact), read_settings(os.environ)
    request = VerifyRequest(
        repository=Repository.open(repo),
        revision=branch,
        trust=trust,
        **places_of(settings),
        now=SystemClock().now(),
        answers=answer_source(settings, offline=True),
    )
    found = policy_impact(request, repo, (old, new), days=days)
    if json:
        print_json(impact_json(found))
    else:
        print_impact(found)


@app.command("test")
def trials(
    repo: Annotated[Path, typer.Option(help="A work tree; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Read the work tree's policy and run the trials in .attest/tests; exit code 1 when one does not hold."""
    from attest.clock import SystemClock
    from attest.usecases.explain_policy import try_policy

    policy, results = try_policy(repo, SystemClock().now())
    failed = [one for one in results if not one.held]
    if json:
        rows = [
            {
                "name": one.trial.name,
                "held": one.held,
                "tier": one.placement.tier,
                "expected": one.trial.tier,
                "rule": one.placement.rule,
            }
            for one in results
        ]
        print_json({"policy": policy.name, "trials": rows, "failed": len(failed)})
    else:
        for one in results:
            mark = "ok " if one.held else "NO "
            print_line(f"{mark} {one.trial.name}: tier {one.placement.tier} by rule {one.placement.rule}")
            if not one.held:
                print_line(f"      expected tier {one.trial.tier}, rule {one.trial.rule or 'any'}")
        print_line(f"{policy.name}: the policy reads; {len(results)} trials, {len(failed)} do not hold")
    raise typer.Exit(1 if failed else 0)
