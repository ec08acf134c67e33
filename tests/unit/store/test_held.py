"""The privacy report counts what is held, on both databases, and names nobody."""

from __future__ import annotations

import json

import pytest

from attest.model.may import Grant
from attest.model.rights import Role
from attest.model.scope import Scope
from attest.store.credentials import Credential, keep_credential
from attest.store.held import held_of
from attest.usecases.administer import By, give_role
from attest.usecases.holds import add_hold
from attest.usecases.instance import Instance
from attest.usecases.privacy_report import NOT_DONE, at_least, privacy_report
from attest.usecases.retain import FILE_NAME

pytestmark = pytest.mark.loopback

OLGA = By(name="olga-the-operator")


def test_counts_are_of_the_tenant_and_of_what_holds(instance: Instance) -> None:
    now = int(instance.clock.now().timestamp())
    for number, ends in ((1, now + 60), (2, now - 60)):
        made = Credential(
            id=f"tok_{number}",
            kind="token",
            name="nora-the-auditor",
            grants=(),
            only=None,
            created_at=now,
            expires_at=ends,
        )
        keep_credential(instance.engine, instance.scope, f"{number}" * 64, made)
    give_role(instance, "nora-the-auditor", Grant(role=Role.AUDITOR), OLGA)
    add_hold(instance, "case-7")
    found = privacy_report(instance)
    assert (found.held.credentials, found.held.roles, found.holds, found.held.accesses) == (1, 1, 1, 0)
    ((kind, number),) = found.held.statements
    assert (kind.rpartition("/")[0].endswith("admin"), number) == (True, 2)
    assert found.held.signers == 1
    other = held_of(instance.engine, Scope("ten_other"), now)
    assert (other.statements, other.signers, other.credentials, other.roles) == ((), 0, 0, 0)
    assert all(number == 0 for _, number in other.rows)


def test_report_names_nobody_and_no_number_of_people_below_five(instance: Instance) -> None:
    give_role(instance, "nora-the-auditor", Grant(role=Role.AUDITOR), OLGA)
    (instance.settings.home / FILE_NAME).write_text('{"transcriptDays": 400}')
    told = privacy_report(instance).to_json()
    text = json.dumps(told)
    assert "nora" not in text
    assert "olga" not in text
    assert "actor/" not in text
    assert isinstance(told["people"], dict)
    assert told["people"]["signers"] == "fewer than 5"
    assert [at_least(number) for number in (0, 1, 4, 5)] == [0, "fewer than 5", "fewer than 5", 5]
    assert told["retention_days"] == {"transcriptDays": 400}
    assert told["retention_in_force"] is False
    assert told["not_done"] == list(NOT_DONE)
