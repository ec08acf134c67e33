"""`whereof links`: which sessions a commit, or each commit of a range, is linked to, and on what evidence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.model.link import Link
    from attest.usecases.instance import Instance
    from attest.usecases.links import LinksAnswer


def links(
    revisions: Annotated[str, typer.Argument(metavar="REV|A..B", help="A commit or a range.")] = "HEAD",
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print every link as JSON.")] = False,
) -> None:
    """Say which sessions commits are linked to, and on what evidence. Reads the clone; nothing need be recorded first."""
    from attest.git import Repository  # keep `--help` light
    from attest.usecases.links import find_links

    answer = find_links(Repository.open(repo), revisions, existing_instance())
    if json:
        print_json(links_json(revisions, answer))
        return
    for commit in answer.commits:
        print_line(f"{commit.oid[:12]}  {commit.subject[:80]}")
        for link in commit.links:
            print_line(f"    {link.kind.value:<10}{link.confidence.value:<12}{link.session.name}{_grounds(link)}")
        if not commit.links:
            print_line("    none known")
    linked = sum(commit.linked for commit in answer.commits)
    print_line(f"{linked:,} of {len(answer.commits):,} commits are linked")
    if answer.declared.missing:
        print_line(f"  {len(answer.declared.missing):,} checkpoints are named and not stored in this clone")
    if answer.rewrites_cut:
        print_line("  too many commits without a link: not all were matched to what they may have been before")


def links_json(revisions: str, answer: LinksAnswer) -> dict[str, object]:
    """Give an answer as the command prints it."""
    declared = answer.declared
    return {
        "revisions": revisions,
        "commits": len(answer.commits),
        "linked": sum(commit.linked for commit in answer.commits),
        "rewrites_cut": answer.rewrites_cut,
        "checkpoints": {
            "stored": answer.checkpoints_stored,
            "named": len(declared.ids),
            "missing": sorted(declared.missing),
            "with_several_sessions": len(declared.many_sessions),
            "commits_naming_several": declared.several,
            "commits_naming_in_body_only": declared.body_only,
        },
        "data": [
            {
                "oid": commit.oid,
                "subject": commit.subject,
                "linked": commit.linked,
                "sessions": list(commit.sessions),
                "links": [link.to_json() for link in commit.links],
            }
            for commit in answer.commits
        ],
    }


def existing_instance() -> Instance | None:
    """Open this machine's instance when there is one; reading links makes none."""
    from attest.cli.wiring import local_instance
    from attest.settings import read_settings

    settings = read_settings(os.environ)
    if settings.database_url is None and not (settings.home / "trust").is_dir():
        return None
    return local_instance()


def _grounds(link: Link) -> str:
    score = link.overlap.score if link.overlap else None
    words = [link.method]
    if score is not None:
        words.append(f"{score:.0%} of its lines")
    if link.derived_from:
        words.append("from " + ", ".join(oid[:12] for oid in link.derived_from))
    if not link.credited:
        words.append("no credit")
    return "  (" + "; ".join(words) + ")"
