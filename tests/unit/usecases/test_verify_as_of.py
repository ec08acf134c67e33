"""The verdict as it stood at a tree size: what was logged later is left out, what is bad stays bad."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.model.verdict import CommitVerdict, Verdict
from attest.usecases.verdict_json import verdict_json
from attest.usecases.verify import VerifyRequest, verify_commit
from tests.support.evidence import NOW, Scene, make_scene

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def scene(home: Path) -> Scene:
    return make_scene(home)


def verify(scene: Scene, oid: str, as_of: int | None, *named: Path) -> CommitVerdict:
    request = VerifyRequest(
        repository=scene.repository,
        revision=oid,
        bundles=named,
        trust=scene.trust,
        bundles_dir=scene.home / "bundles",
        trust_dir=scene.home / "trust",
        now=NOW,
    )
    return verify_commit(replace(request, as_of=as_of))


def index_of(bundle: bytes) -> int:
    return int(json.loads(bundle)["verificationMaterial"]["tlogEntries"][0]["logIndex"])


def test_evidence_counts_from_the_tree_that_holds_it(scene: Scene) -> None:
    oid = scene.repo.git("rev-parse", "HEAD")
    bundle = scene.good(oid)
    scene.leave(oid, bundle)
    first = index_of(bundle) + 1
    assert verify(scene, oid, first).verdict is Verdict.PASS
    assert verify(scene, oid, first + 1000).verdict is Verdict.PASS
    before = verify(scene, oid, first - 1) if first > 1 else verify(scene, oid, 0)
    assert (before.verdict, before.evidence) == (Verdict.ABSENT, ())
    assert "1 logged later left out" in next(step.detail for step in before.steps if step.name == "evidence")
    assert verdict_json(verify(scene, oid, first))["as_of"] == first
    assert verdict_json(verify(scene, oid, None))["as_of"] is None


def test_bad_evidence_that_nothing_places_stays_bad(scene: Scene) -> None:
    oid = scene.repo.git("rev-parse", "HEAD")
    bundle = json.loads(scene.good(oid))
    signature = bundle["dsseEnvelope"]["signatures"][0]
    signature["sig"] = json.loads(scene.good(oid))["dsseEnvelope"]["signatures"][0]["sig"]
    path = scene.home / "bad.json"
    path.write_text(json.dumps(bundle))
    assert verify(scene, oid, 1, path).verdict is Verdict.INVALID
