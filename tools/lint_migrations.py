"""Check the rules of a migration that a review can miss.

SQLite's batch mode rebuilds a table and silently drops its triggers, so it is refused altogether for ledger tables.
A downgrade of the ledger raises. The environment sets a lock timeout, so that a migration gives up before writers do.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEDGER_TABLES = frozenset({"log", "entry", "tree_head", "index_row", "cosignature"})


def faults(source: str, name: str) -> tuple[str, ...]:
    """Give one line per broken rule of one revision."""
    tree = ast.parse(source)
    found = []
    for node in ast.walk(tree):
        if _called(node) == "batch_alter_table" and isinstance(node, ast.Call):
            table = node.args[0] if node.args else None
            named = isinstance(table, ast.Constant) and isinstance(table.value, str)
            if not named or (isinstance(table, ast.Constant) and table.value in LEDGER_TABLES):
                found.append(f"{name}:{node.lineno}: a ledger table is never batch-altered: its triggers would be lost")
        if isinstance(node, ast.FunctionDef) and node.name == "downgrade" and _touches_ledger(tree):
            raises = any(isinstance(step, ast.Raise) for step in ast.walk(node))
            if not raises:
                found.append(f"{name}:{node.lineno}: the downgrade of a ledger revision raises")
    return tuple(found)


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _touches_ledger(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) != "" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and first.value in LEDGER_TABLES:
                return True
    return False


def main() -> int:
    """Check every revision and the environment; give 1 when one is at fault."""
    found = [
        line
        for path in sorted((ROOT / "migrations" / "versions").glob("*.py"))
        for line in faults(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    ]
    environment = ROOT / "migrations" / "env.py"
    if environment.exists() and "lock_timeout" not in environment.read_text(encoding="utf-8"):
        found.append("migrations/env.py: sets no lock_timeout")
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
