"""Entry point of `whereof`: registers the commands and is the one place where an error becomes an exit code."""

from __future__ import annotations

import os
import sys
from typing import Final

import typer

from attest.cli import (
    carry,
    compare,
    declare,
    doctor,
    except_rules,
    export,
    fsck,
    gaps,
    gate,
    import_records,
    import_transcripts,
    init,
    link,
    links,
    mcp_join,
    policy,
    prove_redaction,
    record,
    redact,
    review,
    show,
    status,
    survey,
    sync,
    unmask,
    verify,
    verify_artifact,
    verify_bundle,
    why,
)
from attest.cli.output import print_error
from attest.errors import AttestError, CannotVerify, Conflict, InvalidInput, NotVerified, Quarantined, Refused

EXIT_QUARANTINED: Final = 1
EXIT_USAGE: Final = 2
EXIT_INVALID: Final = 3
EXIT_ABSENT: Final = 4
EXIT_INDETERMINATE: Final = 5
EXIT_INTERRUPTED: Final = 130

app = typer.Typer(
    name="whereof",
    help="Audit trail for AI coding sessions: record how a change came about, and let anyone check it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("survey")(survey.survey)
app.command("init")(init.init)
app.command("uninstall")(init.uninstall)
app.command("sync")(sync.sync)
app.command("pause")(sync.pause)
app.command("resume")(sync.resume)
app.command("record")(record.record)
app.command("declare")(declare.declare)
app.command("review")(review.review)
app.command("except")(except_rules.except_rules)
app.command("gaps")(gaps.gaps)
app.command("redact")(redact.redact)
app.command("prove-redaction")(prove_redaction.prove_redaction)
app.command("unmask")(unmask.unmask)
app.command("check-redaction")(prove_redaction.check_redaction)
app.command("show")(show.show)
app.command("why")(why.why)
app.command("links")(links.links)
app.command("link")(link.link)
app.command("carry")(carry.carry)
app.command("gate")(gate.gate)
app.command("verify")(verify.verify)
app.command("artifacts")(verify_artifact.artifacts)
app.command("verify-bundle")(verify_bundle.verify_bundle)
app.command("fsck")(fsck.fsck)
app.command("doctor")(doctor.doctor)
app.command("status")(status.status)
app.command("compare")(compare.compare)
app.command("mcp-join")(mcp_join.mcp_join)
import_records.app.callback(invoke_without_command=True)(import_transcripts.transcripts)
app.add_typer(import_records.app, name="import", help="Take in what other tools left in a clone, labelled imported.")
app.add_typer(policy.app, name="policy", help="What the repository's policy makes of a change, and its trials.")
app.add_typer(export.app, name="export", help="Write out what others need to check without this machine.")


def main() -> None:
    """Run the command line and end the process with the exit code of decision D8."""
    try:
        app()
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
