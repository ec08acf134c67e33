"""The control pages: how a control operated over a period, where git, log and releases part, and what packs ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from api.auth import Reads
from api.clones import clone_named, clones_of
from api.pages.control_view import operation_view, reconcile_view
from api.pages.render import render
from api.pages.workspace import page_of
from api.parameters import InPath
from api.replies import NO_STORE
from api.routes.coverage_pages import Day, day_start
from api.service import ServiceHere
from attest.errors import Absent
from attest.evidence.controls.pack import load_pack, packs
from attest.store.log_reader import LogReader
from attest.usecases.control_operation import OperationRequest, control_operation
from attest.usecases.reconcile_sources import reconcile_range
from attest.usecases.verify_range import range_ends

router = APIRouter(include_in_schema=False)
DEFAULT_DAYS = 90
Revision = Annotated[str, Query(max_length=200, pattern=r"^[A-Za-z0-9._/~^@{}-]*$")]


@router.get("/controls")
def controls(  # noqa: PLR0917  # what the address says
    caller: Reads,
    service: ServiceHere,
    repo: Annotated[str, Query(max_length=400)] = "",
    since: Day = "",
    until: Day = "",
    rule: Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9._-]*$")] = "",
) -> Response:
    """Give how the policy, or one rule of it, stood to each change of a period."""
    page, clones = page_of(service, caller, "Controls"), clones_of(service)
    if not clones:
        return HTMLResponse(render("no_clone.html", page, what="A control over a period"), headers=NO_STORE)
    clone = clone_named(clones, repo)
    now = service.instance.clock.now()
    until = until or (now + timedelta(days=1)).strftime("%Y-%m-%d")
    since = since or (now - timedelta(days=DEFAULT_DAYS)).strftime("%Y-%m-%d")
    start, end = (datetime.fromtimestamp(day_start(text) or 0, UTC) for text in (since, until))
    request = OperationRequest(repository=clone.repository, start=start, end=end, rule=rule)
    view = operation_view(control_operation(service.instance, request))
    asked = {"repo": clone.name, "since": since, "until": until, "rule": rule}
    names = tuple(one.name for one in clones)
    text = render("controls.html", page, view=view, asked=asked, clones=names, packs=_packs())
    return HTMLResponse(text, headers=NO_STORE)


@router.get("/controls/{pack}")
def pack_page(pack: InPath, caller: Reads, service: ServiceHere) -> Response:
    """Give what the controls of a pack ask, what of the record supports them, and what it does not show."""
    if pack not in packs():
        raise Absent("service.not-found")
    page = page_of(service, caller, "Controls")
    return HTMLResponse(render("pack.html", page, pack=load_pack(pack)), headers=NO_STORE)


@router.get("/reconcile")
def reconcile(  # noqa: PLR0917  # what the address says
    caller: Reads,
    service: ServiceHere,
    repo: Annotated[str, Query(max_length=400)] = "",
    base: Revision = "",
    tip: Revision = "",
) -> Response:
    """Hold git, log and releases against each other for a range."""
    page, clones = page_of(service, caller, "Populations"), clones_of(service)
    if not clones:
        return HTMLResponse(render("no_clone.html", page, what="A reconciliation"), headers=NO_STORE)
    clone = clone_named(clones, repo)
    view = None
    if base:
        ends = range_ends(clone.repository, f"{base}..{tip or clone.tip}")
        head = LogReader(service.instance.engine, service.instance.scope, service.instance.log.name).head()
        view = reconcile_view(reconcile_range(service.instance, clone.repository, ends, head.tree_size if head else 0))
    asked = {"repo": clone.name, "base": base, "tip": tip}
    names = tuple(one.name for one in clones)
    return HTMLResponse(render("reconcile.html", page, view=view, asked=asked, clones=names), headers=NO_STORE)


def _packs() -> tuple[tuple[str, str], ...]:
    return tuple((name, load_pack(name).title) for name in packs())
