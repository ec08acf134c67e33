"""Hostile values in every place of a good bundle: both verifiers end with one verdict, and none takes a changed fact."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from tests.support.evidence_bundles import bundle_from, by_ours, by_standalone, files_of, told

GOLDEN = Path(__file__).parents[2] / "golden" / "evidence-v1.bundle"
DIGEST = "071e9b37f85b767a479b179cf8a91430d46a7a6ef3ef80f9165b5149d56ae4d4"
JUNK: tuple[object, ...] = (None, 0, -1, 2**70, "", "x", "AAAA", [], {}, [1], [{}], {"a": 1}, True, 1.5, "\ud800")
OTHER_TRUTHS = ("timestampVerificationData", "inclusionPromise", "commits", "since", "until", "asked")
"""Another time is enough where one is taken out; another question is another bundle."""


def places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [one for key, inner in rows for one in ((*path, key), *places(inner, (*path, key)))]


def put(value: object, path: tuple[object, ...], junk: object) -> None:
    for step in path[:-1]:
        value = value[step]  # type: ignore[index]
    value[path[-1]] = junk  # type: ignore[index]


@pytest.mark.parametrize("seed", range(4))
def test_hostile_value_anywhere_is_no_pass_and_no_crash(tmp_path: Path, seed: int) -> None:
    base, random = files_of(GOLDEN.read_bytes()), Random(seed)
    names = [name for name in base if name.startswith("data/") and name.endswith((".json", ".jsonl"))]
    for _ in range(25):
        name = random.choice(names)
        lines = base[name].splitlines(keepends=True)
        at = random.randrange(len(lines))
        value = json.loads(lines[at])
        path = random.choice(places(value))
        put(value, path, random.choice(JUNK))
        lines[at] = json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n" * lines[at].endswith(
            b"\n"
        )
        if json.loads(lines[at]) == json.loads(base[name].splitlines()[at]):
            continue
        (tmp_path / "b").write_bytes(bundle_from(base | {name: b"".join(lines)}))
        ours, other = told(by_ours(tmp_path / "b", None, DIGEST)), told(by_standalone(tmp_path / "b", None, DIGEST))
        assert ours[0] == other[0], (name, path)
        assert ours[0] != 0 or any(part in OTHER_TRUTHS for part in path), (name, path)


def test_flipped_bit_of_any_file_is_found_though_the_manifests_agree(tmp_path: Path) -> None:
    base, random = files_of(GOLDEN.read_bytes()), Random(5)
    for name in [one for one in base if one.startswith("data/")]:
        data = bytearray(base[name])
        data[random.randrange(len(data))] ^= 1 << random.randrange(7)
        (tmp_path / "b").write_bytes(bundle_from(base | {name: bytes(data)}))
        codes = {told(check(tmp_path / "b", None, DIGEST))[0] for check in (by_ours, by_standalone)}
        assert codes in ({3}, {5}), name
