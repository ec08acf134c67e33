"""Evidence bundles taken apart and put together again, as who forges one would: with manifests made anew."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from attest.evidence.bag import BagWriter, open_bag
from attest.evidence.bundle.question import Asked, Question
from attest.evidence.bundle.result import BundleResult
from attest.evidence.bundle.verify import Outside, verify_file
from attest.evidence.standalone.main import check_file
from attest.evidence.standalone.result import Result
from attest.ledger.commitments import commitment_list, commitment_root
from attest.model.link_predicate import COMMIT_LINK_V1
from attest.model.parts import SESSION_SECRET_BYTES, SessionKeys
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Subject, build_statement
from attest.store import attestations
from attest.store.claims import hold_claim
from attest.store.new_attestation import KeptPart
from attest.usecases.create_bundle import BundleRequest, create_bundle
from attest.usecases.instance import Instance
from attest.usecases.sign import Recording, sign_and_log
from tests.support.evidence import make_scene
from tests.support.ledger import Ledger

Files = dict[str, bytes]
WRITTEN = ("bagit.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt")


def nothing(_done: int, _total: int) -> None:
    """Show no progress."""


def files_of(raw: bytes) -> Files:
    """Give the files of a bundle."""
    bag = open_bag(io.BytesIO(raw))
    return {path: bag.read(path, 1 << 30) for path in bag.members}


def bundle_from(files: Files) -> bytes:
    """Put files together as a bundle whose manifests agree."""
    file = io.BytesIO()
    tags = {name: data for name, data in files.items() if not name.startswith("data/") and name not in WRITTEN}
    bag = BagWriter(file, tags)
    for path in sorted(name for name in files if name.startswith("data/")):
        bag.add(path, files[path])
    bag.finish()
    return file.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A log with three sessions that have parts, the second about nothing that is asked for, and a rewritten commit."""

    folder: Path
    ledger: Ledger
    commit: str
    """The second session is about another; this one was rewritten from one that the first session is about."""
    sessions: tuple[str, ...]
    indices: tuple[int, ...]
    """Of the three sessions, and of the link."""

    @property
    def instance(self) -> Instance:
        return self.ledger.instance

    @property
    def trust(self) -> Path:
        return self.ledger.trust

    def make(self, question: Question, *, parts: bool = False, index_key: bool = False) -> bytes:
        """Give a bundle's bytes."""
        output = self.folder / "made.bundle"
        request = BundleRequest(question=question, output=output, parts=parts, index_key=index_key)
        create_bundle(self.instance, request, nothing)
        return output.read_bytes()

    def commits(self) -> Question:
        """Ask for the rewritten commit."""
        return self.asking(self.commit)

    def asking(self, oid: str) -> Question:
        """Ask for a commit."""
        return Question(kind=Asked.COMMITS, values=(oid,), asked="HEAD")


def record_log(folder: Path, *, private: bool = False) -> Recorded:
    """Log three sessions with their parts, and say that the last one's commit was rewritten from the first one's."""
    ledger = Ledger(scene=make_scene(folder), home=folder, private=private)
    old, other, new = (ledger.change(f"src/{name}") for name in "abc")
    sessions = tuple(f"ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B{number}" for number in (2, 3, 4))
    indices = [_session(ledger, oid, name) for oid, name in zip((old, other, new), sessions, strict=True)]
    link = {
        "commit": new, "kind": "rewritten", "relation": "authored", "confidence": "strong", "method": "patch-id@1",
        "session": sessions[0], "derivedFrom": [old], "evidence": [{"what": "rewritten-from", "value": old}],
    }  # fmt: skip
    made: dict[str, object] = {
        "linkedAt": "2026-11-21T09:00:00Z",
        "maker": "carry",
        "commits": [{"oid": old}],
        "links": [link],
    }
    indices.append(_index(ledger.log(COMMIT_LINK_V1, (ledger.scene.subject(new),), made)))
    return Recorded(folder=folder, ledger=ledger, commit=new, sessions=sessions, indices=tuple(indices))


def _session(ledger: Ledger, oid: str, name: str) -> int:
    instance = ledger.instance
    secret = hashlib.shake_256(name.encode()).digest(SESSION_SECRET_BYTES)
    instance.keys.create(f"session/{name}", secret)
    texts = {"intent": f"Make room for a third duck: {name}.", "transcript/0000": "I will change the count. " * 40}
    sealed = [SessionKeys.from_secret(secret).seal(part, text.encode()) for part, text in texts.items()]
    rows = tuple((one.name, one.commitment, one.size) for one in sealed)
    listing = commitment_list(rows)
    predicate = ledger.scene.predicate(oid)
    predicate["session"] = {"id": name, "format": "claude-code"}
    predicate["nonce"] = name[-16:].encode().hex()
    predicate["parts"] = {
        "count": len(rows),
        "bytes": sum(one.size for one in sealed),
        "root": commitment_root(rows).hex(),
        "list": hashlib.sha256(listing).hexdigest(),
    }
    subjects = (ledger.scene.subject(oid), Subject(name=name, sha256=hashlib.sha256(listing).hexdigest()))
    kept = tuple(
        KeptPart(name=one.name, size=one.size, commitment=one.commitment, address=instance.objects.put(one.ciphertext))
        for one in sealed
    )
    recording = Recording(
        statement=build_statement(SESSION_V1, subjects, predicate),
        session_id=name,
        parts=kept,
        key_id="",
        write_key=name,
    )
    with hold_claim(instance.engine, instance.scope, name, locks=ledger.home / "ledger" / "locks", at=1):
        attestation = sign_and_log(instance, recording, on_step=lambda _: None)
    stored = attestations.by_id(instance.engine, instance.scope, attestation)
    assert stored is not None
    return stored.receipt.index


def _index(bundle: bytes) -> int:
    return int(json.loads(bundle)["verificationMaterial"]["tlogEntries"][0]["logIndex"])


def by_ours(path: Path, trust: Path | None, digest: str | None = None) -> BundleResult:
    """Check with what `whereof bundle verify` uses."""
    return verify_file(path, Outside(trust=trust, digest=digest), nothing)


def by_standalone(path: Path, trust: Path | None, digest: str | None = None) -> Result:
    """Check with what `verify.py` is joined from."""
    with path.open("rb") as file:
        return check_file(file, str(trust) if trust else None, digest)


def told(result: BundleResult | Result) -> tuple[int, set[str], set[str]]:
    """Give exit code, claims that failed, and places that were named: what verifiers must agree on."""
    code = result.exit_code if isinstance(result, BundleResult) else result.exit_code()
    places = {": ".join(one.split(": ")[:2]) for one in result.failures}
    return code, set(result.failed), places


def edit(files: Files, path: str, change: Callable[[dict[str, object]], None]) -> None:
    """Change a JSON file in place, and write it canonically."""
    value = json.loads(files[path])
    change(value)
    tail = b"\n" if files[path].endswith(b"\n") else b""
    files[path] = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + tail
