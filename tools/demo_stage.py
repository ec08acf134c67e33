"""Where the demo plays: a temporary home with its own git identity, commands run in it, and a service on loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT: Final = Path(__file__).resolve().parents[1]
COMMAND_S: Final = 120
START_S: Final = 60
STOP_S: Final = 20
ANSWER_BYTES: Final = 16 * 1024 * 1024
WIDE: Final = "4000"
"""Columns told to tools that wrap their messages."""


class DemoFailed(Exception):
    """A screen does not show what it must, or a command of the demo did not run."""


def require(holds: object, what: str) -> None:
    """Stop the demo unless something holds.

    Raises:
        DemoFailed: it does not.
    """
    if not holds:
        raise DemoFailed(what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How one command ended."""

    code: int
    out: str
    err: str


class Stage:
    """A home folder and everything that runs in it; nothing outside of it is written."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.state = home / "state"
        self._tools = Path(sys.executable).parent
        (home / "tmp").mkdir()

    def environment(self) -> dict[str, str]:
        """Give the environment of every command: of the user's own only PATH is kept."""
        name, address = "Sam Okafor", "sam.okafor@payments.example"
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "WHEREOF_HOME": str(self.state),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": address,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": address,
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "COLUMNS": WIDE,
            "NO_COLOR": "1",
        }

    def run(self, *command: str, cwd: Path | None = None, state: Path | None = None) -> Ran:
        """Run a command to its end in the home folder; `whereof` and `sigstore` are those installed beside Python.

        Raises:
            DemoFailed: it does not end in two minutes.
        """
        known = self._tools / command[0]
        argv = [str(known) if known.exists() else command[0], *command[1:]]
        environment = self.environment() | ({"WHEREOF_HOME": str(state)} if state else {})
        try:
            done = subprocess.run(
                argv, cwd=cwd or self.home, env=environment, capture_output=True, timeout=COMMAND_S, check=False
            )
        except subprocess.TimeoutExpired as err:
            raise DemoFailed(f"`{self.shown(' '.join(command))}` did not end") from err
        return Ran(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())

    def must(self, *command: str, cwd: Path | None = None) -> str:
        """Run a command that must succeed and give what it printed.

        Raises:
            DemoFailed: it did not, with what it said.
        """
        ran = self.run(*command, cwd=cwd)
        require(ran.code == 0, f"`{self.shown(' '.join(command))}` ended with {ran.code}: {self.shown(ran.err)[-600:]}")
        return ran.out

    def shown(self, text: str) -> str:
        """Give text with the temporary home written as `~`."""
        return text.replace(str(self.home), "~")

    @contextmanager
    def service(self, repository: Path) -> Iterator[Service]:
        """Run the service on a free port of loopback; it is ended when the block is left.

        Raises:
            DemoFailed: it does not come up.
        """
        token = self.must(sys.executable, "-m", "api", "token", cwd=CHECKOUT).strip()
        port = _free_port()
        command = (sys.executable, "-m", "api", "serve", "--port", str(port), "--repo", str(repository))
        log = self.home / "service.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                command, cwd=CHECKOUT, env=self.environment(), stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
        try:
            running = Service(address=f"http://127.0.0.1:{port}", token=token)
            until = time.monotonic() + START_S
            while not running.is_up():
                if process.poll() is not None or time.monotonic() > until:
                    raise DemoFailed(f"the service did not start: {self.shown(log.read_text())[-600:]}")
                time.sleep(0.05)
            yield running
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service and a token for it."""

    address: str
    token: str

    def is_up(self) -> bool:
        """Tell whether it answers."""
        try:
            self._get("/healthz")
        except (OSError, DemoFailed):
            return False
        return True

    def answer(self, oid: str) -> str:
        """Give the answer for a commit, as JSON text.

        Raises:
            DemoFailed: it did not answer, or said that the request fails.
        """
        try:
            text = self._get(f"/v1/commits/{oid}")
            json.loads(text)
        except (OSError, ValueError) as err:
            raise DemoFailed(f"the service gave no answer for {oid}") from err
        return text

    def _get(self, path: str) -> str:
        request = urllib.request.Request(  # noqa: S310  # loopback, our own service
            self.address + path, headers={"Authorization": f"Bearer {self.token}"}
        )
        # No proxy of the environment stands between a machine and itself.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=COMMAND_S) as reply:
                text: str = reply.read(ANSWER_BYTES).decode()
        except urllib.error.HTTPError as err:
            raise DemoFailed(f"the service answered {err.code} for {path}") from err
        return text


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
