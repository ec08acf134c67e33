"""The sentence that one user types where there is no second person."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def typed_words(home: Path, words: str, approval: Path | None) -> str:
    """Ask for the sentence where nobody is named to approve; what was typed is compared by the use case."""
    from attest.usecases.second_person import read_approvers  # keep `--help` light

    if approval is not None or read_approvers(home):
        return ""
    sys.stderr.write(f"one user, no second person: type `{words}` to go on\n")
    return sys.stdin.readline().rstrip("\n")
