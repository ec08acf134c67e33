"""The bill of materials of the image: CycloneDX 1.6 of a folder of wheels, the same bytes for the same wheels."""

from __future__ import annotations

import argparse
import hashlib
import json
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import Final

from attest.canonical import canonical_json

SPEC: Final = "1.6"
MAX_METADATA_BYTES: Final = 1024 * 1024


def bill_of(folder: Path, version: str) -> bytes:
    """Give the bill of the wheels in `folder` for a Whereof of `version`; canonical JSON, without time or serial number.

    Raises:
        ValueError: a wheel has no readable metadata.
    """
    components = sorted((_component(path) for path in folder.glob("*.whl")), key=lambda one: str(one["bom-ref"]))
    return canonical_json(
        {
            "bomFormat": "CycloneDX",
            "specVersion": SPEC,
            "version": 1,
            "metadata": {
                "component": {
                    "type": "application",
                    "name": "whereof",
                    "version": version,
                    "licenses": [{"license": {"id": "Apache-2.0"}}],
                }
            },
            "components": components,
        }
    )


def _component(path: Path) -> dict[str, object]:
    with zipfile.ZipFile(path) as wheel:
        names = [name for name in wheel.namelist() if name.count("/") == 1 and name.endswith(".dist-info/METADATA")]
        if len(names) != 1 or wheel.getinfo(names[0]).file_size > MAX_METADATA_BYTES:
            raise ValueError(
                f"{path.name}: expected one METADATA of at most {MAX_METADATA_BYTES} bytes, got {len(names)}"
            )
        about = HeaderParser().parsestr(wheel.read(names[0]).decode("utf-8", "replace"))
    name, version = about["Name"], about["Version"]
    reference = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    component: dict[str, object] = {
        "type": "library",
        "bom-ref": reference,
        "name": name,
        "version": version,
        "purl": reference,
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}],
    }
    stated = about["License-Expression"] or about["License"]
    if stated and len(stated) <= 100 and "\n" not in stated:
        component["licenses"] = [{"license": {"name": stated}}]
    return component


def main() -> None:
    """Write the bill of a folder of wheels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    asked = parser.parse_args()
    version = tomllib.loads(Path("pyproject.toml").read_text())["project"]["version"]
    asked.output.write_bytes(bill_of(asked.wheels, version) + b"\n")
    print(f"{len(json.loads(asked.output.read_bytes())['components'])} components")


if __name__ == "__main__":
    main()
