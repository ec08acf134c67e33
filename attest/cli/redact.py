"""`whereof redact`: what would leave the machine, and what would not."""

from __future__ import annotations

import json as json_module
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json

if TYPE_CHECKING:
    from redaction.report import Report

TOKEN_KEY_BYTES = 32


def redact(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where the redacted lines go.")] = None,
    report: Annotated[Path | None, typer.Option(help="Where the report goes, as JSON.")] = None,
    preview: Annotated[bool, typer.Option(help="List what would be replaced, without values.")] = False,
    profile: Annotated[
        str | None, typer.Option(help="code, strict or phi; instead of the one redaction.yaml names.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Redact a file and scan the result again. Exit code 1: the second scan found something, nothing was written."""
    from attest.capture.transcript import Transcript  # keep `--help` light
    from attest.cli.preview import print_counts, print_preview
    from attest.settings import read_settings
    from attest.usecases.redact_file import preview as preview_of
    from attest.usecases.redact_file import redact_file, redactor_of

    # The key lives for this run only: tokens of two runs are not to be compared.
    source = Transcript.open(file)
    home = read_settings(os.environ).home
    redactor = redactor_of(source, token_key=secrets.token_bytes(TOKEN_KEY_BYTES), home=home, profile=profile)
    looked = None
    if preview and output is None:
        looked = preview_of(source, redactor)
        result = looked.report
    else:
        result = redact_file(source, output, redactor)
    document = report_document(result)
    if report is not None:
        report.write_text(json_module.dumps(document, indent=2) + "\n")
    if json:
        print_json(document)
        return
    if preview:
        print_preview(looked or preview_of(source, redactor))
    else:
        print_counts(result)


def report_document(report: Report) -> dict[str, object]:
    """Give a report as JSON."""
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
        "blobs": dict(report.blobs),
        "profile": report.profile,
        "models": dict(report.models),
        "ner_languages": list(report.ner_languages),
        "limits_hit": report.limits_hit(),
        "text_lines": report.text_lines,
        "second_scan": {
            "engine": report.second_scan.engine,
            "version": report.second_scan.version,
            "rules": report.second_scan.rules,
            "result": report.second_scan.result,
            "allowed": dict(report.second_scan.allowed),
        },
    }
