"""Bundles for recipients: they open to the bytes of the plain one, and nothing plain is ever on the disk."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from attest.errors import Conflict, InvalidInput
from attest.evidence.bag import Again, BagWriter, open_bag
from attest.evidence.bundle.question import Asked, Question
from attest.usecases.bundle_request import BundleRequest
from attest.usecases.bundle_sealed import MAX_RECIPIENTS, require_recipients, sealing
from attest.usecases.create_bundle import create_bundle
from tests.support.command import whereof
from tests.support.evidence_bundles import Recorded, by_ours, nothing, record_log

EVERYTHING = Question(kind=Asked.INTERVAL)
pytestmark = pytest.mark.usefixtures("age")


@pytest.fixture(scope="session")
def age(require: Callable[..., None]) -> None:
    require("pyrage", importlib.util.find_spec("pyrage") is not None)


@pytest.fixture
def keys(age: None) -> tuple:
    import pyrage

    return pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()


@pytest.fixture(scope="module")
def log(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    folder = tmp_path_factory.mktemp("sealed")
    shutil.copytree(compiled, folder / "ledger" / "cache")
    made = record_log(folder)
    yield made
    made.instance.engine.dispose()


def opened(data: bytes, key) -> bytes:
    import pyrage

    return pyrage.decrypt(data, [key])


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("kind", ["commits", "interval"])
def test_each_recipient_opens_the_bytes_of_the_plain_bundle_and_nobody_else(
    log: Recorded, tmp_path: Path, keys: tuple, kind: str
) -> None:
    import pyrage

    question = log.commits() if kind == "commits" else EVERYTHING
    output, (one, other, stranger) = tmp_path / "b.age", keys
    names = tuple(str(key.to_public()) for key in (one, other))
    made = create_bundle(
        log.instance, BundleRequest(question=question, parts=True, recipients=names, output=output), nothing
    )
    data = output.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["b.age"]
    plain = log.make(question, parts=True)
    assert opened(data, one) == opened(data, other) == plain
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(data, [stranger])
    assert (made.sha256, made.bytes) == (hashlib.sha256(plain).hexdigest(), len(plain))
    assert made.sealed == hashlib.sha256(data).hexdigest()
    (tmp_path / "b").write_bytes(opened(data, one))
    assert by_ours(tmp_path / "b", log.trust).exit_code == 0
    assert output.stat().st_mode & 0o077 == 0


def test_nothing_plain_is_on_the_disk_at_any_time(log: Recorded, tmp_path: Path, keys: tuple) -> None:
    plain = BundleRequest(question=EVERYTHING, parts=True, output=tmp_path / "b")

    class Look:
        """Looks at the folder at each step; ends it where asked."""

        def __init__(self, end: int) -> None:
            self.left, self.seen = end, 0

        def __call__(self, _done: int, _total: int) -> None:
            for name, data in files(tmp_path).items():
                assert not name.endswith(".journal") or data == b""
                assert b"data/entries/" not in data
                assert b"BagIt" not in data
            self.seen += 1
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt

    def ended(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        create_bundle(log.instance, plain, ended)
    assert b"BagIt" in (tmp_path / ".b.staged").read_bytes()
    sealed = replace(plain, recipients=(str(keys[0].to_public()),))
    with pytest.raises(KeyboardInterrupt):
        create_bundle(log.instance, sealed, Look(3))
    assert files(tmp_path) == {}
    looked = Look(0)
    create_bundle(log.instance, sealed, looked)
    assert looked.seen > 3


def test_the_command_seals_and_names_both_digests(log: Recorded, tmp_path: Path, keys: tuple) -> None:
    file = tmp_path / "b.age"
    to, home, clone = str(keys[0].to_public()), log.folder / "ledger", log.ledger.scene.repo.path
    done = whereof("bundle", "create", "HEAD", "-o", file, "--json", "--recipient", to, home=home, cwd=clone)
    assert (done.returncode, done.stderr) == (0, "")
    made = json.loads(done.stdout)
    assert made["sealed_sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert made["sha256"] == hashlib.sha256(opened(file.read_bytes(), keys[0])).hexdigest()


@pytest.mark.parametrize(
    "name", ["", "age1", "age1" + "q" * 58, "AGE-SECRET-KEY-1" + "Q" * 58, "ssh-ed25519 AAAA", "age1pq1" + "q" * 55]
)
def test_what_is_no_recipient_is_refused_before_anything_is_written(log: Recorded, tmp_path: Path, name: str) -> None:
    request = BundleRequest(question=EVERYTHING, recipients=(name,), output=tmp_path / "b")
    with pytest.raises(InvalidInput) as refused:
        create_bundle(log.instance, request, nothing)
    assert refused.value.code == "input.usage"
    assert files(tmp_path) == {}


def test_recipients_are_bounded_and_volumes_are_not_sealed(keys: tuple, tmp_path: Path) -> None:
    import pyrage

    name = str(keys[0].to_public())
    assert len(require_recipients([name, name])) == 1
    many = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(MAX_RECIPIENTS + 1)]
    for bad in ([], many):
        with pytest.raises(InvalidInput):
            require_recipients(bad)
    with pytest.raises(InvalidInput):
        BundleRequest(question=EVERYTHING, recipients=(name,), volume_bytes=1 << 20, output=tmp_path / "b")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("size", [10, 1 << 22])
def test_a_disk_that_is_full_is_told(keys: tuple, size: int) -> None:
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(InvalidInput) as refused,
        sealing(full, [str(keys[0].to_public())]) as file,
    ):
        file.write(bytes(size))
    assert refused.value.code == "input.not-found"


def test_memory_stays_flat_however_large_it_is(tmp_path: Path, keys: tuple) -> None:
    script = f"""
import resource, sys
from pathlib import Path
from attest.usecases.bundle_sealed import sealing
with Path({str(tmp_path / "big")!r}).open("wb") as out, sealing(out, [{str(keys[0].to_public())!r}]) as file:
    for number in range(64):
        file.write(bytes(1 << 20))
        if number == 4:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (tmp_path / "big").stat().st_size > 64 << 20
    assert int(done.stdout) < 8 << 10  # KiB


class Forward(io.RawIOBase):
    """A file that cannot be sought in."""

    def __init__(self) -> None:
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.data += bytes(data)
        return len(data)


def test_a_bag_is_written_forward_from_pieces_that_are_made_twice() -> None:
    sought, forward = io.BytesIO(), Forward()
    for file in (sought, forward):
        bag = BagWriter(file, {})
        bag.add_stream("data/a", Again(lambda: (b"ab", b"c" * 700)))
        bag.finish()
    assert forward.data == sought.getvalue()
    assert open_bag(io.BytesIO(forward.data)).read("data/a", 1 << 10) == b"ab" + b"c" * 700
    for pieces in (iter((b"ab",)), Again(lambda: (os.urandom(16),))):
        with pytest.raises(Conflict):
            BagWriter(Forward(), {}).add_stream("data/a", pieces)
