"""The commands around witnesses, as a person types them: two witnesses, a quorum, a monitor, a fork that is proved."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.small_log import ORIGIN, SmallLog, served

pytestmark = pytest.mark.loopback


def whereof(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from attest.cli.main import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@contextmanager
def witness(folder: Path, logs: Path) -> Iterator[str]:
    """Serve a witness in a process of its own; gives its address."""
    arguments = ["--logs", logs, "--state", folder / "state", "--key", folder / "key", "--port", 0]
    command = [
        sys.executable,
        "-c",
        "from attest.cli.main import main; main()",
        "witness",
        "serve",
        *map(str, arguments),
    ]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        assert running.stdout is not None
        yield running.stdout.readline().split()[-1]
    finally:
        running.terminate()
        running.communicate(timeout=30)


def test_a_log_is_cosigned_by_two_witnesses(home: Path, tmp_path: Path) -> None:
    from attest.clock import SystemClock, SystemEntropy
    from attest.settings import Settings
    from attest.usecases.instance import open_instance

    instance = open_instance(Settings(home=home / "whereof"), clock=SystemClock(), entropy=SystemEntropy())
    logs = tmp_path / "logs.policy"
    logs.write_text(f"log {instance.services.log.verifier_key}\nquorum none\n")
    instance.engine.dispose()
    vkeys = {}
    for name in ("one", "two"):
        folder = tmp_path / name
        made = whereof(
            "witness", "init", f"{name}.example.test/w", "--state", folder / "state", "--key", folder / "key"
        )
        vkeys[name] = made.stdout.strip()
    with witness(tmp_path / "one", logs) as first, witness(tmp_path / "two", logs) as second:
        policy = tmp_path / "witnesses.policy"
        policy.write_text(
            f"witness one {vkeys['one']} {first}\nwitness two {vkeys['two']} {second}\n"
            "group both all one two\nquorum both\n"
        )
        asked = whereof("witness", "ask", "--policy", policy, "--json")

    assert json.loads(asked.stdout)["state"] == "witnessed"
    assert asked.returncode == 0


def test_a_fork_is_exit_code_3_and_its_proof_is_checked_by_anyone(home: Path, tmp_path: Path) -> None:
    log = SmallLog().add(30)
    shown = [log]
    follow = ("monitor", "--key", log.vkey, "--state", tmp_path / "state")
    with served(lambda path: shown[0].files().get(path)) as url:
        first = whereof(*follow, url)
        shown[0] = log.fork(20).add(30, "another")
        forked = whereof(*follow, url)
        shown[0] = log.fork(29)
        older = whereof(*follow, url)
    away = whereof(*follow, url)
    [proof] = (tmp_path / "state" / "forks").iterdir()
    checked = whereof("monitor", "--check", proof, "--key", log.vkey)
    other = whereof("monitor", "--check", proof, "--key", SmallLog(seed=b"\x03" * 32).vkey)

    assert (first.returncode, forked.returncode, older.returncode, away.returncode) == (0, 3, 5, 5)
    assert "30 entries" in first.stdout
    assert "ledger.fork" in forked.stderr
    assert "ledger.rollback" in older.stderr
    assert (checked.returncode, other.returncode) == (3, 5)
    assert f"{ORIGIN} has signed two histories: sizes 30 and 50" in checked.stdout


def test_a_witness_whose_state_is_lost_does_not_start(home: Path, tmp_path: Path) -> None:
    folders = ("--state", tmp_path / "state", "--key", tmp_path / "key")
    whereof("witness", "init", "w.example.test", *folders)
    (tmp_path / "state" / "witness.json").unlink()
    logs = tmp_path / "logs.policy"
    logs.write_text(f"log {SmallLog().vkey}\nquorum none\n")

    refused = whereof("witness", "serve", "--logs", logs, *folders, "--port", 0)

    assert refused.returncode == 5
    assert "witness.state" in refused.stderr
