"""What breaks somebody who was written for the committed document is found, and what does not is let be."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tools.openapi_changes import breaking
from tools.openapi_lint import lint

ERROR = {
    "description": "no",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Pond"}}},
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/v1/ponds": {
            "post": {
                "operationId": "ponds",
                "summary": "Ponds",
                "description": "Dig ponds.",
                "tags": ["ponds"],
                "security": [],
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 9}}
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pond"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pond"}}}},
                    "400": ERROR,
                    "500": ERROR,
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Pond": {
                "type": "object",
                "required": ["depth"],
                "properties": {
                    "depth": {"type": "integer"},
                    "name": {"anyOf": [{"type": "string", "maxLength": 20}, {"type": "null"}]},
                    "fish": {"type": "array", "items": {"type": "string", "enum": ["carp", "roach"]}},
                },
            }
        }
    },
}
Change = Callable[[dict[str, Any], dict[str, Any]], object]


def _changed(change: Change) -> dict[str, Any]:
    new = copy.deepcopy(DOCUMENT)
    change(new["paths"]["/v1/ponds"]["post"], new["components"]["schemas"]["Pond"])
    return new


BREAKS: dict[str, Change] = {
    "its operationId is another": lambda op, _: op.update(operationId="lakes"),
    "it needs credentials": lambda op, _: op.update(security=[{"token": []}]),
    "parameter limit is gone": lambda op, _: op["parameters"].clear(),
    "parameter limit is required": lambda op, _: op["parameters"][0].update(required=True),
    "parameter limit: maximum is lower": lambda op, _: op["parameters"][0]["schema"].update(maximum=8),
    "parameter limit: minimum is higher": lambda op, _: op["parameters"][0]["schema"].update(minimum=2),
    "parameter limit: takes no integer": lambda op, _: op["parameters"][0]["schema"].update(type="string"),
    "parameter of is new and required": lambda op, _: op["parameters"].append(
        {"name": "of", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "it takes no body": lambda op, _: op.pop("requestBody"),
    "a body is required": lambda op, _: op["requestBody"].update(required=True),
    "it takes no application/json": lambda op, _: op["requestBody"].update(content={"text/plain": {}}),
    "body.name: is required": lambda _, pond: pond["required"].append("name"),
    "body.depth: has another pattern": lambda _, pond: pond["properties"]["depth"].update(pattern="x"),
    "body.fish[]: takes fewer values": lambda _, pond: pond["properties"]["fish"]["items"].update(enum=["carp"]),
    "it never answers with 200": lambda op, _: op["responses"].pop("200"),
    "200 is never application/json": lambda op, _: op["responses"]["200"].update(content={}),
    "200.name: is gone": lambda _, pond: pond["properties"].pop("name"),
    "200.depth: may be missing": lambda _, pond: pond["required"].clear(),
    "200.depth: may be null": lambda _, pond: pond["properties"]["depth"].update(type=["integer", "null"]),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_change_that_breaks_somebody_is_named(what: str) -> None:
    assert f"POST /v1/ponds: {what}" in breaking(DOCUMENT, _changed(BREAKS[what]))


LETS_BE: dict[str, Change] = {
    "nothing": lambda _, __: None,
    "words": lambda op, _: op.update(description="Dig them well."),
    "a new optional parameter": lambda op, _: op["parameters"].append({"name": "of", "in": "query", "schema": {}}),
    "a new member": lambda _, pond: pond["properties"].update(wide={"type": "integer"}),
    "a wider bound": lambda op, _: op["parameters"][0]["schema"].update(maximum=10),
    "a new status": lambda op, _: op["responses"].update({"409": ERROR}),
}


@pytest.mark.parametrize("what", LETS_BE)
def test_what_breaks_nobody_is_let_be(what: str) -> None:
    assert breaking(DOCUMENT, _changed(LETS_BE[what])) == ()


def test_an_operation_that_went_is_named() -> None:
    assert breaking(DOCUMENT, DOCUMENT | {"paths": {}}) == ("POST /v1/ponds: it is gone",)


WRONG: dict[str, Change] = {
    "operationId": lambda op, _: op.pop("operationId"),
    "no description": lambda op, _: op.pop("description"),
    "parameter limit has no bound": lambda op, _: op["parameters"][0]["schema"].pop("maximum"),
    "parameter tag has no bound": lambda op, _: op["parameters"].append(
        {"name": "tag", "in": "header", "schema": {"type": "string"}}
    ),
    "500 is not described": lambda op, _: op["responses"].pop("500"),
    "401 is not described": lambda op, _: op.update(security=[{"token": []}]),
    "says nothing of credentials": lambda op, _: op.pop("security"),
    "400 is no problem": lambda op, _: op["responses"]["400"].update(content={"application/json": {}}),
    "not those that it declares": lambda op, _: op["parameters"].append(
        {"name": "pond", "in": "path", "schema": {"type": "string", "maxLength": 9}}
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_broken_rule_is_named(what: str) -> None:
    assert lint(DOCUMENT) == ()
    assert any(what in line for line in lint(_changed(WRONG[what])))
