"""The command `whereof`, loaded once and forked for each call: many calls cost their work, and not their loading.

`python -m tests.support.forked SOCKET` loads everything and serves; `CLIENT` is what stands in PATH. It hands over its
arguments, environment, folder and streams, and ends as the command did.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path

CLIENT = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect({socket!r})
    told = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
    socket.send_fds(line, [len(told).to_bytes(4, "big")], [0, 1, 2])
    line.sendall(told)
    sys.exit(int(line.recv(4) or b"70"))
"""
_BEFORE = ("attest.cli", "attest.usecases", "attest.evidence", "attest.capture")


def write_client(folder: Path, address: Path) -> None:
    """Write `whereof` into a folder of PATH."""
    client = folder / "whereof"
    client.write_text(CLIENT.format(python=sys.executable, socket=str(address)))
    client.chmod(0o700)


def _serve(address: str) -> None:
    for name in _BEFORE:
        for found in pkgutil.walk_packages(import_module(name).__path__, f"{name}."):
            import_module(found.name)
    gc.freeze()  # else the first look for cycles of each child copies every page
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen(8)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            line, _ = door.accept()
            if os.fork() == 0:
                door.close()
                _child(line)
            line.close()


def _child(line: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, streams, _, _ = socket.recv_fds(line, 4, 3)
    with line.makefile("rb") as told:
        arguments, environment, folder = json.loads(told.read(int.from_bytes(size, "big")))
    child = os.fork()
    if child == 0:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.argv = ["whereof", *arguments]
        from attest.cli.main import main

        main()
        sys.exit(0)
    _, status = os.waitpid(child, 0)
    line.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


if __name__ == "__main__":
    _serve(sys.argv[1])
