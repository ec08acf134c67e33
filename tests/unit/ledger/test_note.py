from __future__ import annotations

import base64
from contextlib import suppress
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import AttestError, CannotVerify, InvalidInput, NotVerified
from attest.ledger.checkpoint import (
    Checkpoint,
    c2sp_note,
    open_c2sp_note,
    open_sigstore_note,
    parse_checkpoint,
    sigstore_note,
)
from attest.ledger.note import (
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    NoteAlgorithm,
    NoteKey,
    NoteSigner,
    decode_vkey,
    encode_vkey,
    open_note,
    parse_note,
    sign_note,
)
from attest.ledger.tree import EMPTY_ROOT, leaf_hash

ORIGIN = "0123456789abcdef.whereof.invalid/logs/default"
HEAD = Checkpoint(origin=ORIGIN, size=7, root=leaf_hash(b"root"))


def ed25519_signer(name: str = ORIGIN, seed: int = 1) -> NoteSigner:
    secret = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    public = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return NoteSigner(key=NoteKey(name=name, algorithm=NoteAlgorithm.ED25519, public=public), sign=secret.sign)


def ecdsa_signer(name: str = ORIGIN, scalar: int = 7) -> NoteSigner:
    secret = ec.derive_private_key(scalar, ec.SECP256R1())
    public = secret.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = NoteKey(name=name, algorithm=NoteAlgorithm.ECDSA_P256, public=public)
    return NoteSigner(key=key, sign=lambda text: secret.sign(text, ec.ECDSA(SHA256())))


ED = ed25519_signer()
EC = ecdsa_signer()


def test_both_notes_of_a_head_open_to_the_same_head() -> None:
    assert open_sigstore_note(sigstore_note(HEAD, EC), EC.key) == HEAD
    head, opened = open_c2sp_note(c2sp_note(HEAD, ED), ED.key)
    assert head == HEAD
    assert opened.verified == (ED.key,)


def test_sigstore_note_has_the_written_form() -> None:
    lines = sigstore_note(HEAD, EC).split("\n")
    assert lines[:4] == [f"{ORIGIN} - 1", "7", base64.b64encode(HEAD.root).decode(), ""]
    assert lines[5:] == [""]
    dash, name, encoded = lines[4].split(" ")
    assert (dash, name) == ("\u2014", ORIGIN)
    assert base64.b64decode(encoded)[:4] == sha256(EC.key.public).digest()[:4]


def test_c2sp_note_has_the_written_form() -> None:
    lines = c2sp_note(HEAD, ED).split("\n")
    assert lines[:4] == [ORIGIN, "7", base64.b64encode(HEAD.root).decode(), ""]
    raw = base64.b64decode(lines[4].split(" ")[2])
    assert raw[:4] == sha256(ORIGIN.encode() + b"\n\x01" + ED.key.public).digest()[:4]
    assert len(raw) == 4 + 64


def test_key_of_the_go_documentation_is_read_and_written_the_same() -> None:
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = decode_vkey(vkey)
    assert encode_vkey(key) == vkey
    text = (
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert open_note(text, (key,)).verified == (key,)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name++",
        "n+00000000+AQ==",
        "a b+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_malformed_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(InvalidInput):
        decode_vkey(vkey)


def test_ecdsa_key_has_no_c2sp_verifier_key() -> None:
    with pytest.raises(InvalidInput):
        encode_vkey(EC.key)


@pytest.mark.parametrize("kind", ["sigstore", "c2sp"])
def test_note_with_any_byte_changed_is_refused(kind: str) -> None:
    opener, key = (open_sigstore_note, EC.key) if kind == "sigstore" else (open_c2sp_note, ED.key)
    note = (sigstore_note(HEAD, EC) if kind == "sigstore" else c2sp_note(HEAD, ED)).encode()
    for at in range(len(note)):
        changed = note[:at] + bytes([note[at] ^ 1]) + note[at + 1 :]
        with pytest.raises((NotVerified, CannotVerify)):
            opener(changed, key)


def test_sigstore_note_with_a_second_signature_is_refused() -> None:
    head = Checkpoint(origin=f"{ORIGIN} - 1", size=7, root=HEAD.root)
    with pytest.raises(NotVerified, match="one signature"):
        open_sigstore_note(sign_note(head.encode(), (EC, ED)), EC.key)


def test_neither_note_passes_for_the_other() -> None:
    swapped = sign_note(HEAD.encode(), (EC,))
    with pytest.raises(NotVerified, match="another log"):
        open_sigstore_note(swapped, EC.key)
    suffixed = Checkpoint(origin=f"{ORIGIN} - 1", size=7, root=HEAD.root)
    with pytest.raises(NotVerified, match="another log"):
        open_c2sp_note(sign_note(suffixed.encode(), (ED,)), ED.key)
    with pytest.raises(InvalidInput):
        sigstore_note(HEAD, ED)
    with pytest.raises(InvalidInput):
        open_c2sp_note(c2sp_note(HEAD, ED), EC.key)


def test_log_signs_only_under_its_origin() -> None:
    with pytest.raises(InvalidInput):
        c2sp_note(HEAD, ed25519_signer("other.example/log"))


def test_note_of_another_log_is_unknown_and_a_forged_name_is_bad() -> None:
    with pytest.raises(CannotVerify) as stranger:
        open_note(sign_note("text\n", (ed25519_signer("other.example", 2),)), (ED.key,))
    assert stranger.value.code == "evidence.untrusted"
    with pytest.raises(NotVerified) as forged:
        open_note(sign_note("text\n", (ed25519_signer(ORIGIN, 2),)), (ED.key,))
    assert forged.value.code == "evidence.checkpoint"


def test_witness_alone_does_not_vouch_for_the_log() -> None:
    witness = ed25519_signer("witness.example", 3)
    with pytest.raises(NotVerified, match="log itself"):
        open_c2sp_note(sign_note(HEAD.encode(), (witness,)), ED.key, (witness.key,))


def test_unknown_signatures_are_kept_apart_and_a_bad_known_one_spoils_the_note() -> None:
    other = ed25519_signer("other.example", 2)
    opened = open_note(sign_note("text\n", (ED, other)), (ED.key,))
    assert opened.verified == (ED.key,)
    assert [line.name for line in opened.unknown] == ["other.example"]
    bad = NoteSigner(key=other.key, sign=lambda _: bytes(64))
    with pytest.raises(NotVerified):
        open_note(sign_note("text\n", (ED, bad)), (ED.key, other.key))


def test_signature_over_one_text_does_not_hold_for_another() -> None:
    note = sign_note("first\n", (ED,))
    with pytest.raises(NotVerified):
        open_note(note.replace("first", "other"), (ED.key,))


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "nul\0\n"])
def test_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    with pytest.raises(InvalidInput):
        sign_note(text, (ED,))


