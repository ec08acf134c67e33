"""Check that SQL is written in attest/store only, and that every query there is bound to a `Scope`.

A query without the tenant is the one mistake that shows one customer's rows to another, so a function that builds a
query takes `scope` (or `place`, its tenant and log), or is a method of a class made with one. A function that reads a row's own children, or a table
without tenants, says why with a comment `# scope: <reason>` inside its body.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_BUILDERS = frozenset({"select", "insert", "update", "delete"})
_OTHERWISE_SQL = frozenset({"sqlmodel", "sqlalchemy", "psycopg"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def unscoped_queries(source: str, name: str) -> tuple[str, ...]:
    """Give one line per function of a store module that builds a query without a scope."""
    tree = ast.parse(source)
    lines = source.splitlines()
    scoped = {id(node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and _made_with_scope(node)}
    found: list[str] = []

    def visit(node: ast.AST, *, covered: bool) -> None:
        for child in ast.iter_child_nodes(node):
            inside = covered
            if isinstance(child, ast.ClassDef):
                inside = covered or id(child) in scoped
            elif isinstance(child, _Function):
                inside = covered or _takes_scope(child) or _says_why(child, lines)
                if not inside and _builds_query(child):
                    found.append(f"{name}:{child.lineno}: {child.name} builds a query and takes no scope")
            visit(child, covered=inside)

    visit(tree, covered=False)
    return tuple(found)


def sql_outside_store(source: str, name: str) -> tuple[str, ...]:
    """Give one line per import of an SQL library in a module outside the store."""
    found = []
    for node in ast.walk(ast.parse(source)):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module]
        found += [
            f"{name}:{node.lineno}: SQL belongs in attest/store, not {module}"
            for module in modules
            if module.split(".")[0] in _OTHERWISE_SQL and isinstance(node, ast.Import | ast.ImportFrom)
        ]
    return tuple(found)


def _parameters(function: _Function) -> set[str]:
    arguments = function.args
    return {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _takes_scope(function: _Function) -> bool:
    return bool(_parameters(function) & {"scope", "place"})


def _made_with_scope(node: ast.ClassDef) -> bool:
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name == "__init__" and _takes_scope(member):
            return True
        if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name) and member.target.id == "scope":
            return True
    return False


def _says_why(function: _Function, lines: list[str]) -> bool:
    body = lines[function.lineno - 1 : function.end_lineno]
    return any("# scope: " in line for line in body)


def _builds_query(function: _Function) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _BUILDERS
        for node in ast.walk(function)
    )


def main() -> int:
    """Check every module; give 1 when one is at fault."""
    found: list[str] = []
    for package in ("attest", "redaction", "api"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            source = path.read_text(encoding="utf-8")
            found += (
                unscoped_queries(source, name) if name.startswith("attest/store/") else sql_outside_store(source, name)
            )
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
