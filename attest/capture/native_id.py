"""The agent's own id of a session, read before anything else: keys and ids of the session hang on it.

A transcript can hold several (a resumed session copies history); the last one is its own. Read from raw lines, so
that nothing has to be parsed: inside a JSON string the quotes of such a member are escaped and do not match.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CLAUDE_CODE = re.compile(rb'"sessionId"\s*:\s*"([0-9A-Za-z][0-9A-Za-z_-]{7,127})"')


def native_session_id(lines: Iterable[bytes]) -> str | None:
    """Give the last session id that the lines name; None when they name none."""
    found = None
    for line in lines:
        match = _CLAUDE_CODE.search(line)
        if match:
            found = match[1].decode("ascii")
    return found
