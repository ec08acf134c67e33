"""Promise: a private log's index answers who holds its key, tells nobody else, and never changes its mind about either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from attest.clock import SystemClock, SystemEntropy
from attest.errors import AttestError, CannotVerify, Refused
from attest.ledger.index import PUBLIC, IndexKeys, Keying, KeyKind, index_key, keyed_by
from attest.ledger.index.keying import parse_key_file
from attest.settings import Settings, read_settings
from attest.store.index_keying import first_index_envelope, index_secret_name
from attest.store.index_state import newest_index
from attest.usecases.complete import complete_rows, rows_at
from attest.usecases.export_index_key import export_index_key
from attest.usecases.instance import Instance, assemble_instance
from attest.usecases.instance import _make_ready as make_ready
from attest.usecases.log_keying import stored_keying
from tests.unit.store.conftest import open_settings
from tests.unit.store.submissions import submission

OID = "ab" * 20
KEY = index_key(KeyKind.GIT_COMMIT, OID)


@pytest.fixture
def private(settings: Settings) -> Settings:
    return replace(settings, log_private=True)


@pytest.fixture
def opened(private: Settings) -> Callable[..., Instance]:
    return lambda **changes: open_settings(replace(private, **changes))


def grow(instance: Instance) -> list[int]:
    return [receipt.index for receipt in instance.log.append([submission(1, KEY), submission(2, bytes(32))])]


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(AttestError) as caught:
        act()
    return caught.value.code


def test_rows_are_found_by_the_keyed_key_alone(opened: Callable[..., Instance]) -> None:
    instance = opened()
    first, _ = grow(instance)
    state = newest_index(instance.engine, instance.scope, instance.log)

    assert [row.index for row in complete_rows(instance, KeyKind.GIT_COMMIT, OID).rows] == [first]
    assert rows_at(state, KEY).rows == ()
    assert KEY not in b"".join(row.encode() for row in rows_at(state, instance.log.keying.apply(KEY)).rows)
    instance.engine.dispose()


def test_secret_is_kept_in_the_key_ring_and_committed_to(opened: Callable[..., Instance]) -> None:
    instance = opened()
    secret = instance.keys.load(index_secret_name(instance.scope.tenant, instance.log.name))
    assert secret is not None
    stored = stored_keying(
        first_index_envelope(instance.engine, instance.scope, instance.log.name),
        instance.scope,
        instance.log.name,
        instance.keys,
    )
    assert stored is not None
    assert stored.name == "hmac-sha256:" + sha256(b"whereof-index-key/v1\n" + secret).hexdigest()
    assert secret.hex() not in repr(stored)
    instance.engine.dispose()


def test_log_is_what_its_first_entries_say_whatever_is_set_later(opened: Callable[..., Instance]) -> None:
    instance = opened()
    grow(instance)
    instance.engine.dispose()
    again = opened(log_private=None)  # nothing set: as the log is
    assert again.private
    grow(again)
    assert len(complete_rows(again, KeyKind.GIT_COMMIT, OID).rows) == 2
    again.engine.dispose()
    assert code_of(lambda: opened(log_private=False)) == "ledger.keying"


def test_public_log_cannot_become_private(settings: Settings) -> None:
    instance = open_settings(settings)
    assert (instance.private, instance.log.keying) == (False, PUBLIC)
    instance.engine.dispose()
    assert code_of(lambda: open_settings(replace(settings, log_private=True))) == "ledger.keying"


def test_log_that_another_began_in_the_meantime_is_not_begun_again(private: Settings) -> None:
    late = assemble_instance(replace(private, log_private=False), clock=SystemClock(), entropy=SystemEntropy())
    open_settings(private).engine.dispose()
    assert code_of(lambda: make_ready(late)) == "ledger.keying"
    late.engine.dispose()


def other_secret(instance: Instance) -> None:
    path = instance.settings.keys_dir / f"{index_secret_name(instance.scope.tenant, instance.log.name)}.json"
    path.unlink()
    instance.keys.create(index_secret_name(instance.scope.tenant, instance.log.name), bytes(32))


def lost_secret(instance: Instance) -> None:
    (instance.settings.keys_dir / f"{index_secret_name(instance.scope.tenant, instance.log.name)}.json").unlink()


@pytest.mark.parametrize("change", [other_secret, lost_secret])
def test_without_its_own_secret_a_private_log_appends_and_answers_nothing(
    opened: Callable[..., Instance], private: Settings, change: Callable[[Instance], None]
) -> None:
    instance = opened()
    grow(instance)
    change(instance)
    instance.engine.dispose()
    assert code_of(opened) == "evidence.index-key"
    held = assemble_instance(private, clock=SystemClock(), entropy=SystemEntropy())
    assert code_of(lambda: grow(held)) == "evidence.index-key"
    assert code_of(lambda: complete_rows(held, KeyKind.GIT_COMMIT, OID)) == "evidence.index-key"
    held.engine.dispose()


def test_exported_key_is_the_owners_alone_and_opens_the_index(opened: Callable[..., Instance], tmp_path: Path) -> None:
    instance = opened()
    name = export_index_key(instance, tmp_path / "k")
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    held = IndexKeys.of([parse_key_file((tmp_path / "k").read_bytes(), "k")])
    assert held.keying(name) == instance.log.keying
    instance.engine.dispose()


def test_public_log_has_no_key_to_export(settings: Settings, tmp_path: Path) -> None:
    instance = open_settings(settings)
    assert code_of(lambda: export_index_key(instance, tmp_path / "k")) == "service.not-found"
    assert not (tmp_path / "k").exists()
    instance.engine.dispose()


def test_key_that_the_log_does_not_commit_to_is_never_used() -> None:
    own, other = keyed_by(b"a" * 32), keyed_by(b"b" * 32)
    held = IndexKeys.of([b"b" * 32])
    assert held.keying(other.name).apply(KEY) != own.apply(KEY)
    for keys in (held, IndexKeys()):
        with pytest.raises(CannotVerify) as caught:
            keys.keying(own.name)
        assert caught.value.code == "evidence.index-key"
    with pytest.raises(CannotVerify):
        Keying(own.name).apply(KEY)


@pytest.mark.parametrize(("value", "meant"), [("", None), ("1", True), ("yess", True), ("0", False), ("No", False)])
def test_setting_that_is_not_understood_means_private(value: str, meant: bool | None) -> None:
    assert read_settings({"HOME": "/h", "WHEREOF_LOG_PRIVATE": value}).log_private is meant


def test_refusal_names_what_the_log_is(opened: Callable[..., Instance]) -> None:
    opened().engine.dispose()
    with pytest.raises(Refused, match="private"):
        opened(log_private=False)
