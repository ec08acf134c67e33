"""Sigstore bundles as OCI referrers of an image, in an image layout on disk (OCI image-spec v1.1.0, image-layout and manifest).

Each bundle becomes one artifact manifest whose `subject` is the image's manifest, in the form in which cosign 3 and
GitHub attach attestations: artifact type and layer type are the bundle's media type, and two annotations say what is in
it. Equal input gives equal bytes; there is no time in it. Nothing is verified here and nothing is pushed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import InvalidInput
from attest.model.statement import parse_statement
from attest.signing.bundle import parse_bundle
from attest.signing.dsse import IN_TOTO_PAYLOAD_TYPE, Envelope
from attest.signing.render import BUNDLE_V03

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE: Final = "application/vnd.oci.image.index.v1+json"
EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"
MAX_BUNDLES: Final = 1024
MAX_MANIFEST_BYTES: Final = 4 * 1024 * 1024
"""Of an image's manifest: what registries take at most."""
_VERSION: Final = 3
_EMPTY: Final = b"{}"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSubject:
    """The image that the referrers are about, by its manifest."""

    digest: str
    """`sha256:…` of the manifest."""
    size: int
    """Of the manifest, in bytes."""
    media_type: str = MANIFEST_TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferrerLayout:
    """The files of the layout."""

    files: Mapping[str, bytes]
    """By path below the layout's folder."""
    manifests: tuple[str, ...]
    """Digest of each referrer's manifest, in the order of the bundles."""
    naming: int
    """Bundles whose statement names the image's digest as a subject. Admission controllers take no others."""


def referrer_layout(bundles: Sequence[bytes], subject: ImageSubject) -> ReferrerLayout:
    """Give the image layout with one referrer for each bundle.

    Raises:
        InvalidInput: not a digest, a size or a media type; no bundle, or more than 1,024.
        NotVerified: `evidence.malformed`: not a bundle over an in-toto statement.
        CannotVerify: `evidence.unsupported`: a version of bundle that is not known.
    """
    _require_subject(subject)
    if not 1 <= len(bundles) <= MAX_BUNDLES:
        raise InvalidInput("input.too-large", "bundles", expected=f"1 to {MAX_BUNDLES}", got=str(len(bundles)))
    files = {"oci-layout": canonical_json({"imageLayoutVersion": "1.0.0"}), _path(_EMPTY): _EMPTY}
    about = {"mediaType": subject.media_type, "digest": subject.digest, "size": subject.size}
    listed: list[dict[str, object]] = []
    naming = 0
    for raw in bundles:
        predicate_type, digests = _statement(raw)
        naming += subject.digest.removeprefix("sha256:") in digests
        annotations = {
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": predicate_type,
        }
        manifest = canonical_json(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST_TYPE,
                "artifactType": BUNDLE_V03,
                "config": _descriptor(_EMPTY, EMPTY_TYPE),
                "layers": [_descriptor(raw, BUNDLE_V03)],
                "subject": about,
                "annotations": annotations,
            }
        )
        files[_path(raw)], files[_path(manifest)] = raw, manifest
        extra: dict[str, object] = {"artifactType": BUNDLE_V03, "annotations": annotations}
        listed.append(_descriptor(manifest, MANIFEST_TYPE) | extra)
    files["index.json"] = canonical_json({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": listed})
    return ReferrerLayout(files=files, manifests=tuple(str(one["digest"]) for one in listed), naming=naming)


def _require_subject(subject: ImageSubject) -> None:
    if not _DIGEST.fullmatch(subject.digest):
        raise InvalidInput("input.malformed", "not an image's digest", expected="sha256:…", got=subject.digest[:80])
    if not 0 < subject.size <= MAX_MANIFEST_BYTES:
        raise InvalidInput("input.malformed", "not the size of a manifest", expected=f"1 to {MAX_MANIFEST_BYTES}")
    if subject.media_type not in {MANIFEST_TYPE, INDEX_TYPE}:
        raise InvalidInput("input.malformed", "not a manifest", expected=f"{MANIFEST_TYPE} or {INDEX_TYPE}")


def _statement(raw: bytes) -> tuple[str, frozenset[str]]:
    """Give the predicate type and the SHA-256 digests of the subjects of the statement in a bundle."""
    bundle = parse_bundle(raw)
    content = bundle.content
    if bundle.version != _VERSION or not isinstance(content, Envelope) or content.payload_type != IN_TOTO_PAYLOAD_TYPE:
        raise InvalidInput("input.malformed", "not a v0.3 bundle over an in-toto statement")
    statement = parse_statement(content.payload)
    return statement.predicate_type, frozenset(one.sha256 for one in statement.subjects if one.sha256)


def _descriptor(data: bytes, media_type: str) -> dict[str, object]:
    return {"mediaType": media_type, "digest": f"sha256:{hashlib.sha256(data).hexdigest()}", "size": len(data)}


def _path(data: bytes) -> str:
    return f"blobs/sha256/{hashlib.sha256(data).hexdigest()}"
