"""The committed OpenAPI document, `docs/reference/openapi.json`: what clients were written for.

`python -m tools.openapi` lints the service's own and says what of it would break somebody. `python -m tools.gen_docs`
writes it, unless it would; `python -m tools.openapi --breaking` writes it all the same: such a change is said in the
changelog.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from api.app import create_app
from attest.clock import SystemClock, SystemEntropy
from attest.settings import Settings
from tools.openapi_changes import breaking
from tools.openapi_lint import lint

ROOT = Path(__file__).resolve().parents[1]
COMMITTED = ROOT / "docs/reference/openapi.json"


def current() -> dict[str, Any]:
    """Give the document of the service as it is; from an application that is built and serves nobody."""
    with TemporaryDirectory() as home, Path(os.devnull).open("w", encoding="utf-8") as silent:
        settings = Settings(home=Path(home) / "home")
        app = create_app(settings, clock=SystemClock(), entropy=SystemEntropy(), stream=silent)
        app.state.service.instance.engine.dispose()
        found: dict[str, Any] = json.loads(json.dumps(app.openapi()))
    # The version is not the interface's: it would change the document with every release.
    found["info"]["version"] = "v1"
    return found


def text_of(document: dict[str, Any]) -> str:
    """Give the document as it is committed."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def page() -> str:
    """Give the document as it is to be committed.

    Raises:
        SystemExit: it would break somebody who was written for the committed one; says where.
    """
    document = current()
    if broken := breaking(_committed(document), document):
        raise SystemExit("\n".join((*broken, "if that is meant: python -m tools.openapi --breaking")))
    return text_of(document)


def main(arguments: list[str]) -> int:
    """Check, or with --breaking write whatever the service's document is; 1 where something is wrong."""
    document = current()
    if "--breaking" in arguments:
        COMMITTED.write_text(text_of(document), encoding="utf-8")
    wrong = [
        f"{'/'.join(map(str, one.path))}: {one.message}" for one in OpenAPIV31SpecValidator(document).iter_errors()
    ]
    wrong += lint(document)
    wrong += breaking(_committed(document), document)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def _committed(document: dict[str, Any]) -> dict[str, Any]:
    if not COMMITTED.exists():
        return document
    found: dict[str, Any] = json.loads(COMMITTED.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
