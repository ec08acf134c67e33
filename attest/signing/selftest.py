"""Does this verifier refuse the bad vectors that it ships, and take the good ones?

Vectors are bundles with a trusted root, a signer and an artifact, made by `tools.make_selftest` from those listed in
`docs/spec/vectors/bundles.json`; each says `pass` or the code that it must be refused with. They go through `verify_bundle`
as it is in this process, so the result is of the code that judges, not of a file that says so: nothing is cached on disk.

The small set, one vector for each code and two that are good, runs once in each process before the first verdict.
Not found: a verifier that knows the vectors and refuses them alone. For that, judge the same bundles with another program.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from attest.errors import AttestError, CannotVerify
from attest.signing.artifact import artifact_of
from attest.signing.keys import key_from_pem
from attest.signing.trust import TrustedRoot, parse_trusted_root
from attest.signing.verify import Identity, ManagedKey, verify_bundle

GOOD: Final = "pass"
SMALL: Final = "selftest_small.z"
ALL: Final = "selftest_all.z"
MAX_VECTOR_BYTES: Final = 16 * 1024 * 1024
"""Of a file of vectors, inflated."""
_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One question to the verifier, and what it must say."""

    name: str
    expected: str
    """`pass`, or a catalogue code."""
    bundle: bytes
    root: bytes
    artifact: bytes
    signer: tuple[str, str] | bytes
    """SAN and issuer, or a managed key as PEM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """What the vectors came to."""

    taken: int
    """Good ones that passed."""
    refused: tuple[tuple[str, int], ...]
    """Bad ones that were refused as they must be, by code."""
    wrong: tuple[str, ...]
    """`name: expected …, got …` of each that was judged otherwise."""

    @property
    def holds(self) -> bool:
        """Tell whether every vector was judged as it must be, and there were some of both kinds."""
        return not self.wrong and self.taken > 0 and bool(self.refused)

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "result": GOOD if self.holds else "failed",
            "taken": self.taken,
            "refused": dict(self.refused),
            "wrong": list(self.wrong),
        }

    def line(self) -> str:
        """Give it as a phrase."""
        bad = sum(count for _, count in self.refused)
        if self.holds:
            return f"refuses {bad} bad vectors, takes {self.taken} good ones"
        return f"judges {len(self.wrong)} vectors wrongly"


def vectors(name: str) -> tuple[Vector, ...]:
    """Read one of the files of vectors, `SMALL` or `ALL`.

    Raises:
        CannotVerify: `program.selftest`, it cannot be read: the program is not whole.
    """
    try:
        inflate = zlib.decompressobj()
        document = json.loads(inflate.decompress((_FOLDER / name).read_bytes(), MAX_VECTOR_BYTES))
        return tuple(_vector(row, document["roots"], document["artifacts"]) for row in document["vectors"])
    except (OSError, zlib.error, ValueError, KeyError, IndexError, TypeError) as err:
        raise CannotVerify("program.selftest", got=type(err).__name__, where=name) from err


def run(asked: tuple[Vector, ...]) -> SelfTest:
    """Judge every vector with the verifier of this process."""
    roots: dict[bytes, TrustedRoot] = {}
    taken, refused, wrong = 0, Counter[str](), []
    for one in asked:
        got = _judged(one, roots)
        if got != one.expected:
            wrong.append(f"{one.name}: expected {one.expected}, got {got}")
        elif got == GOOD:
            taken += 1
        else:
            refused[got] += 1
    return SelfTest(taken=taken, refused=tuple(sorted(refused.items())), wrong=tuple(wrong))


@cache
def own_selftest() -> SelfTest:
    """Give what the small set came to in this process; run once.

    Raises:
        CannotVerify: `program.selftest`, a vector was judged wrongly, or none could be read: no verdict is to be relied upon.
    """
    found = run(vectors(SMALL))
    if not found.holds:
        raise CannotVerify("program.selftest", got=(found.wrong or ("no vectors",))[0])
    return found


def _judged(one: Vector, roots: dict[bytes, TrustedRoot]) -> str:
    try:
        signer = (
            ManagedKey(key=key_from_pem(one.signer))
            if isinstance(one.signer, bytes)
            else Identity(san=one.signer[0], issuer=one.signer[1])
        )
        root = roots.get(one.root) or roots.setdefault(one.root, parse_trusted_root(one.root))
        verify_bundle(one.bundle, root, signer, artifact_of(one.artifact))
    except AttestError as err:
        return err.code
    except Exception as err:  # noqa: BLE001 - a verifier that falls over has not refused
        return type(err).__name__
    return GOOD


def _vector(row: dict[str, object], roots: list[str], artifacts: list[str]) -> Vector:
    root, artifact = row["root"], row["artifact"]
    if not isinstance(root, int) or not isinstance(artifact, int):
        raise TypeError("a vector names root and artifact by number")
    key = row.get("key")
    return Vector(
        name=str(row["name"]),
        expected=str(row["expected"]),
        bundle=str(row["bundle"]).encode("utf-8", "surrogateescape"),
        root=roots[root].encode(),
        artifact=artifacts[artifact].encode("latin-1"),
        signer=str(key).encode() if key else (str(row["identity"]), str(row["issuer"])),
    )
