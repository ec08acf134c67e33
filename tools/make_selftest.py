"""Write the vectors that the verifier judges itself by: `python -m tools.make_selftest`; `--check` compares only.

All of `tools.make_bundle_vectors`, and of these a small set: the first for each code, and two good ones of different kinds.
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.signing import selftest
from attest.signing.selftest import ALL, SMALL
from tools.bundle_cases import GOOD
from tools.make_bundle_vectors import cases, root_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.bundle_cases import Case

FOLDER: Final = Path(selftest.__file__).parent
GOOD_ONES: Final = ("dsse-0.0.1", "hashedrekord-0.0.2")
"""Of the small set."""


def small(made: Iterable[Case]) -> tuple[Case, ...]:
    """Give the small set."""
    chosen: dict[str, Case] = {}
    for case in made:
        if case.verdict != GOOD:
            chosen.setdefault(case.verdict, case)
        elif case.name in GOOD_ONES:
            chosen[case.name] = case
    return tuple(chosen.values())


def document(made: Iterable[Case]) -> bytes:
    """Give cases as a file of vectors, not deflated; roots and artifacts stand once each."""
    roots: dict[str, int] = {}
    artifacts: dict[str, int] = {}
    rows = []
    for case in made:
        row: dict[str, object] = {
            "name": case.name,
            "expected": case.verdict,
            "bundle": case.raw.decode("utf-8", "surrogateescape"),
            "root": roots.setdefault(root_bytes(case).decode(), len(roots)),
            "artifact": artifacts.setdefault(case.artifact.decode("latin-1"), len(artifacts)),
        }
        signer = {"identity": case.identity, "issuer": case.issuer}
        rows.append(row | (signer if case.key is None else {"key": case.key.decode()}))
    return json.dumps({"roots": list(roots), "artifacts": list(artifacts), "vectors": rows}, sort_keys=True).encode()


def main(arguments: list[str]) -> int:
    """Write both files, or give 1 where one is not what would be written."""
    made = cases()
    for name, some in ((ALL, made), (SMALL, small(made))):
        data = document(some)
        if "--check" not in arguments:
            (FOLDER / name).write_bytes(zlib.compress(data, 9))
        elif zlib.decompress((FOLDER / name).read_bytes()) != data:
            print(f"{name} is not what `python -m tools.make_selftest` writes")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
