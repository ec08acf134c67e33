"""Whatever a process remembers has a bound: caches without one are of few inputs, and queues turn away what is too much."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from attest.evidence.controls.pack import load_pack
from attest.model import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
CACHES = frozenset({"cache", "lru_cache"})
QUEUES = frozenset({"Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"})
OF_FEW_INPUTS = frozenset({plain._reader.__name__, load_pack.__name__})
"""Types of the model; packs that are shipped."""


def trees(word: str) -> Iterator[tuple[str, ast.AST]]:
    """Give the modules that have a word."""
    for package in ("attest", "api", "redaction"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if word in text:
                yield str(path.relative_to(ROOT)), ast.parse(text)


def called(node: ast.expr) -> str:
    target = node.func if isinstance(node, ast.Call) else node
    if isinstance(target, ast.Subscript):
        target = target.value
    return target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""


def bound(node: ast.expr) -> bool:
    """Whether a call has a first argument, or one by name, that is not None or 0."""
    given = [*node.args, *(one.value for one in node.keywords)] if isinstance(node, ast.Call) else []
    return bool(given) and not (isinstance(given[0], ast.Constant) and not given[0].value)


def test_no_cache_grows_with_what_others_send() -> None:
    functions = [
        (path, node)
        for path, tree in trees("cache")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any(called(one) in CACHES for one in node.decorator_list)
    ]
    assert len(functions) > 20
    unbounded = [
        f"{path}: {node.name}"
        for path, node in functions
        if node.args.args
        and node.name not in OF_FEW_INPUTS
        and not any(called(one) == "lru_cache" and bound(one) for one in node.decorator_list)
    ]
    assert unbounded == []


def test_no_queue_is_without_a_bound() -> None:
    made = [
        (path, node)
        for path, tree in trees("Queue")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in QUEUES
    ]
    assert len(made) >= 2
    assert [path for path, node in made if not bound(node)] == []
