"""Keys of the authorities are replaced with overlap: old and new bundles hold at their times, and at no others."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sigstore.models import Bundle as StockBundle
from sigstore.models import TrustedRoot as StockRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import UnsafeNoOp
from sigstore_models.trustroot.v1 import TrustedRoot as RootModel

from attest.canonical import canonical_json
from attest.clock import SystemEntropy
from attest.errors import CannotVerify, NotVerified, Refused
from attest.model.admin_keys import KeyRole
from attest.signing.artifact import artifact_of
from attest.signing.bundle import parse_bundle
from attest.signing.embedded.authorities import make_generation
from attest.signing.embedded.ca import AUTHORITY_LIFETIME
from attest.signing.embedded.direct import DirectSigner
from attest.signing.embedded.generations import (
    Announcement,
    Revocation,
    announce,
    generations,
    in_force,
    revoke,
)
from attest.signing.embedded.ring_keys import RingKeys
from attest.signing.memo import Memo
from attest.signing.render import render_bundle
from attest.signing.revocation import parse_revocations, without_revoked, write_revocations
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import AnyIdentity, Identity, Verified, verify_bundle
from tests.support.signing import World, make_world, statement

ARTIFACT = b"an artifact\n"
START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return make_world(START)


def rotate(world: World, role: KeyRole, *, lead: timedelta, overlap: timedelta) -> None:
    ring, now = world.instance.authorities.ring, world.clock.now()
    number = generations(ring, role)[-1].number + 1
    make_generation(RingKeys(ring, must_exist=False, now=now), role, number, host=world.instance.host)
    told = Announcement(announced=now, begins=now + lead, previous_ends=now + lead + overlap)
    announce(ring, role, number, told)


def signed(world: World) -> bytes:
    signer = DirectSigner(instance=world.instance, identity=world.identity, clock=world.clock, entropy=SystemEntropy())
    leaf = signer.leaf(statement(ARTIFACT))
    return render_bundle(leaf, world.log.append(leaf))


def verified(world: World, raw: bytes) -> Verified:
    who = Identity(san=world.identity, issuer=world.instance.issuer)
    return verify_bundle(raw, parse_trusted_root(world.instance.trusted_root), who, artifact_of(ARTIFACT))


def stock(world: World, raw: bytes) -> None:
    root = StockRoot(RootModel.from_json(world.instance.trusted_root))
    Verifier(trusted_root=root).verify_dsse(StockBundle.from_json(raw), UnsafeNoOp())


@pytest.mark.parametrize("role", [KeyRole.CA, KeyRole.TSA])
def test_old_and_new_bundles_hold_under_the_root_after_a_rotation(world: World, role: KeyRole) -> None:
    before, first_root = signed(world), world.instance.trusted_root
    rotate(world, role, lead=HOUR, overlap=HOUR)
    world.clock.at = START + HOUR / 2
    announced = signed(world)
    world.clock.at = START + 5 * HOUR
    after = signed(world)
    for raw in (before, announced, after):
        verified(world, raw)
        stock(world, raw)
    who = Identity(san=world.identity, issuer=world.instance.issuer)
    # What was signed before the new key began holds under a root that was pinned before the rotation, too.
    verify_bundle(announced, parse_trusted_root(first_root), who, artifact_of(ARTIFACT))
    with pytest.raises(NotVerified):
        verify_bundle(after, parse_trusted_root(first_root), who, artifact_of(ARTIFACT))


@pytest.mark.parametrize("role", [KeyRole.CA, KeyRole.TSA])
def test_what_the_old_key_signs_after_its_end_is_refused(world: World, role: KeyRole) -> None:
    old = world.instance.authority if role is KeyRole.CA else world.instance.tsa
    rotate(world, role, lead=timedelta(0), overlap=HOUR)
    rolling = world.instance.authorities.issuing if role is KeyRole.CA else world.instance.authorities.stamping
    world.clock.at = START + 30 * timedelta(minutes=1)
    rolling.load = lambda number: old  # type: ignore[assignment]  # a process that never looks again
    verified(world, signed(world))
    world.clock.at = START + 2 * HOUR
    late = signed(world)
    world.instance.authorities.__post_init__()
    with pytest.raises(NotVerified) as caught:
        verified(world, late)
    assert caught.value.code == ("evidence.certificate" if role is KeyRole.CA else "evidence.timestamp")


def test_certificates_of_both_authorities_are_those_of_their_generation(world: World) -> None:
    first = world.instance.authority, world.instance.tsa
    for role in (KeyRole.CA, KeyRole.TSA):
        rotate(world, role, lead=HOUR, overlap=HOUR)
    assert (world.instance.authority, world.instance.tsa) == first
    world.clock.at = START + HOUR
    now = world.instance.authority, world.instance.tsa
    assert now[0].ct_log_id != first[0].ct_log_id
    assert {one.certificate.serial_number for one in now}.isdisjoint(one.certificate.serial_number for one in first)


def test_many_generations_stay_in_the_trusted_root_with_their_windows(world: World) -> None:
    bundles = []
    for turn in range(5):
        world.clock.at = START + turn * 10 * HOUR
        bundles.append(signed(world))
        rotate(world, KeyRole.CA, lead=HOUR, overlap=HOUR)
        rotate(world, KeyRole.TSA, lead=HOUR, overlap=HOUR)
    root = parse_trusted_root(world.instance.trusted_root)
    for found in (root.authorities, root.timestamp_authorities, root.ct_logs):
        assert len(found) == 6
        assert [one.window.end is None for one in found] == [False] * 5 + [True]
    for raw in bundles:
        verified(world, raw)


def test_root_as_known_at_a_moment_is_the_same_ever_after(world: World) -> None:
    before = world.instance.trusted_root_at(START)
    world.clock.at = START + HOUR
    rotate(world, KeyRole.CA, lead=timedelta(0), overlap=timedelta(0))
    ring = world.instance.authorities.ring
    revoke(ring, KeyRole.CA, 1, Revocation(announced=START + 2 * HOUR, since=START - HOUR))
    between = world.instance.trusted_root_at(START + HOUR)
    assert world.instance.trusted_root_at(START) == before
    assert len({before, between, world.instance.trusted_root}) == 3


def test_revoked_key_ends_at_its_revocation_and_earlier_bundles_hold(world: World) -> None:
    early = signed(world)
    world.clock.at = START + 2 * HOUR
    late = signed(world)
    verified(world, late)
    rotate(world, KeyRole.CA, lead=timedelta(0), overlap=HOUR)
    told = Revocation(announced=world.clock.now(), since=START + HOUR)
    assert revoke(world.instance.authorities.ring, KeyRole.CA, 1, told).since == START + HOUR
    verified(world, early)
    with pytest.raises(NotVerified):
        verified(world, late)
    verified(world, signed(world))


def judged(world: World, raw: bytes, root: bytes, *, outside: datetime | None = None) -> Verified:
    """Verify under a root that was pinned before, and the list that the instance hands out now."""
    revoked = parse_revocations(write_revocations(world.instance.authorities.revoked()))
    who = Identity(san=world.identity, issuer=world.instance.issuer)
    believed = without_revoked(parse_trusted_root(root), revoked, known_outside=outside)
    return verify_bundle(raw, believed, who, artifact_of(ARTIFACT))


def without_log_time(raw: bytes) -> bytes:
    value = json.loads(raw)
    entry = value["verificationMaterial"]["tlogEntries"][0]
    del entry["inclusionPromise"], entry["integratedTime"]
    return canonical_json(value)


def taken(world: World, role: KeyRole) -> datetime:
    """Somebody took a key an hour after the start; it is replaced and revoked two hours later."""
    world.clock.at = START + 3 * HOUR
    rotate(world, role, lead=timedelta(0), overlap=timedelta(0))
    since = START + HOUR
    revoke(world.instance.authorities.ring, role, 1, Revocation(announced=world.clock.now(), since=since))
    return since


@pytest.mark.parametrize("role", [KeyRole.CA, KeyRole.TSA])
def test_list_of_revoked_keys_takes_from_an_old_root_what_is_of_later_and_nothing_else(
    world: World, role: KeyRole
) -> None:
    root, early = world.instance.trusted_root, signed(world)
    world.clock.at = START + HOUR
    at_the_moment = signed(world)
    taken(world, role)
    for raw in (early, at_the_moment):
        who = Identity(san=world.identity, issuer=world.instance.issuer)
        verify_bundle(raw, parse_trusted_root(root), who, artifact_of(ARTIFACT))
    assert judged(world, early, root).times
    with pytest.raises(NotVerified) as caught:
        judged(world, at_the_moment, root)
    assert caught.value.code == ("evidence.certificate" if role is KeyRole.CA else "evidence.timestamp")
    assert judged(world, signed(world), world.instance.trusted_root).times


def test_stamp_by_a_revoked_authority_is_no_time_and_alone_it_decides_nothing(world: World) -> None:
    root, both = world.instance.trusted_root, signed(world)
    stamped = without_log_time(both)
    since = taken(world, KeyRole.TSA)
    assert [one.source for one in judged(world, both, root).times] == ["log"]
    for outside in (None, since, since + HOUR):
        with pytest.raises(CannotVerify) as caught:
            judged(world, stamped, root, outside=outside)
        assert caught.value.code == "evidence.revoked"
    known = judged(world, stamped, root, outside=since - timedelta(seconds=1))
    assert [one.source for one in known.times] == ["timestamp-authority"]


def test_what_fails_besides_is_invalid_and_not_undecided(world: World) -> None:
    root, stamped = world.instance.trusted_root, json.loads(without_log_time(signed(world)))
    signature = bytearray(b64decode(stamped["dsseEnvelope"]["signatures"][0]["sig"]))
    signature[-1] ^= 1
    stamped["dsseEnvelope"]["signatures"][0]["sig"] = b64encode(signature).decode()
    taken(world, KeyRole.TSA)
    with pytest.raises(NotVerified):
        judged(world, canonical_json(stamped), root)


def test_revocation_of_a_root_ends_what_it_stands_above(world: World) -> None:
    raw, root = signed(world), parse_trusted_root(world.instance.trusted_root)
    top = root.timestamp_authorities[0].chain[-1]
    told = parse_revocations(write_revocations(((top.public_bytes(Encoding.DER), START),)))
    believed = without_revoked(root, told)
    assert believed.memo_key != root.memo_key
    with pytest.raises(NotVerified):
        verify_bundle(raw, believed, AnyIdentity(), None)
    assert without_revoked(root, ()) is root


def test_revocation_of_somebody_elses_key_takes_nothing_away(world: World) -> None:
    other = make_world(START)
    der = other.instance.authority.certificate.public_bytes(Encoding.DER)
    root = parse_trusted_root(world.instance.trusted_root)
    assert without_revoked(root, parse_revocations(write_revocations(((der, START),)))) is root


def test_outcomes_under_a_root_and_under_what_is_left_of_it_are_not_shared(world: World) -> None:
    raw, root, memo = signed(world), parse_trusted_root(world.instance.trusted_root), Memo()
    der = world.instance.authority.certificate.public_bytes(Encoding.DER)
    believed = without_revoked(root, parse_revocations(write_revocations(((der, START - HOUR),))))
    verify_bundle(raw, root, AnyIdentity(), None, memo=memo)
    with pytest.raises(NotVerified):
        verify_bundle(raw, believed, AnyIdentity(), None, memo=memo)
    verify_bundle(raw, root, AnyIdentity(), None, memo=memo)


def test_revocations_that_cannot_be_read_are_never_ignored(world: World) -> None:
    assert parse_revocations(write_revocations(world.instance.authorities.revoked())) == ()
    der = world.instance.authority.certificate.public_bytes(Encoding.DER)
    good = write_revocations(((der, START),))
    assert parse_revocations(good)[0].since == START
    signer = parse_bundle(signed(world)).certificate or b""
    row = json.loads(good)["revoked"][0]
    bad = [b"", b"{}", b"[]", good.replace(b"version=1", b"version=2"), good.replace(b"T12:", b"T99:"), good[:-1]]
    bad += [good.replace(b"00Z", what) for what in (b"00", b"00+00:00", b"00.5Z")] + [good.replace(b"2026", b"0001")]
    bad += [write_revocations(((signer, START),)), write_revocations(((b"no certificate", START),))]
    bad += [canonical_json(json.loads(good) | {"revoked": more}) for more in ([row | {"by": "me"}], [row] * 1025, row)]
    for raw in bad:
        with pytest.raises(CannotVerify) as caught:
            parse_revocations(raw)
        assert caught.value.code == "trust.unreadable"


def test_announcement_and_revocation_stand_as_first_made(world: World) -> None:
    ring = world.instance.authorities.ring
    rotate(world, KeyRole.TSA, lead=HOUR, overlap=HOUR)
    first = generations(ring, KeyRole.TSA)
    told = Announcement(announced=START, begins=START + 9 * HOUR, previous_ends=START + 9 * HOUR)
    assert announce(ring, KeyRole.TSA, 2, told).begins == START + HOUR
    assert generations(ring, KeyRole.TSA) == first
    assert [in_force(first, START + off * HOUR).number for off in (0, 1, 2)] == [1, 2, 2]


def test_announcement_that_cannot_be_read_stops_signing(world: World) -> None:
    for raw in (b"", b"{}", b'["x"]', b'{"announced":"x","begins":"y","previousEnds":"z"}', b'{"since":1}'):
        world.instance.authorities.ring.secrets["sigstore/ca-2.announced"] = raw  # type: ignore[attr-defined]
        with pytest.raises(CannotVerify) as caught:
            signed(world)
        assert caught.value.code == "key.missing"


def test_expired_authority_signs_nothing_and_says_so(world: World) -> None:
    world.clock.at = START + AUTHORITY_LIFETIME
    with pytest.raises(Refused) as caught:
        signed(world)
    assert (caught.value.code, caught.value.where) == ("key.expired", "ca")
    rotate(world, KeyRole.CA, lead=timedelta(0), overlap=timedelta(0))
    with pytest.raises(Refused) as caught:
        signed(world)
    assert caught.value.where == "tsa"
