"""`whereof redact`: what would leave the machine, and what would not."""

from __future__ import annotations

import json as json_module
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from redaction.report import Report

TOKEN_KEY_BYTES = 32


def redact(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where the redacted lines go.")] = None,
    report: Annotated[Path | None, typer.Option(help="Where the report goes, as JSON.")] = None,
    preview: Annotated[bool, typer.Option(help="List what would be replaced, without values.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Redact a file and scan the result again. Exit code 1: the second scan found something, nothing was written."""
    from attest.capture.transcript import Transcript  # keep `--help` light
    from attest.usecases.redact_file import preview as preview_rows
    from attest.usecases.redact_file import redact_file, redactor_of

    # The key lives for this run only: tokens of two runs are not to be compared.
    source = Transcript.open(file)
    redactor = redactor_of(source, token_key=secrets.token_bytes(TOKEN_KEY_BYTES))
    result = redact_file(source, output, redactor)
    document = _document(result)
    if report is not None:
        report.write_text(json_module.dumps(document, indent=2) + "\n")
    if json:
        print_json(document)
        return
    if preview:
        for row in preview_rows(source, redactor):
            print_line(f"{row.place:<12}{row.entity:<18}{row.context}")
    print_line(
        f"{result.records:,} records, {sum(n for _, n in result.by_entity):,} values replaced, second scan clean"
    )
    for entity, count in result.by_entity:
        print_line(f"  {count:>7,}  {entity}")
    if result.dropped:
        print_line(f"  {result.dropped:>7,}  records over the size limit, dropped")


def _document(report: Report) -> dict[str, object]:
    return {
        "engines": dict(report.engines),
        "rules": report.rule_set_sha256,
        "config": report.config_sha256,
        "records": report.records,
        "dropped": report.dropped,
        "opaque": report.opaque,
        "entities": dict(report.by_entity),
        "rules_used": dict(report.by_rule),
        "decoded_layers": dict(report.decoded_layers),
        "spans": [
            {"record": s.record, "pointer": s.pointer, "entity": s.entity, "token": s.token} for s in report.spans
        ],
        "spans_left_out": report.spans_left_out,
        "second_scan": {
            "engine": report.second_scan.engine,
            "version": report.second_scan.version,
            "rules": report.second_scan.rules,
            "result": report.second_scan.result,
            "allowed": dict(report.second_scan.allowed),
        },
    }
