"""The tenant's choices about parts, proofs and images: `$WHEREOF_HOME/redaction-keep.json`, a file of the operator's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.model.keeping import KEEP_ALL, Keeping, parse_keeping
from attest.usecases.home_file import home_json, is_there

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "redaction-keep.json"
MAX_FILE_BYTES: Final = 64 * 1024


def read_keeping(home: Path) -> Keeping:
    """Give the choices of an instance; the defaults when there is no such file.

    Raises:
        InvalidInput: `input.malformed`: the file cannot be read as such; it is never ignored.
    """
    path = home / FILE_NAME
    if not is_there(path):
        return KEEP_ALL
    try:
        value = home_json(path, MAX_FILE_BYTES)
    except ValueError as err:
        raise InvalidInput("input.malformed", "the choices are not JSON", where=str(path)) from err
    return parse_keeping(value, str(path))
