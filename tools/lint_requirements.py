"""Check that the locked requirements pin every package by hash and name no address and no path."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PIN = re.compile(r"^[A-Za-z0-9._-]+(\[[A-Za-z0-9,._-]+\])?==\S+")


def complaints(name: str, text: str) -> tuple[str, ...]:
    """Give one line per fault of a requirements file: an address, an index option, a path, a pin without hash."""
    found = []
    logical = text.replace("\\\n", " ").splitlines()
    for line in logical:
        if not line.strip() or line.lstrip().startswith("#"):
            if "/" in line:
                found.append(f"{name}: a comment with a path or an address: {line.strip()}")
            continue
        if not _PIN.match(line):
            found.append(f"{name}: not a pinned package: {line[:60].strip()}")
        elif "--hash=sha256:" not in line:
            found.append(f"{name}: no hash: {line.split()[0]}")
        if "://" in line or " @ " in line:
            found.append(f"{name}: an address: {line.split()[0]}")
    return tuple(found) if logical else (f"{name}: empty",)


def main() -> int:
    """Check every requirements file; give 1 when one is at fault."""
    files = sorted((ROOT / "requirements").glob("*.txt"))
    found = [line for file in files for line in complaints(file.name, file.read_text(encoding="utf-8"))]
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
