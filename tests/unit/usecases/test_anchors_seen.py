"""Anchors held against pinned keys of whoever made them: what is verified gives a time, nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from attest.clock import SystemClock, SystemEntropy
from attest.errors import CannotVerify
from attest.git import Repository
from attest.settings import Settings
from attest.signing.embedded.tsa import parse_request
from attest.signing.revocation import write_revocations
from attest.usecases import anchor_kinds as kinds
from attest.usecases.anchor import Anchored, anchor_head
from attest.usecases.anchors_seen import Anchor, AnchorState, anchors_seen
from attest.usecases.instance import Instance, open_instance
from attest.usecases.outside_times import earliest_outside
from tests.support.rekor_answers import entered
from tests.support.repository import GitRepository
from tests.support.revoked import der
from tests.support.signing import World, make_world


@pytest.fixture
def instance(home: Path) -> Iterator[Instance]:
    made = open_instance(Settings(home=home / "whereof"), clock=SystemClock(), entropy=SystemEntropy())
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def outside() -> World:
    """Somebody else's authority and log."""
    return make_world()


def pin(instance: Instance, raw: bytes) -> None:
    folder = instance.settings.trust_dir / "anchors"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "outside.json").write_bytes(raw)


def token(world: World, note: bytes) -> bytes:
    return world.instance.tsa.respond(parse_request(kinds.timestamp_request(note)), now=world.clock.now(), serial=7)


def stamped(world: World, note: bytes) -> Anchored:
    return kinds.read_timestamp(note, token(world, note), "tsa.example")


def only(instance: Instance) -> Anchor:
    (found,) = anchors_seen(instance, limit=9)
    return found


def test_a_stamp_gives_a_time_only_where_its_authority_is_pinned(instance: Instance, outside: World) -> None:
    done = anchor_head(instance, lambda note: stamped(outside, note))
    assert (only(instance).state, only(instance).at) == (AnchorState.NOT_VERIFIED, None)
    assert earliest_outside(instance, done.tree_size) is None

    pin(instance, outside.instance.trusted_root)

    assert (only(instance).state, only(instance).at) == (AnchorState.VERIFIED, done.anchored.at)
    found = earliest_outside(instance, done.tree_size)
    assert found is not None
    assert found.by == "anchor tsa.example"


def test_a_stamp_of_this_instance_s_own_authority_bounds_nothing(instance: Instance) -> None:
    services = instance.services

    def own(note: bytes) -> Anchored:
        request = parse_request(kinds.timestamp_request(note))
        return kinds.read_timestamp(note, services.tsa.respond(request, now=SystemClock().now(), serial=7), "own")

    done = anchor_head(instance, own)
    pin(instance, services.trusted_root)  # pinning it as outside changes nothing
    assert only(instance).state is AnchorState.SAME_OPERATOR
    assert earliest_outside(instance, done.tree_size) is None


@pytest.mark.parametrize("spoil", ["", "set", "proof", "head"])
def test_a_log_s_answer_counts_when_promise_proof_and_head_hold(instance: Instance, outside: World, spoil: str) -> None:
    def enter(note: bytes) -> Anchored:
        answer = entered(outside, kinds.hashedrekord(note, instance.services.log), spoil=spoil)
        return kinds.read_rekor_entry(note, answer, "rekor.example")

    done = anchor_head(instance, enter)
    pin(instance, outside.instance.trusted_root)
    found = only(instance)
    assert found.state is (AnchorState.NOT_VERIFIED if spoil else AnchorState.VERIFIED)
    assert (earliest_outside(instance, done.tree_size) is None) == bool(spoil)


def test_a_token_with_one_changed_byte_gives_no_time(instance: Instance, outside: World) -> None:
    def changed(note: bytes) -> Anchored:
        raw = bytearray(token(outside, note))
        raw[-5] ^= 1
        return Anchored(kind="rfc3161", where="tsa.example", proof=bytes(raw), at=datetime(2020, 1, 1, tzinfo=UTC))

    done = anchor_head(instance, changed)
    pin(instance, outside.instance.trusted_root)
    assert only(instance).state is AnchorState.NOT_VERIFIED
    assert earliest_outside(instance, done.tree_size) is None


def test_a_repository_that_keeps_heads_has_no_clock(instance: Instance, tmp_path: Path) -> None:
    clone = Repository.open(GitRepository.make(tmp_path / "clone").path)
    anchor_head(instance, lambda note: kinds.commit(note, clone, instance.services.log.origin))
    assert (only(instance).state, only(instance).at) == (AnchorState.NO_CLOCK, None)


def test_a_pinned_root_that_cannot_be_read_verifies_nothing(instance: Instance, outside: World) -> None:
    done = anchor_head(instance, lambda note: stamped(outside, note))
    pin(instance, b"{")
    with pytest.raises(CannotVerify):
        only(instance)
    assert earliest_outside(instance, done.tree_size) is None


def test_a_stamp_of_an_authority_that_is_revoked_gives_no_time_whenever_it_says_it_was(
    instance: Instance, outside: World
) -> None:
    done = anchor_head(instance, lambda note: stamped(outside, note))
    pin(instance, outside.instance.trusted_root)
    assert only(instance).state is AnchorState.VERIFIED
    listed = instance.settings.trust_dir / "revocations.json"
    for since in (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)):
        listed.write_bytes(write_revocations(((der(outside.instance.tsa.certificate), since),)))
        assert (only(instance).state, only(instance).at) == (AnchorState.NOT_VERIFIED, None)
        assert earliest_outside(instance, done.tree_size) is None
    listed.write_bytes(b"{}")
    with pytest.raises(CannotVerify):
        only(instance)
