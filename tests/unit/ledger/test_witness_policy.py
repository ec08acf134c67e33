"""Cosignatures and quorums: C2SP tlog-cosignature and tlog-policy, strict."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from attest.errors import InvalidInput, NotVerified
from attest.ledger.cosigned import open_cosigned, with_lines, witness_key
from attest.ledger.note import (
    NoteAlgorithm,
    NoteKey,
    NoteSignature,
    cosignature,
    cosigned_message,
    encode_vkey,
    parse_note,
)
from attest.ledger.witness_policy import parse_policy
from tests.support.small_log import SmallLog

LOG = SmallLog().add(9)
AT = 1_790_000_000


def secret(number: int) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def key(number: int, host: str = "example.net") -> NoteKey:
    public = secret(number).public_key().public_bytes_raw()
    return NoteKey(name=f"w{number}.{host}", algorithm=NoteAlgorithm.COSIGNATURE_V1, public=public)


def line(number: int, *, at: int = AT, note: str = "", host: str = "example.net") -> str:
    text = parse_note(note or LOG.note()).text.encode()
    signature = cosignature(at, secret(number).sign(cosigned_message(text, at)))
    own = key(number, host)
    return NoteSignature(name=own.name, key_id=own.key_id, signature=signature).encode()


V = {number: encode_vkey(key(number)) for number in range(1, 7)}
SIX = "".join(f"witness {'XYZ'[(n - 1) // 2]}{n} {V[n]}\n" for n in range(1, 7))
NESTED = SIX + "group X 1 X1 X2\ngroup Y any Y3 Y4\ngroup Z all Z5 Z6\ngroup all-of-it 2 X Y Z\nquorum all-of-it\n"


def test_a_vkey_of_a_witness_is_read_back_and_is_no_log_s() -> None:
    assert witness_key(V[1]) == key(1)
    with pytest.raises(InvalidInput):
        witness_key(LOG.vkey)


def test_the_newest_cosignature_of_each_witness_counts() -> None:
    note = with_lines(LOG.note(), [line(1), line(1, at=AT + 5), line(2)])

    found = open_cosigned(note, LOG.key, [key(1), key(2)]).cosignatures

    assert {(c.key.name, c.at) for c in found} == {(key(1).name, AT + 5), (key(2).name, AT)}


def test_a_cosignature_with_another_time_or_head_does_not_hold() -> None:
    other = SmallLog().add(10).note()
    good = parse_note(LOG.note() + line(1)).signatures[-1]
    moved = NoteSignature(
        name=good.name, key_id=good.key_id, signature=(AT + 1).to_bytes(8, "big") + good.signature[8:]
    )

    for bad in (moved.encode(), line(1, note=other)):
        with pytest.raises(NotVerified):
            open_cosigned(LOG.note() + bad, LOG.key, [key(1)])


@pytest.mark.parametrize("size", [0, 7, 8, 9])
def test_a_cut_cosignature_does_not_hold(size: int) -> None:
    good = parse_note(LOG.note() + line(1)).signatures[-1]
    cut = NoteSignature(name=good.name, key_id=good.key_id, signature=good.signature[:size]).encode()

    with pytest.raises(NotVerified):
        open_cosigned(LOG.note() + cut, LOG.key, [key(1)])


@pytest.mark.parametrize(
    ("signed", "met"),
    [((), False), ((1,), False), ((1, 2), False), ((1, 3), True), ((5, 1), False), ((5, 6, 1), True), ((5, 6), False)],
)
def test_groups_of_groups_are_counted(signed: tuple[int, ...], met: bool) -> None:
    policy = parse_policy(NESTED.encode())

    assert policy.standing([key(number) for number in signed], log=LOG.key).met is met


def test_quorum_none_asks_nothing_and_says_so() -> None:
    standing = parse_policy(b"quorum none\n").standing([], log=LOG.key)

    assert (standing.met, standing.asked) == (True, False)


@pytest.mark.parametrize("host", ["log.example.test", "LOG.example.test:443/w", "example.test", "eu.log.example.test"])
def test_a_witness_of_the_log_s_operator_counts_zero_and_is_labelled(host: str) -> None:
    own = NoteKey(name=host, algorithm=NoteAlgorithm.COSIGNATURE_V1, public=key(1).public)
    policy = parse_policy(f"witness a {encode_vkey(own)}\nwitness b {V[2]}\ngroup g any a b\nquorum g\n".encode())

    alone = policy.standing([own], log=LOG.key)
    both = policy.standing([own, key(2)], log=LOG.key)

    assert (alone.met, alone.same_operator, alone.counted) == (False, ("a",), ())
    assert (both.met, both.same_operator, both.counted) == (True, ("a",), ("b",))


def test_a_witness_with_the_log_s_own_key_counts_zero() -> None:
    own = NoteKey(name="far.example.org", algorithm=NoteAlgorithm.COSIGNATURE_V1, public=LOG.key.public)
    policy = parse_policy(f"witness a {encode_vkey(own)}\nquorum a\n".encode())

    assert policy.standing([own], log=LOG.key).same_operator == ("a",)


def test_a_witness_that_the_reader_names_as_the_operator_s_counts_zero() -> None:
    policy = parse_policy(f"witness a {V[1]}\nquorum a\n".encode())

    assert not policy.standing([key(1)], log=LOG.key, own=["a"]).met


W = f"witness a {V[1]}\nwitness b {V[2]}\n"
BAD = {
    "no quorum": W,
    "two quorums": W + "quorum a\nquorum b\n",
    "no last newline": W + "quorum a",
    "unknown word": W + "quorums a\n",
    "undefined quorum": W + "quorum c\n",
    "quorum before its name": "quorum a\n" + W,
    "group before its member": f"group g any a\nwitness a {V[1]}\nquorum g\n",
    "name twice": W + f"witness a {V[3]}\nquorum a\n",
    "key twice": W + f"witness c {V[1]}\nquorum a\n",
    "key twice by another name": W
    + f"witness c {encode_vkey(NoteKey(name='z', algorithm=key(1).algorithm, public=key(1).public))}\nquorum a\n",
    "named none": f"witness none {V[1]}\nquorum none\n",
    "none in a group": W + "group g any none\nquorum g\n",
    "member twice": W + "group g 2 a a\nquorum g\n",
    "member of two groups": W + "group g any a\ngroup h any a b\nquorum h\n",
    "threshold zero": W + "group g 0 a b\nquorum g\n",
    "threshold beyond": W + "group g 3 a b\nquorum g\n",
    "threshold with a zero": W + "group g 01 a b\nquorum g\n",
    "threshold with a sign": W + "group g +1 a b\nquorum g\n",
    "no member": W + "group g any\nquorum g\n",
    "carriage return": W + "quorum a\r\n",
    "nul": W + "quorum a\x00\n",
    "too many words": W + "quorum a b\n",
    "a log's key as witness": f"witness a {LOG.vkey}\nquorum a\n",
    "a witness's key as log": f"log {V[1]}\nquorum none\n",
    "log twice": f"log {LOG.vkey}\nlog {LOG.vkey} https://x.test\nquorum none\n",
    "too many": "".join(
        f"log {encode_vkey(NoteKey(name=f'l{n}', algorithm=NoteAlgorithm.ED25519, public=bytes([n]) * 32))}\n"
        for n in range(65)
    )
    + "quorum none\n",
}


@pytest.mark.parametrize("text", list(BAD.values()), ids=list(BAD))
def test_a_policy_that_is_not_exactly_one_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_policy(text.encode())

    assert caught.value.code == "trust.policy"


def test_tabs_comments_blank_lines_and_addresses_are_read() -> None:
    text = f"  # a comment\n\n\tlog\t{LOG.vkey} https://log.test\n witness  a {V[1]}\thttps://w.test \nquorum a\n"

    policy = parse_policy(text.encode())

    assert [(log.key, log.url) for log in policy.logs] == [(LOG.key, "https://log.test")]
    assert policy.witnesses[0].url == "https://w.test"


def test_names_are_octets() -> None:
    kelvin = "\u212a"
    text = f"witness K {V[1]}\nwitness {kelvin} {V[2]}\nquorum {kelvin}\n"

    policy = parse_policy(text.encode())

    assert policy.standing([key(2)], log=LOG.key).met
    assert not policy.standing([key(1)], log=LOG.key).met


@given(st.lists(st.sampled_from([*NESTED.splitlines(), "group", "quorum none", "\t#", "witness a b c d"]), max_size=14))
def test_any_lines_are_a_policy_or_refused(lines: list[str]) -> None:
    try:
        policy = parse_policy("".join(f"{one}\n" for one in lines).encode())
    except InvalidInput:
        return
    assert policy.quorum in {"none", "all-of-it"}
