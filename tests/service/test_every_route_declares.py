"""Every route says what it needs of its caller, in one of the ways that `api.auth` documents."""

from __future__ import annotations

import pytest

from api.access_page import declared_routes
from api.auth import Open
from attest.model.rights import Right
from tests.service.conftest import Running

pytestmark = pytest.mark.loopback


def test_every_route_declares_a_right_or_why_it_is_open(running: Running) -> None:
    silent = [f"{route.method} {route.path}" for route in declared_routes(running.app) if route.needs is None]
    assert silent == []


def test_nobody_writes_with_a_right_to_read(running: Running) -> None:
    reading = {Right.SESSION_READ, Right.TRANSCRIPT, Right.ACCESS_LOG}
    writes = [route for route in declared_routes(running.app) if route.method in {"PUT", "PATCH", "DELETE"}]
    assert [route.path for route in writes if route.right in reading] == []


def test_what_is_open_says_why(running: Running) -> None:
    opened = [route.needs for route in declared_routes(running.app) if isinstance(route.needs, Open)]
    assert opened
    assert all(len(one.why) > 10 for one in opened)
