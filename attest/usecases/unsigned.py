"""Statements that nobody signed, in a wrapper that says so: no reader can take one for a bundle, nor a bundle for one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from attest.errors import NotVerified
from attest.model.statement import MAX_STATEMENT_BYTES, parse_statement, strict_json

if TYPE_CHECKING:
    from attest.model.statement import Statement

UNSIGNED_TYPE: Final = "application/vnd.whereof.unsigned-statement+json"
UNSIGNED_NOTE: Final = "not signed and not logged: nobody vouches for this statement"
_OVERHEAD_BYTES: Final = 4096
_PREFIX: Final = b'{"mediaType":"' + UNSIGNED_TYPE.encode() + b'",'


def wrap_unsigned(statement: Statement) -> bytes:
    """Give the line that carries a bare statement."""
    head = {"mediaType": UNSIGNED_TYPE, "note": UNSIGNED_NOTE}
    opened = json.dumps(head, separators=(",", ":")).encode().removesuffix(b"}")
    return opened + b',"statement":' + statement.raw + b"}\n"


def unsigned_statement(line: bytes) -> Statement | None:
    """Read such a line; None where it is none.

    Raises:
        NotVerified: `evidence.statement`, it calls itself unsigned and is not of this form.
    """
    if not line.startswith(_PREFIX):
        return None
    if len(line) > MAX_STATEMENT_BYTES + _OVERHEAD_BYTES:
        raise NotVerified("evidence.statement", "a statement is too large", expected=f"<= {MAX_STATEMENT_BYTES} bytes")
    value = strict_json(line)
    head, statement = line.split(b',"statement":', 1) if b',"statement":' in line else (b"", b"")
    if not isinstance(value, dict) or set(value) != {"mediaType", "note", "statement"} or not head:
        raise NotVerified("evidence.statement", expected="mediaType, note and statement, in this order")
    return parse_statement(statement.rstrip().removesuffix(b"}"))
