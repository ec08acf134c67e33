"""What usage is added up from, on both databases."""

from __future__ import annotations

import pytest

from attest.errors import InvalidInput
from attest.ledger.index import KeyKind
from attest.model.scope import Scope
from attest.model.usage_rows import NO_REPOSITORY
from attest.store.database import writing
from attest.store.tables import AttestationRow, SubjectRow
from attest.store.usage_find import used_between
from attest.usecases.instance import Instance

POND = "git+https://forge.example.test/ada/pond"


@pytest.fixture
def three(instance: Instance) -> Instance:
    """Give an instance with three attestations: two of one session in one repository, one without either."""
    with writing(instance.engine) as session:
        for number, of in enumerate(("ses_1", "ses_1", None)):
            session.add(
                AttestationRow(
                    tenant=instance.scope.tenant,
                    id=f"att_{number}",
                    log=instance.log.name,
                    idx=-3 + number,
                    predicate_type="x",
                    session=of,
                    identity="ada",
                    issuer="i",
                    recorded_at=100 + number,
                    foreign_bundle=None,
                )
            )
            if of:
                session.add(
                    SubjectRow(
                        tenant=instance.scope.tenant,
                        kind=KeyKind.REPOSITORY.value,
                        value=POND,
                        idx=-3 + number,
                        attestation=f"att_{number}",
                    )
                )
    return instance


def test_it_is_by_repository_and_signer_and_of_a_time(three: Instance) -> None:
    _, found = used_between(three.engine, three.scope, since=0, until=1000, as_of=None)
    assert {(one.repository, one.signer, one.attestations, one.sessions) for one in found} == {
        (POND, ("ada", "i"), 2, 1),
        (NO_REPOSITORY, ("ada", "i"), 1, 0),
    }
    _, found = used_between(three.engine, three.scope, since=101, until=102, as_of=None)
    assert [(one.repository, one.attestations) for one in found] == [(POND, 1)]


def test_other_repositories_and_tenants_are_not_seen(three: Instance) -> None:
    tenant = three.scope.tenant
    _, found = used_between(three.engine, Scope(tenant, (POND,)), since=0, until=1000, as_of=None)
    assert [one.repository for one in found] == [POND]
    _, found = used_between(
        three.engine, Scope(tenant, ("git+https://else.example/a",)), since=0, until=1000, as_of=None
    )
    assert found == ()


def test_too_much_is_refused(three: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attest.store.usage_find.MAX_GROUPS", 1)
    with pytest.raises(InvalidInput):
        used_between(three.engine, three.scope, since=0, until=1000, as_of=None)
