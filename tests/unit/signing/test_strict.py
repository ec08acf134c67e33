"""Strict JSON: how deep it may stand in itself, and that nothing deeper is read or breaks the reader."""

from __future__ import annotations

import json

import pytest

from attest.errors import NotVerified
from attest.signing.strict import MAX_DEPTH, parse_json


def nested(levels: int, *, mixed: bool = False) -> bytes:
    """Give an object that is so many levels deep, itself among them."""
    inner: object = {}
    for level in range(levels - 1):
        inner = [inner] if mixed and level % 2 == 0 and level < levels - 2 else {"x": inner}
    return json.dumps(inner).encode()


@pytest.mark.parametrize("mixed", [False, True])
def test_as_deep_as_allowed_is_read_and_one_level_more_is_refused(*, mixed: bool) -> None:
    parse_json(nested(MAX_DEPTH, mixed=mixed), limit=10_000, where="here", error=NotVerified)
    with pytest.raises(NotVerified) as refused:
        parse_json(nested(MAX_DEPTH + 1, mixed=mixed), limit=10_000, where="here", error=NotVerified)
    assert "nested deeper" in str(refused.value)


def test_brackets_in_strings_and_beside_each_other_are_no_depth() -> None:
    raw = json.dumps({"a": "[" * 100 + '"{', "b": [{} for _ in range(100)]}).encode()
    parse_json(raw, limit=10_000, where="here", error=NotVerified)


@pytest.mark.parametrize("opened", [b"[", b'{"x":'])
def test_what_is_far_too_deep_is_refused_like_anything_else(opened: bytes) -> None:
    with pytest.raises(NotVerified):
        parse_json(b'{"x":' + opened * 100_000, limit=10_000_000, where="here", error=NotVerified)
    closed = b"]" if opened == b"[" else b"}"
    with pytest.raises(NotVerified):
        parse_json(
            b'{"x":' + opened * 9_000 + b"{}" + closed * 9_001, limit=10_000_000, where="here", error=NotVerified
        )
