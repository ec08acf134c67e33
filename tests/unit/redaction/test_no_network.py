"""Everything loads and redacts in a process that has no network, no cache and a home it cannot write to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import socket

asked = []

def refused(*arguments, **named):
    asked.append(arguments)
    raise OSError("no network here")

class Closed(socket.socket):
    connect = connect_ex = sendto = sendmsg = refused

socket.socket = Closed
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refused

import json
from redaction.config import Config, Identities
from redaction.redactor import Redactor
from redaction.settings_file import read_settings_file
from redaction.fields import FieldPolicy

settings = read_settings_file(b"profile: phi\\nner: small\\nrecognizers: [{name: a, supported_entity: TICKET, deny_list: [tck-1]}]", "f")
config = settings.applied(Config(fields=FieldPolicy(prose=(("text",),))))
redactor = Redactor(config, token_key=bytes(32), identities=Identities(users=("zquill",)))
line = {"text": "I asked Nadia Okafor on March 3rd, 1951.", "o": "mail zora@" + "quillmail.dev as zquill about tck-1"}
done = b"".join(redactor.redact(lambda: iter([json.dumps(line).encode() + b"\\n"])).lines()).decode()
for gone in ("Okafor", "1951", "quillmail", "zquill", "tck-1"):
    assert gone not in done, gone
assert not asked, asked
print("redacted")
"""


def _read_only(folder: Path) -> Path:
    folder.mkdir()
    folder.chmod(0o500)
    return folder


@pytest.mark.timeout(300)
def test_the_engines_load_without_network_cache_or_a_writable_home(tmp_path: Path) -> None:
    home = _read_only(tmp_path / "home")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "TLDEXTRACT"))}
    environment |= {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        environment[f"XDG_{name}_HOME"] = str(home)
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "redacted"), done.stderr[-2000:]
    assert list(home.iterdir()) == []
