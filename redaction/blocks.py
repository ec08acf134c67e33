"""Private key blocks (RFC 7468, OpenSSH, SSH2, PGP): whole blocks, blocks without an end, bodies without a beginning.

Between the lines of a body may stand whatever a tool puts there: line numbers, signs of a diff, time stamps of a log,
quotes and plus signs of source code. So a body is a chain of base64 runs with short gaps between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

BEGIN_KEY = r"-----? ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-----?"
MAX_BLOCK_CHARS = 128 * 1024
MIN_BODY_CHARS = 24
"""Base64 characters: with fewer the marker is only being talked about."""
MAX_GAP_CHARS = 120
MAX_HEAD_CHARS = 320
"""Between the marker and the first line of the body: headers such as `Proc-Type` and `Comment`."""

_BEGIN = re.compile(BEGIN_KEY)
END_KEY = re.compile(r"-----? ?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-----?")
_RUN = re.compile(r"[A-Za-z0-9+/=_-]{16,}")
_ESCAPE = re.compile(r"\\+[nr]|[\s\"'`+,.;\\]")
_LAST_LINE = re.compile(r"[A-Za-z0-9+/]{1,80}={0,2}(?=[^A-Za-z0-9+/=_]|$)")
_BREAK = re.compile(r"\n|\\+[nr]")
_LAST_GAP = re.compile(
    r"(?:[\"'` \t\\,+.|;]|\\+[nr]){0,24}(?:\r?\n|\\+n)(?:[ \t]{0,20}\d{1,6}(?:→|[:|\t ]))?[ \t+>\"'`|-]{0,24}"
)


def key_blocks(text: str) -> Iterator[tuple[int, int]]:
    """Give the spans of private key blocks.

    A block without its end line reaches as far as lines of base64 follow one another. A marker without a body (source
    code that speaks of keys) is no block.
    """
    position = 0
    while (begin := _BEGIN.search(text, position)) is not None:
        end = _block_end(text, begin.end())
        if end is not None:
            yield begin.start(), end
        position = end or begin.end()


def _block_end(text: str, start: int) -> int | None:
    limit = min(len(text), start + MAX_BLOCK_CHARS)
    again = _BEGIN.search(text, start, limit)
    if again is not None:
        limit = again.start()
    close = END_KEY.search(text, start, limit)
    if close is not None:
        body = text[start : close.start()]
        if _material(body) >= MIN_BODY_CHARS or _plain_body(body):
            return close.end()
    end = body_on(text, start, close.start() if close else limit, MAX_HEAD_CHARS)
    return end if end > start and _material(text[start:end]) >= MIN_BODY_CHARS else None


def _plain_body(body: str) -> bool:
    """Say whether nothing but line ends and quotes stands between the markers and at least one longer run."""
    runs = [run for run in _RUN.findall(body) if len(set(run)) >= 8]
    rest = len(_ESCAPE.sub("", _RUN.sub("", body)))
    return sum(map(len, runs)) >= MIN_BODY_CHARS and rest <= 8 + len(body) // 8


def _material(text: str) -> int:
    return sum(len(run) for run in _RUN.findall(text) if _mixed(run))


def body_on(text: str, start: int, limit: int, first_gap: int = MAX_GAP_CHARS) -> int:
    """Give where a body that begins at or soon after `start` ends; `start` itself when there is none."""
    end, allowed = start, first_gap
    while (run := _RUN.search(text, end, min(limit, end + allowed + 16))) is not None:
        if not _mixed(run.group()) or not _bridged(text[end : run.start()], allowed):
            break
        # A longer run may go on behind the window that was searched.
        whole = _RUN.match(text, run.start(), limit)
        end, allowed = (whole or run).end(), MAX_GAP_CHARS
    if end == start:
        return start
    gap = _LAST_GAP.match(text, end, limit)
    last = _LAST_LINE.match(text, gap.end(), limit) if gap else None
    return last.end() if last and _ends_a_body(last.group()) else end


def body_back(text: str, end: int, floor: int) -> int:
    """Give where a body that ends at `end` begins; `end` itself when there is none. Looks back no further than `floor`."""
    floor = max(floor, end - MAX_BLOCK_CHARS)
    start = end
    for run in reversed(list(_RUN.finditer(text, floor, end))):
        if not _mixed(run.group()) or not _bridged(text[run.end() : start], MAX_GAP_CHARS):
            break
        start = run.start()
    return start if end - start >= 2 * MIN_BODY_CHARS else end


def _bridged(gap: str, allowed: int) -> bool:
    return len(gap) <= allowed and (not any(c.isalnum() for c in gap) or _BREAK.search(gap) is not None)


def _mixed(run: str) -> bool:
    """Say whether a run looks like base64 and not like a path or a long name."""
    return (
        any(c.isdigit() or c == "+" for c in run)
        and any(c.islower() for c in run)
        and any(c.isupper() for c in run)
        and run.count("_") + run.count("-") <= max(1, len(run) // 12)
    )


def _ends_a_body(line: str) -> bool:
    return line.endswith("=") or len(line) >= 24 or (any(c.isdigit() for c in line) and any(c.isupper() for c in line))
