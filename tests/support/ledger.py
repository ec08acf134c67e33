"""A clone and a real embedded ledger whose statements about it are made by hand: evidence, and complete answers."""

from __future__ import annotations

import copy
import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from attest.clock import SystemEntropy
from attest.git import Repository
from attest.model.range_verdict import RangeVerdict
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Subject, build_statement
from attest.model.verdict import CommitVerdict, Reason
from attest.settings import Settings
from attest.store import attestations
from attest.store.claims import hold_claim
from attest.usecases.complete_answer import complete_answers
from attest.usecases.instance import Instance, open_instance
from attest.usecases.receipts import bundle_of
from attest.usecases.sign import Recording, sign_and_log
from attest.usecases.verify import POLICY_FILE, VerifyRequest, verify_commit
from attest.usecases.verify_range import verify_range
from tests.support.evidence import COUNT, LISTING, Scene, make_scene
from tests.support.signing import SettableClock

DENY = b"""version: 1
mode: enforce
max_age: 1h
defaults: {tier: standard}
tiers:
  - {id: standard, require: {}}
  - {id: high, require: {access: {deny: [secret]}}}
rules:
  - {id: core, tier: high, when: {paths: ["src/**"]}}
"""
RAISE = b"""version: 1
mode: enforce
max_age: 1h
defaults: {tier: standard}
tiers:
  - {id: standard, require: {}}
  - {id: high, unattributed: session, require: {plan: required}}
rules:
  - {id: secrets, tier: high, when: {session: {touched: [secret]}}}
"""


@dataclass
class Ledger:
    """One clone, one instance."""

    scene: Scene
    home: Path
    clock: SettableClock = field(default_factory=SettableClock)
    """The machine's own: the stock signer reads no other."""
    private: bool = False
    """Whether the log keys its index with a secret."""
    ahead: timedelta = timedelta()
    """How far ahead of it `verify` is run."""
    counter: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.instance: Instance = open_instance(
            Settings(home=self.home / "ledger", log_private=self.private or None),
            clock=self.clock,
            entropy=SystemEntropy(),
        )
        self.trust = self.home / "ledger" / "trust" / "trusted_root.json"

    @property
    def repository(self) -> Repository:
        return self.scene.repository

    def policy(self, raw: bytes) -> str:
        return self.change(POLICY_FILE, raw)

    def change(self, path: str, data: bytes = b"") -> str:
        self.scene.repo.write(path, data or f"{next(self.counter)}".encode())
        return self.scene.repo.commit(f"Change {path}")

    def session(self, oid: str, *, secret: int = 0, name: str = "ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B2") -> bytes:
        """Sign and log a session about a commit, and give its bundle; nothing is left where `verify` looks."""
        predicate = copy.deepcopy(self.scene.predicate(oid))
        predicate["session"] = {"id": name, "format": "claude-code"}
        predicate["nonce"] = f"{next(self.counter):032x}"
        facts = predicate["facts"]
        assert isinstance(facts, dict)
        facts["access"] = facts["access"] | {"secret": COUNT | {"count": secret}}
        subjects = (self.scene.subject(oid), Subject(name=name, sha256=LISTING))
        return self.log(SESSION_V1, subjects, predicate)

    def log(self, kind: str, subjects: tuple[Subject, ...], predicate: dict[str, object]) -> bytes:
        statement, key = build_statement(kind, subjects, predicate), f"k{next(self.counter)}"
        recording = Recording(statement=statement, session_id=None, parts=(), key_id="", write_key=key)
        engine, scope = self.instance.engine, self.instance.scope
        with hold_claim(engine, scope, key, locks=self.home / "ledger" / "locks", at=1):
            name = sign_and_log(self.instance, recording, on_step=lambda _: None)
        stored = attestations.by_id(engine, scope, name)
        assert stored is not None
        return bundle_of(stored)

    def leave(self, oid: str, data: bytes) -> Path:
        return self.scene.leave(oid, data, name=f"b{next(self.counter)}")

    def answer(self, *oids: str) -> bytes:
        return b"".join(complete_answers(self.instance, oids))

    def save(self, data: bytes) -> Path:
        path = self.home / f"answer-{next(self.counter)}.json"
        path.write_bytes(data)
        return path

    def request(self, revision: str, *named: Path, ask: bool = False, trust: Path | None = None) -> VerifyRequest:
        source = (lambda oids: tuple(("ledger", one) for one in complete_answers(self.instance, oids))) if ask else None
        return VerifyRequest(
            repository=self.repository,
            revision=revision,
            bundles=named,
            trust=trust or self.trust,
            bundles_dir=self.scene.home / "bundles",
            trust_dir=self.scene.home / "nowhere",
            now=self.clock.now() + self.ahead,
            answers=source,
        )

    def verify(self, oid: str, *named: Path, ask: bool = False, trust: Path | None = None) -> CommitVerdict:
        return verify_commit(self.request(oid, *named, ask=ask, trust=trust))

    def range(self, revision: str, *named: Path, ask: bool = False) -> RangeVerdict:
        return verify_range(self.request(revision, *named, ask=ask))

    def later(self, **span: int) -> None:
        self.ahead += timedelta(**span)


def make_ledger(home: Path) -> Ledger:
    """Give a clone of two commits, and an instance with an empty log."""
    return Ledger(scene=make_scene(home), home=home)


def reason(verdict: CommitVerdict, check: str) -> Reason:
    """Give the reason of one check; a check is named once."""
    (found,) = [one for one in verdict.reasons if one.check == check]
    return found
