"""A repository, a pinned root and signed statements about its commits: what `verify` judges, true or made up."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from attest.evidence.commit_check import changed_root
from attest.git import Repository
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Subject, build_statement, commit_subject
from attest.model.verdict import CommitVerdict
from attest.usecases.verify import VerifyRequest, verify_commit
from tests.support.bundles import Maker
from tests.support.repository import GitRepository
from tests.support.signing import World, make_world

SESSION = "ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B2"
LISTING = hashlib.sha256(b"a list of parts").hexdigest()
COUNT = {"count": 0, "basis": "observed"}
PREDICATE: dict[str, object] = {
    "session": {"id": SESSION, "format": "claude-code"},
    "capture": {
        "source": "named", "recordedAt": "2026-11-20T10:00:00.000000Z", "records": 3, "events": 2, "head": "0" * 64,
        "badLines": 0, "dropped": 0, "unknownRecords": {"summary": 1}, "whole": "unknown",
    },
    "commits": [],
    "facts": {
        "agent": {"value": "claude-code", "basis": "observed"},
        "models": [{"value": "model-a", "basis": "reported"}],
        "permissionModes": [],
        "access": {"secret": COUNT, "network": COUNT, "outside-worktree": COUNT, "env": COUNT},
        "checks": [{"kind": "test", "outcome": "passed", "count": 1, "basis": "observed"}],
        "plans": COUNT, "overrides": COUNT, "rejectedPaths": COUNT, "gaps": ["permission-mode-unknown"],
    },
    "parts": {"count": 1, "bytes": 10, "root": "1" * 64, "list": LISTING},
    "redaction": {
        "engine": "presidio-analyzer/2.2", "rules": "2" * 64, "config": "3" * 64, "entities": {"PERSON": 1}, "spans": 1,
        "decodedLayers": 0, "opaqueFields": 0, "dropped": 0,
        "secondScan": {"engine": "kingfisher/1.5", "result": "clean", "allowed": 0},
    },
    "recorder": {"name": "whereof", "version": "0.1.0"},
    "nonce": "4" * 32,
}  # fmt: skip
"""A `session/v1` predicate that is good in every member, about no commit."""


NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Scene:
    """One clone and one signer; everything is written below `home`."""

    repo: GitRepository
    home: Path
    world: World = field(default_factory=make_world)

    def __post_init__(self) -> None:
        self.maker = Maker(self.world)
        self.trust = self.home / "scene-trust.json"
        self.trust.write_bytes(self.world.instance.trusted_root)

    @property
    def repository(self) -> Repository:
        return Repository.open(self.repo.path)

    def subject(self, oid: str) -> Subject:
        facts = self.repository.commit_facts(oid)
        return commit_subject("git+https://host.example/r", oid, facts.tree, facts.object_sha256)

    def predicate(self, *oids: str, **changed: object) -> dict[str, object]:
        made = copy.deepcopy(PREDICATE)
        rows = []
        for oid in oids:
            facts = self.repository.commit_facts(oid)
            files = self.repository.changed_files(oid, facts.parents[0] if facts.parents else None)
            root = {"count": len(files), "root": changed_root(files).hex()}
            rows.append({"oid": oid, "tree": facts.tree, "link": "asserted", "changed": root})
        return made | {"commits": rows} | changed

    def statement(self, oid: str, *, predicate: dict[str, object] | None = None, **changed: object) -> bytes:
        """Give the payload of a statement about a commit; `changed` replaces members of the commit's subject."""
        subject = replace(self.subject(oid), **changed)  # type: ignore[arg-type]
        session = Subject(name=SESSION, sha256=LISTING)
        return build_statement(SESSION_V1, (subject, session), predicate or self.predicate(oid)).raw

    def bundle(self, payload: bytes) -> bytes:
        return json.dumps(self.maker.bundle("dsse", "0.0.1", payload, with_set=True)).encode()

    def good(self, oid: str) -> bytes:
        return self.bundle(self.statement(oid))

    def leave(self, oid: str, data: bytes, name: str = "a") -> Path:
        """Leave a bundle where this machine's instance keeps them."""
        path = self.home / "bundles" / oid / f"{name}.sigstore.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def verify(self, oid: str, *named: Path, trust: Path | None = None, pinned: bool = True) -> CommitVerdict:
        return verify_commit(
            VerifyRequest(
                repository=self.repository,
                revision=oid,
                bundles=named,
                trust=trust or (self.trust if pinned else None),
                bundles_dir=self.home / "bundles",
                trust_dir=self.home / "trust",
                now=NOW,
            )
        )


def make_scene(home: Path) -> Scene:
    """Give a clone of two commits; the second is at `HEAD`."""
    repo = GitRepository.make(home / "clone")
    repo.write("f", b"1")
    repo.commit("Begin")
    repo.write("f", b"2")
    repo.commit("Go on")
    return Scene(repo=repo, home=home)
