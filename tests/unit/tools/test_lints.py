from __future__ import annotations

import pytest

from tools import check, lint_code, lint_requirements, lint_scope

UNSCOPED = "def all_rows(engine):\n    return select(Row)\n"


def test_a_query_without_scope_is_found():
    assert lint_scope.unscoped_queries(UNSCOPED, "x.py") == ("x.py:1: all_rows builds a query and takes no scope",)


@pytest.mark.parametrize(
    "source",
    [
        "def rows(engine, scope):\n    return select(Row)\n",
        "class Log:\n    def __init__(self, scope):\n        self.scope = scope\n    def rows(self):\n        return select(Row)\n",
        "def children(row):\n    # scope: the row is already the asker's\n    return select(Child)\n",
    ],
)
def test_a_query_bound_to_a_scope_passes(source):
    assert lint_scope.unscoped_queries(source, "x.py") == ()


def test_a_class_without_scope_does_not_cover_its_methods():
    source = "class Log:\n    def __init__(self):\n        pass\n    def rows(self):\n        return select(Row)\n"
    assert len(lint_scope.unscoped_queries(source, "x.py")) == 1


def test_sql_outside_the_store_is_found():
    assert len(lint_scope.sql_outside_store("from sqlmodel import select\nimport sqlalchemy.orm\n", "x.py")) == 2


@pytest.mark.parametrize(
    ("name", "source", "word"),
    [
        ("attest/model/a.py", "import json\njson.dumps(1)\n", "canonical"),
        ("attest/usecases/a.py", "from datetime import datetime\ndatetime.now()\n", "Clock"),
        ("redaction/a.py", "import time\ntime.time()\n", "Clock"),
        ("redaction/a.py", "from kingfisher_sdk import validation\n", "network"),
        ("redaction/a.py", "import kingfisher_sdk.revocation\n", "network"),
        ("attest/a.py", "def long():\n" + "    x = 1\n" * 61, "split it"),
        ("attest/a.py", "x = 1\n" * 351, "one idea"),
    ],
)
def test_a_broken_house_rule_is_found(name, source, word):
    found = lint_code.python_faults(source, name)
    assert len(found) == 1
    assert word in found[0]


def test_the_clock_may_ask_the_clock():
    assert lint_code.python_faults("datetime.now()\n", "attest/clock.py") == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "see files.pythonhosted" + ".org"),
        ("docs/a.md", "/work" + "/main/x"),
        ("api/templates/a.html", "{{ words | safe }}"),
        ("api/pages/a.py", "Markup(words)"),
    ],
)
def test_a_registry_a_machine_path_or_raw_html_is_found(name, text):
    assert len(lint_code.text_faults(text, name)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "a==1\n",
        "a>=1 --hash=sha256:00\n",
        "--index-url https://example.test\n",
        "a @ https://example.test/a.whl --hash=sha256:00\n",
        "# from https://example.test\na==1 --hash=sha256:00\n",
        "",
    ],
)
def test_an_unpinned_or_addressed_requirement_is_found(text):
    assert lint_requirements.complaints("run.txt", text)


def test_the_committed_requirements_hold():
    assert lint_requirements.main() == 0


def test_make_check_runs_every_lint():
    named = {" ".join(command) for _, command in check.CHECKS}
    for module in ("lint_scope", "lint_code", "lint_migrations", "lint_requirements", "gen_docs"):
        assert any(f"tools.{module}" in command for command in named)
