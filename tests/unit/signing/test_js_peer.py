"""sigstore-js, which shares no code with sigstore-python or with us, agrees about our bundles."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attest.signing.sigstore import EmbeddedSigner
from tests.support.signing import make_world, statement

JS = Path(__file__).resolve().parents[2] / "js"


def test_second_implementation_accepts_ours_and_refuses_changes(require: Callable[..., None], tmp_path: Path) -> None:
    require("node")
    require("sigstore-js", (JS / "node_modules" / "@sigstore" / "verify").is_dir())
    world = make_world()
    signer = EmbeddedSigner(instance=world.instance, log=world.log, clock=world.clock, identity=world.identity)
    good: Any = json.loads(signer.sign(statement(b"a")).bundle_json)
    other: Any = json.loads(signer.sign(statement(b"b")).bundle_json)
    payload, entry, note = (copy.deepcopy(good) for _ in range(3))
    payload["dsseEnvelope"]["payload"] = other["dsseEnvelope"]["payload"]
    entry["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    tree = note["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]
    tree["checkpoint"] = other["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["checkpoint"]
    names = []
    for at, bundle in enumerate((good, other, payload, entry, note)):
        names.append(f"{at}.json")
        (tmp_path / names[-1]).write_text(json.dumps(bundle))
    (tmp_path / "root.json").write_bytes(world.instance.trusted_root)
    command = ["node", str(JS / "verify.mjs"), "root.json", world.identity, world.instance.issuer, *names]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    outcomes = json.loads(done.stdout)
    assert outcomes[:2] == [True, True]
    assert True not in outcomes[2:]
