"""Strict base64: every byte string has one spelling, and no other spelling of it is read."""

from __future__ import annotations

import base64
import itertools

import pytest

from attest.signing.strict import strict_base64

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@pytest.mark.parametrize("padding", ["=", "=="])
def test_of_all_last_groups_only_the_one_spelling_is_read(padding: str) -> None:
    head = "A" * (3 - len(padding))
    read = {head + last + padding: strict_base64(head + last + padding) for last in _ALPHABET}
    taken = {text: raw for text, raw in read.items() if raw is not None}
    assert len(taken) == {"=": 16, "==": 4}[padding]
    assert all(base64.b64encode(raw).decode() == text for text, raw in taken.items())


def test_what_is_written_is_read_back() -> None:
    for size, fill in itertools.product(range(8), (0, 0x5A, 0xFF)):
        raw = bytes([fill]) * size
        assert strict_base64(base64.b64encode(raw).decode()) == raw


@pytest.mark.parametrize(
    "text", ["=", "==", "===", "====", "A===", "AA=A", "AA-_", "AA A", "AAAA\n", "AA==AAAA", "é==="]
)
def test_other_texts_are_refused(text: str) -> None:
    assert strict_base64(text) is None
