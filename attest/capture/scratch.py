"""Scratch files: what lies in a temporary folder and is no part of the work. Shared by every reader.

A work tree may itself lie in such a folder, as those of sandboxes and build machines do: what is inside it is work.
"""

from __future__ import annotations

import posixpath

_TEMPORARY = ("/tmp/", "/private/tmp/", "/var/tmp/", "/var/folders/", "/private/var/folders/", "/dev/")  # noqa: S108


def is_scratch(path: str, worktree: str | None) -> bool:
    """Tell whether a path lies in a temporary folder and outside the work tree; a relative path never does."""
    if not path.startswith(_TEMPORARY):
        return False
    return worktree is None or not is_below(path, worktree)


def is_below(path: str, folder: str) -> bool:
    """Tell whether an absolute path lies in a folder, read as text: links are not followed."""
    top = folder.rstrip("/") + "/"
    return top != "/" and posixpath.normpath(path).startswith(top)
