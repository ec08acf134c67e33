"""Bundles in volumes: a missing, exchanged, foreign or changed one is named by both verifiers; joined they are the archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.errors import InvalidInput
from attest.evidence.bag.volumes import HEADER_BYTES, write_volumes
from attest.evidence.bundle.verify import Outside, verify_file
from attest.evidence.standalone.main import check_file
from attest.usecases.bundle_question import size_of
from tests.support.evidence_bundles import Recorded, nothing, record_log, told

SLICE = 20_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    made = record_log(tmp_path_factory.mktemp("volumes"))
    yield made
    made.instance.engine.dispose()


@pytest.fixture
def volumes(log: Recorded, tmp_path: Path) -> list[Path]:
    whole = tmp_path / "whole"
    whole.write_bytes(log.make(log.commits()))
    paths = [tmp_path / f"v.{number:03}" for number in range(1, -(-whole.stat().st_size // SLICE) + 1)]
    with whole.open("rb") as file:
        assert [path for path, _ in write_volumes(file, paths, SLICE)] == paths
    assert len(paths) >= 4
    return paths


def both(paths: list[Path], trust: Path) -> tuple[int, set[str], set[str]]:
    ours = told(verify_file(paths[0], Outside(trust=trust), nothing, *paths[1:]))
    files = [path.open("rb") for path in paths]
    other = told(check_file(list(files), str(trust), None))
    for file in files:
        file.close()
    assert ours == other
    return ours


def test_volumes_are_the_archive(log: Recorded, volumes: list[Path]) -> None:
    assert b"".join(path.read_bytes()[HEADER_BYTES:] for path in volumes) == log.make(log.commits())
    assert both(volumes, log.trust) == (0, set(), set())
    assert {path.stat().st_mode & 0o777 for path in volumes} == {0o600}


def test_one_that_is_not_as_it_was_is_named(log: Recorded, volumes: list[Path], tmp_path: Path) -> None:
    first, second, third, *rest = volumes
    changed, foreign = tmp_path / "changed", tmp_path / "foreign"
    raw = second.read_bytes()
    changed.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    foreign.write_bytes(first.read_bytes().replace(b"slice ", b"slice f", 1)[:HEADER_BYTES])
    for paths, place in (
        ([first, third, *rest], 2),
        ([first, third, second, *rest], 2),
        ([second, third, *rest], 1),
        (volumes[:-1], len(volumes)),
        ([first], 2),
        ([first, changed, third, *rest], 2),
        ([foreign, second, third, *rest], 1),
        ([*volumes, volumes[-1]], len(volumes) + 1),
    ):
        assert both(paths, log.trust) == (3, {"archive"}, {f"archive: volume {place}"})


def test_volume_made_anew_does_not_fit_the_next(log: Recorded, volumes: list[Path], tmp_path: Path) -> None:
    raw = bytearray((tmp_path / "whole").read_bytes())
    raw[SLICE + 5] ^= 1
    (tmp_path / "other").write_bytes(raw)
    forged = [tmp_path / f"f.{number}" for number in range(len(volumes))]
    with (tmp_path / "other").open("rb") as file:
        list(write_volumes(file, forged, SLICE))
    assert both([volumes[0], forged[1], *volumes[2:]], log.trust) == (3, {"archive"}, {"archive: volume 3"})


@pytest.mark.parametrize(("text", "size"), [("700M", 700 * 2**20), ("4G", 4 * 2**30), ("1048576", 2**20), (None, None)])
def test_sizes(text: str | None, size: int | None) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5G", "4 G", "4T", "9" * 16])
def test_what_is_no_size_is_wrong_usage(text: str) -> None:
    with pytest.raises(InvalidInput):
        size_of(text)
