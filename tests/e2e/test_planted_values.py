"""Promise: a secret or name planted in a session or its commits is in no byte that is kept, printed or left over."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from attest.clock import SystemClock, SystemEntropy
from attest.settings import Settings
from attest.usecases.instance import assemble_instance
from attest.usecases.read_parts import open_parts
from tests.support.recording import make_clone, story, whereof, write_story

TOKEN = re.compile(rb"\[REDACTED:([A-Z_]+):[a-z2-7]{16}\]")
ENTITIES = {b"SECRET", b"PRIVATE_KEY", b"EMAIL_ADDRESS", b"USER"}


def planted() -> dict[str, str]:
    """Give the values, put together here so that no scanner finds them in this file."""
    body = base64.b64encode(bytes((at * 37 + 11) % 256 for at in range(480))).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    kind = "RSA PRIVATE" + " KEY"
    return {
        "github": "gh" + "p_" + "q7RkT2mVx9LbN4cWzE8sYd3HfJ6aPu1GoK5Z",
        "aws": "AK" + "IA" + "QYLPMN5HHH2KZ7VT",
        "pem": f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----",
        "password": "Tr0ub4dor" + "Xk29vQz",
        "email": "marguerite.oyelaran" + "@" + "brackenfell-systems.com",
        "user": "marguerite" + "oyelaran",
    }


def sentences(values: dict[str, str]) -> Iterator[str]:
    """Give texts as they stand in sessions, each value plain, in base64, and as JSON inside a text."""
    url = f"postgres://pond:{values['password']}@db.brackenfell-systems.com:5432/pond"
    yield f"Use GITHUB_TOKEN={values['github']} to push the branch."
    yield f"export AWS_ACCESS_KEY_ID={values['aws']}"
    yield f"The key is\n{values['pem']}\nkeep it."
    yield f"DATABASE_URL={url}"
    yield f"Write to {values['email']} when it is done."
    yield f"see /home/{values['user']}/src/pond/README.md and /Users/{values['user']}/notes.txt"
    for name in ("github", "aws", "pem", "password", "email"):
        yield f"data: {base64.b64encode(values[name].encode()).decode()}"
        yield "header: " + base64.b64encode(f"{{'{name}': '{values[name]}', 'n': 1}}".encode()).decode()
    yield json.dumps({"env": {"GITHUB_TOKEN": values["github"], "KEY": values["pem"], "DB": url}})
    yield json.dumps(json.dumps({"key": values["pem"], "mail": values["email"], "url": url}))


def forms(value: str) -> Iterator[bytes]:
    """Give every form of a value that must be nowhere: plain, escaped once and twice, in URLs, hex, base64."""
    once = json.dumps(value)[1:-1]
    for text in (value, once, json.dumps(once)[1:-1], quote(value, safe=""), value.encode().hex(), value.upper()):
        yield text.encode()
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + value.encode())
        core = whole[4 if shift else 0 : len(whole) - 4]
        yield core
        yield core.translate(bytes.maketrans(b"+/", b"-_"))


def needles(values: dict[str, str]) -> dict[bytes, str]:
    found = {form: name for name, value in values.items() for form in forms(value)}
    # A key's lines are secret one by one.
    found |= {line.encode(): "pem line" for line in values["pem"].split("\n")[1:-1]}
    return {form: name for form, name in found.items() if len(form) >= 8}


def leaks(data: bytes, forms_of: dict[bytes, str]) -> list[str]:
    return [f"{name}: {len(form)} bytes" for form, name in forms_of.items() if form in data]


@pytest.mark.parametrize("json_output", [False, True])
def test_no_planted_value_is_in_any_byte_kept_or_printed(
    data: Path, home: Path, tmp_path: Path, json_output: bool
) -> None:
    values = planted()
    forms_of = needles(values)
    texts = list(sentences(values))
    tale = story()
    tale.cwd = f"/home/{values['user']}/src/pond"
    for text in texts:
        tale.prompt(text).says(f"I will do so: {text}").shell(f"printf '%s' {text!r}", text)
        tale.edit("/home/ada/pond/pond.py", text, f"{text}\n")
    transcript = write_story(tmp_path / "t.jsonl", tale)
    planted_here = {leak.partition(":")[0] for leak in leaks(transcript.read_bytes(), forms_of)}
    assert planted_here == {*values, "pem line"}
    clone = make_clone(tmp_path / "clone", message="Add it\n\n" + "\n".join(texts), text="\n".join(texts) + "\n")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    arguments = ("record", "--transcript", transcript, "--commit", "HEAD", *(("--json",) if json_output else ()))
    done = whereof(*arguments, home=data, cwd=clone.path, TMPDIR=str(temporary))
    assert done.returncode == 0, done.stderr
    shown = whereof("show", "HEAD", *(("--json",) if json_output else ()), home=data, cwd=clone.path)
    assert shown.returncode == 0, shown.stderr
    for output in (done.stdout, done.stderr, shown.stdout, shown.stderr):
        assert leaks(output.encode(), forms_of) == []
    kept = [*data.rglob("*"), *temporary.rglob("*"), *(clone.path / ".git" / "whereof").rglob("*"), *home.rglob("*")]
    files = {path for path in kept if path.is_file()}
    assert data / "whereof.db" in files
    for path in files:
        assert leaks(path.read_bytes(), forms_of) == [], path
    _parts_hold_tokens(data, forms_of)


def _parts_hold_tokens(data: Path, forms_of: dict[bytes, str]) -> None:
    instance = assemble_instance(Settings(home=data), clock=SystemClock(), entropy=SystemEntropy())
    (receipt,) = (path for path in (data / "bundles").glob("*/*"))
    parts = open_parts(instance, receipt.name.removesuffix(".sigstore.json"))
    instance.engine.dispose()
    assert {"intent", "transcript/0000", "changes"} <= set(parts)
    for name, text in parts.items():
        assert leaks(text, forms_of) == [], name
    for name in (n for n in parts if n.startswith(("transcript/", "commits/"))):
        assert b"GITHUB_TOKEN=" in parts[name]
        assert {match[1] for match in TOKEN.finditer(parts[name])} >= ENTITIES
