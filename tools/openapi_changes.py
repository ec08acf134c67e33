"""What of a new OpenAPI document would break somebody who was written for the old one.

Looked at: operations, parameters, bodies and answers that went, became narrower on the way in or poorer on the way out.
Not looked at: words, new operations, new optional parameters, new members of answers, new error statuses and codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Json = Mapping[str, Any]
MAX_DEPTH: Final = 12
_LOWER: Final = ("maximum", "maxLength", "maxItems")
_HIGHER: Final = ("minimum", "minLength", "minItems")


def breaking(old: Json, new: Json) -> tuple[str, ...]:
    """Give one line for each change that would break somebody."""
    return tuple(_operations(_Two(old, new)))


class _Two:
    """Both documents."""

    def __init__(self, old: Json, new: Json) -> None:
        self.old, self.new = old, new

    def pair(self, old: Json, new: Json) -> tuple[Json, Json]:
        return _followed(self.old, old), _followed(self.new, new)


def _followed(document: Json, schema: Json) -> Json:
    while "$ref" in schema:
        found: Any = document
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def _operations(two: _Two) -> Iterator[str]:
    for path, item in two.old["paths"].items():
        for method, operation in item.items():
            where = f"{method.upper()} {path}"
            now = two.new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{where}: it is gone"
                continue
            if operation.get("operationId") != now.get("operationId"):
                yield f"{where}: its operationId is another"
            if now.get("security") and not operation.get("security"):
                yield f"{where}: it needs credentials"
            yield from _parameters(two, where, operation, now)
            yield from _bodies(two, where, operation, now)
            yield from _answers(two, where, operation, now)


def _parameters(two: _Two, where: str, old: Json, new: Json) -> Iterator[str]:
    before, after = _by_name(old), _by_name(new)
    for name, one in before.items():
        if name not in after:
            yield f"{where}: parameter {name[1]} is gone"
            continue
        if after[name].get("required") and not one.get("required"):
            yield f"{where}: parameter {name[1]} is required"
        yield from _narrower(two, f"{where}: parameter {name[1]}", one.get("schema", {}), after[name].get("schema", {}))
    for name, one in after.items():
        if name not in before and one.get("required"):
            yield f"{where}: parameter {name[1]} is new and required"


def _by_name(operation: Json) -> dict[tuple[str, str], Json]:
    return {(one["in"], one["name"]): one for one in operation.get("parameters", ())}


def _bodies(two: _Two, where: str, old: Json, new: Json) -> Iterator[str]:
    before, after = old.get("requestBody"), new.get("requestBody")
    if after is None:
        if before is not None:
            yield f"{where}: it takes no body"
        return
    if after.get("required") and not (before or {}).get("required"):
        yield f"{where}: a body is required"
    for media_type, one in (before or {}).get("content", {}).items():
        if media_type not in after["content"]:
            yield f"{where}: it takes no {media_type}"
        else:
            yield from _narrower(
                two, f"{where}: body", one.get("schema", {}), after["content"][media_type].get("schema", {})
            )


def _answers(two: _Two, where: str, old: Json, new: Json) -> Iterator[str]:
    for status, answer in old["responses"].items():
        if not status.startswith("2"):
            continue
        now = new["responses"].get(status)
        if now is None:
            yield f"{where}: it never answers with {status}"
            continue
        for media_type, one in answer.get("content", {}).items():
            if media_type not in now.get("content", {}):
                yield f"{where}: {status} is never {media_type}"
            else:
                yield from _poorer(
                    two, f"{where}: {status}", one.get("schema", {}), now["content"][media_type].get("schema", {})
                )


def _narrower(two: _Two, where: str, old: Json, new: Json, depth: int = 0) -> Iterator[str]:  # noqa: PLR0917  # recursive
    old, new = two.pair(old, new)
    if depth > MAX_DEPTH:
        return
    if gone := _types(two.old, old) - _types(two.new, new):
        yield f"{where}: takes no {', '.join(sorted(gone))}"
    if "enum" in new and set(map(str, old.get("enum", ["(anything)"]))) - set(map(str, new["enum"])):
        yield f"{where}: takes fewer values"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{where}: has another pattern"
    yield from (f"{where}: {key} is lower" for key in _LOWER if key in new and new[key] < old.get(key, float("inf")))
    yield from (f"{where}: {key} is higher" for key in _HIGHER if key in new and new[key] > old.get(key, float("-inf")))
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{where}.{name}: is required"
    for name, one in before.items():
        if name in after:
            yield from _narrower(two, f"{where}.{name}", one, after[name], depth + 1)
        elif new.get("additionalProperties") is False:
            yield f"{where}.{name}: is not taken"
    if "items" in old and "items" in new:
        yield from _narrower(two, f"{where}[]", old["items"], new["items"], depth + 1)


def _poorer(two: _Two, where: str, old: Json, new: Json, depth: int = 0) -> Iterator[str]:  # noqa: PLR0917  # recursive
    old, new = two.pair(old, new)
    if depth > MAX_DEPTH:
        return
    if more := _types(two.new, new) - _types(two.old, old):
        yield f"{where}: may be {', '.join(sorted(more))}"
    after = new.get("properties", {})
    for name, one in old.get("properties", {}).items():
        if name not in after:
            yield f"{where}.{name}: is gone"
            continue
        if name in old.get("required", ()) and name not in new.get("required", ()):
            yield f"{where}.{name}: may be missing"
        yield from _poorer(two, f"{where}.{name}", one, after[name], depth + 1)
    if "items" in old and "items" in new:
        yield from _poorer(two, f"{where}[]", old["items"], new["items"], depth + 1)


def _types(document: Json, schema: Json) -> set[str]:
    """Give the types that a schema lets be; empty: all, of which nothing is said."""
    if "anyOf" in schema:
        return set().union(*(_types(document, _followed(document, one)) for one in schema["anyOf"]))
    found = schema.get("type", ())
    return {found} if isinstance(found, str) else set(found)
