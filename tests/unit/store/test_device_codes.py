"""Command lines that wait: let once, given once, for a while, by one tenant; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from attest.errors import Conflict, Refused
from attest.model.may import Grant
from attest.model.rights import Right, Role
from attest.model.scope import Scope
from attest.store import device_codes
from attest.store.credentials import Credential, holder_of, revoke_credential
from attest.store.device_codes import INTERVAL_S, Polled, Waiting, begin_waiting, let, poll, turn_away, waiting_for
from attest.usecases.instance import Instance

pytestmark = pytest.mark.loopback

AT = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())
OTHER = Scope("ten_other")
WAITS = Waiting(
    digest="d" * 64, user_code="BCDFGHJK", rights=frozenset({Right.VERIFY}), asker="whereof", expires_at=AT + 600
)
TOKEN = Credential(
    id="tok_1",
    kind="device",
    name="ada",
    grants=(Grant(role=Role.DEVELOPER),),
    only=frozenset({Right.VERIFY}),
    created_at=AT + 10,
    expires_at=AT + 1000,
)


def test_command_line_is_given_its_token_once_after_somebody_let_it(instance: Instance) -> None:
    place = instance.engine, instance.scope
    begin_waiting(*place, WAITS, AT)
    assert waiting_for(*place, "BCDFGHJK", AT) == WAITS
    assert poll(*place, WAITS.digest, AT) == (Polled.PENDING, None)
    assert holder_of(*place, WAITS.digest, datetime.fromtimestamp(AT, UTC)) is None
    assert let(*place, "BCDFGHJK", TOKEN)
    assert not let(*place, "BCDFGHJK", replace(TOKEN, id="tok_2", name="bob"))
    assert waiting_for(*place, "BCDFGHJK", AT) is None
    assert not turn_away(*place, "BCDFGHJK")
    assert poll(*place, WAITS.digest, AT + 20) == (Polled.GIVEN, TOKEN)
    assert poll(*place, WAITS.digest, AT + 40) == (Polled.GONE, None)
    found = holder_of(*place, WAITS.digest, datetime.fromtimestamp(AT + 50, UTC))
    assert found is not None
    assert (found[1].name, found[1].only) == ("ada", TOKEN.only)


def test_who_asks_too_soon_is_told_so_and_waits_anew(instance: Instance) -> None:
    place = instance.engine, instance.scope
    begin_waiting(*place, WAITS, AT)
    asked = [poll(*place, WAITS.digest, at)[0] for at in (AT, AT + INTERVAL_S - 1, AT + 2 * INTERVAL_S - 1)]
    assert asked == [Polled.PENDING, Polled.TOO_SOON, Polled.PENDING]


def test_code_is_nothing_after_its_time_and_makes_room_then(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = instance.engine, instance.scope
    monkeypatch.setattr(device_codes, "MAX_WAITING", 1)
    begin_waiting(*place, WAITS, AT)
    other = replace(WAITS, digest="e" * 64, user_code="ZZZZZZZZ", expires_at=AT + 2000)
    with pytest.raises(Refused, match="too-many"):
        begin_waiting(*place, other, AT + 599)
    end = WAITS.expires_at
    assert waiting_for(*place, "BCDFGHJK", end) is None
    assert not let(*place, "BCDFGHJK", replace(TOKEN, created_at=end))
    assert poll(*place, WAITS.digest, end) == (Polled.GONE, None)
    begin_waiting(*place, other, end)


def test_two_never_wait_by_one_code_and_one_refused_gets_nothing(instance: Instance) -> None:
    place = instance.engine, instance.scope
    begin_waiting(*place, WAITS, AT)
    with pytest.raises(Conflict):
        begin_waiting(*place, replace(WAITS, digest="e" * 64), AT)
    assert turn_away(*place, "BCDFGHJK")
    assert not turn_away(*place, "BCDFGHJK")
    assert poll(*place, WAITS.digest, AT) == (Polled.GONE, None)


def test_token_taken_back_before_it_was_fetched_is_not_given(instance: Instance) -> None:
    place = instance.engine, instance.scope
    begin_waiting(*place, WAITS, AT)
    assert let(*place, "BCDFGHJK", TOKEN)
    assert revoke_credential(*place, TOKEN.id, AT + 11, name="ada")
    assert poll(*place, WAITS.digest, AT + 12) == (Polled.GONE, None)


def test_another_tenant_sees_lets_and_takes_nothing(instance: Instance) -> None:
    begin_waiting(instance.engine, instance.scope, WAITS, AT)
    place = instance.engine, OTHER
    assert waiting_for(*place, "BCDFGHJK", AT) is None
    assert not let(*place, "BCDFGHJK", TOKEN)
    assert not turn_away(*place, "BCDFGHJK")
    assert poll(*place, WAITS.digest, AT) == (Polled.GONE, None)
    assert waiting_for(instance.engine, instance.scope, "BCDFGHJK", AT) == WAITS
