"""Write the hash files that a pipeline installs the gate from: a few packages, not the whole of `whereof`.

    python -m tools.gate_requirements                       requirements/gate.txt, from the lock of all
    python -m tools.gate_requirements WHEEL -o FILE          the line for a release's wheel

`whereof gate`, `verify` and `survey` load nothing beyond these (the import contracts and tests hold them to it), so a
pipeline installs them with `--no-deps` and checks every file by its hash.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
LOCK: Final = ROOT / "requirements/run.txt"
GATE: Final = ROOT / "requirements/gate.txt"
PACKAGES: Final = (
    *("cryptography", "cffi", "pycparser", "rfc8785", "pyyaml", "typer", "click", "typing-extensions", "rich"),
    *("markdown-it-py", "mdurl", "pygments", "shellingham", "annotated-doc"),
)
_WHEEL: Final = re.compile(r"whereof-([0-9A-Za-z.]+)-py3-none-any\.whl")


def gate_lock(lock: str) -> str:
    """Give the rows of the lock that the gate needs, with their hashes and markers as they are.

    Raises:
        SystemExit: the lock lacks one of them.
    """
    rows = {row.split("==")[0].lower(): row for row in re.split(r"\n(?=\S)", lock.strip()) if "==" in row}
    missing = [name for name in PACKAGES if name not in rows]
    if missing:
        raise SystemExit(f"the lock lacks {', '.join(missing)}")
    return "\n".join(rows[name] for name in sorted(PACKAGES)) + "\n"


def wheel_line(wheel: Path) -> str:
    """Give the one row for a wheel of ours."""
    found = _WHEEL.fullmatch(wheel.name)
    if found is None:
        raise SystemExit(f"not a wheel of whereof: {wheel.name}")
    return f"whereof=={found[1]} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def main() -> None:
    """Write the file that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", nargs="?", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=GATE)
    asked = parser.parse_args()
    text = wheel_line(asked.wheel) if asked.wheel else gate_lock(LOCK.read_text(encoding="utf-8"))
    asked.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
