"""Write the reference pages that are made from code, or with --check say which no longer agree with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from api.access_page import access_page
from api.app import create_app
from attest.catalogue import CATALOGUE, Problem
from attest.clock import SystemClock, SystemEntropy
from attest.errors import AttestError
from attest.settings import Settings
from tools import openapi
from tools.gen_cli import cli_page, predicates_page
from tools.gen_scale import scale_page
from tools.gen_settings import settings_page

ROOT = Path(__file__).resolve().parents[1]

_AREAS = {
    "input": "What was handed in",
    "git": "Git",
    "init": "Hooks",
    "redaction": "Redaction",
    "evidence": "Evidence",
    "trust": "Trust roots",
    "policy": "Policy",
    "ledger": "Ledger",
    "store": "Store",
    "key": "Keys",
    "program": "The program itself",
    "service": "Service",
}


def errors_page() -> str:
    """Give the page of error codes: every family, then every code with its meaning and what to do."""
    lines = [
        "# Errors",
        "",
        (
            "Made from `attest/catalogue.py` by `python -m tools.gen_docs`. A code is stable: scripts may rely on it, words may"
            " change. The CLI prints it in brackets, the API gives it as the problem's `type`."
        ),
        "",
        (
            "An error belongs to one family. Bad evidence (`invalid`) and evidence that could not be checked"
            " (`indeterminate`) are never mixed, and neither is a success."
        ),
        "",
        "| family | meaning |",
        "|---|---|",
    ]
    lines += [f"| `{kind.family}` | {_first_line(kind)} |" for kind in AttestError.__subclasses__()]
    areas: dict[str, list[tuple[str, Problem]]] = {}
    for code, problem in CATALOGUE.items():
        areas.setdefault(code.split(".")[0], []).append((code, problem))
    for area, rows in areas.items():
        lines += [
            "",
            f"## {_AREAS.get(area, area.capitalize())}",
            "",
            "| code | meaning | what to do |",
            "|---|---|---|",
        ]
        lines += [f"| `{code}` | {problem.title} | {problem.remedy} |" for code, problem in rows]
    return "\n".join(lines) + "\n"


def _first_line(kind: type[AttestError]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n", maxsplit=1)[0].split())


def roles_page() -> str:
    """Give the page of roles, scopes and routes; from an application that is built and serves nobody."""
    with TemporaryDirectory() as home, Path(os.devnull).open("w", encoding="utf-8") as silent:
        app = create_app(
            Settings(home=Path(home) / "home"), clock=SystemClock(), entropy=SystemEntropy(), stream=silent
        )
        app.state.service.instance.engine.dispose()
        return access_page(app)


PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/errors.md": errors_page,
    "docs/reference/access.md": roles_page,
    "docs/reference/cli.md": cli_page,
    "docs/reference/predicates.md": predicates_page,
    "docs/reference/settings.md": settings_page,
    "docs/reference/openapi.json": openapi.page,
    "docs/how-to/scale.md": scale_page,
}


def main() -> int:
    """Write the pages; with --check write nothing and give 1 when one differs."""
    check = "--check" in sys.argv[1:]
    stale = []
    for name, make in PAGES.items():
        path, text = ROOT / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name} {'differs from the code; run python -m tools.gen_docs' if check else 'written'}")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
