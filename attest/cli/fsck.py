"""`whereof fsck`: the log rebuilt from its entries and compared with everything that was stored and published."""

from __future__ import annotations

from typing import Annotated

import typer

from attest.cli.output import print_json, print_line
from attest.errors import InvalidInput


def fsck(
    signatures: Annotated[bool, typer.Option(help="Verify every bundle's signatures too.")] = False,
    index: Annotated[bool, typer.Option(help="Make every compaction of the index again too.")] = False,
    hashes: Annotated[bool, typer.Option(help="Check tree, heads, proofs and files alone.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Rebuild tree, tiles, index and heads from the entries and compare. Exit code 3: something differs."""
    from attest.cli.progress import count_progress  # keep `--help` light
    from attest.cli.wiring import instance_to_check
    from attest.usecases.fsck import FsckDepth
    from attest.usecases.fsck import fsck as run_fsck

    if hashes and (signatures or index):
        raise InvalidInput("input.usage", "--hashes checks nothing of what --index and --signatures check")
    depth = FsckDepth(signatures=signatures, index=index, hashes_only=hashes)
    with count_progress("checking") as on_progress:
        result = run_fsck(instance_to_check(), depth, on_progress=on_progress)
    if json:
        print_json(result.to_json())
    else:
        for line in result.checked:
            print_line(f"ok   {line}")
        for problem in result.problems:
            print_line(f"BAD  {problem}")
        for line in result.not_checked:
            print_line(f"-    {line}")
        print_line(
            "pass: what is stored is what was logged"
            if not result.problems
            else f"invalid: {len(result.problems) + result.more_problems} problems"
        )
    raise typer.Exit(3 if result.problems else 0)
