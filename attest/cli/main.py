"""Entry point of `whereof`: runs a command, and is the one place where an error becomes an exit code.

A pipeline waits for `verify`: it loads that command alone. Python looks for cycles of objects seldom while it runs,
and not at its end: a tenth of its time went there.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import TYPE_CHECKING, Final

from attest.cli.output import print_error
from attest.errors import AttestError, CannotVerify, Conflict, InvalidInput, NotVerified, Quarantined, Refused

if TYPE_CHECKING:
    import typer

EXIT_QUARANTINED: Final = 1
EXIT_USAGE: Final = 2
EXIT_INVALID: Final = 3
EXIT_ABSENT: Final = 4
EXIT_INDETERMINATE: Final = 5
EXIT_INTERRUPTED: Final = 130
QUICK: Final = "verify"
"""The command that pipelines wait for."""
GC_ALLOCATIONS: Final = 100_000
"""Objects made between two looks for cycles; Python's own 700 makes some fifty looks while modules load."""


def main() -> None:
    """Run the command line and end the process with the exit code of decision D8."""
    looks = gc.get_threshold()
    if sys.argv[1:2] == [QUICK]:
        gc.set_threshold(GC_ALLOCATIONS)
    atexit.register(gc.freeze)  # else the interpreter walks every object once more before it ends
    try:
        _app(sys.argv[1:2])()
    except AttestError as err:
        print_error(err, as_json="--json" in sys.argv)
        raise SystemExit(exit_code(err)) from None
    except KeyboardInterrupt:
        raise SystemExit(EXIT_INTERRUPTED) from None
    except Exception as err:  # the outermost handler: Python's own exit code, 1, would read as a verdict
        if os.environ.get("WHEREOF_TRACEBACK"):
            raise
        # The kind of error only: its words could hold a path, a value or a line of a transcript.
        print_error(CannotVerify("program.failed", got=type(err).__name__), as_json="--json" in sys.argv)
        raise SystemExit(EXIT_INDETERMINATE) from None
    finally:
        gc.set_threshold(*looks)


def _app(command: list[str]) -> typer.Typer:
    """Give the application with every command, or with the one that is named where seconds are counted."""
    if command != [QUICK]:
        from attest.cli.commands import app
        from attest.cli.version import options

        app.callback()(options)
        return app
    import typer

    from attest.cli.verify import verify

    alone = typer.Typer(name="whereof", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    alone.callback()(_nothing)  # keeps the name of the command in front of its options
    alone.command(QUICK)(verify)
    return alone


def _nothing() -> None:
    """Nothing comes before the command."""


def exit_code(err: AttestError) -> int:
    """Give the exit code of an error that reached the top; a verdict has its own, see `attest.model.verdict`."""
    match err:
        case Quarantined():
            return EXIT_QUARANTINED
        case InvalidInput():
            return EXIT_USAGE
        case NotVerified():
            return EXIT_INVALID
        case CannotVerify() | Conflict() | Refused():
            return EXIT_INDETERMINATE
        case _:
            return EXIT_ABSENT
