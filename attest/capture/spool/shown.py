"""Whether a transcript shows a commit's own changes: a check on what the hooks saw, never a link by itself."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MIN_LINE_CHARS: Final = 8
MAX_LINES: Final = 64
"""Added lines that are looked for, spread over the commit: each is looked for in every line of a transcript."""
MAX_PATHS: Final = 256
MIN_SHARE: Final = 0.5
"""As much of what a commit added must be found where several sessions could have made it."""
_MADE_BY_GIT: Final = re.compile(rb"\bgit (?:-\S+ \S+ )*(?:commit|merge|cherry-pick|revert|am|pull)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of a commit was found in a transcript."""

    oid: bool
    path: bool
    command: bool
    """A git command that makes commits."""
    share: float
    """Added lines of at least 8 characters that were found, of all such; 0 where there are none."""

    @property
    def anything(self) -> bool:
        """Whether there is any sign at all."""
        return self.oid or self.path or self.command or self.share >= MIN_SHARE

    @property
    def clearly(self) -> bool:
        """Whether it tells this session from another one in the same work tree."""
        return self.oid or self.share >= MIN_SHARE


class CommitTraces:
    """What to look for of one commit."""

    def __init__(self, oid: str, paths: Iterable[bytes], diff: str) -> None:
        self._oid = re.compile(rb"(?<![0-9a-f])" + oid[:7].encode() + rb"[0-9a-f]{0,57}(?![0-9a-f])")
        self._whole = oid.encode()
        words = [rb"(?<![\w.-])" + re.escape(path) + rb"(?![\w-])" for path in itertools.islice(paths, MAX_PATHS)]
        self._paths = re.compile(b"|".join(words)) if words else None
        self._lines = tuple(_escaped(line) for line in _added(diff))

    def found_in(self, blocks: Iterable[bytes]) -> Shown:
        """Look through a transcript's lines, once."""
        oid = path = command = False
        missing = set(self._lines)
        for block in blocks:
            oid = oid or any(self._whole.startswith(hit) for hit in self._oid.findall(block))
            path = path or (self._paths is not None and self._paths.search(block) is not None)
            command = command or _MADE_BY_GIT.search(block) is not None
            if missing:
                missing = {line for line in missing if line not in block}
        found = len(set(self._lines)) - len(missing)
        return Shown(oid=oid, path=path, command=command, share=found / len(set(self._lines)) if self._lines else 0.0)


def _added(diff: str) -> list[str]:
    lines = (line[1:].strip() for line in diff.split("\n") if line.startswith("+") and not line.startswith("+++"))
    long = list(dict.fromkeys(line for line in lines if len(line) >= MIN_LINE_CHARS))
    return long[:: -(-len(long) // MAX_LINES)] if len(long) > MAX_LINES else long


def _escaped(line: str) -> bytes:
    # As a JSON string holds it; agents write non-ASCII as it is.
    return json.dumps(line, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")
