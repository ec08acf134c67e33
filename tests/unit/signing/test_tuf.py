"""The published TUF repository gives a stock TUF client the trusted root, from the pinned root file on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sigstore.models import SigningConfig, TrustedRoot
from tuf.api.exceptions import DownloadHTTPError, RepositoryError
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from attest.signing.embedded.tuf import publish
from tests.support.signing import World, make_world

BASE = "https://tuf.test/"


class FolderFetcher(FetcherInterface):
    """Answers from a folder as a static web server would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            return iter([(self.folder / url.removeprefix(BASE)).read_bytes()])
        except FileNotFoundError:
            raise DownloadHTTPError(url, 404) from None


def fetch(repository: Path, root: bytes, cache: Path) -> dict[str, Path]:
    for name in ("meta", "targets"):
        (cache / name).mkdir(parents=True, exist_ok=True)
    updater = Updater(
        metadata_dir=str(cache / "meta"),
        metadata_base_url=BASE,
        target_dir=str(cache / "targets"),
        target_base_url=f"{BASE}targets/",
        fetcher=FolderFetcher(repository),
        config=UpdaterConfig(prefix_targets_with_hash=True),
        bootstrap=root,
    )
    updater.refresh()
    found = {}
    for name in ("trusted_root.json", "signing_config.v0.2.json"):
        info = updater.get_targetinfo(name)
        assert info is not None
        found[name] = Path(updater.download_target(info))
    return found


def publish_into(world: World, where: Path) -> bytes:
    return publish(world.instance, where, base_url="https://log.test/logs/default", clock=world.clock).read_bytes()


def test_stock_tuf_client_gets_root_and_signing_config(tmp_path: Path) -> None:
    world = make_world()
    root = publish_into(world, tmp_path / "repo")
    found = fetch(tmp_path / "repo", root, tmp_path / "cache")
    assert found["trusted_root.json"].read_bytes() == world.instance.trusted_root
    TrustedRoot.from_file(str(found["trusted_root.json"]))
    SigningConfig.from_file(str(found["signing_config.v0.2.json"]))


def test_pinned_root_survives_publishing_again(tmp_path: Path) -> None:
    at = make_world().clock.now()
    world = make_world(at)
    root = publish_into(world, tmp_path / "repo")
    fetch(tmp_path / "repo", root, tmp_path / "cache")
    world.clock.at = at + timedelta(hours=1)
    assert publish_into(world, tmp_path / "repo") == root
    fetch(tmp_path / "repo", root, tmp_path / "cache")


def test_changed_or_foreign_repository_is_refused(tmp_path: Path) -> None:
    world = make_world()
    root = publish_into(world, tmp_path / "repo")
    foreign = publish_into(make_world(), tmp_path / "foreign")
    with pytest.raises(RepositoryError):
        fetch(tmp_path / "repo", foreign, tmp_path / "cache1")
    stamp = tmp_path / "repo" / "timestamp.json"
    changed = json.loads(stamp.read_bytes())
    changed["signed"]["version"] += 1
    stamp.write_text(json.dumps(changed))
    with pytest.raises(RepositoryError):
        fetch(tmp_path / "repo", root, tmp_path / "cache2")
