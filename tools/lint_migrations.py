"""Check the rules of a migration that a review can miss: the version before runs on its result, and nobody waits for it.

- It has a docstring that says what it brings, and the next free number, in its name and as its revision.
- It adds: tables, nullable columns or ones with a server default, indexes beside writers (`add_index`, alone in its revision).
  Names, types, constraints and rows of tables that are in use stay as they are.
- What takes away says `phase = "contract"`, and for whom its result still is by its revision: `0012_since_0009`. Every later
  revision says so too.
- A ledger table is not altered at all; SQLite's batch mode, which rebuilds a table and drops its triggers, is refused for every
  table that is not named, and for those. A downgrade of the ledger raises.
- The environment sets a lock timeout, so that a migration gives up before writers do.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from attest.store.schema import REVISION_NAME
from attest.store.tables import LEDGER_TABLES

ROOT = Path(__file__).resolve().parents[1]

TAKES_AWAY = frozenset(
    {"drop_table", "drop_column", "drop_index", "drop_constraint", "rename_table", "alter_column", "batch_alter_table"}
)
LOCKS = {
    "create_foreign_key": "reads every row under a lock",
    "create_check_constraint": "reads every row under a lock",
    "create_unique_constraint": "makes an index under a lock",
    "create_exclude_constraint": "makes an index under a lock",
    "create_primary_key": "makes an index under a lock",
    "bulk_insert": "writes rows in a migration",
}
_SQL_TAKES_AWAY = re.compile(
    r"\b(?:DROP\s+(?:TABLE|COLUMN|INDEX|TRIGGER|CONSTRAINT|FUNCTION|ROLE)|TRUNCATE|RENAME|ALTER\s+(?:TABLE|COLUMN|TYPE))\b",
    re.IGNORECASE,
)
_SQL_ROWS = re.compile(r"^\s*(?:UPDATE|DELETE|INSERT|MERGE|LOCK|VACUUM|CLUSTER|REINDEX)\b", re.IGNORECASE)


def faults(source: str, name: str) -> tuple[str, ...]:
    """Give one line per broken rule of one revision."""
    tree = ast.parse(source)
    said = _constants(tree)
    up = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade"), None)
    found = [] if up is None else _of_upgrade(tree, up, contract=said.get("phase") == "contract")
    found += _of_ledger(tree)
    if up is not None and not ast.get_docstring(tree):
        found.append((1, "it does not say what it brings"))
    return tuple(f"{name}:{line}: {words}" for line, words in sorted(set(found)))


def order_faults(revisions: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Give one line per broken rule of (file name, source) in the order of their names."""
    found, before, floor = [], None, ""
    for number, (name, source) in enumerate(revisions, 1):
        said = _constants(ast.parse(source))
        revision = str(said.get("revision"))
        parts = REVISION_NAME.fullmatch(revision)
        if parts is None or int(parts["number"]) != number or f"_{number:04}_" not in name:
            found.append(f"{name}: is not revision {number:04}")
            continue
        if said.get("down_revision") != before:
            found.append(f"{name}: does not follow {before}")
        since = parts["since"] or ""
        if said.get("phase") == "contract" and not since:
            found.append(f"{name}: takes away and does not say for whom its result is: {number:04}_since_NNNN")
        if since < floor or since >= f"{number:04}":
            found.append(f"{name}: is for those since {floor or 'any'}, as the one before it")
        before, floor = revision, max(floor, since)
    return tuple(found)


def _of_upgrade(tree: ast.Module, up: ast.FunctionDef, *, contract: bool) -> list[tuple[int, str]]:
    found = []
    made = {_first(node) for node in ast.walk(tree) if _called(node) == "create_table"}
    helpers = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name != "downgrade"]
    for node in (one for helper in helpers for one in ast.walk(helper)):
        called = _called(node)
        if called in TAKES_AWAY and not contract:
            found.append(
                (_line(node), f"{called} takes away what the version before uses: a contracting revision does")
            )
        elif called in LOCKS:
            found.append((_line(node), f"{called} {LOCKS[called]}: say so when the table is made"))
        elif called == "create_index" and _second(node) not in made:
            found.append((_line(node), "an index of a table that is in use is made by add_index"))
        elif called == "add_column" and not _harmless(node):
            found.append((_line(node), "a new column is nullable or has a server_default, and no index or key"))
        elif called == "execute":
            found += _of_sql(node, contract=contract)
    steps = [node for node in up.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if any(_called(node) == "add_index" for node in ast.walk(up)) and len(steps) != 1:
        found.append((up.lineno, "add_index commits what came before it: it is alone in its revision"))
    return found


def _of_sql(node: ast.AST, *, contract: bool) -> list[tuple[int, str]]:
    words = " ".join(
        one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)
    )
    if _SQL_ROWS.search(words):
        return [(_line(node), "rows are not changed in a migration: the program does, in small steps")]
    if _SQL_TAKES_AWAY.search(words) and not contract:
        return [(_line(node), "takes away or alters by SQL")]
    return []


def _of_ledger(tree: ast.Module) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree):
        called = _called(node)
        if called == "batch_alter_table" and (_first(node) is None or _first(node) in LEDGER_TABLES):
            found.append((_line(node), "a ledger table is never batch-altered: its triggers would be lost"))
        elif called in {*TAKES_AWAY, "add_column"} - {"batch_alter_table"}:
            own = {"drop_index", "drop_constraint"}
            if (_second(node) if called in own else _first(node)) in LEDGER_TABLES:
                found.append((_line(node), "a ledger table is not altered"))
        if isinstance(node, ast.FunctionDef) and node.name == "downgrade" and _touches_ledger(tree):
            raises = any(isinstance(step, ast.Raise) for step in ast.walk(node))
            if not raises:
                found.append((node.lineno, "the downgrade of a ledger revision raises"))
    return found


def _harmless(node: ast.AST) -> bool:
    column = node.args[1] if isinstance(node, ast.Call) and len(node.args) > 1 else None
    if not isinstance(column, ast.Call):
        return False
    said = {word.arg: word.value for word in column.keywords}
    nullable = said.get("nullable")
    optional = isinstance(nullable, ast.Constant) and nullable.value is True
    keyed = {"unique", "index", "primary_key"} & said.keys() or any(_called(one) == "ForeignKey" for one in column.args)
    return (optional or "server_default" in said) and not keyed


def _constants(tree: ast.Module) -> dict[str, object]:
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _first(node: ast.AST) -> object:
    return _argument(node, 0)


def _second(node: ast.AST) -> object:
    return _argument(node, 1)


def _argument(node: ast.AST, place: int) -> object:
    found = node.args[place] if isinstance(node, ast.Call) and len(node.args) > place else None
    return found.value if isinstance(found, ast.Constant) else None


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 1)


def _touches_ledger(tree: ast.AST) -> bool:
    return any(_first(node) in LEDGER_TABLES for node in ast.walk(tree) if _called(node))


def main() -> int:
    """Check every revision and the environment; give 1 when one is at fault."""
    paths = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    texts = tuple((path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths)
    found = [line for name, text in texts for line in faults(text, name)]
    found += order_faults(texts)
    environment = ROOT / "migrations" / "env.py"
    if environment.exists() and "lock_timeout" not in environment.read_text(encoding="utf-8"):
        found.append("migrations/env.py: sets no lock_timeout")
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
