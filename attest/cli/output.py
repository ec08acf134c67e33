"""Everything the commands print: text with control characters made harmless, or one JSON document with `--json`."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Final

from attest.model.plain_text import printable

if TYPE_CHECKING:
    from attest.errors import AttestError

_COMMAND: Final = re.compile(r"##(?=\w*\[)")


def print_line(text: str = "") -> None:
    """Print one line of text that may hold hostile characters."""
    sys.stdout.write(inert_line(text) + "\n")


def inert_line(text: str) -> str:
    """Give one line that steers neither a terminal nor a build server that reads its steps' output for commands.

    Such servers take a line that begins with `::` (GitHub), or that holds `##[` (GitHub, Azure), `##vso[` (Azure) or
    `##teamcity[` anywhere. One character of it is named by its code point.
    """
    line = _COMMAND.sub("#<U+0023>", printable(text))
    bare = line.lstrip()
    return line if not bare.startswith("::") else line[: len(line) - len(bare)] + "<U+003A>" + bare[1:]


def print_json(value: object) -> None:
    """Print one JSON document; nothing in it can steer a terminal or a build server, see `inert_line`."""
    sys.stdout.write(json_text(value))


def json_text(value: object) -> str:
    """Give one JSON document: non-ASCII escaped, and so is what a build server would read as a command."""
    return _COMMAND.sub(r"#\\u0023", json.dumps(value, indent=2, ensure_ascii=True)) + "\n"


def print_error(err: AttestError, *, as_json: bool) -> None:
    """Say on standard error what was wrong, what was expected and got, where, and what to do next."""
    if as_json:
        members = {name: getattr(err, name) for name in ("code", "title", "what", "expected", "got", "where", "hint")}
        one_line = json.dumps({"error": {k: v for k, v in members.items() if v}})
        sys.stderr.write(_COMMAND.sub(r"#\\u0023", one_line) + "\n")
        return
    lines = [f"whereof: {err.what} [{err.code}]"]
    lines += [f"  {name:<9}{value}" for name in ("expected", "got", "where") if (value := getattr(err, name))]
    lines.append(f"  next     {err.hint}")
    sys.stderr.write("\n".join(inert_line(line) for line in lines) + "\n")
