"""Evidence lives on in a clone: the server is deleted, stock tools and `verify --offline` check it, another instance takes it in."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from attest.cli.commands import app
from attest.clock import SystemClock, SystemEntropy
from attest.git import Repository
from attest.settings import Settings
from attest.store import attestations
from attest.usecases.export_git import NOTES_REF, TRUST_REF, export_git
from attest.usecases.git_refs import keep_files
from attest.usecases.import_git import import_git
from attest.usecases.instance import open_instance
from attest.usecases.receipts import bundle_of
from tests.support.evidence_bundles import nothing
from tests.support.ledger import make_ledger
from tests.support.recording import whereof


@dataclass(frozen=True)
class Exported:
    """A clone made after the export; the instance and its folder are gone."""

    clone: Path
    oid: str
    bundles: dict[str, bytes]
    identity: str
    issuer: str
    log: str
    """As it stands in names of files."""

    def git(self, *arguments: str) -> bytes:
        return subprocess.run(["git", *arguments], cwd=self.clone, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("exported")
    ledger = make_ledger(folder / "first")
    oid = ledger.change("src/pond")
    bundles = [ledger.session(oid, name=f"ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B{number}") for number in (2, 3)]
    (row, _) = attestations.about(ledger.instance.engine, ledger.instance.scope, "git-commit", oid).rows
    done = export_git(ledger.instance, ledger.repository, None, nothing)
    assert (done.commits, done.statements, done.written) == ((oid,), 2, 3)
    assert export_git(ledger.instance, ledger.repository, "HEAD", nothing).written == 0
    source, clone = ledger.scene.repo.path, folder / "clone"
    subprocess.run(["git", "clone", "-q", str(source), str(clone)], check=True)
    refs = ("+refs/whereof/*:refs/whereof/*", f"+{NOTES_REF}:{NOTES_REF}")
    subprocess.run(["git", "fetch", "-q", "origin", *refs], cwd=clone, check=True)
    log = ledger.instance.services.log.origin.replace("/", "_")
    ledger.instance.engine.dispose()
    shutil.rmtree(folder / "first")
    names = {f"att_{number}": raw for number, raw in enumerate(bundles)}
    return Exported(clone, oid, names, row.identity, row.issuer, log)


def files(exported: Exported, ref: str) -> dict[str, bytes]:
    return dict(Repository.open(exported.clone).ref_files(ref, max_bytes=1 << 20))


def test_bundles_are_there_byte_for_byte_with_receipts_and_a_note(exported: Exported) -> None:
    found = files(exported, f"refs/whereof/{exported.oid}")
    bundles = {name: raw for name, raw in found.items() if name.endswith(".sigstore.json")}
    assert sorted(bundles.values()) == sorted(exported.bundles.values())
    for name in bundles:
        receipt = json.loads(found[name.replace(".sigstore.json", ".receipt.json")])
        assert name.startswith(receipt["attestation"])
    note = exported.git("notes", "--ref", NOTES_REF, "show", exported.oid).decode()
    assert note.count("session/v1 att_") == 2
    names = ("vkey", "trust_config.json", "trusted_root.json")
    assert set(files(exported, TRUST_REF)) >= {f"{exported.log}.{name}" for name in names}


def test_stock_git_and_sigstore_verify_from_the_clone(exported: Exported, tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(exported.git("--no-replace-objects", "cat-file", "commit", exported.oid))
    (tmp_path / "t").write_bytes(exported.git("cat-file", "blob", f"{TRUST_REF}:{exported.log}.trust_config.json"))
    listed = exported.git("ls-tree", "--name-only", f"refs/whereof/{exported.oid}").decode().split()
    name = next(one for one in listed if one.endswith(".sigstore.json"))
    (tmp_path / "b").write_bytes(exported.git("cat-file", "blob", f"refs/whereof/{exported.oid}:{name}"))
    sigstore = str(Path(sys.executable).parent / "sigstore")
    words = [sigstore, "--trust-config", "t", "verify", "identity", "--offline", "--bundle", "b"]
    words += ["--cert-identity", exported.identity, "--cert-oidc-issuer", exported.issuer, "c"]
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False, timeout=60).returncode == 0
    (tmp_path / "c").write_bytes((tmp_path / "c").read_bytes() + b" ")
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False, timeout=60).returncode != 0


def test_verify_offline_takes_it_from_the_clone(exported: Exported, tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(exported.git("cat-file", "blob", f"{TRUST_REF}:{exported.log}.trusted_root.json"))
    command = ("verify", exported.oid, "--offline", "--trust", str(tmp_path / "t"), "--json")
    done = whereof(*command, home=tmp_path / "home", cwd=exported.clone)
    assert (done.returncode, done.stderr) == (0, "")


def test_import_keeps_bundles_and_logs_our_leaf_beside(
    exported: Exported, new_home: Callable[[str], Path], tmp_path: Path
) -> None:
    instance = open_instance(Settings(home=new_home("second")), clock=SystemClock(), entropy=SystemEntropy())
    shutil.copytree(exported.clone, tmp_path / "clone")
    repository, ref = Repository.open(tmp_path / "clone"), f"refs/whereof/{exported.oid}"
    first = min(exported.bundles.values())
    forged = first.replace(b'"logIndex":"', b'"logIndex":"9', 1)
    assert forged != first
    keep_files(repository, ref, {"x.sigstore.json": forged}, message="x", at=1)
    refused = import_git(instance, repository, nothing)
    assert (refused.logged, dict(refused.failed)) == ([], {"evidence.untrusted": 3})
    root = exported.git("cat-file", "blob", f"{TRUST_REF}:{exported.log}.trusted_root.json")
    (instance.settings.trust_dir / "first.json").write_bytes(root)
    done = import_git(instance, repository, nothing)
    assert (len(done.logged), done.known, done.failed.total()) == (2, 0, 1)
    stored = [attestations.by_id(instance.engine, instance.scope, name) for name in done.logged]
    assert sorted(bundle_of(one) for one in stored if one) == sorted(exported.bundles.values())
    assert all(one and one.receipt.index > 0 for one in stored)
    assert import_git(instance, repository, nothing).known == 2
    export_git(instance, repository, None, nothing)
    found = dict(repository.ref_files(ref, max_bytes=1 << 20))
    assert {raw for name, raw in found.items() if name.startswith("att_") and name.endswith(".sigstore.json")} == set(
        exported.bundles.values()
    )
    assert len(dict(repository.ref_files(TRUST_REF, max_bytes=1 << 20))) == 6
    instance.engine.dispose()


def test_commands_export_and_import(
    exported: Exported, compiled: Path, new_home: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(compiled, tmp_path / "l" / "ledger" / "cache")
    ledger = make_ledger(tmp_path / "l")
    oid = ledger.change("src/pond")
    ledger.session(oid)
    ledger.instance.engine.dispose()

    def command(name: str, home: Path, folder: Path) -> tuple[int, dict[str, object]]:
        monkeypatch.setenv("WHEREOF_HOME", str(home))
        monkeypatch.chdir(folder)
        done = CliRunner().invoke(app, (name, "git", "--json"))
        return done.exit_code, json.loads(done.stdout)

    code, told = command("export", tmp_path / "l" / "ledger", ledger.scene.repo.path)
    assert (code, told["refs"]) == (0, [f"refs/whereof/{oid}"])
    code, told = command("import", new_home("other"), exported.clone)
    assert (code, told["logged"]) == (5, [])
