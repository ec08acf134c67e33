"""How often one may ask: told with every answer, apart for handing in, asking and taking out, and refused in words."""

from __future__ import annotations

import pytest

from tests.service.conftest import Running, Start

pytestmark = pytest.mark.loopback


@pytest.fixture(scope="module")
def narrow(start: Start) -> Running:
    return start(query_rate=(0.01, 3), export_rate=(0.01, 1), ingest_rate=(0.01, 2))


def test_a_bucket_that_is_empty_refuses_and_leaves_the_others_alone(narrow: Running) -> None:
    client = narrow.signed_in
    left = [client.get("/v1/sessions").headers["ratelimit"] for _ in range(3)]
    assert [one.partition(";t=")[0] for one in left] == ['"query";r=2', '"query";r=1', '"query";r=0']
    refused = client.get("/v1/sessions")
    assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (429, "service.rate", True)
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["ratelimit-policy"] == '"query";q=3;w=300'
    assert client.post("/v1/attestations", content=b"{}").status_code == 422
    assert narrow.client().get("/healthz").status_code == 200


def test_who_is_not_signed_in_takes_nothing_from_others(narrow: Running) -> None:
    refused = narrow.client().get("/v1/sessions")
    assert refused.status_code == 401
    assert "ratelimit" not in refused.headers
