"""What a browser checks of a proof with keys that it pinned: each flaw fails its own line, and what is missing is not checked."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.pages import render
from attest.evidence.shipped import proof_module
from tests.service.conftest import Recorded, Running, git, transcript

pytestmark = pytest.mark.loopback
RUN = """
const { checkBundle } = await import(process.argv[1]);
let text = ""; for await (const part of process.stdin) text += part;
const found = {};
for (const [name, { bundle, origin, root, heads, witnesses, newest, hashes }] of Object.entries(JSON.parse(text))) {
  const pins = { at: "2026-10-02", root: Uint8Array.from(atob(root), (one) => one.charCodeAt(0)), heads, witnesses };
  const missing = () => { throw new Error("gone"); };
  const ask = { newest: newest ? async () => newest : missing, witnessed: async () => null, consistency: async () => hashes };
  found[name] = Object.values((await checkBundle(bundle, { origin, pins, ask })).lines).map((line) => line.word);
}
console.log(JSON.stringify(found));
"""
GOOD, UNSEEN = ["pass", "pass", "pass", "pass", "not checked"], ["pass", "pass", "pass", "not checked", "not checked"]
NO_ROOT = ["pass", "pass", "invalid", "not checked", "not checked"]
Case = dict[str, Any]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _entry(case: Case) -> dict[str, Any]:
    entry: dict[str, Any] = case["bundle"]["verificationMaterial"]["tlogEntries"][0]
    return entry


def _payload(case: Case) -> None:
    case["bundle"]["dsseEnvelope"]["payload"] = _b64(b"{}")


def _signature(case: Case) -> None:
    case["bundle"]["dsseEnvelope"]["signatures"][0]["sig"] = _b64(bytes(64))


def _path(case: Case) -> None:
    _entry(case)["inclusionProof"]["hashes"][0] = _b64(bytes(32))


def _longer(case: Case) -> None:
    _entry(case)["inclusionProof"]["hashes"].append(_b64(bytes(32)))


def _size(case: Case) -> None:
    proof = _entry(case)["inclusionProof"]
    proof["treeSize"] = str(int(proof["treeSize"]) + 1)


def _note(case: Case) -> None:
    note = _entry(case)["inclusionProof"]["checkpoint"]
    size = _entry(case)["inclusionProof"]["treeSize"]
    note["envelope"] = note["envelope"].replace(f"\n{size}\n", f"\n{int(size) + 1}\n", 1)


def _other_key(case: Case) -> None:
    root = json.loads(base64.b64decode(case["root"]))
    for log in root["tlogs"]:
        log["logId"]["keyId"] = _b64(bytes(32))
    case["root"] = _b64(json.dumps(root).encode())


def _other_tree(case: Case) -> None:
    case["heads"] = dict.fromkeys(case["heads"], "00" * 32)


def _went_back(case: Case) -> None:
    case["heads"] = {"1000000": "00" * 32}


def _no_continuation(case: Case) -> None:
    case["hashes"] = ["00" * 32 for _ in case["hashes"]]


CASES: dict[str, tuple[Callable[[Case], object], list[str]]] = {
    "good": (lambda _: None, GOOD),
    "no head seen before": (lambda case: case.update(heads={}), UNSEEN),
    "statement": (_payload, ["invalid", "invalid", "pass", "pass", "not checked"]),
    "signature": (_signature, ["invalid", "invalid", "pass", "pass", "not checked"]),
    "path": (_path, NO_ROOT),
    "longer path": (_longer, NO_ROOT),
    "size": (_size, NO_ROOT),
    "note": (_note, NO_ROOT),
    "other key": (_other_key, ["pass", "not checked", "invalid", "not checked", "not checked"]),
    "other tree": (_other_tree, ["pass", "pass", "pass", "invalid", "not checked"]),
    "went back": (_went_back, ["pass", "pass", "pass", "invalid", "not checked"]),
    "no continuation": (_no_continuation, ["pass", "pass", "pass", "invalid", "not checked"]),
    "server gone": (lambda case: case.update(newest=None), UNSEEN),
    "witness is no key": (lambda case: case.update(witnesses=["x"]), ["pass", "pass", "pass", "pass", "invalid"]),
    "no bundle": (lambda case: case.update(bundle={}), ["invalid", *["not checked"] * 4]),
}


def _given(running: Running, recorded: Recorded) -> Case:
    """Give a bundle whose tree has grown since, and all that a browser would ask for."""
    client = running.signed_in
    bundle = client.get(f"/v1/attestations/{recorded.receipt['attestation']}/bundle").json()
    grown = client.post(
        "/v1/sessions",
        params={"commit": git(running.repository, "rev-parse", "HEAD~1"), "repository": str(running.repository)},
        content=transcript("measure the pond"),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert grown.status_code == 201, grown.text
    proof = bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]
    newest = client.get(f"/v1/entries/{proof['logIndex']}/proof").json()
    size = proof["treeSize"]
    assert newest["tree_size"] > int(size)
    log = running.app.state.service.instance.services.log
    between = {"firstSize": size, "lastSize": newest["tree_size"]}
    hashes = client.get(f"/logs/{log.origin.rpartition('/')[2]}/api/v1/log/proof", params=between).json()["hashes"]
    root = base64.b64decode(proof["checkpoint"]["envelope"].split("\n")[2]).hex()
    trusted = client.get("/keys/trusted_root.json").content
    return {
        "bundle": bundle,
        "origin": log.origin,
        "root": _b64(trusted),
        "heads": {size: root},
        "witnesses": [],
        "newest": newest,
        "hashes": hashes,
    }


@pytest.fixture(scope="module")
def found(
    running: Running, recorded: Recorded, require: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """Run the page's own modules over all cases in one process of node."""
    require("node")
    folder: Path = tmp_path_factory.mktemp("static")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "verifier.js").write_text(proof_module())
    (folder / "checks.js").write_bytes((render.STATIC / "checks.js").read_bytes())
    good = _given(running, recorded)
    cases = {}
    for name, (change, _) in CASES.items():
        cases[name] = copy.deepcopy(good)
        change(cases[name])
    command = ["node", "--no-warnings", "--input-type=module", "-e", RUN, str(folder / "checks.js")]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-1500:]
    result: dict[str, list[str]] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("case", CASES)
def test_each_line_says_what_this_browser_found(found: dict[str, list[str]], case: str) -> None:
    assert found[case] == CASES[case][1]
