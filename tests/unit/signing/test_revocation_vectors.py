"""Lists of revoked authorities: the vectors of the format are read, or refused whole, by each reader."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from attest.errors import CannotVerify
from attest.evidence.shipped import verifier_js
from attest.evidence.standalone.archive import Bad
from attest.evidence.standalone.revoked import read_revoked
from attest.signing.revocation import parse_revocations
from tools.make_revocation_vectors import FILE, vectors

VECTORS = json.loads(FILE.read_text(encoding="utf-8"))
LISTS: dict[str, tuple[bytes, bool]] = {one["name"]: (one["list"].encode(), one["read"]) for one in VECTORS["lists"]}


def test_file_is_what_the_tool_writes() -> None:
    assert vectors(VECTORS["certificates"]) == VECTORS
    assert {read for _, read in LISTS.values()} == {True, False}


@pytest.mark.parametrize("name", LISTS)
def test_list_is_read_or_refused_whole(name: str) -> None:
    raw, read = LISTS[name]
    if read:
        assert len(parse_revocations(raw)) == len(read_revoked(raw)) == raw.count(b'"since"')
        return
    with pytest.raises(CannotVerify) as caught:
        parse_revocations(raw)
    assert caught.value.code == "trust.unreadable"
    with pytest.raises(Bad):
        read_revoked(raw)


def test_an_authority_whose_key_nobody_reads_is_refused_with_the_list() -> None:
    name = next(name for name, (_, read) in LISTS.items() if read and b'"since"' in LISTS[name][0])
    value = json.loads(LISTS[name][0])
    der = base64.b64decode(value["revoked"][0]["certificate"])
    curve = bytes.fromhex("06082a8648ce3d0301")  # the begin of an identifier of a curve; no curve has the next number
    assert curve in der
    at = der.index(curve) + len(curve)
    value["revoked"][0]["certificate"] = base64.b64encode(der[:at] + b"\x7f" + der[at + 1 :]).decode()
    raw = json.dumps(value).encode()
    with pytest.raises(CannotVerify, match=r"trust\.unreadable"):
        parse_revocations(raw)
    with pytest.raises(Bad):
        read_revoked(raw)


def test_page_reads_and_refuses_the_same(require: Callable[..., None], tmp_path: Path) -> None:
    require("node")
    script = """
const lists = JSON.parse(require("fs").readFileSync(0, "utf8"));
const read = (text) => { try { readRevoked(new TextEncoder().encode(text)); return true; } catch { return false; } };
console.log(JSON.stringify(lists.map(read)));
"""
    file = tmp_path / "read.cjs"
    file.write_text(verifier_js() + script, encoding="utf-8")
    asked = json.dumps([raw.decode() for raw, _ in LISTS.values()])
    done = subprocess.run(["node", str(file)], input=asked, capture_output=True, text=True, check=True, timeout=60)
    assert dict(zip(LISTS, json.loads(done.stdout), strict=True)) == {name: read for name, (_, read) in LISTS.items()}
