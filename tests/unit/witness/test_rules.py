"""What a witness answers is what C2SP tlog-witness says, status by status."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.errors import InvalidInput
from attest.ledger.cosigned import open_cosigned, with_lines
from attest.witness.request import MAX_REQUEST_BYTES, encode_request, parse_request
from tests.support.small_log import SmallLog, SmallWitness

OTHER_SEED = b"\x09" * 32


def send(witness: SmallWitness, log: SmallLog, old: int, proof: tuple[bytes, ...] | None = None) -> tuple[int, str]:
    body = encode_request(old, log.proof(old) if proof is None else proof, log.note())
    answer = witness.witness.add_checkpoint(body)
    return int(answer.status), answer.body.decode()


def test_a_head_that_extends_the_last_is_cosigned_with_the_time(witness: SmallWitness, log: SmallLog) -> None:
    status, line = send(witness, log, 0)

    cosigned = open_cosigned(with_lines(log.note(), [line]), log.key, (witness.key,))
    assert status == 200
    assert [c.at for c in cosigned.cosignatures] == [int(witness.clock.now().timestamp())]
    log.add(300)
    assert send(witness, log, 5)[0] == 200


def test_the_same_head_again_is_cosigned_again(witness: SmallWitness, log: SmallLog) -> None:
    send(witness, log, 0)

    assert send(witness, log, 5)[0] == 200


def test_a_log_that_is_not_known_is_404(witness: SmallWitness) -> None:
    other = SmallLog(origin="other.example.test/log").add(1)

    assert send(witness, other, 0)[0] == 404


def test_a_head_by_another_key_is_403(witness: SmallWitness, log: SmallLog) -> None:
    forged = SmallLog(seed=OTHER_SEED, entries=log.entries)

    assert send(witness, forged, 0)[0] == 403


def test_signatures_of_unknown_keys_do_not_matter(witness: SmallWitness, log: SmallLog) -> None:
    forged = SmallLog(seed=OTHER_SEED, entries=log.entries).note()
    extra = forged.rpartition("\n\n")[2]

    answer = witness.witness.add_checkpoint(encode_request(0, (), log.note() + extra))

    assert answer.status == 200


def test_an_old_size_beyond_the_new_is_400(witness: SmallWitness, log: SmallLog) -> None:
    assert send(witness, log, 6, ())[0] == 400


def test_an_old_size_that_was_not_cosigned_last_is_409_with_the_size_that_was(
    witness: SmallWitness, log: SmallLog
) -> None:
    send(witness, log, 0)
    log.add(2)

    answer = witness.witness.add_checkpoint(encode_request(0, (), log.note()))

    assert (answer.status, answer.body, answer.content_type) == (409, b"5\n", "text/x.tlog.size")


def test_the_same_size_with_another_root_is_409_and_kept_as_evidence(witness: SmallWitness, log: SmallLog) -> None:
    send(witness, log, 0)
    fork = log.fork(4).add(1, "another")
    body = encode_request(5, (), fork.note())

    assert witness.witness.add_checkpoint(body).status == 409
    assert [path.read_bytes() for path in (witness.state_dir / "suspicious").iterdir()] == [body]


def test_a_proof_that_fails_is_422_and_kept_as_evidence(witness: SmallWitness, log: SmallLog) -> None:
    send(witness, log, 0)
    fork = log.fork(4).add(4, "another")

    assert send(witness, fork, 5)[0] == 422
    assert len(list((witness.state_dir / "suspicious").iterdir())) == 1
    assert send(witness, log.add(3), 5)[0] == 200


def test_a_proof_where_none_is_due_is_422(witness: SmallWitness, log: SmallLog) -> None:
    assert send(witness, log, 0, (b"\x01" * 32,))[0] == 422


@pytest.mark.parametrize(
    "first",
    [
        b"old 00\n",
        b"old +0\n",
        b"old\n",
        b"new 0\n",
        b"old 0\r\n",
        b"old 0\n\n\n",
        b"old 0\nnot a hash\n",
        b"old 0\n" + b"A" * 42 + b"B=\n",
        b"old 0\n" + (b"A" * 43 + b"=\n") * 64,
        b"",
    ],
    ids=["zeros", "plus", "no size", "word", "cr", "blank", "no hash", "stray bits", "64 hashes", "nothing"],
)
def test_what_is_no_request_is_400(witness: SmallWitness, log: SmallLog, first: bytes) -> None:
    body = first + b"\n" + log.note().encode()

    assert witness.witness.add_checkpoint(body).status == 400


def test_a_cut_or_too_large_request_is_400(witness: SmallWitness, log: SmallLog) -> None:
    body = encode_request(0, (), log.note())

    assert witness.witness.add_checkpoint(body[:-1]).status == 400
    assert witness.witness.add_checkpoint(body + b"x" * MAX_REQUEST_BYTES).status == 400


@given(st.binary(max_size=400))
def test_any_bytes_are_a_request_or_refused(body: bytes) -> None:
    try:
        parsed = parse_request(b"old 0\n" + body)
    except InvalidInput:
        return
    assert parsed.old_size == 0
