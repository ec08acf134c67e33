"""Which commit of a branch says that it landed a pull request.

A number in a message is anybody's word: how it was found is always told, and no verdict rests on it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from attest.git import Repository

MAX_NAMED: Final = 200
"""Commits that name the number whose messages are read."""
_SAYS: Final = re.compile(
    r"\AMerge pull request #([0-9]{1,9}) |\A[^\n]*\((?:pull request )?#([0-9]{1,9})\) *(?:\n|\Z)|"
    r"^See merge request [^\s!]{1,300}!([0-9]{1,9})$",
    re.MULTILINE,
)


def landed_as(repository: Repository, tip: str, number: int) -> str:
    """Give the newest commit of the branch whose message names the pull request as forges write it; empty if none."""
    named = ["--extended-regexp", f"--grep=[#!]{number}([^0-9]|$)", f"--max-count={MAX_NAMED}"]
    asked = ["--first-parent", *named, "--format=%H%x1f%B", "--end-of-options", tip]
    listing = repository.plumbing(["log", "-z", *asked, "--"])
    for record in listing.decode("utf-8", "replace").split("\0"):
        oid, _, message = record.partition("\x1f")
        found = _SAYS.search(message)
        if found and number == int(next(one for one in found.groups() if one)):
            return oid
    return ""
