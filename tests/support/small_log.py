"""A log in memory with a key of its own, its files served over HTTP, and witnesses to cosign it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from cryptography.hazmat.primitives.asymmetric import ed25519

from attest.clock import SystemEntropy
from attest.ledger.checkpoint import Checkpoint, c2sp_note
from attest.ledger.note import NoteAlgorithm, NoteKey, NoteSigner, encode_vkey
from attest.ledger.proof import consistency_proof
from attest.ledger.tiles import entry_bundles, hash_tiles
from attest.ledger.tree import EMPTY_EDGE, EMPTY_ROOT, grow, leaf_hash
from attest.witness.cosigner import Witness
from attest.witness.server import WitnessServer
from attest.witness.state import WitnessState, begin_witness
from tests.support.signing import SettableClock

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ORIGIN = "log.example.test/logs/default"


@dataclass
class SmallLog:
    """One log; `fork` gives another that shares the first entries and the key."""

    origin: str = ORIGIN
    seed: bytes = b"\x07" * 32
    entries: list[bytes] = field(default_factory=list)
    extra: dict[str, bytes] = field(default_factory=dict)
    """Files that are served beside, or instead of, the log's own."""

    @property
    def key(self) -> NoteKey:
        public = self._secret.public_key().public_bytes_raw()
        return NoteKey(name=self.origin, algorithm=NoteAlgorithm.ED25519, public=public)

    @property
    def vkey(self) -> str:
        return encode_vkey(self.key)

    @property
    def _secret(self) -> ed25519.Ed25519PrivateKey:
        return ed25519.Ed25519PrivateKey.from_private_bytes(self.seed)

    def add(self, count: int, words: str = "entry") -> SmallLog:
        self.entries += [f"{words} {len(self.entries) + number}".encode() for number in range(count)]
        return self

    def fork(self, size: int) -> SmallLog:
        return SmallLog(origin=self.origin, seed=self.seed, entries=self.entries[:size])

    def read(self, level: int, index: int) -> bytes:
        found = grow(EMPTY_EDGE, [leaf_hash(entry) for entry in self.entries]).node(level, index)
        assert found is not None
        return found

    def root(self, size: int | None = None) -> bytes:
        leaves = [leaf_hash(entry) for entry in self.entries[: len(self.entries) if size is None else size]]
        return grow(EMPTY_EDGE, leaves).root if leaves else EMPTY_ROOT

    def note(self, size: int | None = None) -> str:
        size = len(self.entries) if size is None else size
        head = Checkpoint(origin=self.origin, size=size, root=self.root(size))
        return c2sp_note(head, NoteSigner(key=self.key, sign=self._secret.sign))

    def proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        leaves = [leaf_hash(entry) for entry in self.entries]
        node = grow(EMPTY_EDGE, leaves).node

        def read(level: int, index: int) -> bytes:
            found = node(level, index)
            assert found is not None
            return found

        return consistency_proof(old, len(self.entries) if new is None else new, read)

    def files(self) -> dict[str, bytes]:
        node = grow(EMPTY_EDGE, [leaf_hash(entry) for entry in self.entries]).node
        made = {"checkpoint": self.note().encode()}
        for file in hash_tiles(0, len(self.entries), lambda level, index: node(level, index) or b""):
            made[file.path] = file.data
        for file in entry_bundles(0, len(self.entries), lambda index: self.entries[index]):
            made[file.path] = file.data
        return made | self.extra


@contextlib.contextmanager
def served(answer: Callable[[str], bytes | None]) -> Iterator[str]:
    """Serve what `answer(path)` gives for each path; gives the base address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = answer(self.path.lstrip("/"))
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that http.server gives it
            return

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url


@contextlib.contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[str]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class SmallWitness:
    """A witness with folders of its own."""

    folder: Path
    name: str = "witness.example.test/w1"
    logs: tuple[NoteKey, ...] = ()
    clock: SettableClock = field(default_factory=lambda: SettableClock(at=NOON))

    def __post_init__(self) -> None:
        self.key = begin_witness(self.state_dir, self.key_dir, self.name, SystemEntropy())
        self.open()

    @property
    def state_dir(self) -> Path:
        return self.folder / "state"

    @property
    def key_dir(self) -> Path:
        return self.folder / "key"

    def open(self) -> Witness:
        self.state = WitnessState.open(self.state_dir, self.key_dir)
        by_origin: dict[str, tuple[NoteKey, ...]] = {}
        for log in self.logs:
            by_origin[log.name] = (*by_origin.get(log.name, ()), log)
        self.witness = Witness(self.state, by_origin, self.clock)
        return self.witness

    def served(self) -> contextlib.AbstractContextManager[str]:
        return running(WitnessServer("127.0.0.1", 0, self.witness))


def policy_text(witnesses: dict[str, tuple[NoteKey, str]], rule: str) -> bytes:
    """Give a tlog-policy file: witnesses by name with key and address, then the lines of `rule`."""
    lines = [f"witness {name} {encode_vkey(key)} {url}".rstrip() for name, (key, url) in witnesses.items()]
    return "\n".join([*lines, rule, ""]).encode()


__all__ = ("ORIGIN", "SmallLog", "SmallWitness", "policy_text", "running", "served")
