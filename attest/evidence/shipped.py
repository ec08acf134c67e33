"""The files that go into every evidence bundle beside the data: three verifiers, each joined from its parts."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

_MODULES: Final = (
    "archive",
    "volumes",
    "merkle",
    "json_form",
    "roots",
    "certificates",
    "revoked",
    "result",
    "entries",
    "complete",
    "witnesses",
    "anchors",
    "main",
)
"""In the order in which they use each other."""
_FOLDER: Final = Path(__file__).parent / "standalone"
_OWN: Final = re.compile(r"^from attest\.[\w.]+ import (?:\([^)]*\)|[^\n(]*)\n", re.MULTILINE)
_FUTURE: Final = "from __future__ import annotations\n"
_REMARKS: Final = re.compile(r"^(?:__all__ = .*|# ruff: .*\n# It runs alone.*)\n", re.MULTILINE)
_HEAD: Final = '''#!/usr/bin/env python3
"""Check an evidence bundle: python3 verify.py BUNDLE (--trust FILE | --trust-digest HEX).

One file; needs Python 3.9 or newer and the package `cryptography` (42 or newer), no network, and nothing of the program that
made the bundle. Exit code 0: valid. 3: something fails. 5: something could not be checked. 2: wrong usage.
"""

'''
_VERIFIERS: Final = Path(__file__).parent / "verifiers"
_SCRIPTS: Final = (
    "sha256",
    "bytes",
    "archive",
    "volumes",
    "merkle",
    "der",
    "keys",
    "roots",
    "paths",
    "stamps",
    "revoked",
    "entries",
    "complete",
    "witnesses",
    "anchors",
    "verify",
)
"""Of the page, in the order in which they use each other; `page` is behind them."""
_PROOF_SCRIPTS: Final = ("sha256", "bytes", "merkle", "der", "keys", "roots", "paths", "stamps", "revoked", "entries")
_PROOF_NAMES: Final = (
    "Bad", "Unknown", "blob", "childOf", "ed25519Key", "envelopeParts", "expect", "fromHex", "hex", "joined", "leafHash",
    "listOf", "logOf", "namedIn", "nodeHash", "paeOf", "plain", "readCertificate", "readJson", "readNote", "readRevoked",
    "readRoot", "requireBody", "requireIncluded", "requirePath", "requireSct", "requireShape", "openNote", "revoke", "same",
    "sha256", "signedBy", "textOf", "timesOf", "utf8", "whole",
)  # fmt: skip


def shipped_files() -> dict[str, bytes]:
    """Give name and bytes of each verifier that goes into a bundle."""
    return {"verifier.html": verifier_html(), "verify.py": verify_py(), "verify.sh": verify_sh()}


def verifier_html() -> bytes:
    """Give `verifier.html`: one page with its style and script inside, which its own policy names by digest."""
    folder = _VERIFIERS / "browser"
    script = verifier_js() + "\n" + (folder / "page.js").read_text(encoding="utf-8")
    style = (folder / "page.css").read_text(encoding="utf-8")
    page = (folder / "page.html").read_text(encoding="utf-8")
    script = f'\n"use strict";\n{script}'
    for name, value in (("SCRIPT_HASH", _source_hash(script)), ("STYLE_HASH", _source_hash(style))):
        page = page.replace(f"@{name}@", value)
    return page.replace("@STYLE@", style).replace("@SCRIPT@", script).encode()


def verifier_js() -> str:
    """Give the page's script without what shows anything: `checkBundle(file, outside)` gives the result."""
    return "\n".join((_VERIFIERS / "browser" / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS)


def proof_module() -> str:
    """Give the same scripts as an ES module, as far as they check one entry: for the pages of a service."""
    folder = _VERIFIERS / "browser"
    script = "\n".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in _PROOF_SCRIPTS)
    return f"{script}\nexport {{ {', '.join(_PROOF_NAMES)} }};\n"


def verify_sh() -> bytes:
    """Give `verify.sh`: one script of the shell, with its programs for jq inside."""
    text = (_VERIFIERS / "shell" / "main.sh").read_text(encoding="utf-8")
    for file in sorted((_VERIFIERS / "shell").glob("*.jq")):
        text = text.replace(f"@{file.stem}@", file.read_text(encoding="utf-8"))
    return text.encode()


def _source_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def verify_py() -> bytes:
    """Give `verify.py`."""
    texts = [(_FOLDER / f"{name}.py").read_text(encoding="utf-8") for name in _MODULES]
    return (_HEAD + _FUTURE + "".join(_section(text) for text in texts)).encode()


def _section(text: str) -> str:
    inner = _REMARKS.sub("", _OWN.sub("", text.replace(_FUTURE, "", 1)))
    title, _, rest = inner.partition("\n")
    name = title.strip('"')
    return f"\n\n# --- {name}\n{rest.rstrip()}\n"
