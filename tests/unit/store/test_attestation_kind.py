"""Promise: the newest attestations of a kind are read without those of any other, on both databases."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import event

from attest.store.attestations import newest
from attest.store.database import insert_all, writing
from attest.store.tables import AttestationRow
from attest.usecases.instance import Instance
from tests.unit.store.submissions import submission

ROWS = 2000
COLUMNS = ("tenant", "id", "log", "idx", "predicate_type", "identity", "issuer", "recorded_at", "schema_version")


def test_a_rare_kind_is_read_by_an_index(instance: Instance, as_owner: Callable[[str], None]) -> None:
    instance.append((submission(1),))
    tenant, log = instance.scope.tenant, instance.log.name
    rows = [(tenant, f"att_{at}", log, at, "https://kind.example/common", "", "", 0, 1) for at in range(ROWS)]
    with writing(instance.engine) as session:
        insert_all(session, AttestationRow, COLUMNS, rows)
    as_owner("ANALYZE attestation")
    asked: list[tuple[str, object]] = []
    event.listen(
        instance.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, text, parameters, *_more: asked.append((text, parameters)),
    )
    found = newest(instance.engine, instance.scope, before=None, limit=9, predicate_type="https://kind.example/rare")
    assert (found.rows, found.more) == ((), False)
    text, parameters = next(one for one in asked if "FROM attestation" in one[0])
    explain = "EXPLAIN " if instance.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    with instance.engine.connect() as connection:
        plan = "\n".join(map(str, connection.exec_driver_sql(explain + text, parameters)))
    assert "ix_attestation_kind" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
