"""Usage over HTTP: of one tenant, of a time, for who administers; one person's recordings are not added up."""

from __future__ import annotations

import pytest

from api.cost_centres import FILE_NAME
from attest.model.usage_rows import Used
from tests.service.conftest import Recorded, Running, Start, record

pytestmark = pytest.mark.loopback


@pytest.fixture
def five(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have five people sign what one did."""
    from api.routes import usage

    plain = usage.used_between

    def of_five(*arguments: object, **named: object) -> object:
        state, found = plain(*arguments, **named)  # type: ignore[arg-type]
        return state, tuple(
            Used(repository=one.repository, signer=(str(who), ""), attestations=one.attestations, sessions=one.sessions)
            for one in found
            for who in range(5)
        )

    monkeypatch.setattr(usage, "used_between", of_five)


def test_what_one_person_recorded_is_not_added_up(start: Start) -> None:
    running = start()  # into the shared one other tests hand what other people signed
    index = record(running).receipt["index"]
    found = running.signed_in.get("/v1/usage").json()
    assert (found["data"], found["as_of"]["tree_size"] > index) == ([], True)


def test_rows_are_of_tenant_repository_and_cost_centre(running: Running, recorded: Recorded, five: None) -> None:
    table = running.home / FILE_NAME
    table.write_text('{"git+https://forge.example.test/ada/pond": "CC-1"}')
    client = running.signed_in
    rows = client.get("/v1/usage").json()["data"]
    names = {(row["by"], row["name"]) for row in rows}
    assert ("tenant", "ten_local") in names
    assert ("repository", "git+https://forge.example.test/ada/pond") in names
    assert ("cost-centre", "CC-1") in names
    by = {row["by"]: [one["attestations"] for one in rows if one["by"] == row["by"]] for row in rows}
    assert sum(by["tenant"]) == sum(by["repository"]) == sum(by["cost-centre"])
    lines = client.get("/v1/usage", headers={"Accept": "text/csv"}).text.splitlines()
    assert lines[0].replace('"', "") == "by,name,attestations,sessions"
    assert client.get("/v1/usage", params={"until": "2001-01-01T00:00:00Z"}).json()["data"] == []
    as_of = client.get("/v1/usage").json()["as_of"]["tree_size"]
    kept = client.get("/v1/usage", params={"as_of": as_of})
    again = client.get("/v1/usage", params={"as_of": as_of}, headers={"If-None-Match": kept.headers["etag"]})
    assert (kept.status_code, again.status_code, again.content) == (200, 304, b"")
    for wrong in ("[]", "{", '{"a": 1}', '{"git+https://a.example/b": "=1+1"}'):
        table.write_text(wrong)
        told = client.get("/v1/usage")
        assert (told.status_code, told.json()["code"]) == (503, "service.cost-centres"), wrong
    table.unlink()


@pytest.mark.parametrize("when", ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00+01:00"])
def test_what_is_no_time_is_refused(running: Running, when: str) -> None:
    assert running.signed_in.get("/v1/usage", params={"since": when}).json()["code"] == "input.malformed"
