"""How routes describe themselves: every error they can give, as one problem body with its codes named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from api.examples import put_example
from api.problems import MEDIA_TYPE, status_of
from api.schemas import Problem
from attest.catalogue import CATALOGUE
from attest.errors import (
    Absent,
    AttestError,
    CannotVerify,
    Conflict,
    InvalidInput,
    NotVerified,
    Quarantined,
    Refused,
)

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.schemas import Body

Responses = dict[int | str, dict[str, Any]]

READ: Final = (
    "service.unauthenticated",
    "service.forbidden",
    "service.no-right",
    "input.malformed",
    "service.rate",
    "service.too-many",
    "service.internal",
    "store.busy",
)
WRITE: Final = (
    *READ,
    "input.too-large",
    "service.timeout",
    "service.ending",
    "ledger.conflict",
    "store.refused",
)
_FAMILIES: Final[dict[str, type[AttestError]]] = {
    "evidence.absent": Absent,
    "service.not-found": Absent,
    "service.unauthenticated": Absent,
    "input.ambiguous": Conflict,
    "ledger.conflict": Conflict,
    "service.key-reused": Conflict,
    "service.in-flight": Conflict,
    "service.offset": Conflict,
    "service.digest": NotVerified,
    "redaction.quarantined": Quarantined,
    "redaction.failed": Quarantined,
    "evidence.unsupported": CannotVerify,
    "evidence.untrusted": CannotVerify,
    "evidence.revoked": CannotVerify,
    "trust.unreadable": CannotVerify,
    "store.missing": CannotVerify,
    "key.missing": CannotVerify,
    "git.failed": CannotVerify,
    "git.shallow": CannotVerify,
    "service.cost-centres": CannotVerify,
}
_OWN_SCHEMAS: Final = ("HTTPValidationError", "ValidationError")
_PREFIXES: Final = (("input.", InvalidInput), ("git.", InvalidInput), ("evidence.", NotVerified), ("", Refused))


def documented(body: type[Body] | None, codes: tuple[str, ...], *, status: int = 200) -> Responses:
    """Give the `responses` of a route: its body at `status`, and one problem per HTTP status of the codes."""
    found: Responses = {status: {"model": body}} if body else {}
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(status_of(_example(code)), []).append(code)
    for number, named in sorted(by_status.items()):
        words = "; ".join(f"`{code}`: {CATALOGUE[code].title}" for code in named)
        found[number] = {
            "description": words,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return found


def binary(media_type: str, what: str) -> dict[str, Any]:
    """Describe a response of exact bytes."""
    return {"description": what, "content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}


def take_request_body(media_type: str, what: str, *, required: bool = True) -> dict[str, Any]:
    """Describe a body that is read as bytes."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {"requestBody": {"required": required, "description": what, "content": content}}


def describe(app: FastAPI) -> None:
    """Put the problem's schema and the ways to sign in into the document, and take out FastAPI's own error bodies."""
    plain = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = plain()
            schemas = found.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = Problem.model_json_schema()
            for name in _OWN_SCHEMAS:
                schemas.pop(name, None)
            for path, item in found["paths"].items():
                for operation in item.values():
                    _correct(operation, closed=path.startswith("/v1/"))
                    put_example(operation)
            found["components"]["securitySchemes"] = {
                "token": {"type": "http", "scheme": "bearer", "description": "Made by `python -m api token`."}
            }
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _correct(operation: dict[str, Any], *, closed: bool) -> None:
    """Take out the framework's own error body, and say which operations need credentials."""
    content = operation["responses"].get("422", {}).get("content", {})
    if "application/json" in content:
        del content["application/json"]
        if not content:
            del operation["responses"]["422"]
    if closed:
        operation["security"] = [{"token": []}] if "401" in operation["responses"] else []


def _example(code: str) -> AttestError:
    family = _FAMILIES.get(code) or next(kind for prefix, kind in _PREFIXES if code.startswith(prefix))
    return family(code)
