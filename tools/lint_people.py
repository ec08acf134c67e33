"""Refuse routes and metrics that lead to, filter by or group by a person (decision 14).

Looked at: the paths of routes, and the names of parameters of functions that are routes, in `api/`. A word of
`PERSON_WORDS` in either is refused; so is a call that makes a metric with such a word among its labels.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PERSON_WORDS = frozenset(
    "author authors committer runner person people user users actor actors developer reviewer email login".split()
)
METHODS = frozenset(("get", "post", "put", "patch", "delete", "head"))
METRICS = frozenset(("Counter", "Gauge", "Histogram", "Summary"))


def main() -> int:
    """Check every module of the service; give 1 when something is refused."""
    found = [line for path in sorted((ROOT / "api").rglob("*.py")) for line in refused(path.read_text(), path)]
    for line in found:
        print(line)
    return 1 if found else 0


def refused(source: str, path: Path) -> Iterator[str]:
    """Give one line per route or metric that names a person."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _route(node, path)
        elif isinstance(node, ast.Call) and _name(node.func) in METRICS:
            yield from _said(_texts(node), f"{path}:{node.lineno}: a metric by person")


def _route(node: ast.FunctionDef | ast.AsyncFunctionDef, path: Path) -> Iterator[str]:
    decorators = [d for d in node.decorator_list if isinstance(d, ast.Call) and _name(d.func) in METHODS]
    if not decorators:
        return
    parameters = [a.arg for a in (*node.args.args, *node.args.kwonlyargs)]
    words = [text for d in decorators for text in _texts(d) if text.startswith("/")] + parameters
    yield from _said(words, f"{path}:{node.lineno}: a route by person")


def _said(texts: list[str], what: str) -> Iterator[str]:
    words = {word for text in texts for word in re.split(r"[^a-z]+", text.lower())}
    if named := sorted(words & PERSON_WORDS):
        yield f"{what}: {', '.join(named)}"


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _texts(node: ast.AST) -> list[str]:
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


if __name__ == "__main__":
    sys.exit(main())
