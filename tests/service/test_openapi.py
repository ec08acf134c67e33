"""The OpenAPI document: sound in itself, and true of the service."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import jsonschema
import pytest
from fastapi import APIRouter

from api import routes
from api.openapi import documented
from api.problems import problem_of, status_of
from attest.errors import (
    CATALOGUE,
    Absent,
    AttestError,
    CannotVerify,
    Conflict,
    InvalidInput,
    NotVerified,
    Quarantined,
    Refused,
)
from tests.service.conftest import Recorded, Running

pytestmark = pytest.mark.loopback

METHODS = {"get", "post", "put", "delete", "patch", "head", "options"}
PROBLEM = "#/components/schemas/Problem"


@pytest.fixture(scope="module")
def document(running: Running) -> dict:
    return running.client().get("/openapi.json").json()


def _operations(document: dict) -> Iterator[tuple[str, str, dict]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert method in METHODS
            yield path, method, operation


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)


def test_document_is_openapi_31_and_every_reference_resolves(document: dict) -> None:
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    assert set(document) <= {"openapi", "info", "paths", "components", "tags", "servers"}
    for reference in _references(document):
        place: object = document
        for part in reference.removeprefix("#/").split("/"):
            assert isinstance(place, dict)
            place = place[part]
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_operations_have_ids_words_and_declared_parameters(document: dict) -> None:
    ids = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(ids) == len(set(ids))
    for path, _, operation in _operations(document):
        assert operation["description"]
        assert operation["tags"]
        named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path.replace(":path", "")))


def test_every_error_is_a_problem_and_none_is_frameworks_own(document: dict) -> None:
    for path, method, operation in _operations(document):
        errors = {code: body for code, body in operation["responses"].items() if not code.startswith("2")}
        assert errors, (path, method)
        for code, body in errors.items():
            content = body["content"]
            if re.match(r"(/logs/{log})?/api/v[12]/", path):
                assert set(content["application/json"]["schema"]["required"]) == {"code", "message"}, (path, code)
                continue
            assert list(content) == ["application/problem+json"], (path, method, code)
            assert content["application/problem+json"]["schema"] == {"$ref": PROBLEM}
        if path.startswith("/v1/"):
            assert {"400", "500"} <= set(errors), (path, method)
            assert operation["security"] == ([{"token": []}] if "401" in errors else [])
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_route_of_the_api_is_in_the_document(document: dict) -> None:
    modules = [importlib.import_module(f"api.routes.{found.name}") for found in pkgutil.iter_modules(routes.__path__)]
    routers = [value for module in modules for value in vars(module).values() if isinstance(value, APIRouter)]
    found = {route.path.replace(":path", "") for router in routers for route in router.routes}
    api = {path for path in found if path.startswith(("/v1", "/logs", "/api", "/healthz", "/readyz", "/metrics"))}
    assert api == set(document["paths"])


def test_real_problems_are_of_the_schema_and_of_the_documented_status(
    running: Running, recorded: Recorded, document: dict
) -> None:
    schema = {"$ref": PROBLEM, "components": document["components"]}
    asked = {
        "/v1/commits/{oid}": ("/v1/commits/zz", "get", 404),
        "/v1/sessions": ("/v1/sessions?limit=0", "get", 400),
        "/v1/entries/{index}": ("/v1/entries/-1", "get", 400),
        "/v1/attestations": ("/v1/attestations", "post", 422),
    }
    for path, (url, method, status) in asked.items():
        reply = running.signed_in.request(method.upper(), url, content=b"{}" if method == "post" else None)
        assert reply.status_code == status
        assert reply.headers["content-type"] == "application/problem+json"
        jsonschema.Draft202012Validator(schema).validate(reply.json())
        assert str(status) in document["paths"][path][method]["responses"]
        assert reply.json()["instance"] == reply.headers["x-request-id"]


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_code_of_the_catalogue_becomes_a_problem(code: str) -> None:
    families: tuple[type[AttestError], ...] = (
        InvalidInput,
        NotVerified,
        CannotVerify,
        Absent,
        Quarantined,
        Conflict,
        Refused,
    )
    for family in families:
        error = family(code, where="somewhere")
        assert 400 <= status_of(error) <= 599
        body = problem_of(error, "req_1").model_dump(mode="json", exclude_none=True)
        assert body["type"].endswith("/" + code)
        assert body["title"] == CATALOGUE[code].title
    assert documented(None, (code,))


def test_evidence_that_is_bad_is_never_a_server_error_nor_could_not_check_a_success() -> None:
    assert status_of(NotVerified("evidence.signature")) == 422
    assert status_of(CannotVerify("store.missing")) == 503
    assert status_of(Quarantined("redaction.failed")) == 422
    absent = [
        problem_of(Absent("service.not-found", what, where=where), "req_1") for what, where in (("", ""), ("x", "y"))
    ]
    assert absent[0] == absent[1]
