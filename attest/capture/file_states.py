"""What a session did to files, as far as it tells when work on one of them was undone. Shared by every reader.

A file's states are known by digest alone. Where a format does not hold whole files, only creations and names are known.
"""

from __future__ import annotations

import fnmatch
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.scratch import is_scratch
from attest.capture.shell import SimpleCommand
from attest.model.basis import Evidence

MAX_FILES = 20_000
MAX_STATES = 1_000
"""States kept of one file; the oldest is forgotten first."""
MAX_REFUSED = 32
"""Refused edits of one file that wait for it to be edited."""
MAX_WORDS = 64
"""Words of one command that are compared with paths."""
MAX_LOOKS = 400_000
_REMOVERS = frozenset({"rm", "unlink", "trash", "rimraf", "del", "Remove-Item"})


@dataclass(slots=True)
class FileStates:
    """Files that the session created or changed, by path."""

    created: OrderedDict[str, Evidence] = member(default_factory=OrderedDict)
    edited: OrderedDict[str, None] = member(default_factory=OrderedDict)
    left: dict[str, OrderedDict[str, Evidence]] = member(default_factory=dict)
    """By path: digests of states that a change left, and that change."""
    worktree: str | None = None
    """Set by the reader as soon as the session names it."""
    looks: int = MAX_LOOKS
    """Comparisons of words with paths that are left."""

    def changed(self, path: str, at: Evidence, *, created: bool) -> None:
        """Note a change of a file."""
        self.edited[path] = None
        if created:
            self.created.setdefault(path, at)
        for known in (self.edited, self.created):
            if len(known) > MAX_FILES:
                known.popitem(last=False)

    def undone(self, path: str, before: str, after: str, at: Evidence) -> Evidence | None:
        """Note a change from one whole content to another; give the change that it undid, if it put an old state back."""
        if before == after:
            return None
        old, new = _digest(before), _digest(after)
        states = self.left.setdefault(path, OrderedDict())
        earlier = states.get(new)
        if earlier is not None:
            while states:
                digest, _ = states.popitem()
                if digest == new:
                    break
            return earlier
        states.setdefault(old, at)
        if len(states) > MAX_STATES:
            states.popitem(last=False)
        if len(self.left) > MAX_FILES:
            del self.left[next(iter(self.left))]
        return None

    def removed_by(self, command: SimpleCommand) -> tuple[str, ...]:
        """Give the files that the session itself created and that this command removes; each is given once.

        Files in temporary folders were never part of the work.
        """
        words = _removed_words(command.argv)[:MAX_WORDS]
        if not words or not self._may(len(words) * len(self.created)):
            return ()
        found = tuple(path for path in self.created if any(_names(word, path) for word in words))
        for path in found:
            del self.created[path]
        return tuple(path for path in found if not is_scratch(path, self.worktree))

    def deleted(self, path: str) -> bool:
        """Note that a tool deleted a file; True where the session had created it."""
        return self.created.pop(path, None) is not None and not is_scratch(path, self.worktree)

    def is_edited(self, word: str) -> bool:
        """Tell whether a word of a command names a file that the session changed."""
        return self._may(len(self.edited)) and any(_names(word, path) for path in self.edited)

    def _may(self, looks: int) -> bool:
        """Count comparisons: a hostile transcript must not make them without end."""
        self.looks -= looks
        return self.looks >= 0


@dataclass(slots=True)
class RefusedEdits:
    """Edits that a tool refused to make, until the file is edited after all."""

    waiting: OrderedDict[str, list[tuple[str, Evidence]]] = member(default_factory=OrderedDict)

    def refused(self, path: str, words: str, at: Evidence) -> None:
        """Note a refused edit, by what it would have put into the file."""
        self.waiting.setdefault(path, []).append((_digest(words), at))
        del self.waiting[path][:-MAX_REFUSED]
        if len(self.waiting) > MAX_FILES:
            self.waiting.popitem(last=False)

    def made(self, path: str, words: str) -> tuple[Evidence, ...]:
        """Note an edit that was made; give the refused ones before it that had another form."""
        return tuple(at for digest, at in self.waiting.pop(path, ()) if digest != _digest(words))


def _removed_words(argv: Sequence[str]) -> tuple[str, ...]:
    words = [word for word in argv if not word.startswith("-")]
    if words and words[0].rsplit("/", 1)[-1] == "sudo":
        words = words[1:]
    if words[:2] == ["git", "rm"] and "--cached" not in argv:
        return tuple(words[2:])
    if words and words[0].rsplit("/", 1)[-1] in _REMOVERS:
        return tuple(words[1:])
    return ()


def _names(word: str, path: str) -> bool:
    """Tell whether a word of a command stands for the path, or for a folder around it."""
    short = word.removeprefix("./").rstrip("/")
    if not short or short in (".", "..", "*", "~"):
        return False
    whole = path if path.startswith("/") else f"/{path}"
    ending = short if short.startswith("/") else f"*/{short}"
    if any(char in short for char in "*?["):
        return fnmatch.fnmatchcase(whole, ending)
    if short.startswith("/"):
        return whole == short or whole.startswith(f"{short}/")
    return whole.endswith(f"/{short}") or f"/{short}/" in whole


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
