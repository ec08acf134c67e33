"""A TUF repository that hands out the trusted root: what `sigstore --instance URL trust-instance root.json` reads.

Layout: `<version>.root.json`, `timestamp.json`, versioned snapshot and targets, `targets/<sha256>.<name>`. The root is
the same bytes at every publishing, so that a client that pinned it stays with it. One key signs all roles: the
repository is as trustworthy as the instance it describes, no more.
"""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # public, re-exported without a list
from tuf.api.metadata import (  # type: ignore[attr-defined]  # public names, re-exported without a list
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from attest.clock import Clock
from attest.signing.embedded.instance import Instance

ROOT_LIFETIME = timedelta(days=365 * 20)
METADATA_LIFETIME = timedelta(days=30)
"""Timestamp, snapshot and targets: publish again well before."""
ROOT_NAME = "1.root.json"
_JSON = JSONSerializer(compact=False)
_Signed = Root | Timestamp | Snapshot | Targets


def publish(instance: Instance, out_dir: Path, *, base_url: str, clock: Clock) -> Path:
    """Write the repository into `out_dir` and give the path of the root that clients pin.

    Targets: `trusted_root.json` and `signing_config.v0.2.json` for `base_url`. Publishing again raises the versions
    (seconds since the epoch) and leaves earlier files: `timestamp.json` is replaced last, in one step.
    """
    files = repository_files(instance, base_url=base_url, at=clock.now())
    (out_dir / "targets").mkdir(parents=True, exist_ok=True)
    newest = files.pop("timestamp.json")
    for name, data in files.items():
        (out_dir / name).write_bytes(data)
    fresh = out_dir / "timestamp.json.new"
    fresh.write_bytes(newest)
    os.replace(fresh, out_dir / "timestamp.json")  # noqa: PTH105 - the atomic one, said plainly
    return out_dir / ROOT_NAME


def repository_files(instance: Instance, *, base_url: str, at: datetime) -> dict[str, bytes]:
    """Give every file of the repository as it is published at a second, by name.

    The same second gives the same bytes, with the keys announced by then: whoever holds the keys can make a version again, and needs to keep none.
    """
    signer = CryptoSigner(instance.tuf_key)
    now = at.replace(microsecond=0)
    version, expires = int(now.timestamp()), now + METADATA_LIFETIME
    targets = Targets(version=version, expires=expires)
    files: dict[str, bytes] = {}
    for name, data in _targets(instance, base_url, at).items():
        files[f"targets/{hashlib.sha256(data).hexdigest()}.{name}"] = data
        targets.targets[name] = TargetFile.from_data(name, data, ["sha256"])
    snapshot = Snapshot(version=version, expires=expires, meta={"targets.json": MetaFile(version)})
    timestamp = Timestamp(version=version, expires=expires, snapshot_meta=MetaFile(version))
    return files | {
        ROOT_NAME: _sign(_root(signer, instance.authorities.root.not_valid_before_utc), signer),
        f"{version}.targets.json": _sign(targets, signer),
        f"{version}.snapshot.json": _sign(snapshot, signer),
        "timestamp.json": _sign(timestamp, signer),
    }


def _targets(instance: Instance, base_url: str, at: datetime) -> dict[str, bytes]:
    return {
        "trusted_root.json": instance.trusted_root_at(at),
        "signing_config.v0.2.json": instance.signing_config(base_url),
    }


def _root(signer: CryptoSigner, start: datetime) -> Root:
    root = Root(version=1, expires=start.astimezone(UTC) + ROOT_LIFETIME, consistent_snapshot=True)
    for role in ("root", "timestamp", "snapshot", "targets"):
        root.add_key(signer.public_key, role)
    return root


def _sign(role: _Signed, signer: CryptoSigner) -> bytes:
    metadata = Metadata(role)  # type: ignore[type-var]  # the parameter is one of the four, never a union
    metadata.sign(signer)
    return metadata.to_bytes(_JSON)
