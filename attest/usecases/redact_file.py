"""Redact one file: the second scan has passed before a single byte stands under the output's name."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from attest.capture.fields import fields_for
from attest.capture.reader import SNIFF_BYTES, sniff
from attest.capture.transcript import Transcript
from attest.usecases.identities import known_identities
from attest.usecases.quarantine import quarantining
from attest.usecases.redaction_settings import read_redaction_settings
from redaction.child import WorkerLimits
from redaction.config import Config
from redaction.early import EarlyRedactor
from redaction.preview import Preview, preview_of
from redaction.settings_file import TenantSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redaction.report import Report


def redactor_of(
    source: Transcript, *, token_key: bytes, home: Path | None = None, profile: str | None = None
) -> EarlyRedactor:
    """Give the redactor of a file, for redacting and for a preview; its engines load when it is used.

    `home` is the folder whose `redaction.yaml` is followed (None: the defaults); `profile` stands in for the one it names.

    Raises:
        InvalidInput: that file or the profile cannot be carried out as written.
    """
    fields = fields_for(sniff(source.head(SNIFF_BYTES)))
    settings = TenantSettings() if home is None else read_redaction_settings(home, profile)
    with quarantining():
        config = settings.applied(
            Config(fields=fields, cache_dir=None if home is None else home / "cache", worker=WorkerLimits())
        )
        return EarlyRedactor(config, token_key=token_key, identities=known_identities(None, ()))


def redact_file(source: Transcript, output: Path | None, redactor: EarlyRedactor) -> Report:
    """Redact `source` into `output` (None: only the report is wanted), replacing a file of that name as a whole.

    Raises:
        Quarantined: the second scan found something, or an engine, a model or a rule does not load, is not the one
            expected, or failed; `output` is untouched.
    """
    with quarantining():
        redaction = redactor.redact(source.lines)
        if output is None:
            for _ in redaction.lines():
                pass
        else:
            _write(redaction.lines(), output)
        return redaction.report


def preview(source: Transcript, redactor: EarlyRedactor) -> Preview:
    """Give what would be replaced, with the redacted words around it; at most 1,000 distinct values, never one in plain.

    Raises:
        Quarantined: as for `redact_file`.
    """
    with quarantining():
        return preview_of(redactor.redact(source.lines))


def _write(lines: Iterator[bytes], output: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=".redacting-", dir=output.parent)
    staged = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(lines)
        staged.replace(output)
    finally:
        staged.unlink(missing_ok=True)
