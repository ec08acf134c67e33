"""What a witness must never forget: its key, and the head of each log that it cosigned last.

Two folders, best on two disks. The *state* holds the last head of each log. The *key* folder holds the secret, and for
each log the least that the state must know. A head is written to the state, then to the key folder, then signed: so a
state that was lost, or put back from an older copy, knows less than the key folder says, and is refused at start.
Both put back together from one old copy are not noticed here; a log that shows a cosignature of ours that we do not
know of is, see `Witness.add_checkpoint`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from cryptography.hazmat.primitives.asymmetric import ed25519

from attest.canonical import canonical_json
from attest.errors import InvalidInput, Refused
from attest.ledger.note import NoteAlgorithm, NoteKey
from attest.store.durable import create_file, replace_file
from attest.witness.rules import Seen

if TYPE_CHECKING:
    from attest.clock import Entropy

MAX_FILE_BYTES: Final = 64 * 1024
MAX_SUSPICIOUS: Final = 256
"""Requests kept that a log signed and that contradict what was cosigned; after these, nothing more is kept."""
_ID_BYTES: Final = 16
_SEED_BYTES: Final = 32


def begin_witness(state: Path, key: Path, name: str, entropy: Entropy) -> NoteKey:
    """Make a new witness: its key and an empty state; gives the public key.

    Raises:
        InvalidInput: the name cannot be that of a key.
        Refused: `witness.state`, there is a witness already in one of the folders.
    """
    seed, ident = entropy.bytes(_SEED_BYTES), entropy.bytes(_ID_BYTES).hex()
    public = _public(name, ed25519.Ed25519PrivateKey.from_private_bytes(seed))
    if (key / "witness.json").exists() or (state / "witness.json").exists():
        raise Refused("witness.state", "a witness is here already", where=str(key))
    # The key folder first: a state without its key signs nothing, a key without its state is refused.
    for folder in (key, state):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    create_file(key / "witness.key", seed, mode=0o600)
    create_file(key / "witness.json", canonical_json({"id": ident, "name": name}))
    create_file(state / "witness.json", canonical_json({"id": ident, "name": name}))
    return public


@dataclass(slots=True)
class WitnessState:
    """The state of one running witness; only one process has it at a time."""

    key: NoteKey
    secret: ed25519.Ed25519PrivateKey
    _state: Path
    _guard: Path
    _lock: int
    _seen: dict[str, Seen] = field(default_factory=dict)

    @classmethod
    def open(cls, state: Path, key: Path) -> Self:
        """Open the state of a witness, and hold it until `close`.

        Raises:
            Refused: `witness.state`: the state is not there, is another witness's, knows less than was cosigned, or
                cannot be read; `store.busy`: another process has it.
        """
        own, kept = _read(key / "witness.json"), _read(state / "witness.json")
        if own is None or kept is None or own.get("id") != kept.get("id"):
            raise Refused("witness.state", "the state of this key is not here", where=str(state))
        handle = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            secret = ed25519.Ed25519PrivateKey.from_private_bytes((key / "witness.key").read_bytes())
            made = cls(_public(str(own.get("name")), secret), secret, state / "logs", key / "seen", handle)
            made._load()
        except BlockingIOError as err:
            os.close(handle)
            raise Refused("store.busy", where=str(state)) from err
        except (OSError, ValueError, InvalidInput) as err:
            os.close(handle)
            raise Refused("witness.state", "the key or the state cannot be read", where=str(state)) from err
        except BaseException:
            os.close(handle)
            raise
        return made

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)

    def latest(self, origin: str) -> Seen | None:
        """Give the head of a log that was cosigned last; None where none ever was."""
        return self._seen.get(origin)

    def remember(self, seen: Seen) -> None:
        """Keep a head durably, in both folders: only then may it be signed.

        Raises:
            OSError: it could not be kept.
        """
        data = canonical_json({"at": seen.at, "origin": seen.origin, "root": seen.root.hex(), "size": seen.size})
        replace_file(self._state / _file_of(seen.origin), data)
        self._seen[seen.origin] = seen
        replace_file(self._guard / _file_of(seen.origin), data)

    def keep_suspicious(self, body: bytes) -> None:
        """Keep a signed request that contradicts what was cosigned: with the state it can prove a fork."""
        folder = self._state.parent / "suspicious"
        if not folder.is_dir() or sum(1 for _ in folder.iterdir()) < MAX_SUSPICIOUS:
            create_file(folder / f"{hashlib.sha256(body).hexdigest()}.txt", body)

    def _load(self) -> None:
        for path in self._state.glob("*.json"):
            seen = _seen(path)
            self._seen[seen.origin] = seen
        for path in self._guard.glob("*.json"):
            least = _seen(path)
            found = self._seen.get(least.origin)
            if found is None or found.size < least.size or (found.size == least.size and found.root != least.root):
                raise Refused(
                    "witness.state",
                    "the state knows less than was cosigned: it was lost, or an old copy was put back",
                    expected=f"at least {least.size} entries",
                    got=str(found.size if found else 0),
                    where=least.origin,
                )


def _public(name: str, secret: ed25519.Ed25519PrivateKey) -> NoteKey:
    return NoteKey(name=name, algorithm=NoteAlgorithm.COSIGNATURE_V1, public=secret.public_key().public_bytes_raw())


def _file_of(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest() + ".json"


def _seen(path: Path) -> Seen:
    value = _read(path)
    match value:
        case {"at": int(at), "origin": str(origin), "root": str(root), "size": int(size)} if at >= 0 and size >= 0:
            if path.name == _file_of(origin):
                return Seen(origin=origin, size=size, root=bytes.fromhex(root), at=at)
    raise Refused("witness.state", "a file of the state does not parse", where=str(path))


def _read(path: Path) -> dict[str, object] | None:
    try:
        with path.open("rb") as file:
            value = json.loads(file.read(MAX_FILE_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as err:
        raise Refused("witness.state", "a file of the state cannot be read", where=str(path)) from err
    return value if isinstance(value, dict) else None
