"""Promise: a destroyed secret is gone, a withheld one is not given, and removing a file follows no link."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.clock import SystemEntropy
from attest.errors import CannotVerify
from attest.store.durable import remove_file
from attest.store.keyring import FileKeyRing


@pytest.fixture
def ring(tmp_path: Path) -> FileKeyRing:
    made = FileKeyRing(tmp_path / "keys", SystemEntropy())
    made.create("session/ses_1", b"one")
    made.create("session/ses_2", b"two")
    made.create("tenant/ten_local", b"three")
    return made


def test_destroyed_secret_is_gone_and_the_others_stay(ring: FileKeyRing, tmp_path: Path) -> None:
    assert ring.holds("session/ses_1")
    assert ring.destroy("session/ses_1")
    assert not ring.destroy("session/ses_1")
    assert not ring.holds("session/ses_1")
    assert ring.load("session/ses_1") is None
    assert ring.load("session/ses_2") == b"two"
    assert not [path for path in tmp_path.rglob("*") if "ses_1" in path.name]


def test_what_is_withheld_is_refused_and_not_taken_for_erased(ring: FileKeyRing) -> None:
    ring.withhold("session/", "vault/")
    with pytest.raises(CannotVerify) as caught:
        ring.load("session/ses_2")
    assert caught.value.code == "erasure.not-replayed"
    assert ring.load("tenant/ten_local") == b"three"


def test_link_is_removed_and_what_it_names_is_left(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"kept")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    assert remove_file(tmp_path / "link")
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "kept").read_bytes() == b"kept"
    assert not remove_file(tmp_path / "link")
