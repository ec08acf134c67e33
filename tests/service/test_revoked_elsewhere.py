"""Bundles under authorities that this service knows to be revoked: refused over HTTP with a problem that says so, or taken."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from attest.signing.revocation import add_revocations, parse_revocations, write_revocations
from tests.service.conftest import Running
from tests.service.test_ingest import statement
from tests.support.revoked import EXPECTED, Revoking, revoking

pytestmark = pytest.mark.loopback
STATUS = {"": 201, "evidence.certificate": 422, "evidence.timestamp": 422, "evidence.revoked": 422}


@pytest.fixture(scope="module")
def cases(running: Running) -> Iterator[dict[str, Revoking]]:
    """Bundles of as many signers; every root is pinned, and one list says who of them is revoked."""
    made = {case: revoking(case, statement(f"revoked: {case}")) for case in EXPECTED}
    trust, listed = running.home / "trust", write_revocations(())
    for number, one in enumerate(made.values()):
        (trust / f"revoked-{number}.json").write_bytes(one.root)
        rows = parse_revocations(one.revocations)
        listed = add_revocations((*parse_revocations(listed), *rows), ())
    (trust / "revocations.json").write_bytes(listed)
    yield made
    (trust / "revocations.json").unlink()


def said(status: int, body: dict) -> tuple[int, str]:
    return (status, "" if status < 300 else body["code"])


def test_one_by_one_and_by_batch_it_is_refused_by_the_verifiers_own_answer(
    running: Running, cases: dict[str, Revoking]
) -> None:
    client = running.signed_in
    expected = {case: (STATUS[code], code) for case, code in EXPECTED.items()}
    lines = b"\n".join(one.bundle for one in cases.values())
    answers = [
        json.loads(line) for line in client.post("/v1/attestations:batch", content=lines + b"\n").text.splitlines()
    ]
    assert dict(zip(cases, (said(a["status"], a.get("problem", {})) for a in answers), strict=True)) == expected
    again = {case: client.post("/v1/attestations", content=one.bundle) for case, one in cases.items()}
    known = {case: (200, "") if code == "" else expected[case] for case, code in EXPECTED.items()}
    assert {case: said(reply.status_code, reply.json()) for case, reply in again.items()} == known
    assert all("revoked" in reply.text for reply in again.values() if reply.status_code == 422)


def test_whoever_may_read_the_log_is_given_the_list_that_the_service_goes_by(
    running: Running, cases: dict[str, Revoking]
) -> None:
    reply = running.client().get("/keys/revocations.json")
    assert (reply.status_code, reply.headers["cache-control"]) == (200, "no-store")
    assert reply.content == (running.home / "trust" / "revocations.json").read_bytes()
    assert len(parse_revocations(reply.content)) >= len(cases) - 2


def test_with_a_list_that_cannot_be_read_nothing_is_taken_or_told(running: Running, cases: dict[str, Revoking]) -> None:
    kept = running.home / "trust" / "revocations.json"
    good = kept.read_bytes()
    kept.write_bytes(b"{}")
    try:
        client = running.signed_in
        asked = [
            client.post("/v1/attestations", content=cases["nobody"].bundle),
            client.get("/keys/revocations.json"),
        ]
    finally:
        kept.write_bytes(good)
    assert [reply.status_code for reply in asked] == [503, 503]
    assert asked[0].json()["code"] == "trust.unreadable"
