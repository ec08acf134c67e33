"""Promise: what an instance judges, it judges under its pinned roots as its list of revoked authorities leaves them."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from attest.clock import SystemEntropy
from attest.errors import AttestError, CannotVerify, NotVerified
from attest.model.admin_keys import KeyRole
from attest.settings import Settings
from attest.signing.revocation import parse_revocations, write_revocations
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.ingest_check import Incoming, check_here
from attest.usecases.instance import Instance, open_instance
from attest.usecases.pinned_trust import Trust, own_root, read_trust, revocations_of
from attest.usecases.receipts import attestation_id
from attest.usecases.reverify import ReverifyRequest, reverify
from attest.usecases.rotate_keys import Rotation, revoke_generation, rotate
from attest.usecases.self_audit import audit_round
from tests.support.evidence_bundles import nothing
from tests.support.revoked import EXPECTED, der, revoking
from tests.support.signing import SettableClock, make_world, statement
from tests.unit.usecases.signed_entries import signed_entries

NONE, HOUR = timedelta(0), timedelta(hours=1)


@pytest.mark.parametrize("case", EXPECTED)
def test_bundle_signed_elsewhere_is_taken_by_proved_times_before_the_moment_alone(case: str) -> None:
    made = revoking(case, statement(b"a"))
    trust = Trust(roots=(made.root,), revocations=made.revocations)
    (found,) = check_here([made.bundle], pickle.loads(pickle.dumps(trust)))  # as it reaches another process
    code = found.code if isinstance(found, AttestError) else ""
    assert code == EXPECTED[case]
    if code:
        assert isinstance(found, CannotVerify if code == "evidence.revoked" else NotVerified)
        assert "revoked" in str(found) or isinstance(found, CannotVerify)
    (without,) = check_here([made.bundle], Trust(roots=(made.root,)))
    assert isinstance(without, Incoming)


def test_list_that_cannot_be_read_is_never_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "root.json").write_bytes(make_world().instance.trusted_root)
    assert len(read_trust(tmp_path).parsed()) == 1
    for raw in (b"", b"{}", write_revocations(()).replace(b"version=1", b"version=2")):
        (tmp_path / "revocations.json").write_bytes(raw)
        with pytest.raises(CannotVerify) as caught:
            read_trust(tmp_path)
        assert caught.value.code == "trust.unreadable"
    (tmp_path / "revocations.json").unlink()
    (tmp_path / "revocations.json").mkdir()
    with pytest.raises(CannotVerify):
        read_trust(tmp_path)
    (tmp_path / "revocations.json").rmdir()
    for name in ("revocations.json", "gone.json"):
        link = tmp_path / name
        link.symlink_to(tmp_path / "nowhere")
        with pytest.raises(CannotVerify) as caught:
            read_trust(tmp_path)
        assert caught.value.where == str(link)
        link.unlink()
    assert len(read_trust(tmp_path).parsed()) == 1


@pytest.fixture
def instance(home: Path) -> Iterator[Instance]:
    made = open_instance(
        Settings(home=home / "whereof"), clock=SettableClock(datetime.now(UTC) - HOUR), entropy=SystemEntropy()
    )
    yield made
    made.engine.dispose()


def named(instance: Instance, names: set[str]) -> tuple[set[str], set[str], tuple[str, ...]]:
    """Give which of these attestations fsck and a report find wrong, and what the audit of itself does."""
    problems = " ".join(fsck(instance, FsckDepth(signatures=True), on_progress=nothing).problems)
    failed = " ".join(reverify(instance, ReverifyRequest(), nothing).found.failed)
    audited = tuple(one for _ in range(3) for one in audit_round(instance, None).problems)
    return {one for one in names if one in problems}, {one for one in names if one in failed}, audited


def test_signed_entries_stand_by_the_log_s_times_until_the_moment_and_no_log_is_called_damaged(
    instance: Instance,
) -> None:
    folder, clock = instance.settings.trust_dir, instance.clock
    assert isinstance(clock, SettableClock)
    entries = signed_entries(instance, 3)
    instance.append(entries)
    names, clock.at = {attestation_id(one.leaf.envelope) for one in entries}, None
    other = der(make_world().instance.authority.certificate), datetime.now(UTC).replace(microsecond=0)
    assert revocations_of(instance) == b""
    (folder / "revocations.json").write_bytes(write_revocations((other,)))
    for role in (KeyRole.CA, KeyRole.TSA):
        rotate(instance, Rotation(role=role, lead=NONE, overlap=NONE))

    revoke_generation(instance, KeyRole.TSA, 1, clock.now() - HOUR / 2)
    assert [one.revoked is not None for one in own_root(instance).timestamp_authorities] == [True, False]
    assert named(instance, names) == (set(), set(), ())

    revoke_generation(instance, KeyRole.CA, 1, clock.now() - 2 * HOUR)
    assert named(instance, names) == (names, names, ())
    found = fsck(instance, FsckDepth(signatures=True), on_progress=nothing).problems
    assert all("is revoked; expected a time before" in one for one in found)
    assert len(reverify(instance, ReverifyRequest(), nothing).found.revocations) == 1

    listed = parse_revocations(revocations_of(instance))
    assert [(der(one.certificate), one.since) == other for one in listed] == [True, False, False]
    elsewhere = replace(instance, settings=Settings(home=instance.settings.home / "nowhere"))
    assert len(parse_revocations(revocations_of(elsewhere))) == 2  # its own keys, wherever the list is
