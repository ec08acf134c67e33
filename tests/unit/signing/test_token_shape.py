"""A token read by the shape of an earlier one is read as a token alone is, or refused as it is: every octet, each way."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import timedelta

import pytest

from attest.signing.cms import Token, parse_token
from attest.signing.der import DerError
from attest.signing.memo import Memo
from attest.signing.token_shape import read_token
from tools.bundle_keys import NOW
from tools.bundle_stamps import Stamp
from tools.bundle_world import Place

PLACE = Place()


def token(message: bytes = b"signed", stamp: Stamp | None = None) -> bytes:
    return b64decode(PLACE.stamp(message, stamp)["signedTimestamp"])


def alone(raw: bytes) -> Token | None:
    try:
        return parse_token(raw)
    except DerError:
        return None


def after(first: bytes, raw: bytes) -> Token | None:
    memo = Memo()
    assert read_token(first, memo) == parse_token(first)
    try:
        return read_token(raw, memo)
    except DerError:
        return None


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_every_changed_octet_is_read_as_it_is_alone(flip: int) -> None:
    first = token()
    for at in range(len(first)):
        changed = bytearray(first)
        changed[at] ^= flip
        assert after(first, bytes(changed)) == alone(bytes(changed)), at


def test_tokens_of_one_authority_are_read_the_same_in_any_order() -> None:
    made = [token(b"%d" % n, Stamp(at=NOW + timedelta(seconds=n))) for n in range(20)]
    made += [
        token(b"x", replace(Stamp(), fraction=".25")),
        token(b"y", Stamp(imprint="sha512")),
        token(b"z", Stamp(certificate_id="v1")),
    ]
    memo = Memo()
    for raw in made + made[::-1]:
        assert read_token(raw, memo) == parse_token(raw)


def test_shape_is_used_at_all() -> None:
    memo = Memo()
    first = token()
    read_token(first, memo)
    known = read_token(first, memo)
    # The parts that do not differ are the very objects of the first.
    assert known.certificates is read_token(first, memo).certificates
