"""The examples of the OpenAPI document, each sent as it stands there; answers are of the schemas that the document gives."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import jsonschema
import pytest

from api import examples
from tests.service.conftest import Recorded, Running, git

pytestmark = pytest.mark.loopback
JSON = "application/json"
LAST = ("delete",)


@pytest.fixture(scope="module")
def document(running: Running) -> dict[str, Any]:
    return running.client().get("/openapi.json").json()


@pytest.fixture(scope="module")
def real(running: Running, recorded: Recorded) -> Mapping[str, str]:
    """Give what stands for the ids of the examples."""
    client = running.signed_in
    git(running.repository, "update-ref", "refs/pull/7/head", recorded.oid)
    # Nothing of this kind is logged here, so nothing is sent.
    hook = {"url": "https://1.1.1.1/hook", "types": ["capture.gap"]}
    population = client.post("/v1/populations", json={"seed_sha256": examples.SEED_SHA256}).json()["id"]
    return {
        examples.OID: recorded.oid,
        examples.SESSION: recorded.receipt["session"],
        examples.ATTESTATION: recorded.receipt["attestation"],
        examples.POPULATION: population,
        examples.WEBHOOK: client.post("/v1/webhooks", json=hook).json()["id"],
        examples.RECEIVER: hook["url"],
    }


def _with(real: Mapping[str, str], value: Any) -> Any:
    text = json.dumps(value)
    for example, one in real.items():
        text = text.replace(example, one)
    return json.loads(text)


def _asked(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give every operation that has an example, or needs none: what takes something away comes last."""
    found = [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if operation["tags"] != ["sigstore"] and _is_shown(operation, method)
    ]
    yield from sorted(found, key=lambda one: one[1] in LAST)


def _is_shown(operation: Mapping[str, Any], method: str) -> bool:
    needed = [one for one in operation.get("parameters", ()) if one.get("required")]
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
    if needed or "requestBody" in operation:
        return all("example" in one for one in needed) and ("requestBody" not in operation or "example" in body)
    return method == "get" and JSON in operation["responses"].get("200", {}).get("content", {})


def _send(client: httpx2.Client, path: str, method: str, operation: Mapping[str, Any], real: Mapping[str, str]) -> Any:
    shown = {one["name"]: one for one in operation.get("parameters", ()) if "example" in one}
    values = {name: _with(real, one["example"]) for name, one in shown.items()}
    place = path.format(**{name: values[name] for name, one in shown.items() if one["in"] == "path"})
    query = {name: values[name] for name, one in shown.items() if one["in"] == "query"}
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("example")
    return client.request(method, place, params=query, json=_with(real, body) if body else None)


def test_every_example_is_answered_as_the_document_says(
    running: Running, real: Mapping[str, str], document: dict[str, Any]
) -> None:
    client, sent = running.signed_in, set()
    for path, method, operation in _asked(document):
        reply = _send(client, path, method, operation, real)
        name = operation["operationId"]
        assert reply.status_code in {200, 201, 204}, (name, reply.text)
        described = operation["responses"][str(reply.status_code)]
        schema = described.get("content", {}).get(JSON, {}).get("schema")
        if schema and reply.headers.get("content-type") == JSON:
            schema = schema | {"components": document["components"]}
            jsonschema.Draft202012Validator(schema).validate(reply.json())
        sent.add(name)
    assert set(examples.EXAMPLES) <= sent


@pytest.mark.parametrize("name", sorted(examples.EXAMPLES))
def test_an_example_shows_what_is_required_and_nothing_that_is_not_there(document: dict[str, Any], name: str) -> None:
    operations = {one["operationId"]: one for item in document["paths"].values() for one in item.values()}
    parameters = {one["name"]: one for one in operations[name].get("parameters", ())}
    given = examples.EXAMPLES[name].parameters
    assert set(given) <= set(parameters)
    assert {one for one in parameters if parameters[one].get("required")} <= set(given)
    for one, value in given.items():
        jsonschema.Draft202012Validator(parameters[one]["schema"] | {"components": document["components"]}).validate(
            value
        )
