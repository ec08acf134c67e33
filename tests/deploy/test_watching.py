"""Promise: rules and dashboard name metrics that the service has; each alert is shown to fire, and to be silent."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.meters import KINDS, TASKS
from attest.catalogue import CATALOGUE
from attest.clock import SystemClock, SystemEntropy
from attest.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "rules.yaml"
TESTED = RULES.with_name("rules_test.yaml")
DASHBOARD = ROOT / "deploy" / "grafana" / "whereof.json"
NAME = re.compile(r"\bwhereof_[a-z_]+")
WITH_WITNESSES = {"whereof_witnessed_entries", "whereof_cosigned_timestamp_seconds"}
"""Only where witnesses are asked, or have cosigned."""
MATCHED = re.compile(r'(code|kind|task)=~?"([^"]+)"')
PANEL = {
    "type": "object",
    "required": ["id", "type", "title", "gridPos", "targets", "datasource", "fieldConfig"],
    "properties": {
        "type": {"enum": ["timeseries", "stat"]},
        "title": {"type": "string", "minLength": 3},
        "gridPos": {"required": ["x", "y", "w", "h"], "properties": {"w": {"maximum": 24}, "x": {"maximum": 23}}},
        "targets": {
            "minItems": 1,
            "items": {"required": ["refId", "expr", "legendFormat"], "properties": {"expr": {"pattern": "whereof_"}}},
        },
    },
}
GRAFANA = {
    "type": "object",
    "required": ["uid", "title", "schemaVersion", "panels", "templating", "time"],
    "properties": {"schemaVersion": {"minimum": 36}, "panels": {"minItems": 1, "items": PANEL}},
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give what a service says that has just begun."""
    app = create_app(Settings(home=tmp_path_factory.mktemp("watched")), clock=SystemClock(), entropy=SystemEntropy())
    found = app.state.service.gauges.page()
    app.state.service.ingest.close()
    app.state.service.instance.engine.dispose()
    return found


@pytest.fixture(scope="module")
def metrics(page: bytes) -> frozenset[str]:
    """Give the name of every sample that a service can have."""
    names = set(WITH_WITNESSES)
    for family in text_string_to_metric_families(page.decode()):
        if family.type == "counter":
            names.add(f"{family.name}_total")
        elif family.type == "histogram":
            names |= {f"{family.name}_{part}" for part in ("bucket", "sum", "count")}
        else:
            names.add(family.name)
    return frozenset(names)


def alerts() -> list[dict[str, object]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [str(rule["expr"]) for rule in alerts()] + [one["expr"] for each in panels for one in each["targets"]]


def test_promtool_takes_the_rules_and_their_tests_pass(require: Callable[..., None]) -> None:
    require("promtool")
    for command in (("check", "rules", RULES.name), ("test", "rules", TESTED.name)):
        done = subprocess.run(["promtool", *command], cwd=RULES.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_reads_what_the_service_says(require: Callable[..., None], page: bytes) -> None:
    require("promtool")
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_shown_to_fire() -> None:
    tried = TESTED.read_text()
    assert [name for rule in alerts() if (name := str(rule["alert"])) not in tried] == []
    assert all(rule["annotations"].keys() == {"summary", "description"} for rule in alerts())  # type: ignore[attr-defined]


def test_rules_and_dashboard_name_metrics_that_are_there(metrics: frozenset[str]) -> None:
    named = {name for text in (*expressions(), TESTED.read_text()) for name in NAME.findall(text)}
    assert named - metrics == set()
    # And nothing is counted that nobody looks at, but what belongs to others and what the client adds.
    parts = {name for name in metrics if name.endswith(("_sum", "_count", "_created"))}
    unused = metrics - named - parts - {"whereof_build_info", "whereof_witnesses_asked", "whereof_spool_bytes"}
    assert unused == set()


def test_labels_that_are_matched_have_such_values() -> None:
    known = {"code": CATALOGUE, "kind": KINDS, "task": TASKS}
    for label, pattern in (found for text in expressions() for found in MATCHED.findall(text)):
        assert any(re.fullmatch(pattern, value) for value in known[label]), (label, pattern)


def test_the_dashboard_has_the_shape_that_grafana_reads() -> None:
    board = json.loads(DASHBOARD.read_text())
    jsonschema.validate(board, GRAFANA)
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]
    assert len(places) == len(set(places))
