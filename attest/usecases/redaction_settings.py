"""What this instance's operator sets about redaction: `$WHEREOF_HOME/redaction.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.usecases.home_file import home_bytes, is_there
from redaction.errors import ConfigRefused
from redaction.settings_file import TenantSettings, read_settings_file
from redaction.yaml_border import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "redaction.yaml"


def read_redaction_settings(home: Path, profile: str | None = None) -> TenantSettings:
    """Give the settings of an instance; without a file, the profile `code`. `profile` stands in for the file's own.

    Raises:
        InvalidInput: `input.malformed`, the file or the profile cannot be carried out; it is never ignored. The message
            names file and line, never a word of a list.
    """
    path = home / FILE_NAME
    try:
        raw = home_bytes(path, MAX_BYTES) if is_there(path) else b""
    except ValueError as err:
        raise InvalidInput("input.malformed", f"the settings of redaction: {err}", where=str(path)) from err
    try:
        settings = read_settings_file(raw, FILE_NAME)
        return settings if profile is None else settings.with_profile(profile)
    except ConfigRefused as err:
        raise InvalidInput("input.malformed", str(err), where=str(path)) from err
