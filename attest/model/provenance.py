"""SLSA build provenance, v1 and v0.2: who built, and from which commits, as the builder states it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from attest.errors import NotVerified
from attest.model.statement import strict_json

PROVENANCE_V1: Final = "https://slsa.dev/provenance/v1"
PROVENANCE_V02: Final = "https://slsa.dev/provenance/v0.2"
STATEMENTS: Final = frozenset(("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"))
MAX_PROVENANCE_BYTES: Final = 8 * 1024 * 1024
"""Builders put whole event records in; the statements of this project are smaller."""
MAX_MATERIALS: Final = 4096
MAX_SOURCES: Final = 64
_OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PLACE: Final = re.compile(r"(?:git\+)?[a-z+]+://([^/?#]*)(/[^@?#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One commit that an artifact was built from."""

    uri: str
    oid: str

    @property
    def place(self) -> str:
        """Host and path of the repository, for comparing with a clone's remote; empty where the URI has none."""
        return repository_place(self.uri)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a build provenance says. Nothing in it is checked against anything."""

    predicate_type: str
    builder: str
    """The builder's own id; whether it may say so is decided by the identity that signed."""
    sources: tuple[Source, ...]
    """Commits among its materials, each once, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactStatement:
    """Any in-toto statement about artifacts, as far as a gate reads it."""

    predicate_type: str
    artifacts: tuple[tuple[str, str], ...]
    """(name, SHA-256 in hex) of each subject that has one."""
    provenance: Provenance | None
    """None where it is a statement of another kind."""


def repository_place(uri: str) -> str:
    """Give host and path of a repository's URI: no scheme, user, revision, trailing slash or `.git`."""
    found = _PLACE.match(uri)
    if not found:
        return ""
    host, path = found[1].rpartition("@")[2].lower(), found[2].rstrip("/").removesuffix(".git")
    return host + path if host else ""


def read_artifact_statement(raw: bytes) -> ArtifactStatement:
    """Read a signed statement, and the provenance in it where it is one.

    Raises:
        NotVerified: `evidence.statement`: not a statement about anything, or not the provenance it says it is.
    """
    if len(raw) > MAX_PROVENANCE_BYTES:
        raise _bad("size", f"<= {MAX_PROVENANCE_BYTES} bytes")
    top = strict_json(raw)
    if not isinstance(top, dict) or top.get("_type") not in STATEMENTS:
        raise _bad("_type", "an in-toto statement of a known version")
    kind = _text(top, "predicateType")
    predicate = _object(top, "predicate")
    read = {PROVENANCE_V1: _version_1, PROVENANCE_V02: _version_02}.get(kind)
    return ArtifactStatement(
        predicate_type=kind,
        artifacts=tuple(_artifacts(top.get("subject"))),
        provenance=read(predicate) if read else None,
    )


def _artifacts(subjects: object) -> Iterator[tuple[str, str]]:
    if not isinstance(subjects, list) or not 1 <= len(subjects) <= MAX_MATERIALS:
        raise _bad("subject", f"1 to {MAX_MATERIALS} subjects")
    for each in subjects:
        digest = each.get("digest") if isinstance(each, dict) else None
        sha256 = digest.get("sha256") if isinstance(digest, dict) else None
        if isinstance(sha256, str) and _SHA256.fullmatch(sha256):
            name = each.get("name")
            yield name if isinstance(name, str) else "", sha256


def _version_1(predicate: Mapping[str, object]) -> Provenance:
    build = _object(predicate, "buildDefinition")
    builder = _text(_object(_object(predicate, "runDetails"), "builder"), "id")
    return Provenance(
        predicate_type=PROVENANCE_V1, builder=builder, sources=_sources(build.get("resolvedDependencies"))
    )


def _version_02(predicate: Mapping[str, object]) -> Provenance:
    builder = _text(_object(predicate, "builder"), "id")
    invocation = predicate.get("invocation")
    config = invocation.get("configSource") if isinstance(invocation, dict) else None
    materials = predicate.get("materials")
    listed = [config] if isinstance(config, dict) else []
    if materials is not None and not isinstance(materials, list):
        raise _bad("materials", "an array")
    return Provenance(predicate_type=PROVENANCE_V02, builder=builder, sources=_sources([*listed, *(materials or ())]))


def _sources(materials: object) -> tuple[Source, ...]:
    if materials is None:
        return ()
    if not isinstance(materials, list) or len(materials) > MAX_MATERIALS:
        raise _bad("materials", f"an array of at most {MAX_MATERIALS}")
    found: dict[tuple[str, str], Source] = {}
    for each in materials:
        source = _source(each)
        if source is not None:
            found.setdefault((source.place or source.uri, source.oid), source)
    if len(found) > MAX_SOURCES:
        raise _bad("materials", f"at most {MAX_SOURCES} commits")
    return tuple(found.values())


def _source(material: object) -> Source | None:
    if not isinstance(material, dict):
        raise _bad("materials", "objects")
    uri, digest = material.get("uri"), material.get("digest")
    if not isinstance(digest, dict):
        return None
    named = isinstance(uri, str) and uri.startswith(("git+", "git:"))
    # `gitCommit` is a commit whatever the URI; `sha1` is one only where the URI says git.
    oid = digest.get("gitCommit", digest.get("sha1") if named else None)
    if oid is None:
        return None
    if not isinstance(oid, str) or not _OID.fullmatch(oid):
        raise _bad("materials", "a full commit id, 40 or 64 lower-case hex digits")
    return Source(uri=uri if isinstance(uri, str) else "", oid=oid)


def _object(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    got = value.get(name)
    if not isinstance(got, dict):
        raise _bad(name, "an object")
    return got


def _text(value: Mapping[str, object], name: str) -> str:
    got = value.get(name)
    if not isinstance(got, str) or not got:
        raise _bad(name, "a string")
    return got


def _bad(where: str, expected: str) -> NotVerified:
    return NotVerified("evidence.statement", expected=expected, where=where)
