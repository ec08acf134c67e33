"""What a log's own statements say: the first entry, and where one ended the last before the index leaf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.model.session_predicate import LOG_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store.follows import followed_log

if TYPE_CHECKING:
    from pathlib import Path

    from attest.store.log_reader import LogReader


def said_of_log(reader: LogReader, index: int) -> Mapping[str, object] | None:
    """Give the predicate of an entry that is a statement about the log; None for any other entry, and where there is none.

    Not checked: that the entry is in the signed tree.
    """
    entry = reader.entry(index)
    if entry is None:
        return None
    statement = parse_statement(parse_envelope(entry.leaf.envelope).payload)
    return statement.predicate if statement.predicate_type == LOG_V1 else None


def what_is_followed(reader: LogReader, home: Path) -> Mapping[str, object] | None:
    """Give which log is followed, as the first entry says it, and of a log that has not begun, as its genesis will.

    Raises:
        InvalidInput: as for `followed_log`.
    """
    try:
        genesis = said_of_log(reader, 0)
    except AttestError:
        genesis = None  # damaged, which `fsck` finds: it must be able to open the log
    if genesis is None:
        return followed_log(home)
    # A restored data directory may lack the file: what was signed holds.
    follows = genesis.get("follows")
    return follows if isinstance(follows, Mapping) else None
