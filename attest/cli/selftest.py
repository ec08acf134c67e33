"""`whereof selftest`: does this verifier refuse the bad vectors that it ships? Exit code 0 yes, 5 no."""

from __future__ import annotations

from typing import Annotated

import typer

from attest.cli.output import print_json, print_line

EXIT_DOES_NOT = 5
"""A verifier that judges a vector wrongly says nothing that counts."""


def selftest(json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False) -> None:
    """Judge the shipped vectors, good and bad, with the verifier that judges your bundles."""
    from attest.signing.selftest import ALL, run, vectors  # keep `--help` light

    found = run(vectors(ALL))
    if json:
        print_json(found.to_json())
    else:
        print_line(f"{'ok' if found.taken else 'BAD':<5}{found.taken:>4}  good vectors taken")
        for code, count in found.refused:
            print_line(f"{'ok':<5}{count:>4}  refused with {code}")
        for one in found.wrong:
            print_line(f"{'BAD':<5}      {one}")
        print_line(f"this verifier {found.line()}")
    if not found.holds:
        raise typer.Exit(EXIT_DOES_NOT)
