"""The head of the log, signed twice, and the window of leaves that leads to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, NotVerified
from attest.evidence.bundle import layout
from attest.evidence.bundle.case import OpenedHead
from attest.ledger.checkpoint import SIGSTORE_SUFFIX, open_c2sp_note
from attest.ledger.note import MAX_NOTE_BYTES, NoteAlgorithm, decode_vkey, parse_note
from attest.ledger.window import require_window
from attest.signing.inclusion import open_checkpoint

if TYPE_CHECKING:
    from attest.evidence.bundle.case import Case
    from attest.ledger.checkpoint import Checkpoint

MAX_VKEY_BYTES: Final = 1024
_HASH_LINE: Final = re.compile(rb"[0-9a-f]{64}\n", re.ASCII)


def check_head(case: Case) -> None:
    """Check both notes of the head."""
    facts, result = case.facts, case.result
    if case.log is None:
        result.close("head", "", open_because="the root pins no log of this name")
        return
    try:
        note = _text(case, layout.SIGSTORE_NOTE)
        head = open_checkpoint(note, case.log)
        if len(parse_note(note).signatures) != 1 or head.origin != facts.log + SIGSTORE_SUFFIX or head.extensions:
            raise NotVerified("evidence.checkpoint", "the Sigstore note is not in its one form")
        _same(case, head)
        vkey = decode_vkey(_text(case, layout.VKEY).removesuffix("\n"), NoteAlgorithm.ED25519)
        if vkey.name != facts.log:
            raise NotVerified("evidence.checkpoint", "log.vkey is of another log")
        cosigned = _text(case, layout.CHECKPOINT)
        second, _ = open_c2sp_note(cosigned, vkey)
        _same(case, second)
        case.head = OpenedHead(key=vkey, note=cosigned)
    except AttestError as err:
        result.fail("head", "head", err.what)
    result.close("head", f"size {facts.size}, root {facts.root.hex()}, both notes signed")


def _same(case: Case, head: Checkpoint) -> None:
    if (head.size, head.root) != (case.facts.size, case.facts.root):
        raise NotVerified("evidence.checkpoint", "a note is of another head than bundle.json says")


def _text(case: Case, path: str) -> str:
    try:
        return case.bag.read(path, max(MAX_NOTE_BYTES, MAX_VKEY_BYTES)).decode("utf-8")
    except UnicodeDecodeError as err:
        raise NotVerified("evidence.malformed", "a note is not UTF-8", where=path) from err


def check_window(case: Case) -> None:
    """Read the window's leaves and fold them into the head's root."""
    facts, result = case.facts, case.result
    try:
        index = facts.first
        for line in case.bag.lines(layout.WINDOW, 128):
            leaf, kind = layout.parse_window_line(line, index)
            case.leaves.append(leaf)
            if kind != layout.OTHER:
                case.kinds[index] = kind
            index += 1
        if index != facts.end:
            raise NotVerified("evidence.inclusion", f"the window has lines up to {index}, not {facts.end}")
        outside = []
        for line in case.bag.lines(layout.OUTSIDE, 128):
            if not _HASH_LINE.fullmatch(line):
                raise NotVerified("evidence.malformed", "a line of outside.txt is malformed")
            outside.append(bytes.fromhex(line[:64].decode()))
        require_window(case.leaves, outside, facts.first, facts.size, facts.root)
        _require_ends(case)
    except AttestError as err:
        result.fail("window", "window", err.what)
    result.close("window", f"leaves {facts.first} to {facts.end - 1} lead to the head, without a gap")


def _require_ends(case: Case) -> None:
    entries = [index for index, kind in case.kinds.items() if kind == layout.ENTRY]
    if len(entries) != case.facts.entries:
        raise NotVerified("evidence.malformed", f"the window has {len(entries)} entries, not {case.facts.entries}")
    ends = (entries[0], entries[-1] + 1) if entries else (case.facts.size - 1, case.facts.size)
    if ends != (case.facts.first, case.facts.end):
        raise NotVerified("evidence.malformed", "the window does not begin and end with an entry")
