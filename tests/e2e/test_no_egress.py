"""Promise: no component tells anybody anything that nobody configured: no connection leaves the machine, no name is asked for.

A preloaded shim stands before `connect`, `sendto`, `sendmsg` and `getaddrinfo` of every process, children and native code
included, and refuses and notes what would leave. Not seen: a program that speaks to the kernel without the C library.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.tokens import TokenFiles
from attest.clock import SystemClock, SystemEntropy
from attest.settings import DEFAULT_TENANT
from tests.support.recording import MAIN, ROOT, Clone, open_home, story, write_story

SOURCE = ROOT / "tests" / "c" / "egress.c"


@dataclass(frozen=True)
class Shim:
    """The shim, and what it noted."""

    library: Path
    noted: Path

    @property
    def env(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "EGRESS_LOG": str(self.noted)}

    def outside(self) -> list[str]:
        return [line for line in self.lines() if "OUTSIDE" in line]

    def lines(self) -> list[str]:
        return self.noted.read_text().splitlines() if self.noted.exists() else []


@pytest.fixture
def shim(require: Callable[..., None], tmp_path: Path) -> Shim:
    require("gcc")
    library = tmp_path / "egress.so"
    subprocess.run(["gcc", "-Wall", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    return Shim(library, tmp_path / "noted")


@contextmanager
def serving(shim: Shim, *command: str, home: Path) -> Iterator[str]:
    """Run something that serves, and give its address, which ends the first line it prints."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "WHEREOF_HOME": str(home), **shim.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        (url,) = re.findall(r"http://127\.0\.0\.1:[0-9]+", process.stdout.readline())
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_the_shim_sees_what_would_leave_and_lets_it_not(shim: Shim) -> None:
    code = (
        "import socket\n"
        "for ask in (lambda: socket.create_connection(('192.0.2.1', 443), 1), lambda: socket.getaddrinfo('example.test', 1),\n"
        "            lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))):\n"
        "    try: ask()\n"
        "    except OSError: continue\n"
        "    raise SystemExit(1)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **shim.env}, check=False)
    assert done.returncode == 0
    said = [line.split(" ", 1)[1] for line in shim.outside()]
    assert said == ["OUTSIDE-connect 192.0.2.1", "OUTSIDE-name example.test", "OUTSIDE-sendto 192.0.2.1"]


DRIVER = """
import json, sys
from pathlib import Path
from tests.support.command import whereof
said = []
for home, env, arguments in json.loads(sys.stdin.read()):
    done = whereof(*arguments, home=Path(home), cwd=Path.cwd(), **env)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{arguments}: {done.stderr}")
    said.append(done.stdout)
print(json.dumps(said))
"""
"""Commands one after the other in one process: they are loaded once."""


@pytest.mark.loopback
@pytest.mark.timeout(240)
def test_no_component_speaks_to_anybody_outside(shim: Shim, data: Path, clone: Clone, tmp_path: Path) -> None:
    def run(*commands: tuple[str, ...], home: Path = data, **env: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", DRIVER],
            cwd=clone.path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **shim.env},
            input=json.dumps([(str(home), env, command) for command in commands]),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout.splitlines()[-1]))

    witness = ("--state", str(tmp_path / "state"), "--key", str(tmp_path / "key"))
    instance = open_home(data)
    key = instance.services.log.verifier_key
    instance.engine.dispose()
    logs = tmp_path / "logs.policy"
    logs.write_text(f"log {key}\nquorum none\n")
    transcript = write_story(tmp_path / "t.jsonl", story())
    # Hooks, redaction with its workers, signing, the gate, the checks.
    vkey, *_, verdict = run(
        ("witness", "init", "witness.example.test/w1", *witness),
        ("init", "--yes"),
        ("doctor",),
        ("record", "--transcript", str(transcript), "--commit", clone.oid),
        ("selftest",),
        ("fsck", "--signatures"),
        ("verify", clone.oid),
    )
    assert "pass" in verdict
    with serving(shim, "-c", MAIN, "witness", "serve", "--logs", str(logs), *witness, "--port", "0", home=data) as url:
        policy = tmp_path / "witnesses.policy"
        policy.write_text(f"witness w1 {vkey.strip()} {url}\nquorum w1\n")
        with serving(shim, "-m", "api", "serve", "--port", "0", home=data) as service:
            token = TokenFiles(data, DEFAULT_TENANT).create(SystemClock(), SystemEntropy())
            run(
                ("witness", "ask", "--policy", str(policy)),
                ("monitor", f"{service}/logs/default", "--key", key, "--state", str(tmp_path / "followed")),
                ("sync",),
                WHEREOF_SERVER=service,
                WHEREOF_TOKEN=token,
            )
    assert shim.outside() == []
    # The shim was in the programs that spoke: to the witness and to the service.
    assert sum("inside-connect 127.0.0.1" in line for line in shim.lines()) >= 2
