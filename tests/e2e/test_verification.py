"""Promise: what `record` leaves is accepted by stock verifiers and by ours, and refused by all of them once changed."""

from __future__ import annotations

import base64
import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from attest.usecases.export_trust import export_trust
from tests.support.command import whereof
from tests.support.recording import Clone, git, make_clone, open_home, record_file, story, write_story

JS = Path(__file__).resolve().parents[1] / "js"
TAMPERED = ("payload", "proof", "checkpoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One recording with everything a verifier is given: files `c`, `T`, `root.json`, `b.json` and changed bundles."""

    folder: Path
    data: Path
    clone: Clone
    identity: str
    issuer: str
    digest: str


def changed(bundle: Any, what: str) -> Any:
    """Give the bundle with one bit of its payload, inclusion proof or checkpoint flipped."""
    made = copy.deepcopy(bundle)
    proof = made["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]
    if what == "payload":
        made["dsseEnvelope"]["payload"] = flip(made["dsseEnvelope"]["payload"])
    if what == "proof":
        proof["hashes"][0] = flip(proof["hashes"][0])
    if what == "checkpoint":
        text, _, line = proof["checkpoint"]["envelope"].rpartition(" ")
        proof["checkpoint"]["envelope"] = f"{text} {flip(line.strip())}\n"
    return made


def flip(text: str) -> str:
    data = base64.b64decode(text)
    middle = len(data) // 2
    return base64.b64encode(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]).decode()


@pytest.fixture(scope="module")
def recorded(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("verification")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
            patch.setenv(f"{name}_NAME", "Ada Tester")
            patch.setenv(f"{name}_EMAIL", "ada@example.test")
        clone = make_clone(folder / "clone")
    shutil.copytree(compiled, folder / "data" / "cache")
    instance = open_home(folder / "data")
    receipt = record_file(instance, write_story(folder / "t.jsonl", story()), clone)
    export_trust(instance, folder, "https://127.0.0.1:1")
    bundle = json.loads((folder / "data/bundles" / clone.oid / f"{receipt.attestation}.sigstore.json").read_bytes())
    (folder / "b.json").write_text(json.dumps(bundle))
    for what in TAMPERED:
        (folder / f"{what}.json").write_text(json.dumps(changed(bundle, what)))
    raw = subprocess.run(
        ["git", "--no-replace-objects", "cat-file", "commit", "HEAD"], cwd=clone.path, capture_output=True, check=True
    ).stdout
    (folder / "c").write_bytes(raw)
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    issuer = instance.services.issuer
    from attest.store import attestations

    stored = attestations.by_id(instance.engine, instance.scope, receipt.attestation)
    assert stored is not None
    instance.engine.dispose()
    return World(
        folder=folder,
        data=folder / "data",
        clone=clone,
        identity=stored.identity,
        issuer=issuer,
        digest=statement["subject"][0]["digest"]["sha256"],
    )


def stock(world: World, bundle: str, artifact: str) -> subprocess.CompletedProcess[str]:
    """Run the literal command of decision D1."""
    return subprocess.run(
        [
            *(str(Path(sys.executable).with_name("sigstore")), "--trust-config", "trust_config.json"),
            *("verify", "identity", "--offline", "--cert-identity", world.identity),
            *("--cert-oidc-issuer", world.issuer, "--bundle", bundle, artifact),
        ],
        cwd=world.folder,
        env={**os.environ, "HOME": str(world.folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("as_digest", [False, True])
def test_stock_sigstore_accepts_the_commit_object_by_file_and_by_digest(recorded: World, as_digest: bool) -> None:
    done = stock(recorded, "b.json", f"sha256:{recorded.digest}" if as_digest else "c")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("what", TAMPERED)
def test_stock_sigstore_refuses_a_changed_bundle(recorded: World, what: str) -> None:
    assert stock(recorded, f"{what}.json", "c").returncode != 0


def test_sigstore_js_accepts_ours_and_refuses_changed_bundles(recorded: World, require: Callable[..., None]) -> None:
    require("node")
    require("sigstore-js", (JS / "node_modules" / "@sigstore" / "verify").is_dir())
    names = ["b.json", *(f"{what}.json" for what in TAMPERED)]
    done = subprocess.run(
        ["node", str(JS / "verify.mjs"), "trusted_root.json", recorded.identity, recorded.issuer, *names],
        cwd=recorded.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    outcomes = json.loads(done.stdout)
    assert outcomes[0] is True
    assert True not in outcomes[1:]


@pytest.mark.parametrize("bundle, code", [("b", 0), *((what, 3) for what in TAMPERED)])
def test_verify_bundle_exits_0_for_the_bundle_and_3_for_changed_ones(recorded: World, bundle: str, code: int) -> None:
    done = whereof(
        *("verify-bundle", "--bundle", f"{bundle}.json", "--trusted-root", "trusted_root.json"),
        *("--identity", recorded.identity, "--issuer", recorded.issuer, f"sha256:{recorded.digest}"),
        home=recorded.folder / "nothing",
        cwd=recorded.folder,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_verify_bundle_exits_2_without_a_signer_and_5_without_a_root(recorded: World) -> None:
    common = ("verify-bundle", "--bundle", "b.json", f"sha256:{recorded.digest}", "--trusted-root")
    home = recorded.folder / "nothing"
    assert whereof(*common, "trusted_root.json", home=home, cwd=recorded.folder).returncode == 2
    signer = ("--identity", recorded.identity, "--issuer", recorded.issuer)
    assert whereof(*common, "c", *signer, home=home, cwd=recorded.folder).returncode == 5


def verify(world: World, *arguments: str | Path, home: Path | None = None) -> tuple[int, dict[str, Any]]:
    done = whereof("verify", *arguments, "--json", home=home or world.data, cwd=world.clone.path)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else {}


def test_verify_exits_0_for_the_recorded_commit(recorded: World) -> None:
    code, verdict = verify(recorded, "HEAD")
    assert (code, verdict["verdict"]) == (0, "pass")


def test_verify_exits_0_for_a_named_bundle_under_a_named_root_in_a_fresh_home(recorded: World, tmp_path: Path) -> None:
    named = ("--bundle", recorded.folder / "b.json", "--trust", recorded.folder / "trusted_root.json")
    assert verify(recorded, "HEAD", *named, home=tmp_path / "fresh")[0] == 0


@pytest.mark.parametrize("what", TAMPERED)
def test_verify_exits_3_for_a_named_changed_bundle(recorded: World, what: str, tmp_path: Path) -> None:
    named = ("--bundle", recorded.folder / f"{what}.json", "--trust", recorded.folder / "trusted_root.json")
    code, verdict = verify(recorded, "HEAD", *named, home=tmp_path / "fresh")
    assert (code, verdict["verdict"]) == (3, "invalid")


def test_verify_exits_3_for_a_bundle_of_another_commit(recorded: World) -> None:
    assert verify(recorded, "HEAD~1", "--bundle", recorded.folder / "b.json")[0] == 3


def test_verify_exits_4_for_a_commit_without_a_session(recorded: World) -> None:
    code, verdict = verify(recorded, "HEAD~1")
    assert (code, verdict["verdict"]) == (4, "absent")


def test_verify_exits_5_for_a_bundle_under_a_root_nobody_pinned(recorded: World, tmp_path: Path) -> None:
    code, verdict = verify(recorded, "HEAD", "--bundle", recorded.folder / "b.json", home=tmp_path / "fresh")
    assert (code, verdict["verdict"]) == (5, "indeterminate")


@pytest.mark.parametrize("arguments", [("no-such-revision",), ("HEAD", "--no-such-flag"), ("HEAD", "--bundle", "none")])
def test_verify_exits_2_for_usage(recorded: World, arguments: tuple[str, ...]) -> None:
    assert verify(recorded, *arguments)[0] == 2


def test_verify_exits_3_when_the_clone_does_not_hold_what_was_signed(recorded: World, tmp_path: Path) -> None:
    shutil.copytree(recorded.clone.path, tmp_path / "clone")
    env = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(
        ["git", "commit", "-q", "--amend", "-m", "Another"],
        cwd=tmp_path / "clone",
        env={**os.environ, **env},
        check=True,
    )
    assert git(tmp_path / "clone", "rev-parse", "HEAD") != recorded.clone.oid
    done = whereof("verify", "HEAD", "--bundle", recorded.folder / "b.json", home=recorded.data, cwd=tmp_path / "clone")
    assert done.returncode == 3
