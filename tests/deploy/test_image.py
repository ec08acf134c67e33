"""Promise: the image serves as nobody, without a right, on a file system that it cannot write, and holds what its bill says.

It is built beforehand and named by $WHEREOF_TEST_IMAGE (`make image` says how): building takes minutes.
$WHEREOF_TEST_PODMAN may hold podman's own options, as where it keeps images.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.object_servers import free_port

CONTAINERFILE = Path(__file__).parents[2] / "deploy" / "image" / "Containerfile"
HARDENED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp", "--network=host")
# What podman needs inside a container of its own; neither gives the process a right.
HERE = (
    "--pull=never",
    "--cgroups=no-conmon",
    "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=1024:1024",
    "--runtime=runc",
)
STATUS = ("id -u; id -g; grep -h '^Cap\\|NoNewPrivs' /proc/self/status; touch /x /srv/whereof/x 2>&1; "
          "find / -xdev -type f -perm /6000; ls -A /opt/whereof/lib/python3.*/site-packages | grep -x pip")  # fmt: skip
PATIENCE_S = 60


@pytest.fixture(scope="module")
def podman(require: Callable[..., None]) -> tuple[str, ...]:
    require("podman")
    require("whereof-image", bool(os.environ.get("WHEREOF_TEST_IMAGE")))
    return ("podman", *shlex.split(os.environ.get("WHEREOF_TEST_PODMAN", "")), "run", "--rm", *HERE, *HARDENED)


def _image() -> str:
    return os.environ["WHEREOF_TEST_IMAGE"]


def test_a_process_has_no_right_and_nothing_to_gain(podman: tuple[str, ...]) -> None:
    done = subprocess.run(
        [*podman, "--entrypoint=/bin/sh", _image(), "-c", STATUS], capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    assert lines[:2] == ["10001", "10001"]
    held = dict(line.split(":\t") for line in lines[2:] if ":\t" in line)
    assert {name: int(value, 16) for name, value in held.items() if name.startswith("Cap")} == dict.fromkeys(
        ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), 0
    )
    assert held["NoNewPrivs"] == "1"
    assert done.stdout.count("Read-only file system") == 2
    assert not [line for line in lines if line.startswith("/") or line == "pip"]


def test_the_bill_names_each_package_that_is_installed(podman: tuple[str, ...]) -> None:
    script = (
        "import importlib.metadata as m, json;"
        "bill = json.load(open('/srv/whereof/sbom.cdx.json'));"
        "print(json.dumps([sorted(d.metadata['Name'].lower().replace('_', '-') for d in m.distributions()),"
        "sorted(c['name'].lower().replace('_', '-') for c in bill['components'])]))"
    )
    done = subprocess.run(
        [*podman, "--entrypoint=/opt/whereof/bin/python", _image(), "-I", "-c", script],
        capture_output=True,
        text=True,
        check=True,
    )
    installed, billed = json.loads(done.stdout)
    assert installed == billed
    assert len(billed) > 50


@pytest.fixture
def serving(podman: tuple[str, ...]) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [*podman, _image(), "serve", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.loopback
def test_the_service_answers_and_publishes_a_log(serving: str) -> None:
    begun = time.monotonic()
    while True:
        try:
            with urllib.request.urlopen(f"{serving}/readyz", timeout=5) as answer:
                assert answer.status == 200
            break
        except OSError:
            assert time.monotonic() - begun < PATIENCE_S, "the service in the container did not answer"
            time.sleep(0.3)


def test_the_file_asks_for_nothing_while_it_is_built() -> None:
    text = CONTAINERFILE.read_text()
    assert "--no-index" in text
    assert "--require-hashes" in text
    assert "USER 10001:10001" in text
    assert not [word for word in ("curl", "wget", "apt-get", "http://", "https://") if word in text]
