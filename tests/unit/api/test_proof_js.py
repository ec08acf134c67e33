from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api.pages import render

ORIGIN = "0123456789abcdef.whereof.invalid/logs/default"
RUN = """
const { checkBundle, unbase64 } = await import(process.argv[1]);
let text = ""; for await (const part of process.stdin) text += part;
const given = JSON.parse(text);
const result = await checkBundle(given.bundle, {
  origin: given.origin, spki: unbase64(given.spki), pinned: given.pinned, command: "whereof verify x" });
console.log(JSON.stringify(result));
"""


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf(body: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + body).digest()


def given(index: int = 2) -> dict[str, Any]:
    """A bundle in a tree of five leaves, with its proof and signed head."""
    key = ec.derive_private_key(7, ec.SECP256R1())
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    payload = b'{"_type":"x"}'
    body = json.dumps({"spec": {"payloadHash": {"value": hashlib.sha256(payload).hexdigest()}}}).encode()
    bodies = [f"leaf {n}".encode() for n in range(5)]
    bodies[index] = body
    a, b, c, d, e = map(leaf, bodies)
    left, right = node(a, b), node(c, d)
    root = node(node(left, right), e)
    paths = {2: [d, left, e], 4: [node(left, right)]}
    text = f"{ORIGIN} - 1\n5\n{b64(root)}\n"
    signature = key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
    note = f"{text}\n— {ORIGIN} {b64(hashlib.sha256(spki).digest()[:4] + signature)}\n"
    proof = {"logIndex": str(index), "treeSize": "5", "hashes": [b64(h) for h in paths[index]]}
    entry = {"canonicalizedBody": b64(body), "inclusionProof": {**proof, "checkpoint": {"envelope": note}}}
    bundle = {"dsseEnvelope": {"payload": b64(payload)}, "verificationMaterial": {"tlogEntries": [entry]}}
    return {"bundle": bundle, "origin": ORIGIN, "spki": b64(spki), "pinned": None, "root": root.hex()}


@pytest.fixture
def check(require: Callable[..., None]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    require("node")

    def run(value: dict[str, Any]) -> dict[str, Any]:
        command = ["node", "--no-warnings", "--input-type=module", "-e", RUN, str(render.STATIC / "proof.js")]
        done = subprocess.run(command, input=json.dumps(value), capture_output=True, text=True, timeout=30, check=True)
        lines: dict[str, Any] = json.loads(done.stdout)["lines"]
        return {line: result["word"] for line, result in lines.items()}

    return run


Check = Callable[[dict[str, Any]], dict[str, str]]


@pytest.mark.parametrize("index", [2, 4])
def test_a_good_bundle_passes_what_a_browser_can_check_and_nothing_more(check: Check, index: int) -> None:
    assert check(given(index)) == {
        "payload": "pass",
        "signature, identity": "not checked",
        "inclusion": "pass",
        "consistency": "not checked",
        "witnesses": "not checked",
    }


def test_a_changed_statement_is_invalid(check: Check) -> None:
    value = given()
    value["bundle"]["dsseEnvelope"]["payload"] = b64(b"{}")
    assert check(value)["payload"] == "invalid"


@pytest.mark.parametrize("flaw", ["hash", "length", "size", "body", "note", "origin", "key"])
def test_a_flaw_in_proof_or_head_is_invalid(check: Check, flaw: str) -> None:
    value = given()
    entry = value["bundle"]["verificationMaterial"]["tlogEntries"][0]
    proof = entry["inclusionProof"]
    if flaw == "hash":
        proof["hashes"][0] = b64(bytes(32))
    elif flaw == "length":
        proof["hashes"].append(b64(bytes(32)))
    elif flaw == "size":
        proof["treeSize"] = "6"
    elif flaw == "body":
        entry["canonicalizedBody"] = b64(base64.b64decode(entry["canonicalizedBody"]) + b" ")
    elif flaw == "note":
        proof["checkpoint"]["envelope"] = proof["checkpoint"]["envelope"].replace("\n5\n", "\n7\n")
    elif flaw == "origin":
        value["origin"] = "other.invalid/logs/default"
    else:
        other = ec.derive_private_key(8, ec.SECP256R1()).public_key()
        value["spki"] = b64(
            other.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
    assert check(value)["inclusion"] == "invalid"


def test_what_this_browser_pinned_decides(check: Check) -> None:
    value = given()
    pinned = {"spki": value["spki"], "at": "2026-10-02", "heads": {"5": value["root"]}}
    assert check({**value, "pinned": pinned})["consistency"] == "pass"
    assert check({**value, "pinned": {**pinned, "heads": {"5": "00" * 32}}})["consistency"] == "invalid"
    assert check({**value, "pinned": {**pinned, "spki": "AA=="}})["inclusion"] == "invalid"
