"""Decision 14, route by route and command by command: nothing asks by person, and no answer orders, counts or averages people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
import typer.main

from api.access_page import declared_routes
from attest.cli.commands import app as commands
from tests.service.conftest import Recorded, Running
from tests.service.test_roles_and_tenants import filled
from tools.lint_people import MEASURES, PERSON_WORDS

pytestmark = pytest.mark.loopback

PEOPLE = PERSON_WORDS | {"identity", "signer", "who"}
ORDERS = frozenset("sort order orderby group groupby by top rank per".split())
SERVES_THAT_PERSON = {
    "whereof privacy export --subject",
    "whereof erase request --subject",
    "whereof actor",
    "whereof login",
}
"""What names a person on a command line, or is called after one: for that person, or for signing in."""
SAID_OF_A_FILE = {
    "whereof check-redaction --identity",
    "whereof verify-bundle --identity",
    "whereof compare --owner",
}
"""What a file is held against: whose signature is expected, in whose hands it is. Nothing is looked up by it."""


def words(name: str) -> set[str]:
    return set(re.split(r"[^a-z]+", re.sub(r"([A-Z])", r"_\1", name).lower())) - {""}


@pytest.fixture(scope="module")
def document(running: Running) -> dict[str, Any]:
    return running.client().get("/openapi.json").json()


def test_no_parameter_of_a_route_asks_by_person_or_orders_people(document: dict[str, Any]) -> None:
    wrong, counted = [], 0
    for item in document["paths"].values():
        for operation in item.values():
            for one in operation.get("parameters", ()):
                counted += one["in"] != "header"
                if one["in"] != "header" and about_people(one["name"], one["schema"].get("enum", ())):
                    wrong.append(f"{operation['operationId']} {one['name']}")
    assert counted > 100
    assert wrong == []


def about_people(name: str, values: Iterable[str]) -> bool:
    """Tell whether a parameter names a person, or orders or groups by anything but a few closed words that are none."""
    closed = set().union(*map(words, values))
    ordering = bool(words(name) & ORDERS) and not closed
    return ordering or bool((words(name) | closed) & (PERSON_WORDS | {"subject", "identity"}))


def test_no_schema_has_a_person_beside_a_number_that_measures(document: dict[str, Any]) -> None:
    wrong, counted = [], 0
    for name, schema in document["components"]["schemas"].items():
        members = schema.get("properties", {})
        people = [one for one in members if words(one) & PEOPLE]
        counted += bool(people)
        wrong += [f"{name}: {people} {one}" for one in members if people and measures(one, members[one])]
    assert counted > 5
    assert wrong == []


def measures(name: str, schema: Mapping[str, Any]) -> bool:
    kinds = {schema.get("type"), *(one.get("type") for one in schema.get("anyOf", ()))}
    return bool(words(name) & MEASURES) and bool(kinds & {"integer", "number"})


def tree(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, command
    for under, child in getattr(command, "commands", {}).items():
        yield from tree(child, f"{name} {under}")


def test_no_command_asks_by_person_but_for_that_person() -> None:
    found, counted = set(), 0
    for name, command in tree(typer.main.get_command(commands), "whereof"):
        counted += 1
        if words(name.rpartition(" ")[2]) & PERSON_WORDS:
            found.add(name)
        for one in command.params:
            values = getattr(one.type, "choices", ())
            found |= {f"{name} {text}" for text in (*one.opts, *one.secondary_opts) if about_people(text, values)}
    assert counted > 60
    assert found == SERVES_THAT_PERSON | SAID_OF_A_FILE


def objects(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(child)


def by_person(reply_text: str, content_type: str, identity: str) -> str:
    """Give what is wrong with an answer: a number beside a person, or a table of people and numbers; empty for nothing."""
    if "json" in content_type and "schema" not in content_type:
        for line in reply_text.splitlines() if "ndjson" in content_type else (reply_text,):
            for one in objects(json.loads(line)):
                numbers = [name for name in one if words(name) & MEASURES and type(one[name]) in {int, float}]
                if numbers and (identity in one or identity in map(str, one.values())):
                    return f"{sorted(one)}"
    if "html" in content_type:
        for table in re.findall(r"<table.*?</table>", reply_text, re.DOTALL):
            heads = " ".join(re.findall(r"<th[^>]*>(.*?)</th>", table, re.DOTALL)).lower()
            if set(re.findall(r"[a-z]+", heads)) & (PERSON_WORDS | {"signer"}) and (identity in table):
                return heads
    if "csv" in content_type:
        columns = words(reply_text.partition("\n")[0])
        return str(columns) if columns & PEOPLE and columns & MEASURES else ""
    return ""


def test_every_route_is_walked_and_none_answers_by_person(running: Running, recorded: Recorded) -> None:
    client, seen, wrong = running.signed_in, 0, []
    receipt = recorded.receipt
    identity = client.get(f"/v1/attestations/{receipt['attestation']}").json()["identity"]
    things = {
        "oid": recorded.oid,
        "session": receipt["session"],
        "attestation": receipt["attestation"],
        "name": receipt["attestation"],
        "index": str(receipt["index"]),
        "log": "default",
        "span": f"{recorded.oid}...{recorded.oid}",
    }
    for route in declared_routes(running.app):
        if route.method != "GET" or route.path in {"/v1/stream", "/sign-in/{code}"}:
            continue
        with client.stream("GET", filled(route.path, things)) as reply:
            kind = reply.headers.get("content-type", "")
            if reply.status_code != 200 or "event-stream" in kind:
                continue
            text = reply.read().decode("utf-8", "replace")
        seen += 1
        if found := by_person(text, kind, identity):
            wrong.append(f"{route.path}: {found}")
    assert seen > 40
    assert wrong == []


def test_the_walk_finds_an_answer_by_person() -> None:
    assert by_person('{"data": [{"name": "x", "sessions": 3}]}', "application/json", "x")
    assert by_person("<table><tr><th>Runner</th><th>n</th></tr><td>x</td></table>", "text/html", "x")
    assert by_person("runner,sessions\nx,3\n", "text/csv", "x")
    assert not by_person('{"data": [{"name": "y", "sessions": 3}, {"identity": "x"}]}', "application/json", "x")
