"""Rotation on a real instance: each one an entry of the log, none lost by a crash, and what is old stays known."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from attest.clock import SystemClock, SystemEntropy, ulid
from attest.errors import InvalidInput, Refused
from attest.model.admin_keys import KeyRole
from attest.model.admin_predicate import ADMIN_V1
from attest.model.statement import parse_statement
from attest.settings import Settings
from attest.signing.dsse import parse_envelope
from attest.signing.embedded.ca import make_root
from attest.signing.embedded.generations import generations, in_force
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import AnyIdentity, verify_bundle
from attest.store import attestations
from attest.store.keyring import FileKeyRing
from attest.store.typed import statements_of_type
from attest.usecases.destroy import erased_native, is_erased_native
from attest.usecases.doctor import Health, doctor
from attest.usecases.instance import Instance, open_instance
from attest.usecases.list_keys import Standing, list_keys
from attest.usecases.log_statement import log_statement, own_log_subject
from attest.usecases.receipts import bundle_of
from attest.usecases.redact_session import session_token_key
from attest.usecases.rotate_keys import Rotation, revoke_generation, rotate
from attest.usecases.secret_prints import fingerprint_of, fingerprints_of
from tests.support.signing import SettableClock

AUTHORITIES = (KeyRole.CA, KeyRole.TSA)
NONE, HOUR = timedelta(0), timedelta(hours=1)


def opened(home: Path) -> Instance:
    return open_instance(Settings(home=home), clock=SystemClock(), entropy=SystemEntropy())


@pytest.fixture
def instance(compiled: Path, home: Path) -> Iterator[Instance]:
    shutil.copytree(compiled, home / "whereof" / "cache")
    made = opened(home / "whereof")
    yield made
    made.engine.dispose()


def said(instance: Instance) -> list[dict[str, object]]:
    rows = statements_of_type(instance.engine, instance.scope, instance.log.name, ADMIN_V1)
    return [dict(parse_statement(parse_envelope(row.leaf.envelope).payload).predicate) for row in rows]


def logged(instance: Instance, nonce: str) -> bytes:
    """Log something through the real signer, and give its bundle."""
    predicate = {"action": "hold-added", "at": "2026-01-31T12:00:00.000000Z", "hold": {"id": ulid_of(nonce)}}
    material = nonce.encode()
    receipt = log_statement(instance, ADMIN_V1, (own_log_subject(instance),), predicate, write_key_material=material)
    stored = attestations.by_id(instance.engine, instance.scope, receipt.attestation)
    assert stored is not None
    return bundle_of(stored)


def ulid_of(nonce: str) -> str:
    return f"hld_{nonce:0>26}"


def holds(instance: Instance, raw: bytes) -> None:
    pinned = (instance.settings.trust_dir / "trusted_root.json").read_bytes()
    verify_bundle(raw, parse_trusted_root(pinned), AnyIdentity(), None)


def now_of(role: KeyRole, overlap: timedelta = HOUR) -> Rotation:
    return Rotation(role=role, lead=NONE, overlap=overlap)


def in_an_hour(instance: Instance) -> Instance:
    """Give the instance as it is a little more than an hour later; for what signs nothing."""
    return replace(instance, clock=SettableClock(datetime.now(UTC) + HOUR + timedelta(minutes=1)))


@pytest.mark.parametrize("role", [KeyRole.CA, KeyRole.TSA])
def test_rotation_is_logged_and_both_keys_hold_where_this_machine_verifies(instance: Instance, role: KeyRole) -> None:
    before = logged(instance, "1")
    made = rotate(instance, now_of(role))
    after = logged(instance, "2")
    holds(instance, before)
    holds(instance, after)
    [_, entry, _] = said(instance)
    key = entry["key"]
    assert isinstance(key, dict)
    assert (
        (entry["action"], key["role"], key["generation"])
        == ("key-rotated", role.value, made.number)
        == (
            "key-rotated",
            role.value,
            2,
        )
    )
    assert [row.standing for row in list_keys(instance) if row.role == role] == [Standing.OVERLAPS, Standing.SIGNS]
    again = opened(instance.settings.home)
    holds(again, logged(again, "3"))
    again.engine.dispose()


def test_other_process_signs_with_the_new_key_without_a_restart(instance: Instance) -> None:
    other = opened(instance.settings.home)
    logged(other, "1")
    rotate(instance, now_of(KeyRole.CA))
    assert other.services.authority.certificate == instance.services.authority.certificate
    assert other.services.log.issuing.now().certificate == instance.services.authority.certificate
    holds(instance, logged(other, "2"))
    other.engine.dispose()


class Killed(BaseException):
    """The process ends here."""


@dataclass
class DyingRing:
    """The ring of a process that ends after it wrote one file."""

    ring: FileKeyRing

    def load(self, name: str) -> bytes | None:
        return self.ring.load(name)

    def create(self, name: str, secret: bytes) -> bytes:
        taken = self.ring.holds(name)
        kept = self.ring.create(name, secret)
        if not taken:
            raise Killed
        return kept


@pytest.mark.parametrize(("role", "files"), [(KeyRole.CA, 4), (KeyRole.TSA, 3), (KeyRole.REDACTION, 2)])
def test_killed_rotation_loses_no_key_and_is_gone_on_with(instance: Instance, role: KeyRole, files: int) -> None:
    asked = Rotation(role=role, lead=NONE if role in AUTHORITIES else HOUR, overlap=HOUR)
    folder, before = instance.settings.keys_dir, logged(instance, "1")
    kept: dict[Path, bytes] = {}
    for made in range(1, files + 1):
        with pytest.raises(Killed):
            rotate(replace(instance, keys=DyingRing(instance.keys)), asked)  # type: ignore[arg-type]
        found = {path: path.read_bytes() for path in folder.rglob("*.json")}
        assert len(found.keys() - kept.keys()) == 1 or not kept
        assert all(found[path] == data for path, data in kept.items())
        assert len(generations(instance.keys, role)) == (2 if made == files else 1)
        kept = found
    again = opened(instance.settings.home)
    holds(again, before)
    holds(again, logged(again, "2"))
    # Each time that it came as far as the log, it is in the log; the last one holds.
    assert [one["action"] for one in said(again)] == ["hold-added", "key-rotated", "hold-added"]
    again.engine.dispose()


def test_key_files_are_for_their_owner_alone(instance: Instance) -> None:
    for role in KeyRole:
        rotate(instance, Rotation(role=role, lead=HOUR, overlap=HOUR))
    files = [path for path in instance.settings.keys_dir.rglob("*") if path.is_file()]
    assert any("tenant/" in str(path) for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_what_an_old_tenant_secret_keyed_is_still_found(instance: Instance) -> None:
    old, native = logged(instance, "1"), ("claude-code", "native-1")
    printed, erased = fingerprint_of(instance, b"a secret value"), erased_native(instance, native)
    size = len(said(instance))
    rotate(instance, Rotation(role=KeyRole.TENANT, lead=HOUR, overlap=NONE))
    later = in_an_hour(instance)
    assert later.tenant_secrets() == (later.tenant_secret(), instance.tenant_secret())
    assert later.tenant_secret() != instance.tenant_secret()
    assert fingerprints_of(later, b"a secret value")[1] == printed
    assert erased_native(later, native) != erased
    assert not is_erased_native(later, native)
    assert logged(later, "1") == old
    assert len(said(instance)) == size + 1
    webhook = ulid("whk", instance.clock, instance.entropy)
    assert later.tenant_secret_of(webhook) == instance.tenant_secret()
    assert later.tenant_secret_of(ulid("whk", later.clock, later.entropy)) == later.tenant_secret()


def test_tokens_of_a_session_are_keyed_by_the_secret_of_its_beginning(instance: Instance) -> None:
    first = ulid("ses", instance.clock, instance.entropy)
    key = session_token_key(instance, first)
    rotate(instance, Rotation(role=KeyRole.REDACTION, lead=HOUR, overlap=NONE))
    later = in_an_hour(instance)
    second = ulid("ses", later.clock, later.entropy)
    assert session_token_key(later, first) == key
    assert session_token_key(later, second) == session_token_key(instance, second)
    # A session that begins before the new secret does keeps the old one: both processes agree.
    between = ulid("ses", instance.clock, instance.entropy)
    assert session_token_key(later, between) == session_token_key(instance, between)
    assert later.tenant_secret() == instance.tenant_secret()


@pytest.mark.parametrize(
    ("role", "lead", "overlap"),
    [
        (KeyRole.TENANT, NONE, HOUR),
        (KeyRole.REDACTION, timedelta(seconds=59), HOUR),
        (KeyRole.CA, timedelta(days=91), HOUR),
        (KeyRole.CA, -HOUR, HOUR),
        (KeyRole.TSA, HOUR, timedelta(days=91)),
        (KeyRole.TSA, HOUR, -HOUR),
    ],
)
def test_lead_and_overlap_are_bounded(instance: Instance, role: KeyRole, lead: timedelta, overlap: timedelta) -> None:
    with pytest.raises(InvalidInput) as caught:
        rotate(instance, Rotation(role=role, lead=lead, overlap=overlap))
    assert caught.value.code == "key.rotation"
    assert len(generations(instance.keys, role)) == 1


def test_no_second_generation_is_announced_before_the_first_began(instance: Instance) -> None:
    rotate(instance, Rotation(role=KeyRole.CA, lead=HOUR, overlap=HOUR))
    with pytest.raises(InvalidInput, match="has not begun"):
        rotate(instance, Rotation(role=KeyRole.CA, lead=HOUR, overlap=HOUR))


def test_revocation_is_logged_once_and_never_of_the_key_in_force(instance: Instance) -> None:
    stolen = datetime.now(UTC) - HOUR
    old = logged(instance, "1")
    for role, number, since in (
        (KeyRole.CA, 1, stolen),
        (KeyRole.CA, 2, stolen),
        (KeyRole.TENANT, 1, stolen),
        (KeyRole.CA, 1, stolen + 5 * HOUR),
    ):
        with pytest.raises(InvalidInput):
            revoke_generation(instance, role, number, since)
    rotate(instance, now_of(KeyRole.CA))
    assert revoke_generation(instance, KeyRole.CA, 1, stolen).closes == stolen.replace(microsecond=0)
    with pytest.raises(InvalidInput, match="before"):
        revoke_generation(instance, KeyRole.CA, 1, stolen)
    assert [one["action"] for one in said(instance)] == ["hold-added", "key-rotated", "key-revoked"]
    assert next(row.standing for row in list_keys(instance)) is Standing.REVOKED
    with pytest.raises(Exception, match="authority"):
        holds(instance, old)
    holds(instance, logged(instance, "2"))


def test_lost_key_of_a_later_generation_stops_signing(instance: Instance) -> None:
    rotate(instance, now_of(KeyRole.CA))
    (instance.settings.keys_dir / "sigstore" / "ca-2.key.json").unlink()
    with pytest.raises(Refused) as caught:
        opened(instance.settings.home)
    assert caught.value.code == "key.missing"
    assert in_force(generations(instance.keys, KeyRole.CA), datetime.now(UTC)).number == 2


def at(instance: Instance, moment: datetime) -> Instance:
    """Give the instance under another clock; for what signs nothing."""
    clock = SettableClock(moment)
    services = instance.services
    services = replace(services, authorities=replace(services.authorities, clock=clock))
    return replace(instance, clock=clock, services=services)


def test_doctor_says_how_old_keys_are_and_when_their_certificates_end(instance: Instance, tmp_path: Path) -> None:
    [end] = {row.certificate_ends for row in list_keys(instance) if row.role == "ca"}
    assert end is not None
    for moment, health in (
        (datetime.now(UTC), Health.OK),
        (end - 364 * 24 * HOUR, Health.WARN),
        (end, Health.FAILED),
        (datetime.now(UTC) - 24 * HOUR, Health.FAILED),
    ):
        found = {one.check: one for one in doctor(at(instance, moment), None, tmp_path)}
        assert (found["key ca"].health, found["key tenant"].health) == (health, Health.OK)
        assert f"{end:%Y-%m-%d}" in found["key ca"].against
        assert ("keys rotate --role ca" in found["key ca"].next) is (health is not Health.OK)


def test_expired_certificate_refuses_what_is_recorded_and_logs_nothing(instance: Instance) -> None:
    before, size = logged(instance, "1"), len(said(instance))
    authority = instance.services.authority
    expired = replace(authority, certificate=_expired(instance))
    instance.services.authorities._issued[1] = expired
    with pytest.raises(Refused) as caught:
        logged(instance, "2")
    assert (caught.value.code, caught.value.where) == ("key.expired", "ca")
    assert len(said(instance)) == size
    holds(instance, before)
    instance.services.authorities._issued[1] = authority
    holds(instance, logged(instance, "2"))


def _expired(instance: Instance) -> x509.Certificate:
    key = instance.services.authority.key
    long_ago = datetime(1990, 1, 1, tzinfo=UTC)
    return make_root(key, common_name="expired", now=long_ago)