def test_note_beyond_the_limits_is_refused() -> None:
    with pytest.raises(NotVerified, match="too large"):
        parse_note(b"a" * MAX_NOTE_BYTES + c2sp_note(HEAD, ED).encode())
    line = c2sp_note(HEAD, ED).split("\n")[4] + "\n"
    with pytest.raises(NotVerified, match="too many"):
        parse_note(HEAD.encode() + "\n" + line * (MAX_SIGNATURES + 1))


def test_key_that_is_not_a_p256_key_cannot_verify() -> None:
    for public in (b"", b"junk"):
        key = NoteKey(name=ORIGIN, algorithm=NoteAlgorithm.ECDSA_P256, public=public)
        signer = NoteSigner(key=key, sign=EC.sign)
        with pytest.raises(CannotVerify):
            open_note(sign_note("text\n", (signer,)), (key,))


ROOT = base64.b64encode(HEAD.root).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"o\n7\n{ROOT}",
        f"o\n7\n{ROOT}\n\n",
        f"\n7\n{ROOT}\n",
        f"o\n07\n{ROOT}\n",
        f"o\n+7\n{ROOT}\n",
        f"o\n-7\n{ROOT}\n",
        f"o\n 7\n{ROOT}\n",
        f"o\n\u0667\n{ROOT}\n",
        f"o\n9223372036854775808\n{ROOT}\n",
        f"o\n{'9' * 5000}\n{ROOT}\n",
        f"o\n7\n{ROOT[:-1]}\n",
        f"o\n7\n{ROOT} \n",
        f"o\n7\n{ROOT[:-2]}{chr(ord(ROOT[-2]) + 1)}=\n",
        f"o\n7\n{base64.b64encode(bytes(31)).decode()}\n",
        f"o\n0\n{ROOT}\n",
        f"o\n7\n{ROOT}\n" + "x\n" * 17,
    ],
)
def test_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NotVerified) as caught:
        parse_checkpoint(text)
    assert caught.value.code == "evidence.malformed"


def test_extension_lines_are_kept() -> None:
    head = Checkpoint(origin="o", size=1, root=HEAD.root, extensions=("Timestamp: 1",))
    assert parse_checkpoint(head.encode()) == head


def test_checkpoint_that_would_read_back_differently_is_not_written() -> None:
    for head in (
        Checkpoint(origin="a\nb", size=1, root=HEAD.root),
        Checkpoint(origin="", size=1, root=HEAD.root),
        Checkpoint(origin="o", size=-1, root=HEAD.root),
        Checkpoint(origin="o", size=1, root=b""),
        Checkpoint(origin="o", size=0, root=HEAD.root),
        Checkpoint(origin="o", size=1, root=HEAD.root, extensions=("a\nb",)),
    ):
        with pytest.raises(InvalidInput):
            head.encode()
    assert parse_checkpoint(Checkpoint(origin="o", size=0, root=EMPTY_ROOT).encode()).size == 0


NOTE_LIKE = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300),
    st.builds(
        lambda note, at, cut, put: note[:at] + put + note[at + cut :],
        st.sampled_from([c2sp_note(HEAD, ED), sigstore_note(HEAD, EC)]),
        st.integers(0, 250),
        st.integers(0, 9),
        st.text(max_size=4),
    ),
)


@given(NOTE_LIKE)
@settings(max_examples=300, deadline=None)
def test_hostile_notes_raise_nothing_but_our_own_errors(note: str | bytes) -> None:
    for opener in (lambda: open_sigstore_note(note, EC.key), lambda: open_c2sp_note(note, ED.key)):
        try:
            opener()
        except AttestError:
            continue
    with suppress(AttestError):
        parse_checkpoint(note if isinstance(note, str) else note.decode("latin-1"))


@given(st.text(max_size=120))
def test_hostile_verifier_keys_raise_nothing_but_our_own_errors(vkey: str) -> None:
    with suppress(AttestError):
        decode_vkey(vkey)
