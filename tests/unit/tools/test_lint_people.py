from __future__ import annotations

from pathlib import Path

import pytest

from tools.lint_people import refused

ROUTE = '@router.get("{path}")\ndef read({parameter}): ...\n'


@pytest.mark.parametrize(
    ("path", "parameter"),
    [("/v1/authors/{author}", "scope"), ("/v1/sessions", "runner"), ("/v1/usage", "group_by_user")],
)
def test_a_route_by_person_is_refused(path: str, parameter: str) -> None:
    source = ROUTE.replace("{path}", path).replace("{parameter}", parameter)
    assert list(refused(source, Path("api/x.py")))


def test_a_metric_by_person_is_refused() -> None:
    assert list(refused('c = Counter("sessions", "Sessions.", ["tenant", "author"])', Path("api/x.py")))


def test_other_routes_and_functions_pass() -> None:
    source = ROUTE.replace("{path}", "/v1/commits/{oid}").replace("{parameter}", "oid") + "def f(author): ...\n"
    assert not list(refused(source, Path("api/x.py")))
