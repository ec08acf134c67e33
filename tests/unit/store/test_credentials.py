"""Credentials, roles, engagements and records of access, on both databases."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.shapes import statement_of
from attest.errors import Absent, Refused
from attest.ledger.checkpoint import open_c2sp_note
from attest.ledger.note import decode_vkey
from attest.model.admin_predicate import ADMIN_V1
from attest.model.governing import Governed
from attest.model.may import Cause, Engagement, Grant
from attest.model.rights import Right, Role
from attest.model.scope import Scope
from attest.store.access_records import access_records
from attest.store.attestations import newest
from attest.store.credentials import (
    Credential,
    credentials_of,
    holder_of,
    keep_credential,
    revoke_credential,
)
from attest.store.given import engagements, roles_given
from attest.usecases.access_log import Access, AccessLog
from attest.usecases.administer import (
    By,
    confirm_engagement,
    end_engagement,
    give_role,
    log_governing,
    open_engagement,
    take_role,
)
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import Instance

pytestmark = pytest.mark.loopback

NOW = datetime(2026, 5, 1, tzinfo=UTC)
AT = int(NOW.timestamp())
OTHER = Scope("ten_other")
OLGA = By(name="olga")
FAR = 2**40
POND = "git+https://forge.example.test/ada/pond"
SESSION = "ses_01J00000000000000000000000"
MADE = Credential(
    id="tok_1",
    kind="token",
    name="ada",
    grants=(Grant(role=Role.DEVELOPER, repositories=(POND,)),),
    only=frozenset({Right.VERIFY}),
    created_at=AT,
    expires_at=AT + 60,
)
SAMPLE = Engagement(
    id="eng_1",
    cause=Cause.INCIDENT,
    purpose="INC-7",
    starts_at=NOW,
    expires_at=NOW + timedelta(hours=1),
    repositories=(POND,),
    controls=("CC8.1",),
    since=NOW - timedelta(days=90),
    until=None,
    items=frozenset({"ses_1"}),
    confirmed=False,
)


def read(**changes: object) -> Access:
    plain = Access(
        who="ada",
        right="session.read.transcript",
        purpose="INC-7",
        query="/v1/x",
        session=SESSION,
        attestation=None,
        rows=3,
        tree_size=1,
        address="loopback",
    )
    return replace(plain, **changes)


def test_credential_comes_back_as_it_was_until_it_ends_or_is_taken_back(instance: Instance) -> None:
    engine, scope = instance.engine, instance.scope
    keep_credential(engine, scope, "d1", MADE)
    found, principal = holder_of(engine, scope, "d1", NOW) or pytest.fail("not found")
    assert found == MADE
    assert (principal.grants, principal.only) == (MADE.grants, MADE.only)
    assert holder_of(engine, OTHER, "d1", NOW) is None
    assert credentials_of(engine, OTHER, "ada") == ()
    assert holder_of(engine, scope, "d1", NOW + timedelta(seconds=60)) is None
    assert not revoke_credential(engine, scope, "tok_1", AT, name="bob")
    assert not revoke_credential(engine, OTHER, "tok_1", AT, name=None)
    assert revoke_credential(engine, scope, "tok_1", AT, name="ada")
    assert holder_of(engine, scope, "d1", NOW) is None
    keep_credential(
        engine, scope, "d2", replace(MADE, id="tok_2", created_at=AT + 30 * 86400, expires_at=AT + 40 * 86400)
    )
    assert [one.id for one in credentials_of(engine, scope, "ada")] == ["tok_2"]


def test_role_counts_from_the_moment_it_is_given_until_it_is_taken(instance: Instance) -> None:
    engine, scope = instance.engine, instance.scope
    keep_credential(engine, scope, "d1", replace(MADE, grants=(), only=None, expires_at=FAR))
    given = give_role(instance, "ada", Grant(role=Role.OPERATOR), OLGA)
    assert (holder_of(engine, scope, "d1", NOW) or pytest.fail("gone"))[1].grants == (Grant(role=Role.OPERATOR),)
    with pytest.raises(Refused, match="kept-apart"):
        give_role(instance, "ada", Grant(role=Role.DEVELOPER), OLGA)
    with pytest.raises(Refused, match="kept-apart"):
        give_role(instance, "olga", Grant(role=Role.MONITOR), OLGA)
    with pytest.raises(Absent):
        take_role(replace(instance, scope=OTHER), given.id, OLGA)
    take_role(instance, given.id, OLGA)
    take_role(instance, given.id, OLGA)
    assert (holder_of(engine, scope, "d1", NOW) or pytest.fail("gone"))[1].grants == ()
    assert actions(instance) == ["role-given", "role-taken"]
    assert [one.id for one in roles_given(engine, scope)] == [given.id]
    assert roles_given(engine, OTHER) == ()


def test_engagement_comes_back_as_it_was_and_is_confirmed_by_a_third(instance: Instance) -> None:
    engine, scope = instance.engine, instance.scope
    keep_credential(engine, scope, "d1", MADE)
    opened = open_engagement(instance, SAMPLE, "ada", OLGA).engagement

    def held() -> tuple[Engagement, ...]:
        return (holder_of(engine, scope, "d1", NOW) or pytest.fail("gone"))[1].engagements

    assert held() == (opened,) == (replace(SAMPLE, id=opened.id),)
    for by in (By(name="ada"), OLGA):
        with pytest.raises(Refused, match="kept-apart"):
            confirm_engagement(instance, opened.id, by)
    with pytest.raises(Absent):
        confirm_engagement(replace(instance, scope=OTHER), opened.id, By(name="pia"))
    confirm_engagement(instance, opened.id, By(name="pia"))
    with pytest.raises(Refused, match="kept-apart"):
        confirm_engagement(instance, opened.id, By(name="una"))
    assert held() == (replace(opened, confirmed=True),)
    end_engagement(instance, opened.id, OLGA)
    assert held() == ()
    assert actions(instance) == ["engagement-opened", "engagement-confirmed", "engagement-ended"]
    assert [one.confirmed_by for one in engagements(engine, scope, name="ada")] == ["pia"]
    assert engagements(engine, scope, name="bob") == engagements(engine, OTHER) == ()


def test_change_that_cannot_be_logged_is_not_made(instance: Instance) -> None:
    def fails(*_: object, **__: object) -> None:
        raise Refused("store.full")

    with pytest.raises(Refused) as refused:
        give_role(replace(instance, append=fails), "ada", Grant(role=Role.OPERATOR), OLGA)  # type: ignore[arg-type]
    assert refused.value.code == "store.full"
    assert roles_given(instance.engine, instance.scope) == ()


def test_file_that_governs_is_logged_when_it_is_another_one(instance: Instance, tmp_path: Path) -> None:
    file = tmp_path / "access.json"
    assert log_governing(instance, tmp_path) == ()
    for text in ("{}", "{ }", None, "{}"):
        file.write_text(text) if text is not None else file.unlink()
        assert log_governing(instance, tmp_path) == (Governed.ACCESS,)
        assert log_governing(instance, tmp_path) == ()
    entries = [one["changed"] for one in admin_entries(instance)]
    first, second = (hashlib.sha256(text).hexdigest() for text in (b"{}", b"{ }"))
    assert entries == [
        {"what": "access", "digest": first},
        {"what": "access", "digest": second, "before": first},
        {"what": "access", "before": second},
        {"what": "access", "digest": first},
    ]


def admin_entries(instance: Instance) -> list[dict]:
    rows = newest(instance.engine, instance.scope, before=None, limit=50, predicate_type=ADMIN_V1).rows
    return [dict(statement_of(row).predicate) for row in reversed(rows)]


def actions(instance: Instance) -> list[str]:
    return [one["action"] for one in admin_entries(instance)]


def test_reading_is_in_a_signed_log_of_its_own_and_found_by_session(instance: Instance) -> None:
    log = AccessLog(instance)
    log.start()
    try:
        log.write(read())
        log.write(read(who="bob", session=None))
    finally:
        log.close()
    everything = access_records(instance.engine, instance.scope, before=None)
    assert [record["who"] for _, record in everything] == ["bob", "ada"]
    (mine,) = access_records(instance.engine, instance.scope, before=None, session_id=SESSION)
    assert (mine[1]["who"], mine[1]["rows"]) == ("ada", 3)
    assert access_records(instance.engine, OTHER, before=None) == ()
    own = log.own() or pytest.fail("no log")
    note = (instance.settings.logs_dir / "access" / "checkpoint").read_bytes()
    assert open_c2sp_note(note, decode_vkey(own.services.log.verifier_key))[0].size == everything[0][0] + 2, (
        "its group ends with an index leaf"
    )
    with pytest.raises(Refused, match="access log"):
        log.write(read())


def test_a_reader_who_would_wait_long_is_told_to_come_again_and_the_record_stays(instance: Instance) -> None:
    log = AccessLog(instance, wait_s=0)
    with pytest.raises(Refused) as refused:
        log.write(read())
    log.close()
    assert refused.value.code == "service.too-many"
    assert [record["who"] for _, record in access_records(instance.engine, instance.scope, before=None)] == ["ada"]


def test_record_that_was_altered_beside_the_log_is_found_by_fsck(instance: Instance, as_owner) -> None:
    log = AccessLog(instance)
    log.write(read())
    log.close()
    whole = fsck(instance, FsckDepth(signatures=True, index=True), on_progress=lambda *_: None)
    assert (whole.problems, whole.more_problems) == ((), 0)
    assert any(line.startswith("access log: 4 entries") for line in whole.checked)
    as_owner("""UPDATE access_record SET record = replace(record, '"rows": 3', '"rows": 1')""")
    altered = fsck(instance, FsckDepth(), on_progress=lambda *_: None)
    assert altered.problems == ("access log, entry 2: the rows of its records are not those that were signed",)
    as_owner("DELETE FROM access_record")
    assert fsck(instance, FsckDepth(), on_progress=lambda *_: None).problems == altered.problems
