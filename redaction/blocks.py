"""Private key blocks (RFC 7468, OpenSSH, PGP): whole blocks, and blocks that begin and never end."""

from __future__ import annotations

import re
from collections.abc import Iterator

BEGIN_KEY = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
MAX_BLOCK_CHARS = 128 * 1024
MIN_BODY_CHARS = 24
"""Base64 characters: with fewer the marker is only being talked about."""

_BEGIN = re.compile(BEGIN_KEY)
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_BODY = re.compile(
    r"(?:[A-Za-z0-9+/=\s\\\"'`,|>.]|→|-(?!-----)|(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID): [^\n\\]{0,200})*"
)
"""What may stand in a block: base64, armour headers, escapes, quotes of code and the marks of line-numbered output."""
_RUN = re.compile(r"[A-Za-z0-9+/=]{16,}")


def key_blocks(text: str) -> Iterator[tuple[int, int]]:
    """Give the spans of private key blocks.

    A block without its end line reaches as far as the text still looks like a block. A marker without a body (source
    code that speaks of keys) is no block.
    """
    position = 0
    while (begin := _BEGIN.search(text, position)) is not None:
        end = _block_end(text, begin.end())
        body = text[begin.end() : end]
        if sum(len(run) for run in _RUN.findall(body)) >= MIN_BODY_CHARS:
            yield begin.start(), end
            position = end
        else:
            position = begin.end()


def _block_end(text: str, start: int) -> int:
    limit = min(len(text), start + MAX_BLOCK_CHARS)
    close = _END.search(text, start, limit)
    again = _BEGIN.search(text, start, close.start() if close else limit)
    if close is not None and again is None:
        return close.end()
    found = _BODY.match(text, start, again.start() if again else limit)
    return found.end() if found else start
