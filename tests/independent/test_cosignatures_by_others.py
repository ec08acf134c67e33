"""What our witness signs, verified by tlog-scales, which shares no code with us."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature

from attest.ledger.cosigned import with_lines
from attest.ledger.note import encode_vkey
from attest.witness.request import encode_request
from tests.support.small_log import SmallLog, SmallWitness

tlog = pytest.importorskip("tlog_scales.tlog")
signing = pytest.importorskip("tlog_scales.signing")


def cosigned(tmp_path: Path) -> tuple[SmallLog, SmallWitness, str]:
    log = SmallLog().add(9)
    witness = SmallWitness(tmp_path, logs=(log.key,))
    answer = witness.witness.add_checkpoint(encode_request(0, (), log.note()))
    return log, witness, with_lines(log.note(), [answer.body.decode()])


def verifies(note: str, vkey: str) -> bool:
    head = tlog.Checkpoint.from_text(note)
    try:
        head.verify(signing.Vkey.from_string(vkey))
    except (InvalidSignature, ValueError, RuntimeError):
        return False
    return True


def test_tlog_scales_accepts_our_cosignature_and_refuses_it_with_one_byte_changed(tmp_path: Path) -> None:
    _, witness, note = cosigned(tmp_path)
    head, _, line = note.rpartition(" ")
    changed = f"{head} {line[:40]}{'A' if line[40] != 'A' else 'B'}{line[41:]}"

    assert verifies(note, encode_vkey(witness.key))
    assert not verifies(changed, encode_vkey(witness.key))
