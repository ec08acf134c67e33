"""Where everything stands in an evidence bundle, and the lines of `window.txt`."""

from __future__ import annotations

import re
from typing import Final

from attest.errors import NotVerified

FACTS: Final = "data/bundle.json"
ACCESS: Final = "data/access.json"
ANCHOR_ENTRIES: Final = "data/anchor-entries.jsonl"
ANCHORS: Final = "data/anchors.jsonl"
ANSWERS: Final = "data/answers.jsonl"
CHECKPOINT: Final = "data/head/checkpoint"
SIGSTORE_NOTE: Final = "data/head/checkpoint.sigstore"
INDEX_KEY: Final = "data/index-key"
OWN: Final = "data/own.jsonl"
OUTSIDE: Final = "data/outside.txt"
POLICY: Final = "data/policy/policy.yaml"
REQUEST: Final = "data/request.json"
REVOCATIONS: Final = "data/trust/revocations.json"
TOMBSTONES: Final = "data/tombstones.jsonl"
TRUSTED_ROOT: Final = "data/trust/trusted_root.json"
VKEY: Final = "data/trust/log.vkey"
WINDOW: Final = "data/window.txt"
MAX_FILE_BYTES: Final = 64 * 1024 * 1024
"""Largest file, or line of one, that is parsed as a whole."""
MAX_INDEX: Final = 10**12 - 1
ENTRY, OWN_LEAF, OTHER = "entry", "own", "other"
_LINE = re.compile(rb"(0|[1-9][0-9]{0,11}) ([0-9a-f]{64}) (entry|own|other)\n", re.ASCII)
_ENTRY = re.compile(r"data/entries/([0-9]{12})\.(sigstore|leaf)\.json", re.ASCII)


def entry_path(index: int) -> str:
    """Where an entry's Sigstore bundle stands."""
    return f"data/entries/{index:012}.sigstore.json"


def leaf_path(index: int) -> str:
    """Where our leaf of an entry stands that was signed elsewhere."""
    return f"data/entries/{index:012}.leaf.json"


def parts_folder(index: int) -> str:
    """Where the parts of an entry's session stand."""
    return f"data/parts/{index:012}/"


def entry_of(path: str) -> tuple[int, str] | None:
    """Give index and kind (`sigstore`, `leaf`) of a file below `data/entries/`; None for any other."""
    found = _ENTRY.fullmatch(path)
    return (int(found[1]), found[2]) if found else None


def window_line(index: int, leaf_hash: bytes, kind: str) -> bytes:
    """Give one line of `window.txt`."""
    return b"%d %b %b\n" % (index, leaf_hash.hex().encode(), kind.encode())


def parse_window_line(line: bytes, index: int) -> tuple[bytes, str]:
    """Give leaf hash and kind of the line that must be about `index`.

    Raises:
        NotVerified: `evidence.malformed`.
    """
    found = _LINE.fullmatch(line)
    if found is None or int(found[1]) != index:
        raise NotVerified("evidence.malformed", f"the line of leaf {index} is malformed or missing", where=WINDOW)
    return bytes.fromhex(found[2].decode()), found[3].decode()
