"""The page of settings: the variables that the program reads, the files it looks for, and the limits of a service."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
VARIABLES: Final = {
    "WHEREOF_HOME": "the data directory; without it `$XDG_STATE_HOME/whereof`, and without that `~/.local/state/whereof`",
    "WHEREOF_DATABASE_URL": "SQLAlchemy address of a PostgreSQL database; without it SQLite in the data directory",
    "WHEREOF_OBJECTS": "`s3://bucket/prefix` for objects and the published log; without it they lie in the data directory",
    "WHEREOF_OBJECTS_ENDPOINT": "address of the S3 service; credentials come from the variables and files of AWS's own tools",
    "WHEREOF_LOG_ORIGIN": "name of the log, read at the first start only; without it one is drawn",
    "WHEREOF_LOG_PRIVATE": "checkpoint, tiles and index keys are for those with a token; fixed from the first entry on",
    "WHEREOF_FOLLOWED": "where the log is that this one follows: a data directory, or a file with its environment",
    "WHEREOF_SERVER": "address of a Whereof service; without it nothing is sent anywhere",
    "WHEREOF_TOKEN": "the token for that service, and for a private log elsewhere; goes before what `whereof login` keeps",
    "WHEREOF_OTLP_ENDPOINT": "base address of an OTLP/HTTP collector for the service's traces; without it none are made",
    "WHEREOF_TRACEBACK": "set: an error of the program itself prints its traceback, which may hold paths and values",
}
FILES: Final = (
    ("access.json", "who signs in to a service, and which pipelines", "../how-to/sign-in.md"),
    ("approvers.json", "who may approve erasures and release holds", "../how-to/erase.md"),
    ("unmask-approvers.json", "who may approve an unmasking", "../how-to/redaction.md"),
    ("key-store.json", "where keys are made that are not in the ring", "../how-to/keys.md"),
    ("retention.json", "how long each class of text is kept", "../how-to/erase.md"),
    ("redaction.yaml", "an organisation's own names and recognisers", "../how-to/redaction-settings.md"),
    ("redaction-allow.json", "what the second scan may find without a quarantine", "../how-to/record.md"),
    (
        "summarizer.json",
        "the program that writes machine summaries; without it there are none",
        "../how-to/summarize.md",
    ),
    ("witnesses.policy", "witnesses that are asked to cosign, as a C2SP tlog-policy", "../how-to/witness.md"),
    ("forges.json", "forges whose web hooks are taken, and their secrets", "../how-to/sign-in.md"),
    (
        "oidc-issuers.json",
        "issuers whose tokens the log's own certificate authority takes",
        "../how-to/sign-with-sigstore-clients.md",
    ),
)
_NAME: Final = re.compile(r"\bWHEREOF_[A-Z_]+\b")
_APART: Final = frozenset({"WHEREOF_CHAIN", "WHEREOF_IMAGE", "WHEREOF_PYTHON"})
"""Of the git hooks among themselves, of the compose file, and of the gate's installer: nobody sets them for the program."""


def read_names() -> frozenset[str]:
    """Give every variable that the program, its image or its units name."""
    files = [path for folder in ("attest", "api", "redaction") for path in (ROOT / folder).rglob("*.py")]
    files += [path for path in (ROOT / "deploy/image").iterdir() if path.is_file()]
    return frozenset(name for path in files for name in _NAME.findall(path.read_text(encoding="utf-8"))) - _APART


def settings_page() -> str:
    """Give the page.

    Raises:
        ValueError: the program names a variable that has no words here, or the other way round.
    """
    if read_names() != VARIABLES.keys():
        raise ValueError(
            f"variables without words, or words without a variable: {sorted(read_names() ^ VARIABLES.keys())}"
        )
    lines = [
        "# Settings",
        "",
        "Made from the code by `python -m tools.gen_docs`. Variables are read once, at the start. What is refused or missing ends the",
        "start with a code of [errors](errors.md).",
        "",
        "## Variables",
        "",
        "| variable | what it sets |",
        "|---|---|",
        *(f"| `{name}` | {words} |" for name, words in VARIABLES.items()),
        "",
        "## Files in the data directory",
        "",
        "| file | what it says | how |",
        "|---|---|---|",
        *(f"| `{name}` | {words} | [page]({page}) |" for name, words, page in FILES),
        "",
        "## Limits of a service",
        "",
        "`api/config.py` names them; a service takes them as they are. What goes beyond is refused with a code, never cut.",
        "",
        "| limit | value | of what |",
        "|---|---|---|",
        *(f"| `{name}` | {value} | {words} |" for name, value, words in _limits()),
    ]
    return "\n".join(lines) + "\n"


def _limits() -> Iterator[tuple[str, str, str]]:
    """Read names, defaults and words of the service's limits as they stand in the code."""
    module = ast.parse((ROOT / "api/config.py").read_text(encoding="utf-8"))
    (config,) = (node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "ServiceConfig")
    for place, node in enumerate(config.body):
        if not isinstance(node, ast.AnnAssign) or node.value is None or ast.unparse(node.value) == "()":
            continue
        after = config.body[place + 1] if place + 1 < len(config.body) else None
        said = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
        yield ast.unparse(node.target), f"`{ast.unparse(node.value)}`", " ".join(str(said).split()) or "Of one request."
