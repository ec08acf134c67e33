"""Every field of a bundle, changed in every simple way, one at a time: refused, or listed here with its reason."""

from __future__ import annotations

import copy
from base64 import b64decode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attest.errors import AttestError
from attest.signing.artifact import artifact_of
from attest.signing.strict import base64_text, strict_base64
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import Identity, verify_bundle
from tests.support.stock import stock_passes
from tools import make_bundle_vectors
from tools.bundle_cases import GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.bundle_cases import Case
    from tools.bundle_world import Json

BASES = {case.name: case for case in make_bundle_vectors.cases() if case.verdict == GOOD and case.key is None}
NAMES = ["dsse-0.0.1-promise-stamped", "dsse-0.0.1", "hashedrekord-0.0.1", "hashedrekord-0.0.2", "log-ed25519"]
HARMLESS = {
    # One of two proofs of time may be missing; both go at once only where there is another.
    "-verificationMaterial.timestampVerificationData",
    "-verificationMaterial.timestampVerificationData.rfc3161Timestamps",
    "-verificationMaterial.timestampVerificationData.rfc3161Timestamps.0",
    "-verificationMaterial.tlogEntries.0.inclusionPromise",
    # The signer may leave out the digest of the artifact: the signature is over it.
    "-messageSignature.messageDigest",
}


def paths(value: object, *at: str | int) -> Iterator[tuple[str | int, ...]]:
    """Give the path of everything inside."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*at, name)
        yield from paths(inner, *at, name)


def mutants(bundle: Json) -> Iterator[tuple[str, Json]]:
    """Give the bundle with one thing removed or changed, and what that was."""
    for path in paths(bundle):
        name = ".".join(map(str, path))
        for kind in "-", "first bit of ", "last bit of ", "null at ", "empty ", "longer ":
            changed = copy.deepcopy(bundle)
            parent: Any = changed
            for step in path[:-1]:
                parent = parent[step]
            if kind == "-":
                del parent[path[-1]]
            elif not alter(parent, path[-1], kind):
                continue
            yield f"{kind}{name}", changed


def alter(parent: Any, name: str | int, kind: str) -> bool:
    """Change one string in place; say whether it could be."""
    text = parent[name]
    if kind == "null at ":
        parent[name] = None
        return True
    if not isinstance(text, str):
        return False
    raw = bytearray(b64decode(text)) if strict_base64(text) else bytearray()
    if kind == "empty ":
        text = ""
    elif kind == "longer ":
        text = base64_text(bytes(raw) + b"\0") if raw else text + "1"
    elif raw:
        raw[0 if kind.startswith("first") else -1] ^= 1
        text = base64_text(bytes(raw))
    elif text.isdigit():
        text = str(int(text) + (1 if kind.startswith("first") else -1))
    else:
        text = chr(ord(text[0]) ^ 1) + text[1:] if kind.startswith("first") else text[:-2] + chr(ord(text[-2]) ^ 1)
    parent[name] = text
    return True


def accepted(case: Case) -> bool:
    try:
        root = parse_trusted_root(make_bundle_vectors.root_bytes(case))
        who = Identity(san=case.identity, issuer=case.issuer)
        verify_bundle(case.raw, root, who, artifact_of(case.artifact))
    except AttestError:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_every_change_is_refused_or_harmless(name: str) -> None:
    base = BASES[name]
    assert accepted(base)
    passed, count = set(), 0
    for what, bundle in mutants(base.bundle):
        count += 1
        case = replace(base, bundle=bundle)
        if accepted(case):
            assert stock_passes(case), f"{what}: sigstore-python refuses it"
            passed.add(what.replace("null at ", "-"))
    assert count > 100
    assert passed <= HARMLESS


ONLY_READ_BY_STOCK = ("certificateAuthorities.0.subject", "timestampAuthorities.0.subject")
"""Names for people; sigstore-python demands them."""
NOT_RELIED_ON = (
    *ONLY_READ_BY_STOCK,
    *("certificateAuthorities.0.uri", "timestampAuthorities.0.uri", "ctlogs.0.baseUrl"),
    # A log is also known by its key's own id; of its address the scheme plays no part, the rest is its name.
    *("ctlogs.0.logId.keyId", "tlogs.0.logId.keyId", "tlogs.0.baseUrl"),
    # A root is taken as pinned, so its own signature says nothing; under the pinned issuer it may be missing.
    *("certificateAuthorities.0.certChain.certificates.1", "timestampAuthorities.0.certChain.certificates.1.rawBytes"),
)


def test_every_change_of_the_trusted_root_is_refused_or_not_relied_on() -> None:
    base = BASES["dsse-0.0.1"]
    for what, root in mutants(base.root):
        case = replace(base, root=root)
        if accepted(case):
            path = what.rpartition(" ")[2].removeprefix("-")
            assert path.startswith(NOT_RELIED_ON), what
            assert path.startswith(ONLY_READ_BY_STOCK) or stock_passes(case), f"{what}: sigstore-python refuses it"
