"""No forge at all: a clone that fetched somebody's refs. It has no hooks, and there is nobody to tell."""

from __future__ import annotations

from typing import Final

NAME: Final = "git"
REFS: Final = (
    "refs/pull/{n}/head",
    "refs/merge-requests/{n}/head",
    "refs/pull-requests/{n}/from",
    "refs/heads/pull/{n}",
    "refs/remotes/origin/pull/{n}",
)
"""Where a clone may hold the head of pull request `{n}`, whichever forge it was fetched from."""
