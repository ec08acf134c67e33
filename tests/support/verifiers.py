"""The four verifiers of evidence bundles, asked the same: ours, `verify.py`, the page and `verify.sh`."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from attest.evidence.bundle.verify import Outside, verify_file
from attest.evidence.shipped import verifier_js, verify_sh
from attest.evidence.standalone.main import check_file
from attest.evidence.standalone.revoked import read_revoked
from attest.evidence.standalone.roots import Root
from attest.evidence.standalone.witnesses import read_policy
from attest.ledger.index import IndexKeys
from attest.ledger.index.keying import parse_key_file
from attest.ledger.witness_policy import parse_policy
from attest.signing.revocation import parse_revocations
from attest.signing.trust import parse_trusted_root
from tests.support.evidence_bundles import nothing

JS = Path(__file__).parents[1] / "js"
Found = tuple[int, set[str], set[str], dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A bundle, and what is pinned beside the root."""

    path: Path
    trust: Path
    policy: Path | None = None
    anchors: Path | None = None
    key: Path | None = None
    revoked: Path | None = None


def told(code: int, failed: set[str], failures: list[str], lines: list[str]) -> Found:
    """Give what verifiers must agree on: the words about parts, witnesses and anchors too."""
    ours = {word: line for line in lines for word in ("parts:", "witnesses:", "anchors:") if f" {word} " in line[:24]}
    return code, failed, {": ".join(one.split(": ")[:2]) for one in failures}, ours


def by_ours(case: Case) -> Found:
    outside = Outside(
        trust=case.trust,
        witnesses=parse_policy(case.policy.read_bytes()) if case.policy else None,
        anchors=parse_trusted_root(case.anchors.read_bytes()) if case.anchors else None,
        revoked=parse_revocations(case.revoked.read_bytes()) if case.revoked else (),
        index_keys=IndexKeys.of([parse_key_file(case.key.read_bytes(), where="key")] if case.key else []),
    )
    result = verify_file(case.path, outside, nothing)
    return told(result.exit_code, set(result.failed), result.failures, result.lines())


def by_standalone(case: Case) -> Found:
    with case.path.open("rb") as file:
        result = check_file(
            file,
            str(case.trust),
            None,
            [case.key.read_bytes()] if case.key else [],
            policy=read_policy(case.policy.read_bytes()) if case.policy else None,
            revoked=read_revoked(case.revoked.read_bytes()) if case.revoked else None,
            stampers=Root(case.anchors.read_bytes()) if case.anchors else None,
        )
    return told(result.exit_code(), set(result.failed), result.failures, result.show())


def by_page(cases: list[Case], script: Path) -> list[Found]:
    script.write_text(verifier_js(), encoding="utf-8")
    texts = [
        [[str(c.path)], str(c.trust), None, *(str(o) if o else None for o in (c.policy, c.anchors, c.key, c.revoked))]
        for c in cases
    ]
    command = ["node", str(JS / "evidence.mjs"), str(script)]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return [told(one["code"], set(one["failed"]), one["failures"], one["lines"]) for one in json.loads(done.stdout)]


def by_shell(case: Case, folder: Path) -> Found:
    script = folder / "verify.sh"
    script.write_bytes(verify_sh())
    given = {
        "--witnesses": case.policy,
        "--anchors": case.anchors,
        "--index-key": case.key,
        "--revocations": case.revoked,
    }
    options = [str(word) for name, path in given.items() if path for word in (name, path)]
    command = ["dash", str(script), str(case.path), "--trust", str(case.trust), *options]
    environment = os.environ | {"TMPDIR": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    failed = {line.split()[1].rstrip(":") for line in lines if line.startswith("FAILED ")}
    shown = [line[2:] for line in lines if line.startswith("  ") and not line.startswith("  signer: ")]
    return told(done.returncode, failed, shown, lines)
