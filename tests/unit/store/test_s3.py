"""A bucket keeps the promises of a folder, or is refused: moto's server, a Ceph gateway, one that lies, and a stub that fails."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from attest.errors import CannotVerify, InvalidInput, Refused
from attest.ledger.tiles import tile_paths
from attest.settings import Settings
from attest.store.files import NewFile, probe
from attest.store.objects import ObjectStore
from attest.store.publisher import Publisher
from attest.store.s3 import S3, open_bucket
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import Instance
from tests.support.object_servers import (
    BUCKET,
    KEY,
    SECRET,
    Stub,
    moto_server,
    nanio_server,
    radosgw_server,
    stub_server,
)
from tests.unit.store.conftest import Backup, open_settings
from tests.unit.store.submissions import submission
from tests.unit.store.test_files import together
from tests.unit.usecases.signed_entries import signed_entries

pytestmark = pytest.mark.loopback
SOON = timedelta(milliseconds=300)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.fixture(scope="module", params=["moto", "radosgw"])
def gateway(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, require: Callable[..., None]
) -> Iterator[str]:
    """Two servers whose conditional writes hold: moto's, and a real Ceph gateway where root may start one."""
    if request.param == "moto":
        require("moto_server", find_spec("moto") is not None and find_spec("flask_cors") is not None)
        server = moto_server
    else:
        require(
            "radosgw", shutil.which("radosgw") is not None and shutil.which("ceph-osd") is not None and os.getuid() == 0
        )
        server = radosgw_server
    with server(tmp_path_factory.mktemp(request.param)) as url:
        yield url


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as running:
        yield running


def of(stub: Stub) -> S3:
    return open_bucket(f"s3://{BUCKET}/a", stub.url, read=SOON, retry_for=SOON)


@pytest.fixture
def bucket(gateway: str, tmp_path: Path) -> S3:
    """A prefix of its own for each test."""
    return open_bucket(f"s3://{BUCKET}/{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:16]}", gateway)


def test_bucket_with_conditional_writes_passes_the_probe_and_keeps_nothing_of_it(bucket: S3) -> None:
    probe(bucket)
    assert list(bucket.paths("")) == []


def test_object_in_a_bucket_is_created_once_whoever_races_for_it(bucket: S3) -> None:
    made = together(lambda n: bucket.create((NewFile(path="a/b", data=b"%d" % n),)))
    assert made.count(()) == 1
    assert bucket.get("a/b") == b"%d" % made.index(())
    store = ObjectStore(bucket.within("objects"))
    address = store.put(b"same")
    assert (store.put(b"same"), store.get(address), list(store.addresses())) == (address, b"same", [address])
    with pytest.raises(CannotVerify) as caught:
        store.get("f" * 64)
    assert caught.value.code == "store.missing"


def test_checkpoint_in_a_bucket_is_replaced_only_from_what_was_read(bucket: S3) -> None:
    assert bucket.replace("checkpoint", b"0", seen=None)
    assert not bucket.replace("checkpoint", b"x", seen=None)
    seen = bucket.read("checkpoint")
    won = together(lambda n: bucket.replace("checkpoint", b"%d" % (n + 1), seen=seen))
    assert won.count(True) == 1
    assert bucket.get("checkpoint") == b"%d" % (won.index(True) + 1)


def _settled(settings: Settings, gateway: str, tmp_path: Path) -> Settings:
    prefix = hashlib.sha256(str(tmp_path).encode()).hexdigest()[:16]
    return replace(settings, objects_url=f"s3://{BUCKET}/{prefix}", objects_endpoint=gateway)


@pytest.fixture
def instance(settings: Settings, gateway: str, tmp_path: Path) -> Iterator[Instance]:
    made = open_settings(_settled(settings, gateway, tmp_path))
    yield made
    made.engine.dispose()


def test_log_published_to_a_bucket_is_the_one_published_to_a_folder(instance: Instance, tmp_path: Path) -> None:
    for group in (range(3), range(3, 260), range(260, 270)):
        instance.log.append([submission(number) for number in group])
    publisher = instance.log.publisher
    beside = Publisher(instance.engine, instance.scope, instance.log.name, directory=tmp_path / "beside")
    beside.publish()
    published = publisher.published()
    assert published is not None
    assert set(tile_paths(published.size)) <= set(publisher.tiles())
    for path in ("checkpoint", *beside.tiles()):
        assert publisher.fetch(path) == beside.fetch(path)
    assert not any("tile/0/000.p" in path or "entries/000.p" in path for path in publisher.tiles())
    assert list(instance.settings.logs_dir.rglob("checkpoint")) == []
    assert instance.objects.where == f"{instance.settings.objects_url}/objects"


