"""What `whereof sync` sends is what the service takes: another instance, over a socket, with the client's root pinned."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from attest.usecases.send import queue_bundle, send_queued
from tests.conftest import REPO_ROOT
from tests.support.recording import make_clone, open_home, record_file, story, write_story

pytestmark = pytest.mark.loopback


def test_a_queued_bundle_is_taken_by_a_service_that_pinned_the_root_and_refused_before(
    home: Path, compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("server", "client"):
        shutil.copytree(compiled, home / each / "cache")
    server_home = home / "server"
    env = os.environ | {"WHEREOF_HOME": str(server_home)}
    token = subprocess.run(
        [sys.executable, "-m", "api", "token"], cwd=REPO_ROOT, env=env, text=True, capture_output=True, check=True
    ).stdout.strip()
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "serve", "--port", "0"],
        cwd=REPO_ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = process.stdout.readline().rpartition(" ")[2].strip().rstrip("/")
        monkeypatch.setenv("WHEREOF_TOKEN", token)
        client = open_home(home / "client")
        client = dataclasses.replace(client, settings=dataclasses.replace(client.settings, server=address))
        clone = make_clone(tmp_path / "clone")
        receipt = record_file(client, write_story(tmp_path / "t.jsonl", story("sess-0001")), clone)
        queue_bundle(client, receipt)
        refused = send_queued(client, clone.repository, wait=lambda _: None)
        assert (refused.queued, refused.reason) == (1, "evidence.untrusted")
        shutil.copy(client.settings.trust_dir / "trusted_root.json", server_home / "trust" / "client.json")
        taken = send_queued(client, clone.repository, wait=lambda _: None)
        assert (taken.sent, taken.queued) == ((receipt.attestation,), 0)
        kept = json.loads((clone.path / f".git/whereof/receipts/{receipt.attestation}.server.json").read_bytes())
        assert kept["attestation"] == receipt.attestation
        client.engine.dispose()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
