"""Refuse what leads to, filters by, groups by, orders by or measures a person (decision 14).

1. routes      the paths of routes, and the names of parameters of functions that are routes, in `api/`
2. metrics     a call that makes a metric with a person among its labels
3. commands    the parameters of functions that are commands, in `attest/cli/`
4. queries     what the store groups or orders rows by
5. answers     a class with a person and a number that could measure one among its members, or a dict with both as keys

What is right all the same says why with a comment `# person: <reason>` inside it; of routes and metrics nothing is. A word
of `PERSON_WORDS` is looked for, so one that is named otherwise is not found: the tests of every answer look again.
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
MEASURES = frozenset(
    "count counts total sum mean average median rank score rate percent share duration seconds minutes hours tokens cost "
    "sessions commits changes reviews lines age".split()
)
"""What a number about a person would be called."""
NUMBERS = frozenset(("int", "float", "Decimal", "timedelta"))
METHODS = frozenset(("get", "post", "put", "patch", "delete", "head"))
METRICS = frozenset(("Counter", "Gauge", "Histogram", "Summary"))


def main() -> int:
    """Check every module of the service; give 1 when something is refused."""
    found = [line for path in sorted((ROOT / "api").rglob("*.py")) for line in refused(path.read_text(), path)]
    for package in ("api", "attest"):
        for path in sorted((ROOT / package).rglob("*.py")):
            found += unreasoned(path.read_text(), path.relative_to(ROOT))
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


def unreasoned(source: str, path: Path) -> Iterator[str]:
    """Give one line per command, query and answer about a person that does not say why it is right."""
    lines = source.splitlines()
    commands = path.parts[:2] == ("attest", "cli")

    def visit(node: ast.AST, *, excused: bool) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            inside = excused
            if isinstance(child, ast.FunctionDef | ast.ClassDef | ast.Dict):
                inside = excused or _says_why(child, lines)
            if not inside:
                line = getattr(child, "lineno", 0)
                yield from (f"{path}:{line}: {what}" for what in _about_people(child, commands=commands))
            yield from visit(child, excused=inside)

    yield from visit(ast.parse(source), excused=False)


def _about_people(node: ast.AST, *, commands: bool) -> Iterator[str]:
    match node:
        case ast.FunctionDef() if commands and not node.name.startswith("_"):
            if named := _people([a.arg for a in (*node.args.args, *node.args.kwonlyargs)], also={"subject"}):
                yield f"a command by person: {named}"
        case ast.Call(func=ast.Attribute(attr="group_by" | "order_by" as how)):
            if named := _people([ast.unparse(argument) for argument in node.args], also={"identity", "signer", "who"}):
                yield f"{how} of a person: {named}"
        case ast.ClassDef():
            fields = [b for b in node.body if isinstance(b, ast.AnnAssign) and isinstance(b.target, ast.Name)]
            numbers = [_target(one) for one in fields if NUMBERS & set(re.findall(r"\w+", ast.unparse(one.annotation)))]
            yield from _measured([_target(one) for one in fields], numbers)
        case ast.Dict():
            keys = [k.value for k in node.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)]
            keys = [key for key in keys if key.isidentifier()]
            yield from _measured(keys, keys)
        case _:
            pass


def _measured(names: list[str], numbers: list[str]) -> Iterator[str]:
    people = _people(names, also={"identity", "signer", "who"})
    if people and any(_words(name) & MEASURES for name in numbers):
        yield f"measures of a person: {people}"


def _people(names: list[str], *, also: set[str]) -> str:
    return ", ".join(sorted(set().union(*map(_words, names)) & (PERSON_WORDS | also))) if names else ""


def _target(field: ast.AnnAssign) -> str:
    return field.target.id if isinstance(field.target, ast.Name) else ""


def _words(name: str) -> set[str]:
    return set(re.split(r"[^a-z]+", re.sub(r"([A-Z])", r"_\1", name).lower()))


def _says_why(node: ast.FunctionDef | ast.ClassDef | ast.Dict, lines: list[str]) -> bool:
    return any("# person: " in line for line in lines[node.lineno - 1 : node.end_lineno])


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
