"""Uploads on both databases: blocks in their order, one caller's alone, thrown away in time."""

from __future__ import annotations

import hashlib

import pytest

from attest.errors import Absent, Conflict, NotVerified, Refused
from attest.model.scope import Scope
from attest.store.uploads import Upload, begin_upload, bytes_of, handed_in, take_block, upload_of
from attest.usecases.hand_in import hand_in, take_next
from attest.usecases.instance import Instance

DATA = b"pond and heron"
SHA256 = hashlib.sha256(DATA).hexdigest()
ALL = 10_000


def upload(name: str = "upl_1", *, by: str = "ada", expires_at: int = 100) -> Upload:
    return Upload(id=name, sha256=SHA256, size=len(DATA), taken=0, by=by, expires_at=expires_at)


def test_blocks_make_the_object_and_leave_nothing_behind(instance: Instance) -> None:
    engine, scope = instance.engine, instance.scope
    mine = begin_upload(engine, scope, upload(), now=1)
    assert begin_upload(engine, scope, upload("upl_2"), now=1).id == "upl_1"
    assert begin_upload(engine, scope, upload("upl_3", by="eve"), now=1).id == "upl_3"
    assert take_next(instance, mine, DATA[:5], at=0, most=ALL).taken == 5
    with pytest.raises(Conflict):
        take_block(engine, scope, mine, DATA[:5], at=0)
    assert take_next(instance, mine, DATA[5:], at=5, most=ALL).taken == len(DATA)
    assert instance.objects.get(SHA256) == DATA
    assert (handed_in(engine, scope, SHA256), bytes_of(engine, scope, mine)) == (len(DATA), b"")
    with pytest.raises(Absent):
        upload_of(engine, scope, "upl_1", by="ada", now=1)


def test_an_upload_whose_end_broke_off_is_ended_by_an_empty_block(instance: Instance) -> None:
    engine, scope = instance.engine, instance.scope
    mine = begin_upload(engine, scope, upload(), now=1)
    take_block(engine, scope, mine, DATA, at=0)
    assert handed_in(engine, scope, SHA256) is None
    take_next(instance, mine, b"", at=len(DATA), most=ALL)
    assert handed_in(engine, scope, SHA256) == len(DATA)


def test_uploads_are_thrown_away_and_another_tenant_sees_nothing(instance: Instance) -> None:
    engine, scope = instance.engine, instance.scope
    mine = begin_upload(engine, scope, upload(), now=1)
    take_block(engine, scope, mine, DATA, at=0)
    other = Scope("ten_other")
    with pytest.raises(Absent):
        upload_of(engine, other, "upl_1", by="ada", now=1)
    assert bytes_of(engine, other, mine) == b""
    begin_upload(engine, scope, upload("upl_9", by="eve", expires_at=200), now=100)
    assert bytes_of(engine, scope, mine) == b""


def test_what_is_handed_in_is_hashed_counted_and_of_one_tenant(instance: Instance) -> None:
    with pytest.raises(NotVerified):
        hand_in(instance, SHA256, b"other", most=ALL)
    with pytest.raises(Refused):
        hand_in(instance, SHA256, DATA, most=len(DATA) - 1)
    assert hand_in(instance, SHA256, DATA, most=len(DATA))
    assert not hand_in(instance, SHA256, DATA, most=len(DATA))
    assert handed_in(instance.engine, Scope("ten_other"), SHA256) is None
