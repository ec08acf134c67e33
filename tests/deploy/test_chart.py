"""Promise: every object of the chart is valid, restricted, and asks the service for nothing that it does not know."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "whereof"
MANIFESTS = Path(__file__).parent / "manifests"
KUBERNETES = ("1.30", "1.37")
OUTSIDE = {"Cluster", "ServiceMonitor"}
"""Kinds of other projects: their schemas are not among Kubernetes' own."""

LEAST: dict[str, Any] = {"database": {"existingSecret": "db"}, "access": {"existingSecret": "access"}}
CLUSTER: dict[str, Any] = {"database": {"cluster": {"enabled": True}}, "access": {"existingSecret": "access"}}
MANY: dict[str, Any] = {
    "image": {"digest": "sha256:" + "0f" * 32, "pullSecrets": [{"name": "pull"}]},
    "replicas": 3,
    "data": {"accessModes": ["ReadWriteMany"], "storageClass": "shared"},
    "database": {"existingSecret": "db", "migrateSecret": "db-owner"},
    "objects": {"url": "s3://audit/whereof", "endpoint": "https://s3.internal", "existingSecret": "s3"},
    "log": {"origin": "audit.example/logs/default", "private": False},
    "access": {"existingSecret": "access", "files": ["oidc-secret"]},
    "ingress": {"enabled": True, "className": "edge", "host": "audit.example", "tlsSecret": "tls"},
    "witness": {"enabled": True, "policy": "log audit.example/logs/other+0f0f0f0f+AAAA\nquorum none\n"},
    "networkPolicy": {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/24"}}], "ports": [{"port": 443}]}]},
    "autoscaling": {"enabled": True},
    "serviceMonitor": {"enabled": True, "tokenSecret": "metrics"},
    "traces": {"endpoint": "http://collector.watch:4318"},
}
CASES = {"least": LEAST, "cluster": CLUSTER, "many": MANY}


@pytest.fixture(scope="module")
def helm(require: Callable[..., None]) -> Any:
    require("helm", find_spec("helm_python") is not None and find_spec("kubernetes_validate") is not None)
    import helm_python

    return helm_python


def _matrix() -> Iterator[dict[str, Any]]:
    """Give every combination of the switches, on top of the least values."""
    for one, two, three, four, five in itertools.product((False, True), repeat=5):
        yield LEAST | {
            "networkPolicy": {"enabled": one},
            "podDisruptionBudget": {"enabled": two},
            "migrate": {"enabled": three},
            "serviceMonitor": {"enabled": four},
            "data": {"accessModes": ["ReadWriteMany"]} if five else {"existingClaim": "mine"},
            "replicas": 2 if five else 1,
        }


def _objects(helm: Any, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    files = helm.Chart.load(CHART).render(dict(values), name="audit", namespace="evidence")
    return [found for _, text in sorted(files.items()) for found in yaml.safe_load_all(text) if found]


def _pods(objects: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for found in objects:
        if found["kind"] == "Pod":
            yield found["spec"]
        elif "template" in found.get("spec", {}):
            yield found["spec"]["template"]["spec"]


def _require_valid(objects: list[dict[str, Any]]) -> None:
    for found in objects:
        assert found["metadata"]["namespace"] == "evidence"
        if found["kind"] not in OUTSIDE:
            _require_valid_one(json.dumps(found, sort_keys=True))


@cache
def _require_valid_one(found: str) -> None:
    import kubernetes_validate

    for version in KUBERNETES:
        kubernetes_validate.validate(json.loads(found), version, strict=True)


def _require_restricted(pod: dict[str, Any]) -> None:
    """Hold a pod against Kubernetes' restricted profile, a read-only root, and no token of the cluster's."""
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert all(
        volume.keys() & {"persistentVolumeClaim", "emptyDir", "secret", "configMap"}
        for volume in pod.get("volumes", [])
    )
    for container in pod["containers"]:
        security = container["securityContext"]
        assert security["runAsUser"] == 10001
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert security["readOnlyRootFilesystem"] is True
        assert security["allowPrivilegeEscalation"] is False
        assert container["resources"]["limits"]["memory"]


def test_a_linter_finds_nothing(helm: Any) -> None:
    result = helm.lint(CHART, LEAST, strict=True)
    assert (result["messages"], result["errors"]) == ([], [])


def test_every_object_of_every_combination_is_valid_and_restricted(helm: Any) -> None:
    for values in (*CASES.values(), *_matrix()):
        objects = _objects(helm, values)
        _require_valid(objects)
        pods = list(_pods(objects))
        assert pods
        for pod in pods:
            _require_restricted(pod)


@pytest.mark.parametrize("case", CASES)
def test_manifests_are_those_that_were_read(helm: Any, case: str) -> None:
    """`WHEREOF_WRITE_MANIFESTS=1` writes them anew; the difference is then for a person to read."""
    text = yaml.safe_dump_all(_objects(helm, CASES[case]), sort_keys=True, width=120)
    path = MANIFESTS / f"{case}.yaml"
    if os.environ.get("WHEREOF_WRITE_MANIFESTS"):
        path.write_text(text)
    assert path.read_text() == text


def test_every_variable_that_is_set_is_one_the_service_reads(helm: Any) -> None:
    read = "".join((ROOT / path).read_text() for path in ("attest/settings.py", "api/config.py"))
    names = {
        each["name"]
        for pod in _pods(_objects(helm, MANY))
        for container in pod["containers"]
        for each in container.get("env", [])
    }
    assert {"WHEREOF_DATABASE_URL", "WHEREOF_OBJECTS", "WHEREOF_LOG_ORIGIN", "WHEREOF_LOG_PRIVATE"} <= names
    assert {name for name in names if f'"{name}"' not in read} == set()


def test_what_a_private_log_is_told_reads_as_yes_and_no(helm: Any) -> None:
    from attest.settings import read_settings

    for values, private in ((LEAST, True), (MANY, False)):
        container = next(found for found in _objects(helm, values) if found["kind"] == "Deployment")
        environment = container["spec"]["template"]["spec"]["containers"][0]["env"]
        told = {each["name"]: each.get("value", "") for each in environment}
        assert read_settings(told).log_private is private


def test_only_the_service_is_told_of_a_collector_and_only_where_one_is_named(helm: Any) -> None:
    for values, expected in ((LEAST, []), (MANY, [("Deployment", "http://collector.watch:4318")])):
        told = [
            (found["kind"], each["value"])
            for found in _objects(helm, values)
            for pod in _pods([found])
            for each in pod["containers"][0].get("env", [])
            if each["name"] == "WHEREOF_OTLP_ENDPOINT"
        ]
        assert told == expected


@pytest.mark.parametrize(
    "values, why",
    [
        ({}, "database"),
        ({"database": {"existingSecret": "db"}}, "access"),
        (LEAST | {"replicas": 2}, "ReadWriteMany"),
        (LEAST | {"autoscaling": {"enabled": True}}, "ReadWriteMany"),
        (LEAST | {"database": {"existingSecret": "db", "cluster": {"enabled": True}}}, "either"),
        (LEAST | {"witness": {"enabled": True}}, "witness"),
        (LEAST | {"ingress": {"enabled": True}}, "ingress"),
        (LEAST | {"replica": 2}, "replica"),
        (LEAST | {"image": {"digest": "sha256:short"}}, "digest"),
        (LEAST | {"access": {"existingSecret": "access", "files": ["../keys"]}}, "files"),
        (LEAST | {"traces": {"endpoint": "collector:4318"}}, "traces"),
        (LEAST | {"traces": {"endpoint": "http://user:word@collector"}}, "traces"),
    ],
)
def test_values_that_cannot_work_are_refused(helm: Any, values: Mapping[str, Any], why: str) -> None:
    with pytest.raises(helm.HelmError, match=re.escape(why)):
        _objects(helm, values)


def test_the_schema_knows_every_value_and_no_other() -> None:
    def names(value: Any, schema: Any) -> None:
        for key, inner in value.items():
            assert key in schema["properties"], key
            if isinstance(inner, dict) and "properties" in schema["properties"][key]:
                names(inner, schema["properties"][key])

    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    names(values, schema)
    assert set(schema["properties"]) - set(values) == {"global"}


def test_only_named_doors_are_open(helm: Any) -> None:
    policies = [found for found in _objects(helm, LEAST) if found["kind"] == "NetworkPolicy"]
    denied = next(found["spec"] for found in policies if found["metadata"]["name"].endswith("-deny"))
    assert denied == {"podSelector": denied["podSelector"], "policyTypes": ["Ingress", "Egress"]}
    opened = next(found["spec"] for found in policies if found["metadata"]["name"].endswith("-api"))
    assert {port["port"] for rule in opened["egress"] for port in rule["ports"]} == {53}
    assert {port["port"] for rule in opened["ingress"] for port in rule["ports"]} == {8417}
