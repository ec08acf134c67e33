"""What a page of a list costs: as many statements for many rows as for one, plans without a sort, and bounded bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread

import pytest
from sqlalchemy import Engine, event

from tests.service.conftest import Recorded, Running, transcript

pytestmark = pytest.mark.loopback

ROW_BYTES = 8_000
"""Of one row in any form, at most."""


@contextmanager
def statements(running: Running) -> Iterator[list[tuple[str, object]]]:
    """Give the reading statements of the requests that are answered inside, with their parameters.

    What the service does beside its requests reads the same tables, at moments of its own.
    """
    engine, seen = running.app.state.service.instance.engine, []

    def note(_connection: object, _cursor: object, text: str, parameters: object, *_more: object) -> None:
        if text.startswith("SELECT") and current_thread().name.startswith("AnyIO"):
            seen.append((text, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plans(engine: Engine, asked: list[tuple[str, object]]) -> Iterator[tuple[str, list[str]]]:
    """Give statements with the steps in which the database goes about each."""
    with engine.connect() as connection:
        for text, parameters in asked:
            yield text, [row.detail for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + text, parameters)]


@pytest.fixture
def several(running: Running, recorded: Recorded) -> Running:
    for number in range(3):
        reply = running.signed_in.post(
            "/v1/sessions",
            params={"commit": recorded.oid, "repository": str(running.repository)},
            content=transcript(f"count the rows {number}"),
        )
        assert reply.status_code in {200, 201}
    return running


@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/attestations", "/sessions"])
def test_many_rows_take_as_many_statements_as_one_and_bounded_bytes(several: Running, path: str) -> None:
    client, took = several.signed_in, {}
    for limit in (1, 4):
        client.get(path, params={"limit": limit})
        with statements(several) as seen:
            reply = client.get(path, params={"limit": limit})
        assert reply.status_code == 200
        took[limit] = [text for text, _ in seen if "attestation" in text]
        assert len(reply.content) <= 16_000 + limit * ROW_BYTES
    assert took[1]
    assert len(took[4]) == len(took[1])


def test_a_page_is_read_in_the_order_of_an_index(several: Running) -> None:
    engine = several.app.state.service.instance.engine
    with statements(several) as seen:
        assert several.signed_in.get("/v1/sessions", params={"limit": 4}).status_code == 200
    pages = [one for one in seen if "ORDER BY attestation.idx" in one[0]]
    assert pages
    for text, plan in plans(engine, pages):
        assert not [step for step in plan if "TEMP B-TREE" in step], (text, plan)


@pytest.fixture
def pinned(running: Running) -> Iterator[None]:
    """Pin whose anchors count: only then an answer looks for them."""
    instance = running.app.state.service.instance
    path = instance.settings.trust_dir / "anchors" / "pinned.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(instance.services.trusted_root)
    yield
    path.unlink()


@pytest.mark.usefixtures("pinned")
@pytest.mark.parametrize("path", ["/commits/{}", "/v1/commits/{}", "/v1/commits/{}?proof=complete"])
def test_an_answer_looks_through_no_attestations_and_sorts_none(
    several: Running, recorded: Recorded, path: str
) -> None:
    engine = several.app.state.service.instance.engine
    with statements(several) as seen:
        assert several.signed_in.get(path.format(recorded.oid)).status_code == 200
    about = [one for one in seen if "FROM attestation" in one[0] or "JOIN attestation" in one[0]]
    kinds = 0
    for text, plan in plans(engine, about):
        assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN attestation")], (text, plan)
        if "attestation.predicate_type = " in text:
            kinds += 1
            assert [step for step in plan if "INDEX ix_attestation_kind" in step], (text, plan)
    assert kinds
