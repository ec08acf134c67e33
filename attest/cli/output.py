"""Everything the commands print: text with control characters made harmless, or one JSON document with `--json`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from attest.model.plain_text import printable

if TYPE_CHECKING:
    from attest.errors import AttestError


def print_line(text: str = "") -> None:
    """Print one line of text that may hold hostile characters."""
    sys.stdout.write(printable(text) + "\n")


def print_json(value: object) -> None:
    """Print one JSON document; non-ASCII is escaped, so nothing in it can steer a terminal."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True) + "\n")


def print_error(err: AttestError, *, as_json: bool) -> None:
    """Say on standard error what was wrong, what was expected and got, where, and what to do next."""
    if as_json:
        members = {name: getattr(err, name) for name in ("code", "title", "what", "expected", "got", "where", "hint")}
        sys.stderr.write(json.dumps({"error": {k: v for k, v in members.items() if v}}) + "\n")
        return
    lines = [f"whereof: {err.what} [{err.code}]"]
    lines += [f"  {name:<9}{value}" for name in ("expected", "got", "where") if (value := getattr(err, name))]
    lines.append(f"  next     {err.hint}")
    sys.stderr.write("\n".join(printable(line) for line in lines) + "\n")
