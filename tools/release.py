"""Make a release from what is committed: built twice, listed, stated, signed, logged, and checked (`make release`).

    python -m tools.release [--build-only] [FOLDER]          default: dist

1. build     wheel and source archive from `git archive HEAD`, twice, in other folders, under another umask, hash seed and time
             zone; unequal bytes end it
2. list      `sbom.cdx.json`: every package of the lock that a release installs, with the hashes that it may have
3. state     SLSA provenance v1 of the three files: commit, lock, Python, builder
4. sign      as this machine's identity, into its own log; `FILE.sigstore.json` beside each file
5. check     each file by its bundle under this machine's trust root, as `whereof verify-bundle` does

The builder is the machine that ran this: no level of SLSA is claimed. Nothing is uploaded.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import platform
import re
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import attest
from attest.canonical import canonical_json
from attest.clock import SystemClock, SystemEntropy
from attest.errors import CannotVerify
from attest.model.provenance import PROVENANCE_V1
from attest.model.statement import Statement, Subject, build_statement
from attest.settings import read_settings
from attest.signing.artifact import artifact_of
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import Identity, verify_bundle
from attest.store import attestations
from attest.usecases.instance import Instance, open_instance
from attest.usecases.log_summaries import log_summaries
from attest.usecases.receipts import bundle_of
from attest.usecases.sign import actor_of

ROOT: Final = Path(__file__).resolve().parents[1]
BUILD_TYPE: Final = "https://whereof.dev/release/v1"
LOCK: Final = "requirements/run.txt"
BILL: Final = "sbom.cdx.json"
SUFFIX: Final = ".sigstore.json"
BUILD_S: Final = 300
WAYS: Final = ((0o022, {"TZ": "UTC", "PYTHONHASHSEED": "1"}), (0o077, {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "2"}))
"""Umask and environment of the two builds."""
_ROW: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class NotTheSame(Exception):
    """Two builds of one commit differ."""


def build_twice(root: Path, commit: str, target: Path) -> tuple[Path, ...]:
    """Build the commit twice and put the files into `target`; gives them by name.

    Raises:
        NotTheSame: the two builds are not the same bytes, or not the same files.
    """
    with tempfile.TemporaryDirectory(prefix="whereof-release-") as scratch:
        ways = zip(("one", "another one"), WAYS, strict=True)
        one, two = (_build(root, commit, Path(scratch) / name, way) for name, way in ways)
        if one != two:
            differ = sorted(name for name in {*one, *two} if one.get(name) != two.get(name))
            raise NotTheSame(", ".join(differ))
    target.mkdir(parents=True, exist_ok=True)
    for name, content in one.items():
        (target / name).write_bytes(content)
    return tuple(target / name for name in sorted(one))


def _build(root: Path, commit: str, folder: Path, way: tuple[int, dict[str, str]]) -> dict[str, bytes]:
    umask, environment = way
    source = folder / "source"
    source.mkdir(parents=True)
    packed = subprocess.run(
        ["git", "archive", "--format=tar", commit], cwd=root, capture_output=True, check=True
    ).stdout
    before = os.umask(umask)
    try:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(source, filter="data")
        subprocess.run(
            [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "made"), str(source)],
            env={**os.environ, **environment, "SOURCE_DATE_EPOCH": _git(root, "log", "-1", "--format=%ct", commit)},
            timeout=BUILD_S,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    finally:
        os.umask(before)
    return {path.name: path.read_bytes() for path in (folder / "made").iterdir()}


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()


def bill_of_lock(lock: str) -> bytes:
    """Give the bill of materials of a lock, CycloneDX 1.6: each package with every hash that its files may have."""
    components = []
    for row in re.split(r"\n(?=\S)", lock):
        found = _ROW.match(row)
        if found is None:
            continue
        reference = f"pkg:pypi/{found[1].lower().replace('_', '-')}@{found[2]}"
        hashes = [{"name": "whereof:lock:sha256", "value": one} for one in sorted(_HASH.findall(row))]
        components.append(
            {
                "type": "library",
                "bom-ref": reference,
                "name": found[1],
                "version": found[2],
                "purl": reference,
                "properties": hashes,
            }
        )
    about = {"type": "application", "name": "whereof", "version": attest.__version__}
    return canonical_json(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": about},
            "components": components,
        }
    )


def provenance(files: tuple[Path, ...], root: Path, commit: str, builder: str) -> Statement:
    """Give the SLSA provenance statement of the files; equal for equal files, commit, lock, Python and builder."""
    time = datetime.fromtimestamp(int(_git(root, "log", "-1", "--format=%ct", commit)), UTC)
    lock = subprocess.run(["git", "show", f"{commit}:{LOCK}"], cwd=root, capture_output=True, check=True).stdout
    return build_statement(
        PROVENANCE_V1,
        tuple(Subject(name=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest()) for path in files),
        {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"command": "make release", "commitTime": time.strftime("%Y-%m-%dT%H:%M:%SZ")},
                "internalParameters": {"python": platform.python_version()},
                "resolvedDependencies": [
                    {"uri": _place(root), "digest": {"gitCommit": commit}},
                    {"name": LOCK, "digest": {"sha256": hashlib.sha256(lock).hexdigest()}},
                ],
            },
            "runDetails": {"builder": {"id": builder}},
        },
    )


def _place(root: Path) -> str:
    """Give the repository's address without a user in it; a clone without one is named by its first commit."""
    asked = subprocess.run(
        ["git", "remote", "get-url", "origin"], cwd=root, capture_output=True, text=True, check=False
    ).stdout.strip()
    bare = re.sub(r"^(https?://)[^/@]*@", r"\1", asked)
    if re.match(r"https?://", bare):
        return f"git+{bare}"
    return f"git+file:{_git(root, 'rev-list', '--max-parents=0', 'HEAD').splitlines()[-1]}"


