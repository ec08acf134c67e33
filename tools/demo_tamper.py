"""Three ways to change one bit of a Sigstore bundle: in what was signed, in the proof, in the checkpoint."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def tampered(bundle: bytes) -> dict[str, bytes]:
    """Give changed copies of a bundle, by what was changed; each is still well-formed JSON and base64."""
    return {name: _with(bundle, change) for name, change in _CHANGES.items()}


def _with(bundle: bytes, change: Callable[[Any], None]) -> bytes:
    value = json.loads(bundle)
    change(value)
    return json.dumps(value, separators=(",", ":")).encode()


def _payload(value: Any) -> None:  # noqa: ANN401  # a bundle as JSON
    envelope = value["dsseEnvelope"]
    raw = base64.b64decode(envelope["payload"])
    # A digit inside a string, so that the statement still parses and only the signature can tell.
    at = raw.index(b'"gitCommit":"') + len(b'"gitCommit":"')
    envelope["payload"] = _flipped(raw, at)


def _proof(value: Any) -> None:  # noqa: ANN401
    hashes = _inclusion(value)["hashes"]
    hashes[0] = _flipped(base64.b64decode(hashes[0]), 0)


def _checkpoint(value: Any) -> None:  # noqa: ANN401
    checkpoint = _inclusion(value)["checkpoint"]
    lines = checkpoint["envelope"].split("\n")
    lines[2] = _flipped(base64.b64decode(lines[2]), 0)
    checkpoint["envelope"] = "\n".join(lines)


def _inclusion(value: Any) -> Any:  # noqa: ANN401
    return value["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]


def _flipped(raw: bytes, at: int) -> str:
    return base64.b64encode(raw[:at] + bytes((raw[at] ^ 1,)) + raw[at + 1 :]).decode()


_CHANGES = {"payload": _payload, "proof": _proof, "checkpoint": _checkpoint}
