"""What a browser checks of a proof with keys that it pinned: each flaw fails its own line, and what is missing is not checked."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.pages import render
from attest.evidence.shipped import proof_module
from attest.signing.revocation import write_revocations
from tests.service.conftest import Recorded, Running, git, transcript
from tests.support.revoked import der
from tests.support.signing import make_world

pytestmark = pytest.mark.loopback
RUN = """
const { checkBundle } = await import(process.argv[1]);
const { readRevoked } = await import(process.argv[2]);
const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
let text = ""; for await (const part of process.stdin) text += part;
const found = {};
for (const [name, { bundle, origin, root, revoked, heads, witnesses, newest, hashes }] of Object.entries(JSON.parse(text))) {
  const pins = { at: "2026-10-02", root: bytes(root), heads, witnesses, revoked: revoked && readRevoked(bytes(revoked)) };
  const missing = () => { throw new Error("gone"); };
  const ask = { newest: newest ? async () => newest : missing, witnessed: async () => null, consistency: async () => hashes };
  found[name] = Object.values((await checkBundle(bundle, { origin, pins, ask })).lines).map((line) => line.word);
}
console.log(JSON.stringify(found));
"""
GOOD, UNSEEN = ["pass", "pass", "pass", "pass", "not checked"], ["pass", "pass", "pass", "not checked", "not checked"]
NO_ROOT = ["pass", "pass", "invalid", "not checked", "not checked"]
REVOKED, OPEN = (
    ["pass", "invalid", "pass", "pass", "not checked"],
    ["pass", "not checked", "pass", "pass", "not checked"],
)
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


def _revoked(*rows: tuple[str, timedelta], undated: bool = False) -> Callable[[Case], object]:
    """Give what says of authorities of the log that they are revoked from some time after the entry on."""

    def change(case: Case) -> None:
        entry, known = _entry(case), case["authorities"]
        at = datetime.fromtimestamp(int(entry["integratedTime"]), UTC)
        case["revoked"] = _b64(write_revocations(tuple((known[name], at + after) for name, after in rows)))
        if undated:
            del entry["inclusionPromise"], entry["integratedTime"]

    return change


LATER, FIRST = timedelta(hours=1), -timedelta(seconds=2)
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
    "revoked: somebody else": (_revoked(("else", FIRST)), GOOD),
    "revoked: issuer from later on": (_revoked(("issuer", LATER)), GOOD),
    "revoked: issuer from its first moment on": (_revoked(("issuer", FIRST), ("issuer", LATER)), REVOKED),
    "revoked: stamper from later on": (_revoked(("stamper", LATER)), GOOD),
    "revoked: stamper from its first moment on": (_revoked(("stamper", FIRST)), REVOKED),
    "revoked: stamper from later on, without the log's time": (_revoked(("stamper", LATER), undated=True), OPEN),
    "revoked: issuer and stamper from later on": (_revoked(("issuer", LATER), ("stamper", LATER)), GOOD),
    "revoked: root of both": (_revoked(("root", FIRST)), REVOKED),
    "revoked: a list that cannot be read": (lambda case: case.update(revoked=None), OPEN),
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
    services = running.app.state.service.instance.services
    log = services.log
    between = {"firstSize": size, "lastSize": newest["tree_size"]}
    hashes = client.get(f"/logs/{log.origin.rpartition('/')[2]}/api/v1/log/proof", params=between).json()["hashes"]
    root = base64.b64decode(proof["checkpoint"]["envelope"].split("\n")[2]).hex()
    trusted = client.get("/keys/trusted_root.json").content
    return {
        "bundle": bundle,
        "origin": log.origin,
        "root": _b64(trusted),
        "revoked": _b64(client.get("/keys/revocations.json").content),
        "authorities": {
            "issuer": der(services.authority.certificate),
            "stamper": der(services.tsa.certificate),
            "root": der(services.tsa.root),
            "else": der(make_world().instance.authority.certificate),
        },
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
        del cases[name]["authorities"]
    command = [
        "node",
        "--no-warnings",
        "--input-type=module",
        "-e",
        RUN,
        str(folder / "checks.js"),
        str(folder / "verifier.js"),
    ]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-1500:]
    result: dict[str, list[str]] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("case", CASES)
def test_each_line_says_what_this_browser_found(found: dict[str, list[str]], case: str) -> None:
    assert found[case] == CASES[case][1]