@pytest.mark.parametrize("gateway", ["moto"], indirect=True)
def test_one_flipped_bit_of_any_published_object_is_found_and_named(instance: Instance) -> None:
    """On both databases; those of a folder are in `tests/e2e/test_append_only.py`."""
    for _ in range(3):
        instance.log.append(signed_entries(instance, 2))
    publisher, depth = instance.log.publisher, FsckDepth(hashes_only=True)
    assert not fsck(instance, depth, on_progress=lambda *_: None).problems
    paths = ("checkpoint", *publisher.tiles())
    assert len(paths) > 4
    for path in paths:
        data = publisher.fetch(path)
        for at in {0, len(data) // 2, len(data) - 1}:
            publisher.files.overwrite(path, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            problems = fsck(instance, depth, on_progress=lambda *_: None).problems
            assert any(path in problem for problem in problems), (path, at, problems)
        publisher.files.overwrite(path, data)
    assert not fsck(instance, depth, on_progress=lambda *_: None).problems


def test_checkpoint_in_a_bucket_never_goes_back(
    instance: Instance, backup: Backup, settings: Settings, gateway: str, tmp_path: Path
) -> None:
    backup.take()
    instance.log.append([submission(1)])
    note = instance.log.publisher.fetch("checkpoint")
    backup.restore()
    with pytest.raises(Refused) as caught:
        open_settings(_settled(settings, gateway, tmp_path))
    assert caught.value.code == "ledger.rollback"
    assert instance.log.publisher.fetch("checkpoint") == note


def test_two_machines_publish_one_log_and_the_larger_head_stays(instance: Instance, tmp_path: Path) -> None:
    """Each machine has a data directory of its own, so no lock file is shared; on SQLite the database is."""
    one = instance.log.publisher
    other = Publisher(instance.engine, instance.scope, instance.log.name, directory=tmp_path / "b", files=one.files)
    for number in range(4):
        instance.log.append([submission(number)])
        together(lambda n: (one, other)[n % 2].publish(), count=2)
    head = one.published()
    assert head is not None
    assert head.size == 10  # the genesis and its index leaf, four entries and theirs
    one.files.overwrite(f"tile/0/000.p/{head.size + 2}", b"other")
    with pytest.raises(Refused) as caught:
        instance.log.append([submission(9)])
    assert caught.value.code == "ledger.corrupt"


def test_nanio_which_ignores_conditions_is_refused(tmp_path: Path, require: Callable[..., None]) -> None:
    require("nanio")
    with nanio_server(str(shutil.which("nanio")), tmp_path) as url:
        _refuses(open_bucket(f"s3://{BUCKET}", url))


def test_stub_that_ignores_conditions_is_refused_and_one_that_minds_them_is_not(stub: Stub) -> None:
    probe(of(stub))
    stub.lies = True
    _refuses(of(stub))
    assert stub.held == {}


def _refuses(bucket: S3) -> None:
    with pytest.raises(Refused) as caught:
        probe(bucket)
    assert (caught.value.code, caught.value.what) == ("store.refused", "it overwrites what must be created once")


def test_error_of_a_server_is_tried_again_and_then_named_without_its_words(stub: Stub) -> None:
    failing = iter([500, 503])
    stub.fault = lambda _method, _path: next(failing, 0)
    assert of(stub).create((NewFile(path="a", data=b"1"),)) == ()
    assert len(stub.asked) == 3
    stub.fault = lambda _method, _path: 500
    for act in (lambda: of(stub).get("a"), lambda: of(stub).create((NewFile(path="b", data=b"1"),))):
        with pytest.raises(CannotVerify) as caught:
            act()
        assert caught.value.code == "store.away"
        told = f"{caught.value} {caught.value!r} {caught.value.__cause__}"
        assert not any(word in told for word in (KEY, SECRET, "AKIAHERON", stub.url))
    assert len(stub.asked) <= 3 + 2 * 4  # one try and three more for each


def test_server_that_refuses_the_credentials_is_said_to(stub: Stub) -> None:
    stub.fault = lambda _method, _path: 403
    with pytest.raises(CannotVerify, match="refuses these credentials"):
        of(stub).get("a")


def test_silent_server_is_given_up(stub: Stub) -> None:
    stub.fault = lambda _method, _path: -1
    with pytest.raises(CannotVerify) as caught:
        of(stub).get("a")
    assert caught.value.code == "store.away"


@pytest.mark.parametrize(
    "address, endpoint",
    [
        ("ponds", None), ("s3://", None), ("s3://heron:lagoon@ponds", None), ("https://x/ponds", None),
        ("s3://ponds", "ftp://x"), ("s3://ponds", "http://heron:lagoon@127.0.0.1:1"), ("s3://Ponds?x=lagoon", None),
    ],
)  # fmt: skip
def test_address_that_is_none_or_holds_credentials_is_refused_without_repeating_it(
    address: str, endpoint: str | None
) -> None:
    with pytest.raises(InvalidInput) as caught:
        open_bucket(address, endpoint)
    assert "lagoon" not in str(caught.value)


def test_log_takes_nothing_while_its_store_is_away_and_loses_nothing(home: Path, stub: Stub) -> None:
    """The store goes away after the commit, before the checkpoint: the head stays committed, and is published later."""
    settings = Settings(home=home / "whereof", objects_url=f"s3://{BUCKET}/a", objects_endpoint=stub.url)
    instance = open_settings(settings)
    instance.log.publisher.files = of(stub).within("logs").within("default")
    before = instance.log.publisher.published()
    assert before is not None
    stub.fault = lambda method, path: 500 if method == "PUT" and "/logs/" in path else 0
    with pytest.raises(CannotVerify) as caught:
        instance.log.append([submission(1)])
    assert caught.value.code == "store.away"
    assert instance.log.publisher.published() == before  # committed, not published

    stub.fault = lambda _method, _path: 500
    size = _size(instance)
    assert size == before.size + 2
    with pytest.raises(CannotVerify):
        instance.log.append([submission(2)])
    assert _size(instance) == size  # refused before anything was signed

    stub.fault = lambda _method, _path: 0
    instance.log.publisher.publish()
    after = instance.log.publisher.published()
    assert after is not None
    assert after.size == size
    instance.engine.dispose()


def _size(instance: Instance) -> int:
    from attest.store.log_reader import LogReader

    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    return head.tree_size if head else 0
