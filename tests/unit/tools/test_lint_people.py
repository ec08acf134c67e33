from __future__ import annotations

from pathlib import Path

import pytest

from tools.lint_people import refused, unreasoned

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


CLI, STORE = Path("attest/cli/x.py"), Path("attest/store/x.py")


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("def ask(runner: str) -> None: ...", CLI),
        ("def ask(subject: str) -> None: ...", CLI),
        ("def f():\n    return select(x).group_by(Row.identity)", STORE),
        ("def f():\n    return select(x).order_by(col(Row.author_email).desc())", STORE),
        ("class Row:\n    runner: str\n    sessions: int", STORE),
        ("class Row:\n    signedBy: str\n    who: str\n    meanMinutes: float", STORE),
        ("row = {'author': a, 'commits': 3}", CLI),
    ],
)
def test_command_query_or_answer_about_a_person_says_why_or_is_refused(source: str, path: Path) -> None:
    assert list(unreasoned(source, path))
    assert not list(
        unreasoned(f"class Outer:\n    # person: a reason\n    {source.replace(chr(10), chr(10) + '    ')}", path)
    )


@pytest.mark.parametrize(
    "source",
    [
        "def _ask(runner: str) -> None: ...",
        "def ask(session: str) -> None: ...",
        "class Row:\n    runner: str\n    sessions: tuple[str, ...]",
        "class Row:\n    repository: str\n    sessions: int",
        "codes = {'identity.token': 1, 'service.rate': 2}",
        "def f():\n    return select(x).order_by(Row.idx)",
    ],
)
def test_what_is_of_no_person_or_measures_nothing_passes(source: str) -> None:
    assert not list(unreasoned(source, CLI))


def test_excuse_counts_inside_its_own_node_alone() -> None:
    source = "class A:\n    # person: a reason\n    x: int\nclass B:\n    runner: str\n    sessions: int"
    assert list(unreasoned(source, STORE))
