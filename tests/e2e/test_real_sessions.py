"""Promise: real transcripts record without quarantine, every receipt proves, and the log is clean afterwards."""

from __future__ import annotations

import base64
import json
import sys
import tarfile
import time
from pathlib import Path

import pytest

from attest.errors import Quarantined
from attest.model.receipt import Receipt
from attest.store import attestations
from attest.usecases.instance import Instance
from attest.usecases.receipts import bundle_of
from tests.independent import naive, naive_store
from tests.support.recording import check_home, record_file


@pytest.fixture
def transcripts(shared: Path, tmp_path: Path) -> list[Path]:
    """Give every real transcript there is: the samples, and those of the evaluation archive."""
    with tarfile.open(shared / "redaction-eval.tar.gz") as archive:
        names = [name for name in archive.getnames() if name.startswith("transcripts/")]
        archive.extractall(tmp_path, members=[archive.getmember(name) for name in names], filter="data")
    found = [*(shared / "samples" / "claude-code").glob("*.jsonl"), *(tmp_path / "transcripts").glob("*.jsonl")]
    assert len(found) == 24
    return sorted(found)


def test_every_real_transcript_records_and_proves(
    transcripts: list[Path], instance: Instance, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipts: list[Receipt] = []
    quarantined: list[str] = []
    begun = time.monotonic()
    for transcript in transcripts:
        try:
            receipts.append(record_file(instance, transcript))
        except Quarantined as err:
            quarantined.append(f"{transcript.name[:24]} {err}")
    size = sum(transcript.stat().st_size for transcript in transcripts)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(receipts)} real transcripts recorded, {len(quarantined)} quarantined, {size / 1e6:.1f} MB "
            f"in {time.monotonic() - begun:.1f} s\n"
        )
    assert quarantined == []
    assert len({receipt.index for receipt in receipts}) == len(transcripts)
    for receipt in receipts:
        stored = attestations.by_id(instance.engine, instance.scope, receipt.attestation)
        assert stored is not None
        (entry,) = json.loads(bundle_of(stored))["verificationMaterial"]["tlogEntries"]
        leaf = naive.leaf_hash(base64.b64decode(entry["canonicalizedBody"]))
        path = [base64.b64decode(text) for text in entry["inclusionProof"]["hashes"]]
        assert naive.root_from_path(leaf, receipt.index, receipt.tree_size, path) == receipt.root
    naive_store.check(data)
    result = check_home(data, signatures=True)
    assert result.problems == ()
    assert result.tree_size == 2 + 2 * len(transcripts)