def sign(instance: Instance, statement: Statement, files: tuple[Path, ...]) -> tuple[str, int]:
    """Sign and log the statement, write the bundle beside each file, and check each; gives identity and entry.

    Raises:
        CannotVerify: `store.lost`, what was logged is not there.
        NotVerified: what was made does not hold.
    """
    (name,) = log_summaries(instance, (statement,))
    stored = attestations.by_id(instance.engine, instance.scope, name)
    if stored is None:
        raise CannotVerify("store.lost")
    bundle = bundle_of(stored)
    root = parse_trusted_root((instance.settings.trust_dir / "trusted_root.json").read_bytes())
    identity = Identity(san=actor_of(instance), issuer=instance.services.issuer)
    for path in files:
        path.with_name(path.name + SUFFIX).write_bytes(bundle)
        verify_bundle(bundle, root, identity, artifact_of(path.read_bytes()))
    return identity.san, stored.receipt.index


def main() -> int:
    """Make the release of HEAD; 1 when two builds of it differ."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "dist")
    parser.add_argument("--build-only", action="store_true", help="sign nothing")
    asked = parser.parse_args()
    target: Path = asked.folder
    commit = _git(ROOT, "rev-parse", "HEAD")
    try:
        files = build_twice(ROOT, commit, target)
    except NotTheSame as err:
        print(f"two builds of {commit} differ: {err}", file=sys.stderr)
        return 1
    (target / BILL).write_bytes(bill_of_lock(_git(ROOT, "show", f"{commit}:{LOCK}")) + b"\n")
    files = (*files, target / BILL)
    if not asked.build_only:
        _sign_as_this_machine(files, commit)
    for path in files:
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")
    print(f"built twice from {commit}, the same bytes")
    return 0


def _sign_as_this_machine(files: tuple[Path, ...], commit: str) -> None:
    instance = open_instance(read_settings(os.environ), clock=SystemClock(), entropy=SystemEntropy())
    try:
        builder = actor_of(instance)
        _, index = sign(instance, provenance(files, ROOT, commit, builder), files)
    finally:
        instance.engine.dispose()
    print(
        f"provenance  entry {index} of this machine's log\nbuilder     {builder}\nissuer      {instance.services.issuer}"
    )


if __name__ == "__main__":
    sys.exit(main())
