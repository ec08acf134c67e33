"""What each route of an application needs, read off the routes themselves; and the reference page made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi.routing import APIRoute

from api.auth import Needs, OfTheLog, OfThisMachine, Open
from attest.model.rights import ROLES, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fastapi import FastAPI
    from fastapi.dependencies.models import Dependant
    from starlette.routing import BaseRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One route, and what it declares."""

    method: str
    path: str
    needs: Needs | OfTheLog | OfThisMachine | Open | None

    @property
    def right(self) -> Right | None:
        """The right it needs, where it needs one."""
        return self.needs.right if isinstance(self.needs, Needs) else None


def declared_routes(app: FastAPI) -> tuple[Declared, ...]:
    """Give every route of an application that a request can reach, but for static files and the OpenAPI document."""
    found = [
        Declared(method=method, path=route.path, needs=next(_declared(route.dependant), None))
        for route in _routes(app.routes)
        for method in sorted(route.methods or ())
    ]
    return tuple(sorted(found, key=lambda one: (one.path, one.method)))


def _routes(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        # FastAPI keeps an included router as one route, with the router inside.
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _routes(inner.routes)


def _declared(dependant: Dependant) -> Iterator[Needs | OfTheLog | OfThisMachine | Open]:
    for each in dependant.dependencies:
        if isinstance(each.call, Needs | OfTheLog | OfThisMachine | Open):
            yield each.call
        yield from _declared(each)


def access_page(app: FastAPI) -> str:
    """Give `docs/reference/access.md`."""
    roles = [
        f"| `{role}` | {', '.join(f'`{one}`' for one in Right if one in rights)} |" for role, rights in ROLES.items()
    ]
    routes = [f"| `{one.method} {one.path}` | {_words(one)} |" for one in declared_routes(app)]
    return "\n".join((*_HEAD, *roles, *_MIDDLE, *routes)) + "\n"


def _words(route: Declared) -> str:
    if isinstance(route.needs, Open):
        return f"open: {route.needs.why}"
    if isinstance(route.needs, OfTheLog):
        return "open for a public log, `verify` of a private one" + (
            " or of `access`" if "/api/" not in route.path else ""
        )
    if isinstance(route.needs, OfThisMachine):
        return "open to programs on the machine of an embedded instance, else `verify`"
    if route.right is None:
        return "to be signed in; about the caller alone"
    return f"`{route.right}`"


_HEAD = (
    "# Access: roles, scopes, routes",
    "",
    "Made from `attest/model/rights.py` and the routes of the service by `python -m tools.gen_docs`.",
    "How people and pipelines sign in: [sign in](../how-to/sign-in.md).",
    "",
    "A role gives scopes, over a tenant or over some repositories of it. A token can have fewer than its roles give,",
    "never more. What is not yours, or of another tenant, is answered as what does not exist.",
    "",
    "Kept apart, in one role and in one person's roles together: `erase.request` from `erase.approve`, and `admin` from",
    "`session.read.transcript`.",
    "",
    "`session.read.transcript` opens one's own sessions. Another's session needs an engagement that names it (an audit's",
    "sample, an assigned review, an incident that a second person of another role confirmed), a purpose, and a record in",
    "the access log, which whoever ran the session can read. Where that record cannot be written nothing is shown.",
    "",
    "Exports and searches are recorded in the access log as well, and not given where that fails. It is a log of its own:",
    "checkpoint and hashes at `/logs/access/` need `verify`, its entries `access-log.read`.",
    "",
    "The one user of an embedded instance owns its data directory and has every scope; what the service shows them is",
    "recorded as `owner`.",
    "",
    "| role | scopes |",
    "|---|---|",
)
_MIDDLE = ("", "| route | needs |", "|---|---|")
