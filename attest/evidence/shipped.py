"""The files that go into every evidence bundle beside the data: verifiers, of which `verify.py` is joined from its modules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_MODULES: Final = (
    "archive",
    "merkle",
    "json_form",
    "roots",
    "certificates",
    "result",
    "entries",
    "complete",
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
OTHERS: Final = ("verifier.html", "verify.sh")
"""Those of them that are beside this module go into every bundle."""


def shipped_files() -> dict[str, bytes]:
    """Give name and bytes of each verifier that this version has."""
    folder = Path(__file__).parent / "verifiers"
    others = {name: (folder / name).read_bytes() for name in OTHERS if (folder / name).is_file()}
    return {"verify.py": verify_py(), **others}


def verify_py() -> bytes:
    """Give `verify.py`."""
    texts = [(_FOLDER / f"{name}.py").read_text(encoding="utf-8") for name in _MODULES]
    return (_HEAD + _FUTURE + "".join(_section(text) for text in texts)).encode()


def _section(text: str) -> str:
    inner = _REMARKS.sub("", _OWN.sub("", text.replace(_FUTURE, "", 1)))
    title, _, rest = inner.partition("\n")
    name = title.strip('"')
    return f"\n\n# --- {name}\n{rest.rstrip()}\n"
