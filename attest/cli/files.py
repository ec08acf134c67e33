"""What a command is pointed to on disk: a file of bounded size, or a clone that may not be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from attest.git import Repository


def read_file(path: Path, most_bytes: int) -> bytes:
    """Give a file's bytes.

    Raises:
        InvalidInput: `input.not-found`, there is no such file; `input.too-large`, it holds more than `most_bytes`.
    """
    if not path.is_file():
        raise InvalidInput("input.not-found", where=str(path))
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as err:
        raise InvalidInput("input.not-found", "the file cannot be read", where=str(path)) from err
    if len(data) > most_bytes:
        raise InvalidInput("input.too-large", expected=f"<= {most_bytes} bytes", where=str(path))
    return data


def clone_at(path: Path) -> Repository | None:
    """Give the clone at a path, or None where there is none."""
    from attest.git import Repository

    try:
        return Repository.open(path)
    except InvalidInput:
        return None
