"""Redact one file: the second scan has passed before a single byte stands under the output's name."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

from attest.capture.fields import claude_code_fields
from attest.errors import Quarantined
from attest.usecases.identities import known_identities
from redaction.config import Config
from redaction.errors import Quarantine, RedactionError
from redaction.redactor import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attest.capture.transcript import Transcript
    from redaction.report import Report


def redact_file(source: Transcript, output: Path | None, *, token_key: bytes) -> Report:
    """Redact `source` into `output` (None: only the report is wanted), replacing a file of that name as a whole.

    Raises:
        Quarantined: the second scan found something or an engine failed; `output` is untouched.
    """
    redactor = Redactor(Config(fields=claude_code_fields()), token_key=token_key, identities=known_identities(None, ()))
    try:
        redaction = redactor.redact(source.lines)
        if output is None:
            for _ in redaction.lines():
                pass
        else:
            _write(redaction.lines(), output)
        return redaction.report
    except Quarantine as err:
        raise Quarantined("redaction.quarantined", got=f"rule {err.rule}", where=err.place) from err
    except RedactionError as err:
        raise Quarantined("redaction.failed", str(err)) from err


def _write(lines: Iterator[bytes], output: Path) -> None:
    handle, staged = tempfile.mkstemp(prefix=".redacting-", dir=output.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(lines)
        os.replace(staged, output)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(staged)
