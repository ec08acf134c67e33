"""Run every check of the project, all of them even when one fails, and say which failed (`make check`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_BIN = Path(sys.executable).parent

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("lint", (str(_BIN / "ruff"), "check")),
    ("format", (str(_BIN / "ruff"), "format", "--check", "--quiet")),
    ("types", (str(_BIN / "mypy"),)),
    ("imports", (str(_BIN / "lint-imports"), "--no-logo")),
    ("spelling", (str(_BIN / "codespell"),)),
    ("scope of queries", (sys.executable, "-m", "tools.lint_scope")),
    ("no route by person", (sys.executable, "-m", "tools.lint_people")),
    ("house rules", (sys.executable, "-m", "tools.lint_code")),
    ("migrations", (sys.executable, "-m", "tools.lint_migrations")),
    ("requirements", (sys.executable, "-m", "tools.lint_requirements")),
    ("interface", (sys.executable, "-m", "tools.openapi")),
    ("generated docs", (sys.executable, "-m", "tools.gen_docs", "--check")),
)


def main() -> int:
    """Run all checks in order; give 1 when one failed, with the names of those that did on the last line."""
    failed = []
    for name, command in CHECKS:
        print(f"== {name}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else f"all {len(CHECKS)} checks hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
