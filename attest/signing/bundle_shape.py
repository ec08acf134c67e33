"""Bundles of one writer are the same but for what some strings hold: what was walked once need not be walked again.

A shape is made from a bundle that was read strictly. In a later one whose every octet outside of strings is equal, every name,
and every string that says what kind of bundle it is, the others stand in the same places; each of them is held to what the full
reader holds it to. Whatever differs in anything is read by `attest.signing.bundle`, which says what is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Final

from attest.signing.bundle import MAX_BUNDLE_BYTES, MAX_CERTIFICATE_BYTES, MAX_TOKEN_BYTES, Bundle, parse_bundle
from attest.signing.dsse import MAX_ENVELOPE_BYTES, MAX_SIGNATURE_BYTES, Envelope
from attest.signing.log_entry import MAX_BODY_BYTES, InclusionProof, LogEntry
from attest.signing.memo import Memo
from attest.signing.strict import MAX_TEXT_CHARS, MAX_U64, parse_json, strict_base64

_Path = tuple[str | int, ...]
_MATERIAL: Final = "verificationMaterial"
_ENTRY: Final[_Path] = (_MATERIAL, "tlogEntries", 0)
_PROOF: Final[_Path] = (*_ENTRY, "inclusionProof")
_VALUES: Final[tuple[_Path, ...]] = (
    ("dsseEnvelope", "payload"),
    ("dsseEnvelope", "signatures", 0, "sig"),
    (_MATERIAL, "certificate", "rawBytes"),
    (_MATERIAL, "timestampVerificationData", "rfc3161Timestamps", 0, "signedTimestamp"),
    (*_ENTRY, "logIndex"),
    (*_ENTRY, "integratedTime"),
    (*_ENTRY, "inclusionPromise", "signedEntryTimestamp"),
    (*_ENTRY, "canonicalizedBody"),
    (*_PROOF, "logIndex"),
    (*_PROOF, "treeSize"),
    (*_PROOF, "rootHash"),
    (*_PROOF, "checkpoint", "envelope"),
)
"""The strings that differ from bundle to bundle; and the hashes of the proof."""
_HASHES: Final[_Path] = (*_PROOF, "hashes")
_HASH_CHARS: Final = 44
MAX_PARTS: Final = 512
"""Parts that a bundle is cut into at its quotes; one with more of them has no shape. With 64 hashes there are 240."""
MAX_FIXED_CHARS: Final = 8192
"""Of all that a shape keeps to compare with."""


class _UnusualError(ValueError):
    """A value is not as it must be, or not as it mostly is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """The text of one bundle, cut at each quote: between the strings, in the strings that stay, and where the others stand."""

    between: list[str]
    names: Callable[[list[str]], tuple[str, ...]]
    fixed: tuple[str, ...]
    values: Callable[[list[str]], tuple[str, ...]]
    hashes: tuple[int, ...]
    log_id: bytes
    kind: str
    version: str
    payload_type: str

    def read(self, raw: bytes, parts: list[str]) -> Bundle | None:
        """Give a bundle of this shape; None where it is of another."""
        if parts[::2] != self.between or self.names(parts) != self.fixed:
            return None
        payload, signature, certificate, token, *entry = self.values(parts)
        try:
            return Bundle(
                raw=raw,
                version=3,
                certificate=_certificate(certificate),
                other_certificates=(),
                key_hint=None,
                content=Envelope(
                    payload=_octets(payload, MAX_ENVELOPE_BYTES),
                    payload_type=self.payload_type,
                    signature=_octets(signature, MAX_SIGNATURE_BYTES),
                    key_hint="",
                ),
                entry=self._entry(entry, tuple([_hash(parts[at]) for at in self.hashes])),
                tokens=(_octets(token, MAX_TOKEN_BYTES),),
            )
        except _UnusualError:
            return None

    def _entry(self, values: Sequence[str], hashes: tuple[bytes, ...]) -> LogEntry:
        index, at, promise, body, proof_index, size, root, note = values
        return LogEntry(
            index=_u64(index),
            log_id=self.log_id,
            kind=self.kind,
            version=self.version,
            integrated_time=_u64(at) or None,
            set_signature=_octets(promise, MAX_SIGNATURE_BYTES),
            proof=InclusionProof(
                index=_u64(proof_index), size=_u64(size), root=_hash(root), hashes=hashes, checkpoint=_note(note)
            ),
            body=_octets(body, MAX_BODY_BYTES),
        )


