"""Promise: a recorder killed at any place leaves an entry that proves, or none; recording again gives exactly one."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from attest.store import attestations
from attest.usecases.record import STEPS
from tests.independent import naive
from tests.support.killed_record import PLACES
from tests.support.recording import ROOT, Clone, check_home, open_home, record_file, story, write_story

LOGGED = ("committed", "publish", "tiles", "keep")
"""Places behind the commit: whoever is killed there has logged the session."""


@pytest.mark.parametrize("place", [*STEPS, *PLACES])
def test_killed_recorder_leaves_all_or_nothing_and_is_mended_by_asking_again(
    place: str, data: Path, clone: Clone, tmp_path: Path
) -> None:
    transcript = write_story(tmp_path / "t.jsonl", story())
    arguments = (data, transcript, clone.path, clone.oid, place)
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_record", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    instance = open_home(data)
    logged = attestations.newest(instance.engine, instance.scope, before=None, limit=9).rows
    assert len(logged) == (place in LOGGED)
    assert check_home(data, signatures=True).problems == ()
    receipt = record_file(instance, transcript, clone)
    assert {row.id for row in logged} <= {receipt.attestation}
    assert attestations.count(instance.engine, instance.scope) == 1
    instance.engine.dispose()
    assert check_home(data, signatures=True).problems == ()
    _proves(data / "bundles" / clone.oid / f"{receipt.attestation}.sigstore.json", receipt.root)


def _proves(path: Path, root: bytes) -> None:
    (entry,) = json.loads(path.read_bytes())["verificationMaterial"]["tlogEntries"]
    proof = entry["inclusionProof"]
    leaf = naive.leaf_hash(base64.b64decode(entry["canonicalizedBody"]))
    hashes = [base64.b64decode(text) for text in proof["hashes"]]
    assert naive.root_from_path(leaf, int(proof["logIndex"]), int(proof["treeSize"]), hashes) == root
