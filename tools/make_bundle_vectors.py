"""Write every bundle vector into a folder, one directory each: `python -m tools.make_bundle_vectors FOLDER`.

Each holds `bundle.sigstore.json`, `trusted_root.json`, `artifact`, `identity` with `issuer` or `key.pub`, and
`expected`: `pass` or the code of the refusal. Without a folder, prints the list that `docs/spec/vectors/bundles.json`
keeps: name, verdict, what sigstore-python says, and SHA-256 of bundle and trusted root. The same on every run.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.bundle_cases import honest
from tools.bundle_faults import signer_faults
from tools.bundle_log_faults import witness_faults
from tools.bundle_shapes import field_shapes

if TYPE_CHECKING:
    from tools.bundle_cases import Case

LIST: Final = Path(__file__).parent.parent / "docs" / "spec" / "vectors" / "bundles.json"


def cases() -> tuple[Case, ...]:
    """Give every case, honest and hostile."""
    return (*honest(), *signer_faults(), *witness_faults(), *field_shapes())


def root_bytes(case: Case) -> bytes:
    """Give the trusted root of a case as a file."""
    return json.dumps(case.root).encode()


def document(made: tuple[Case, ...]) -> str:
    """Give the list."""
    rows = {
        case.name: {
            "verdict": case.verdict,
            "sigstore-python": case.stock,
            "bundle": hashlib.sha256(case.raw).hexdigest(),
            "trusted_root": hashlib.sha256(root_bytes(case)).hexdigest(),
        }
        for case in made
    }
    return json.dumps(rows, indent=1, sort_keys=True) + "\n"


def write(case: Case, folder: Path) -> Path:
    """Write one case into its directory, and give that."""
    held = folder / case.name
    held.mkdir(parents=True)
    (held / "bundle.sigstore.json").write_bytes(case.raw)
    (held / "trusted_root.json").write_bytes(root_bytes(case))
    (held / "artifact").write_bytes(case.artifact)
    (held / "expected").write_text(case.verdict + "\n")
    if case.key is not None:
        (held / "key.pub").write_bytes(case.key)
    else:
        (held / "identity").write_text(case.identity)
        (held / "issuer").write_text(case.issuer)
    return held


def main(arguments: list[str]) -> None:
    """Write the vectors, or print their list."""
    if not arguments:
        sys.stdout.write(document(cases()))
        return
    for case in cases():
        write(case, Path(arguments[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
