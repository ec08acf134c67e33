"""Make `evidence-v1.bundle`: python -m tests.golden.make_evidence_bundle FILE. A new file has new keys; the old ones stay."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from attest.evidence.bundle.question import Question
from tests.support.evidence_bundles import bundle_from, files_of, record_log


def main() -> None:
    """Write a bundle of three sessions' log, without the verifiers: they change, and what is checked does not."""
    for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
        os.environ[f"{name}_NAME"], os.environ[f"{name}_EMAIL"] = "Ada Tester", "ada@example.test"
    with tempfile.TemporaryDirectory() as folder:
        log = record_log(Path(folder))
        asked = log.commits()
        question = Question(kind=asked.kind, values=(*asked.values, "0" * 40), asked="two commits")
        files = files_of(log.make(question, parts=True))
        log.instance.engine.dispose()
    for name in ("verifier.html", "verify.py", "verify.sh"):
        files.pop(name, None)
    Path(sys.argv[1]).write_bytes(bundle_from(files))


if __name__ == "__main__":
    main()
