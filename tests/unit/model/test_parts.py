from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.canonical import canonical_json
from attest.errors import NotVerified
from attest.ledger.commitments import commitment_list, commitment_root
from attest.model.parts import SESSION_SECRET_BYTES, SessionKeys, derive_token_key
from tests.unit.ledger.naive_tree import mth

SECRET = bytes(range(96))
KEYS = SessionKeys.from_secret(SECRET)


@given(st.text(max_size=20), st.binary(max_size=200))
def test_part_opens_to_what_was_sealed(name: str, data: bytes) -> None:
    sealed = KEYS.seal(name, data)
    assert KEYS.open(name, sealed.ciphertext, sealed.commitment) == data
    assert sealed.size == len(data)
    assert sealed.address == hashlib.sha256(sealed.ciphertext).hexdigest()


def test_same_part_of_a_later_capture_is_the_same_object() -> None:
    assert KEYS.seal("intent", b"x") == SessionKeys.from_secret(SECRET).seal("intent", b"x")
    assert KEYS.seal("intent", b"x").ciphertext != KEYS.seal("other", b"x").ciphertext
    assert KEYS.seal("intent", b"x").ciphertext[:12] != KEYS.seal("intent", b"y").ciphertext[:12]


def test_guess_cannot_be_tested_without_the_salt() -> None:
    other = SessionKeys(KEYS.data_key, KEYS.nonce_key, bytes(32))
    commitments = {KEYS.commit("a", b"yes"), KEYS.commit("b", b"yes"), other.commit("a", b"yes")}
    assert len(commitments) == 3
    assert hashlib.sha256(b"yes").digest() not in commitments


@pytest.mark.parametrize("at", [0, 11, 12, 20, -1])
def test_changed_ciphertext_does_not_open(at: int) -> None:
    sealed = KEYS.seal("intent", b"a text")
    raw = bytearray(sealed.ciphertext)
    raw[at] ^= 1
    with pytest.raises(NotVerified, match="does not open"):
        KEYS.open("intent", bytes(raw), sealed.commitment)


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 27, 28])
def test_cut_ciphertext_does_not_open(length: int) -> None:
    sealed = KEYS.seal("intent", b"a text")
    with pytest.raises(NotVerified, match="does not open"):
        KEYS.open("intent", sealed.ciphertext[:length], sealed.commitment)


def test_part_under_another_name_key_or_commitment_is_refused() -> None:
    sealed = KEYS.seal("intent", b"a text")
    for name, keys, commitment in (
        ("plan", KEYS, sealed.commitment),
        ("intent", SessionKeys.from_secret(bytes(96)), sealed.commitment),
        ("intent", KEYS, KEYS.commit("intent", b"another")),
        ("intent", KEYS, b""),
    ):
        with pytest.raises(NotVerified):
            keys.open(name, sealed.ciphertext, commitment)


@pytest.mark.parametrize("length", [0, 32, SESSION_SECRET_BYTES - 1, SESSION_SECRET_BYTES + 1])
def test_secret_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(NotVerified, match="session secret"):
        SessionKeys.from_secret(bytes(length))


def test_token_keys_differ_by_session_and_tenant() -> None:
    made = {derive_token_key(secret, name) for secret in (b"1" * 32, b"2" * 32) for name in ("ses_a", "ses_b")}
    assert len(made) == 4


def test_list_and_root_speak_of_every_part_in_order() -> None:
    parts = (("a", b"\1" * 32, 3), ("b", b"\2" * 32, 0))
    assert commitment_list(parts) == canonical_json(
        {"version": 1, "parts": [{"name": n, "commitment": c.hex(), "size": s} for n, c, s in parts]}
    )
    assert commitment_root(parts) == mth([hashlib.sha256(b"\0" + n.encode() + b"\0" + c).digest() for n, c, _ in parts])
    assert commitment_root(parts) != commitment_root(parts[::-1])
    assert commitment_list(parts) != commitment_list(parts[:1])