def read_bundle(raw: bytes, memo: Memo) -> Bundle:
    """Read a bundle as `parse_bundle` does, sooner where one like it was read before.

    Raises:
        NotVerified, CannotVerify: as `parse_bundle`.
    """
    parts = _cut(raw)
    key = ("bundle shape", b"", len(parts).to_bytes(4, "big"))
    shape = memo.get(key, _Shape)
    known = shape.read(raw, parts) if shape is not None else None
    if known is not None:
        return known
    bundle = parse_bundle(raw)
    made = _shape(raw, parts, bundle)
    if made is not None:
        memo.keep(key, made)
    return bundle


def _cut(raw: bytes) -> list[str]:
    try:
        parts = raw.decode("utf-8").split('"', MAX_PARTS) if len(raw) <= MAX_BUNDLE_BYTES else []
    except UnicodeDecodeError:
        return []
    return parts if len(parts) <= MAX_PARTS else []


def _shape(raw: bytes, parts: list[str], bundle: Bundle) -> _Shape | None:
    entry, content = bundle.entry, bundle.content
    if bundle.version != 3 or entry is None or not isinstance(content, Envelope) or content.key_hint:
        return None
    strings = list(_strings(parse_json(raw, MAX_BUNDLE_BYTES, where="bundle").value, ()))
    if 2 * len(strings) + 1 != len(parts):
        return None  # a quote inside a string
    places = {path: 2 * at + 1 for at, path in enumerate(strings) if path is not None}
    hashes = tuple(place for path, place in places.items() if path[:-1] == _HASHES)
    if not all(path in places for path in _VALUES) or len(bundle.tokens) != 1:
        return None
    values = tuple(places[path] for path in _VALUES)
    names = itemgetter(*(at for at in range(1, len(parts), 2) if at not in {*values, *hashes}))
    if sum(map(len, parts[::2])) + sum(map(len, names(parts))) > MAX_FIXED_CHARS:
        return None
    return _Shape(
        between=parts[::2],
        names=names,
        fixed=names(parts),
        values=itemgetter(*values),
        hashes=hashes,
        log_id=entry.log_id,
        kind=entry.kind,
        version=entry.version,
        payload_type=content.payload_type,
    )


def _strings(value: object, path: _Path) -> Iterator[_Path | None]:
    """Give the place of each string in the order of the text; None for a name."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield None
            yield from _strings(inner, (*path, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _strings(inner, (*path, at))


@lru_cache(maxsize=64)
def _certificate(text: str) -> bytes:
    # The bundles of one signer bring one certificate, again and again.
    return _octets(text, MAX_CERTIFICATE_BYTES)


@lru_cache(maxsize=64)
def _note(text: str) -> str:
    # As are those of one batch under one checkpoint. It has line ends, so it is escaped.
    try:
        note = json.loads(f'"{text}"')
    except ValueError as err:
        raise _UnusualError from err
    if not isinstance(note, str) or not 0 < len(note) <= MAX_TEXT_CHARS:
        raise _UnusualError
    return note


def _octets(text: str, limit: int) -> bytes:
    raw = strict_base64(text) if 0 < len(text) <= limit * 4 // 3 + 4 else None
    if raw is None:
        raise _UnusualError
    return raw


def _hash(text: str) -> bytes:
    raw = strict_base64(text) if len(text) == _HASH_CHARS else None
    if raw is None or len(raw) != 32:
        raise _UnusualError
    return raw


def _u64(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else MAX_U64 + 1
    if number > MAX_U64:
        raise _UnusualError
    return number
