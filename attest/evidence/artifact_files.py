"""Files that carry build provenance: a Sigstore bundle, JSON lines of them, GitHub's answer, an OCI image layout.

Beside an artifact the names are looked for that tools write: `FILE.sigstore.json`, `FILE.intoto.jsonl`,
`sha256:<hex>.jsonl` and `sha256-<hex>.jsonl`. A file holds hostile input: it is bounded here and judged elsewhere.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import InvalidInput, NotVerified
from attest.evidence.locate import MAX_BUNDLE_BYTES, FoundBundle, Place, read_named
from attest.model.statement import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BUNDLES_PER_FILE: Final = 1024
MAX_MANIFESTS: Final = 64
_LAYER: Final = "application/vnd.dev.sigstore.bundle"
_MANIFESTS: Final = ("application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json")


def find_provenance(artifact: Path, sha256: str, named: tuple[Path, ...]) -> tuple[FoundBundle, ...]:
    """Give the bundles in the named files, else in those beside the artifact; each distinct bundle once.

    Raises:
        InvalidInput: a named file is not there, is too large, or is of no known form.
    """
    if named:
        found = [each for path in named for each in read_provenance(path, Place.NAMED)]
    else:
        found = [each for path in _beside(artifact, sha256) for each in read_provenance(path, Place.LOCAL)]
    return tuple({each.data: each for each in found}.values())


def _beside(artifact: Path, sha256: str) -> Iterator[Path]:
    names = (f"{artifact.name}.sigstore.json", f"{artifact.name}.intoto.jsonl")
    for name in (*names, f"sha256:{sha256}.jsonl", f"sha256-{sha256}.jsonl"):
        path = artifact.parent / name
        if path.is_file():
            yield path


def read_provenance(path: Path, place: Place) -> tuple[FoundBundle, ...]:
    """Give the bundles that one file, or one OCI layout folder, holds.

    Raises:
        InvalidInput: it is not there, too large, or of no known form.
    """
    if path.is_dir():
        return tuple(FoundBundle(source=name, data=data, place=place) for name, data in _layout(path))
    data = read_named(path).data
    found = tuple(
        FoundBundle(source=f"{path}#{number}" if number else str(path), data=each, place=place)
        for number, each in _split(data, str(path))
    )
    if len(found) > MAX_BUNDLES_PER_FILE:
        raise InvalidInput("input.too-large", "bundles in one file", where=str(path))
    return found


def _split(data: bytes, where: str) -> Iterator[tuple[int, bytes]]:
    whole = _json(data)
    if whole is None:
        lines = [line for line in data.split(b"\n") if line.strip()]
        if not lines or any(_json(line) is None for line in lines):
            raise InvalidInput("input.malformed", "neither a bundle nor JSON lines of bundles", where=where)
        yield from enumerate(lines, 1)
    elif isinstance(rows := whole.get("attestations"), list):
        # GitHub's API answers so; what is signed inside a bundle is base64 and stays as it is.
        for number, row in enumerate(rows, 1):
            yield number, canonical_json(row.get("bundle") if isinstance(row, dict) else None)
    else:
        yield 0, data


def _json(data: bytes) -> dict[str, object] | None:
    try:
        value = strict_json(data)
    except NotVerified:
        return None
    return value if isinstance(value, dict) else None


def _layout(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give the layers of an OCI image layout that are Sigstore bundles, each by its digest."""
    index = _json(_bounded(folder / "index.json"))
    waiting = _descriptors(index, "manifests")
    seen = 0
    while waiting:
        kind, digest = waiting.pop()
        seen += 1
        if seen > MAX_MANIFESTS:
            raise InvalidInput("input.too-large", "manifests in one layout", where=str(folder))
        if kind not in _MANIFESTS:
            continue
        manifest = _json(_blob(folder, digest))
        waiting += _descriptors(manifest, "manifests")
        for layer, blob in _descriptors(manifest, "layers"):
            if layer.startswith(_LAYER):
                yield f"{folder}@{blob}", _blob(folder, blob)


def _descriptors(value: dict[str, object] | None, name: str) -> list[tuple[str, str]]:
    rows = value.get(name) if value else None
    found = []
    for row in rows if isinstance(rows, list) else ():
        kind, digest = (row.get("mediaType"), row.get("digest")) if isinstance(row, dict) else (None, None)
        if isinstance(kind, str) and isinstance(digest, str):
            found.append((kind, digest))
    return found[:MAX_BUNDLES_PER_FILE]


def _blob(folder: Path, digest: str) -> bytes:
    algorithm, _, value = digest.partition(":")
    if algorithm != "sha256" or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise InvalidInput("input.malformed", "an OCI digest is sha256: and 64 hex digits", where=str(folder))
    data = _bounded(folder / "blobs" / "sha256" / value)
    if hashlib.sha256(data).hexdigest() != value:
        raise InvalidInput("input.malformed", "a blob of the layout is not what its name says", where=digest)
    return data


def _bounded(path: Path) -> bytes:
    data = read_named(path).data
    if len(data) > MAX_BUNDLE_BYTES:
        raise InvalidInput("input.too-large", where=str(path))
    return data
