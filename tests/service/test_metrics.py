"""Promise: what the service counts can be scraped by those who may, says what happened, and nothing of who or what."""

from __future__ import annotations

import json
import re
import time

import pytest

from api.meters import KINDS, Meters, kind_of
from attest.catalogue import CATALOGUE
from tests.service.conftest import SECRET_WORD, Recorded, Running, Start

pytestmark = pytest.mark.loopback
LINE = re.compile(r"(?m)^(whereof_[a-z_]+)(?:\{([^}]*)\})? (\S+)")
LABEL = re.compile(r'([a-z]+)="([^"]*)"')
LABELS = {"kind", "status", "code", "task", "queue", "part", "state", "version", "le"}
ACCESS = {"url": "https://audit.example.test", "pipelines": []}


def read(running: Running, **headers: str) -> dict[tuple[str, str], float]:
    """Give the value of each metric by name and labels, as they are a second later."""
    time.sleep(1.05)
    reply = running.client(**headers).get("/metrics")
    assert reply.status_code == 200, reply.text
    return {(one[1], one[2] or ""): float(one[3]) for one in LINE.finditer(reply.text)}


@pytest.fixture(scope="module")
def named(start: Start) -> Running:
    """Give a service where people sign in by name."""
    return start({"access.json": json.dumps(ACCESS).encode()})


def test_metrics_say_how_far_log_files_and_index_are(running: Running, recorded: Recorded) -> None:
    found = read(running)
    assert found["whereof_log_entries", ""] >= 3
    assert found["whereof_published_entries", ""] <= found["whereof_log_entries", ""]
    assert found["whereof_search_indexed_entries", ""] >= 0
    assert {part for (name, part), up in found.items() if name == "whereof_part_up" and up == 1} == {
        f'part="{part}"' for part in ("database", "objects", "search", "coverage")
    }
    assert found["whereof_witnesses_asked", ""] == 0
    assert ("whereof_witnessed_entries", "") not in found


def test_requests_and_failures_are_counted_by_closed_lists_alone(running: Running, recorded: Recorded) -> None:
    before = read(running)
    running.signed_in.get("/v1/attestations/nowhere")
    running.signed_in.get(f"/v1/commits/{recorded.oid}")
    running.signed_in.post("/v1/attestations", content=b"{}", headers={"Content-Type": "application/json"})
    batch = running.signed_in.post(
        "/v1/attestations:batch", content=b"{}\n{}\n", headers={"Content-Type": "application/jsonl"}
    )
    assert len(batch.text.splitlines()) == 2
    after = read(running)
    grown = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
    assert grown["whereof_requests_total", 'kind="api",status="200"'] >= 1
    assert grown["whereof_failures_total", 'code="service.not-found"'] >= 1
    failed = sum(value for (name, _), value in grown.items() if name == "whereof_failures_total")
    assert failed >= 4  # the two requests, and each line of the batch
    assert (grown["whereof_batches_total", ""], grown["whereof_batch_lines_total", ""]) == (1, 2)


def test_no_label_holds_text_of_a_request_or_a_person(running: Running, recorded: Recorded) -> None:
    word = "ada-lovelace"
    for path in (f"/v1/commits/{word}", f"/{word}", f"/sessions/{word}?q={word}", f"/v1/{word}"):
        running.signed_in.get(path, headers={"X-Request-Id": word, "User-Agent": word})
    time.sleep(1.05)
    text = running.client().get("/metrics").text
    assert word not in text
    assert SECRET_WORD not in text
    assert recorded.oid not in text
    named = {name for line in LINE.finditer(text) for name, _ in LABEL.findall(line[2] or "")}
    assert named <= LABELS
    codes = {value for line in LINE.finditer(text) for name, value in LABEL.findall(line[2] or "") if name == "code"}
    assert codes <= {*CATALOGUE, "other"}


def test_with_people_by_name_metrics_need_a_right_that_monitors_have(named: Running) -> None:
    assert named.client().get("/metrics").status_code == 401
    # The printed link's token stands for nobody there.
    assert named.signed_in.get("/metrics").status_code == 401


def test_a_page_that_was_rebound_to_loopback_reads_no_metrics(running: Running) -> None:
    foreign = {"Host": "rebound.example.test"}
    assert running.client().get("/metrics", headers=foreign).status_code == 401
    assert running.signed_in.get("/metrics", headers=foreign).status_code == 200


@pytest.mark.parametrize("host", ["10.2.3.4:8417", "whereof.audit.svc:8417", "audit.example.test"])
def test_probes_are_answered_by_whatever_name_a_scheduler_has_for_the_pod(
    running: Running, named: Running, recorded: Recorded, host: str
) -> None:
    for service in (running, named):
        assert service.client().get("/healthz", headers={"Host": host}).status_code == 200
    assert running.client().get("/readyz", headers={"Host": host}).status_code == 200
    refused = running.client().post("/healthz", headers={"Host": host})
    assert (refused.status_code, refused.json()["code"]) == (403, "service.forbidden")
    assert running.client().get("/v1/sessions", headers={"Host": host}).status_code == 403


def test_every_kind_of_route_is_one_of_the_list(running: Running) -> None:
    routes = [(m, r.path) for r in running.app.routes for m in getattr(r, "methods", None) or {"GET"}]
    assert {kind_of(*route) for route in routes} == set(KINDS) - {"none"}
    assert kind_of("GET", "none") == "none"


def test_events_of_failed_background_work_are_counted_by_name_and_strangers_together() -> None:
    meters = Meters()
    meters.happened("error", {"event": "compaction-failed"})
    meters.happened("error", {"event": "words of a session"})
    meters.failed("no such code")
    value = meters.registry.get_sample_value
    assert value("whereof_task_failures_total", {"task": "compaction-failed"}) == 1
    assert value("whereof_task_failures_total", {"task": "other"}) == 1
    assert value("whereof_failures_total", {"code": "other"}) == 1
