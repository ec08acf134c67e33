"""What an OpenAPI document of ours must be, beyond being one: named, described, bounded on the way in, closed where it is.

`openapi_spec_validator` holds the document against OpenAPI 3.1 itself; these are the rules of the house.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

Json = Mapping[str, Any]
METHODS: Final = frozenset({"get", "put", "post", "delete", "patch", "head"})
_ID: Final = re.compile(r"[a-z][a-z0-9_]*")
_BOUNDS: Final = frozenset({"maxLength", "pattern", "enum", "const", "format"})


def lint(document: Json) -> tuple[str, ...]:
    """Give one line for each rule that is broken, and where."""
    return tuple(_document(document))


def _document(document: Json) -> Iterator[str]:
    if not document["openapi"].startswith("3.1."):
        yield "openapi: not 3.1"
    seen: set[str] = set()
    for path, item in document["paths"].items():
        if path != "/" and path.endswith("/"):
            yield f"{path}: ends with a slash"
        for method, operation in item.items():
            where = f"{method.upper()} {path}"
            if method not in METHODS:
                yield f"{where}: no method of ours"
                continue
            name = operation.get("operationId", "")
            if not _ID.fullmatch(name) or name in seen:
                yield f"{where}: operationId {name!r} is missing, of another form, or not alone"
            seen.add(name)
            yield from _operation(document, where, operation)
            if path.startswith("/v1/"):
                yield from (f"{where}: {one}" for one in _closed(operation))


def _operation(document: Json, where: str, operation: Json) -> Iterator[str]:
    if not operation.get("description") or not operation.get("summary") or len(operation.get("tags", ())) != 1:
        yield f"{where}: no description, no summary, or not one tag"
    named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
    if named != set(re.findall(r"{(\w+)}", where)):
        yield f"{where}: the parameters of its path are not those that it declares"
    for one in operation.get("parameters", ()):
        if not _bounded(document, one.get("schema", {})):
            yield f"{where}: parameter {one['name']} has no bound"
    if not any(status.startswith(("2", "3")) for status in operation["responses"]):
        yield f"{where}: no answer that is good"


def _closed(operation: Json) -> Iterator[str]:
    public = operation.get("security") == []
    for status in ("400", "500", *(() if public else ("401", "403"))):
        if status not in operation["responses"]:
            yield f"{status} is not described"
    if "security" not in operation:
        yield "says nothing of credentials"
    for status, answer in operation["responses"].items():
        if status[0] in "45" and list(answer.get("content", ())) != ["application/problem+json"]:
            yield f"{status} is no problem"


def _bounded(document: Json, schema: Json) -> bool:
    if "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _bounded(document, found)
    if "anyOf" in schema:
        return all(_bounded(document, one) for one in schema["anyOf"])
    match schema.get("type"):
        case "string":
            return bool(_BOUNDS & set(schema))
        case "array":
            return _bounded(document, schema.get("items", {}))
        case "integer" | "number":
            return "maximum" in schema and "minimum" in schema
        case "boolean" | "null":
            return True
        case _:
            return bool({"enum", "const"} & set(schema))
