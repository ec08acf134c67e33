"""How a text can be written down, and where: encodings and hosts of planted values."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from urllib.parse import quote

Form = Callable[[str, int, int, random.Random], str]
"""Writes a text down; the two numbers are the span of the value inside it."""


def _whole(change: Callable[[str], str]) -> Form:
    return lambda text, _start, _end, _rng: change(text)


def _inside(piece: Callable[[random.Random], str]) -> Form:
    """Put a piece into the middle of the value."""

    def form(text: str, start: int, end: int, rng: random.Random) -> str:
        at = _middle(text, start, end, rng)
        return text[:at] + piece(rng) + text[at:]

    return form


def _middle(text: str, start: int, end: int, rng: random.Random) -> int:
    """Give a place between two letters or digits in the middle half of the value."""
    quarter = (end - start) // 4
    places = [n for n in range(start + quarter, end - quarter) if text[n - 1 : n + 1].isalnum() and n > start]
    return rng.choice(places) if places else (start + end) // 2


def _lines(mark: Callable[[int], str]) -> Form:
    def change(text: str) -> str:
        lines = ["first line of it", *text.split("\n"), "last line of it"]
        return "\n".join(mark(n) + line for n, line in enumerate(lines, 9))

    return _whole(change)


def _coloured(text: str, start: int, end: int, rng: random.Random) -> str:
    at = _middle(text, start, end, rng)
    return f"\x1b[32m{text[:at]}\x1b[1;31m{text[at:]}\x1b[0m"


FORMS: dict[str, Form] = {
    "plain": _whole(str),
    "json": _whole(lambda t: json.dumps({"stdout": t, "ok": True})),
    "json-nested": _whole(lambda t: json.dumps({"a": json.dumps({"b": [t]})})),
    "base64": _whole(lambda t: base64.b64encode(t.encode()).decode()),
    "base64-twice": _whole(lambda t: base64.b64encode(base64.b64encode(t.encode())).decode()),
    "base64url": _whole(lambda t: base64.urlsafe_b64encode(t.encode()).decode().rstrip("=")),
    "hex": _whole(lambda t: t.encode().hex()),
    "url": _whole(lambda t: quote(t, safe="")),
    "unicode": _whole(lambda t: "".join(f"\\u{ord(c):04x}" for c in t)),
    "split-newline": _inside(lambda _: "\n"),
    "split-indented": _inside(lambda _: "\n    "),
    "split-quoted": _inside(lambda rng: rng.choice(['" + "', "' + '", '"\n    "', "' \\\n  '", '" .\n  "'])),
    "numbered-arrow": _lines(lambda n: f"{n:6d}→"),
    "numbered-colon": _lines(lambda n: f"{n}:"),
    "numbered-cat": _lines(lambda n: f"{n:6d}\t"),
    "diff": _lines(lambda n: "+-"[n % 2]),
    "ansi": _coloured,
    "zero-width": _inside(lambda rng: rng.choice(["\u200b", "\u2060", "\ufeff", "\u00ad"])),
    "quoted-printable": _inside(lambda _: "=\n"),
}  # fmt: skip
STRICT = frozenset({"plain", "json", "json-nested", "url", "numbered-arrow", "numbered-colon", "numbered-cat", "diff"})
"""Forms whose recall must be .995; the others must reach .98."""

HOSTS: dict[str, str] = {
    "bare": "{}",
    "prose": "I looked at it again.\n\nThe value is {} and it works now, so keep it out of the commit.",
    "markdown": "## Setup\n\n- clone the repository\n- use `{}` in the second step\n",
    "env-dump": "HOME=/root\nLANG=C.UTF-8\nSERVICE_SETTING={}\nSHLVL=1\nPATH=/usr/bin:/bin",
    "git-log": "commit 5f1d2c8a9b7e6f4d3c2b1a0918273645546372a1\nDate:   Mon May 4 10:11:12 2026 +0000\n\n    Rotate {}\n",
    "curl": "> GET /v1/items HTTP/1.1\n> Host: api.quarryfield.dev\n> X-Setting: {}\n>\n< HTTP/1.1 200 OK",
    "kubectl": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  setting: {}\n",
    "docker-inspect": '[{{"Config": {{"Env": ["PATH=/usr/bin", "SETTING={}"], "Image": "web:2"}}}}]',
    "netrc": "machine git.quarryfield.dev\n  login deploy\n  password {}\n",
    "npmrc": "registry=https://packages.quarryfield.dev/\n//packages.quarryfield.dev/:_authToken={}\n",
    "pypirc": "[distutils]\nindex-servers = pypi\n\n[pypi]\nusername = __token__\npassword = {}\n",
    "aws": "[default]\nregion = eu-west-1\naws_secret_access_key = {}\n",
    "terraform": 'resource "x_app" "web" {{\n  setting = "{}"\n  count   = 2\n}}',
    "json-config": '{{\n  "name": "web",\n  "setting": "{}",\n  "retries": 3\n}}',
    "yaml": "web:\n  setting: {}\n  retries: 3\n",
    "toml": '[web]\nsetting = "{}"\nretries = 3\n',
    "ini": "[web]\nsetting={}\nretries=3\n",
    "properties": "web.setting={}\nweb.retries=3\n",
    "shell": "#!/bin/sh\nset -e\nexport SETTING={}\n./run",
    "ci-log": "2026-05-04T10:11:12.1234567Z ##[group]Run make\n2026-05-04T10:11:13.1234567Z setting {}\n##[endgroup]",
    "sql": "INSERT INTO settings (name, body) VALUES ('web', '{}');",
    "python": "def make():\n    return Client(setting='{}', retries=3)\n",
    "javascript": "const client = new Client({{ setting: '{}', retries: 3 }});",
    "go": 'client := NewClient("{}", 3)\n',
}

_JSON_HOSTS = frozenset({"docker-inspect", "json-config"})


def plant(host: str, written: str) -> str:
    """Give a host text with something written into it; a quoting host gets it escaped as it would be."""
    if host in _JSON_HOSTS:
        written = json.dumps(written, ensure_ascii=False)[1:-1]
    before, _, after = HOSTS[host].replace("{{", "\x01").replace("}}", "\x02").partition("{}")
    return (before + "\x00" + after).replace("\x01", "{").replace("\x02", "}").replace("\x00", written)
