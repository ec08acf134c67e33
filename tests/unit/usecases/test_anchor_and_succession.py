"""Heads anchored outside, each proof compared with the head; a log that ends in a successor."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.clock import SystemClock, SystemEntropy
from attest.errors import AttestError, Conflict, InvalidInput, NotVerified, Refused
from attest.git import Repository
from attest.model.statement import parse_statement
from attest.model.succession import NamedBy, succession_of
from attest.settings import Settings
from attest.signing.dsse import parse_envelope
from attest.signing.embedded.tsa import parse_request
from attest.store import attestations
from attest.store.log_reader import LogReader
from attest.usecases import anchor_kinds as kinds
from attest.usecases.anchor import anchor_head
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import Instance, assemble_instance, open_instance
from attest.usecases.succeed import begin_after, end_log, name_of, parse_name
from tests.support.repository import GitRepository

NOTE = b"log.example.test\n1\nAAAA\n"


def opened(home: Path) -> Instance:
    return open_instance(Settings(home=home), clock=SystemClock(), entropy=SystemEntropy())


@pytest.fixture
def instance(home: Path) -> Iterator[Instance]:
    made = opened(home / "whereof")
    yield made
    made.engine.dispose()


def stamped(instance: Instance, note: bytes) -> bytes:
    """Answer as a time-stamp authority would, from the bytes of the request."""
    request = parse_request(kinds.timestamp_request(note))
    return instance.services.tsa.respond(request, now=SystemClock().now(), serial=7)


def rekor_answer(entry: bytes, **changes: object) -> bytes:
    value = {"body": base64.b64encode(entry).decode(), "integratedTime": 1_790_000_000, "logIndex": 3} | changes
    return json.dumps({"a" * 64: value}).encode()


def predicate(instance: Instance, name: str) -> dict[str, object]:
    stored = attestations.by_id(instance.engine, instance.scope, name)
    assert stored is not None
    return dict(parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate)


def test_a_time_stamp_over_the_head_is_logged_with_its_proof(instance: Instance) -> None:
    done = anchor_head(instance, lambda note: kinds.read_timestamp(note, stamped(instance, note), "tsa.example"))

    said = predicate(instance, done.receipt.attestation)
    assert (said["event"], said["kind"], said["where"]) == ("anchor", "rfc3161", "tsa.example")
    note = instance.objects.get(str(said["checkpoint"]))
    assert kinds.read_timestamp(note, instance.objects.get(str(said["proof"])), "").at == done.anchored.at
    assert [head.source for head in instance.guard.heads.all()] == ["anchored"]
    assert not fsck(instance, FsckDepth(signatures=True), on_progress=lambda *_: None).problems


def test_a_time_stamp_over_something_else_is_refused(instance: Instance) -> None:
    before = instance.log.publisher.published()

    with pytest.raises(NotVerified):
        anchor_head(instance, lambda note: kinds.read_timestamp(note, stamped(instance, NOTE), "tsa.example"))

    assert instance.log.publisher.published() == before


@pytest.mark.parametrize("response", [b"", b"\x30\x03\x02\x01\x02", b"<html>", b"\x30\x84\xff\xff\xff\xff"])
def test_garbage_from_an_authority_is_refused(response: bytes) -> None:
    with pytest.raises(NotVerified):
        kinds.read_timestamp(NOTE, response, "tsa.example")


def test_a_log_s_answer_about_the_head_is_taken(instance: Instance) -> None:
    entry = kinds.hashedrekord(NOTE, instance.services.log)

    found = kinds.read_rekor_entry(NOTE, rekor_answer(entry), "rekor.example")

    assert (found.kind, found.at is not None) == ("hashedrekord", True)
    with pytest.raises(NotVerified):
        kinds.read_rekor_entry(NOTE + b"x", rekor_answer(entry), "rekor.example")


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"a":1}', b'{"a":{"body":"!"}}', b"[" * 100_000], ids=range(6))
def test_garbage_from_a_log_is_refused(answer: bytes) -> None:
    with pytest.raises(NotVerified):
        kinds.read_rekor_entry(NOTE, answer, "rekor.example")


def test_a_repository_keeps_one_commit_for_each_head(instance: Instance, tmp_path: Path) -> None:
    clone = Repository.open(GitRepository.make(tmp_path / "clone").path)

    for _ in range(2):
        anchor_head(instance, lambda note: kinds.commit(note, clone, instance.services.log.origin))

    newest = clone.tree_blob(kinds.ANCHOR_REF, "checkpoint")
    first = clone.tree_blob(f"{kinds.ANCHOR_REF}^", "checkpoint")
    assert newest is not None
    assert first is not None
    assert newest.splitlines()[0] == first.splitlines()[0] == instance.services.log.origin.encode()
    assert int(newest.splitlines()[1]) > int(first.splitlines()[1])


def genesis_of(instance: Instance) -> dict[str, object]:
    entry = LogReader(instance.engine, instance.scope, "default").entry(0)
    assert entry is not None
    return dict(parse_statement(parse_envelope(entry.leaf.envelope).payload).predicate)


def test_a_log_ends_in_a_successor_that_names_it(instance: Instance, home: Path) -> None:
    waiting = assemble_instance(Settings(home=home / "next"), clock=SystemClock(), entropy=SystemEntropy())
    offered = parse_name(name_of(waiting.services.log).encode())

    final = end_log(instance, offered, reason="rotation")
    begin_after(waiting, parse_name(name_of(instance.services.log).encode()), final)
    waiting.engine.dispose()
    following = opened(home / "next")

    [newest] = attestations.newest(instance.engine, instance.scope, before=None, limit=1).rows
    said = predicate(instance, newest.id)
    step = succession_of(genesis_of(following), said)
    assert step is not None
    published = instance.log.publisher.published()
    assert published is not None
    assert (step.origin, step.tree_size, step.root) == (instance.services.log.origin, published.size, published.root)
    assert step.named_by is NamedBy.BOTH
    assert succession_of(genesis_of(instance), None) is None
    following.engine.dispose()


def test_an_ended_log_appends_nothing_also_after_a_restart(instance: Instance, home: Path) -> None:
    waiting = assemble_instance(Settings(home=home / "next"), clock=SystemClock(), entropy=SystemEntropy())
    end_log(instance, name_of(waiting.services.log), reason="rotation")
    again = opened(home / "whereof")

    for each in (instance, again):
        with pytest.raises(Refused) as caught:
            anchor_head(each, lambda note: kinds.read_timestamp(note, stamped(instance, note), "tsa.example"))
        assert caught.value.code == "ledger.closed"
    again.engine.dispose()
    waiting.engine.dispose()


def test_a_log_whose_key_is_lost_is_named_by_its_successor_alone(instance: Instance, home: Path) -> None:
    note = instance.log.publisher.fetch("checkpoint").decode()
    waiting = assemble_instance(Settings(home=home / "next"), clock=SystemClock(), entropy=SystemEntropy())
    begin_after(waiting, name_of(instance.services.log), note)
    waiting.engine.dispose()
    following = opened(home / "next")

    step = succession_of(genesis_of(following), None)

    assert step is not None
    assert step.named_by is NamedBy.SUCCESSOR
    assert not fsck(following, FsckDepth(signatures=True), on_progress=lambda *_: None).problems
    following.engine.dispose()


def test_a_log_that_has_begun_follows_none(instance: Instance) -> None:
    note = instance.log.publisher.fetch("checkpoint").decode()

    with pytest.raises(Conflict):
        begin_after(instance, name_of(instance.services.log), note)


def test_a_final_head_of_another_log_is_refused(instance: Instance, home: Path) -> None:
    waiting = assemble_instance(Settings(home=home / "next"), clock=SystemClock(), entropy=SystemEntropy())
    note = instance.log.publisher.fetch("checkpoint").decode()

    with pytest.raises(AttestError):
        begin_after(waiting, name_of(waiting.services.log), note)
    waiting.engine.dispose()


def test_a_genesis_and_an_end_that_disagree_prove_a_false_chain(instance: Instance, home: Path) -> None:
    waiting = assemble_instance(Settings(home=home / "next"), clock=SystemClock(), entropy=SystemEntropy())
    begin_after(waiting, name_of(instance.services.log), instance.log.publisher.fetch("checkpoint").decode())
    waiting.engine.dispose()
    following = opened(home / "next")
    own = genesis_of(following)

    with pytest.raises(NotVerified):
        succession_of(own, {"event": "successor", "origin": "x", "keys": own["keys"], "reason": "rotation"})
    following.engine.dispose()


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"origin":"a","keys":{"c2sp":"a","sigstore":"!"}}'])
def test_what_names_no_log_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_name(data)
