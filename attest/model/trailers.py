"""Trailers that tie a commit to a session, read as authority from the final trailer block of a message only.

Text in the body can be shaped like a trailer: a quoted message, a squashed list, or somebody who wants credit. It is
returned apart, as a hint. What the block is follows git's own rule (`git interpret-trailers`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

SESSION_TRAILERS: Final = {
    "session-attestation": "whereof",
    "entire-checkpoint": "entire",
    "claude-session": "claude-code",
    "git-session-id": "git-session-id",
    "change-id": "change-id",
    "ghstack-source-id": "ghstack",
    "agent-logs-url": "copilot",
}
"""Keys that name a session, a record of it, or a change that keeps its name through rewrites; lower case."""

STABLE_IDS: Final = frozenset({"change-id", "ghstack-source-id"})
"""Keys that name a change, not a session: equal ones join a commit before and after a rewrite."""

MAX_MESSAGE_CHARS: Final = 256 * 1024
MAX_TRAILERS: Final = 256
_TRAILER: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,63})[ \t]*:(.*)")
_GIT_OWN: Final = ("(cherry picked from commit ", "Signed-off-by: ")
_PICKED: Final = re.compile(r"\(cherry picked from commit ([0-9a-f]{7,64})\)")
_REVERTS: Final = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})\b")


@dataclass(frozen=True, slots=True)
class Trailer:
    """One trailer."""

    key: str
    """Lower case."""
    value: str


def final_trailers(message: str) -> tuple[Trailer, ...]:
    """Give the trailers of the final trailer block, in order; none where the last paragraph is no such block.

    A message of one paragraph has none: its only paragraph is its subject.
    """
    paragraphs = _paragraphs(message)
    if len(paragraphs) < 2:
        return ()
    return _block(paragraphs[-1]) or ()


def body_trailers(message: str) -> tuple[Trailer, ...]:
    """Give lines of the rest of the message that are shaped like a trailer naming a session. They have no authority."""
    paragraphs = _paragraphs(message)
    final = len(paragraphs) >= 2 and _block(paragraphs[-1]) is not None
    body = paragraphs[:-1] if final else paragraphs
    lines = [line.strip(" \t>*-") for paragraph in body for line in paragraph]
    found = (_TRAILER.fullmatch(line) for line in lines)
    return tuple(
        Trailer(match[1].lower(), match[2].strip())
        for match in found
        if match and match[2].strip() and match[1].lower() in SESSION_TRAILERS
    )[:MAX_TRAILERS]


def picked_from(message: str) -> tuple[str, ...]:
    """Give the oids that `cherry-pick -x` says the commit was picked from; somebody's word until patches agree."""
    return tuple(dict.fromkeys(_PICKED.findall(message[-MAX_MESSAGE_CHARS:])))[:16]


def reverted_commits(message: str) -> tuple[str, ...]:
    """Give the oids that the message says are taken back; somebody's word until patches agree."""
    return tuple(dict.fromkeys(_REVERTS.findall(message[:MAX_MESSAGE_CHARS])))[:64]


def _paragraphs(message: str) -> list[list[str]]:
    # The end matters: what is cut from a message beyond any reason is its middle-of-nowhere beginning.
    out: list[list[str]] = [[]]
    lines = message[-MAX_MESSAGE_CHARS:].replace("\r\n", "\n").split("\n")
    while lines and (not lines[-1].strip() or lines[-1].startswith("#")):  # git passes these over too
        lines.pop()
    for line in lines:
        if line.strip():
            out[-1].append(line)
        elif out[-1]:
            out.append([])
    return [paragraph for paragraph in out if paragraph]


def _block(lines: list[str]) -> tuple[Trailer, ...] | None:
    """Read a paragraph as a trailer block by git's own rule; None where it is none.

    All lines are trailers or continue one; or one of git's own is among them, and at least a quarter are trailers.
    """
    found: list[Trailer] = []
    others = own = 0
    match = None
    for line in lines[:MAX_TRAILERS]:
        if line.startswith("#"):
            match = None
            continue
        if line[:1] in " \t":  # it goes on with the line before it, whatever that is
            if match is not None:
                found[-1] = Trailer(found[-1].key, f"{found[-1].value} {line.strip()}".strip())
            else:
                others += 1
            continue
        own += line.startswith(_GIT_OWN)
        match = _TRAILER.fullmatch(line)
        if match is not None:
            found.append(Trailer(match[1].lower(), match[2].strip()))
        elif not line.startswith(_GIT_OWN):
            others += 1
    if others and not (own and (len(found) + own) * 3 >= others):
        return None
    return tuple(trailer for trailer in found if trailer.value) if found or own else None
