"""`whereof --version`: which program this is, on which Python, and which vectors it can be tried with."""

from __future__ import annotations

import platform
from typing import Annotated

import typer

import attest
from attest.cli.output import print_line


def version(asked: bool) -> None:
    """Print it and end, where it was asked for; nothing is judged here, see `whereof selftest`."""
    if not asked:
        return
    from attest.signing.selftest import ALL, GOOD, vectors  # keep `--help` light

    shipped = vectors(ALL)
    good = sum(one.expected == GOOD for one in shipped)
    print_line(f"whereof {attest.__version__}")
    print_line(f"Python {platform.python_version()}")
    print_line(f"ships {len(shipped)} vectors for `whereof selftest`: {good} good, {len(shipped) - good} bad")
    raise typer.Exit


def options(
    version: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Version, Python, and vectors shipped.")
    ] = False,
) -> None:
    """Nothing else comes before the command."""
