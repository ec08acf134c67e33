"""Parts of a session that was signed elsewhere: handed in as ciphertexts, held to what was signed, scanned, then read."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from attest.clock import SystemEntropy
from attest.ledger.commitments import commitment_list, commitment_root
from attest.model.parts import SESSION_SECRET_BYTES, SessionKeys
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Subject, build_statement
from attest.signing.embedded.direct import DirectSigner
from attest.signing.render import render_bundle
from attest.store import attestations
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import Instance
from attest.usecases.read_events import read_events
from attest.usecases.receipts import bundle_of
from tests.service.conftest import Running, Start
from tests.support.evidence import PREDICATE
from tests.support.recording import open_home, record_file, story, write_story
from tests.support.signing import World, make_world

pytestmark = pytest.mark.loopback
PLANTED = "gh" + "p_" + "7cY4mR9sL1dK6wQ2hV8nT3bX5jF0gZpA4eUo"


@dataclass(frozen=True)
class Signed:
    """A session that was signed elsewhere, with all that its parts are read with."""

    attestation: str
    session: str
    secret: bytes
    parts: tuple[tuple[str, bytes], ...]

    @property
    def body(self) -> dict[str, object]:
        parts = [{"name": name, "object": hashlib.sha256(data).hexdigest()} for name, data in self.parts]
        return {"secret": base64.b64encode(self.secret).decode(), "parts": parts}

    def hand_in(self, client: httpx2.Client, **other: object) -> httpx2.Response:
        for _, data in self.parts:
            assert client.put(f"/v1/objects/{hashlib.sha256(data).hexdigest()}", content=data).status_code < 300
        return client.post(f"/v1/attestations/{self.attestation}/parts", json=self.body | other)


@pytest.fixture(scope="module")
def dock(start: Start) -> Running:
    return start()


@pytest.fixture(scope="module")
def elsewhere(dock: Running) -> World:
    world = make_world()
    (dock.home / "trust" / "elsewhere.json").write_bytes(world.instance.trusted_root)
    return world


def signed(dock: Running, world: World, number: int, texts: Mapping[str, str]) -> Signed:
    """Sign a session of such parts elsewhere, and log it here."""
    name = f"ses_01KAC4W9Q2M7T3V8X5Y60000{number:02}"
    secret = hashlib.shake_256(name.encode()).digest(SESSION_SECRET_BYTES)
    sealed = [SessionKeys.from_secret(secret).seal(part, text.encode()) for part, text in texts.items()]
    rows = tuple((one.name, one.commitment, one.size) for one in sealed)
    listing = hashlib.sha256(commitment_list(rows)).hexdigest()
    stated = {"count": len(rows), "bytes": sum(one.size for one in sealed), "root": commitment_root(rows).hex()}
    predicate = PREDICATE | {
        "session": {"id": name, "format": "claude-code"},
        "parts": stated | {"list": listing},
    }
    signer = DirectSigner(instance=world.instance, identity=world.identity, clock=world.clock, entropy=SystemEntropy())
    leaf = signer.leaf(build_statement(SESSION_V1, (Subject(name=name, sha256=listing),), predicate).raw)
    reply = dock.signed_in.post("/v1/attestations", content=render_bundle(leaf, world.log.append(leaf)))
    assert reply.status_code == 201, reply.text
    return Signed(reply.json()["attestation"], name, secret, tuple((one.name, one.ciphertext) for one in sealed))


def code(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


def here(dock: Running) -> Instance:
    return dock.app.state.service.instance


@pytest.fixture
def laptop(tmp_path: Path, compiled: Path) -> Iterator[Instance]:
    shutil.copytree(compiled, tmp_path / "home" / "cache")
    instance = open_home(tmp_path / "home")
    yield instance
    instance.engine.dispose()


def test_a_session_recorded_elsewhere_is_read_here_once_its_parts_are_handed_in(
    dock: Running, laptop: Instance, tmp_path: Path
) -> None:
    receipt = record_file(laptop, write_story(tmp_path / "t.jsonl", story("sess-0001")))
    shutil.copy(laptop.settings.trust_dir / "trusted_root.json", dock.home / "trust" / "laptop.json")
    stored = attestations.by_id(laptop.engine, laptop.scope, receipt.attestation)
    assert stored is not None
    client = dock.signed_in
    assert client.post("/v1/attestations", content=bundle_of(stored)).status_code == 201
    events = f"/v1/sessions/{receipt.session}/events"
    assert code(client.get(events)) == (404, "service.not-found")
    listed = attestations.parts_of(laptop.engine, laptop.scope, receipt.attestation)
    secret = laptop.keys.load(f"session/{receipt.session}")
    assert secret is not None
    parts = tuple((part.name, laptop.objects.get(part.ciphertext)) for part in listed)
    made = Signed(receipt.attestation, str(receipt.session), secret, parts)
    assert made.hand_in(client).status_code == 204
    read = client.get(events)
    assert read.status_code == 200, read.text
    page = read_events(laptop, receipt.attestation, from_seq=0, max_bytes=256 * 1024)
    assert read.json()["data"] == list(page.events)
    assert page.events
    assert made.hand_in(client).status_code == 204
    checked = fsck(here(dock), FsckDepth(signatures=False, index=True), on_progress=lambda _done, _total: None)
    assert checked.problems == ()


def test_only_the_parts_that_were_signed_are_taken(dock: Running, elsewhere: World) -> None:
    client = dock.signed_in
    made = signed(dock, elsewhere, 1, {"intent": "Dig the pond.", "plan": "First the edge."})
    first, second = made.body["parts"]  # type: ignore[misc]
    wrong = (
        {"secret": base64.b64encode(bytes(96)).decode()},
        {"parts": [second, first]},
        {"parts": [first]},
        {"parts": [first | {"name": "plan"}, second | {"name": "intent"}]},
        {"parts": [first, second | {"name": "other"}]},
    )
    for other in wrong:
        assert code(made.hand_in(client, **other)) == (422, "service.digest"), other
    assert code(made.hand_in(client, parts=[first, first])) == (400, "input.malformed")
    missing = made.hand_in(client, parts=[first, second | {"object": "0" * 64}])
    assert code(missing) == (404, "service.not-found")
    assert not here(dock).keys.holds(f"session/{made.session}")
    assert attestations.parts_of(here(dock).engine, here(dock).scope, made.attestation) == ()
    assert made.hand_in(client).status_code == 204


def test_a_part_that_holds_a_secret_is_refused_and_nothing_is_kept(dock: Running, elsewhere: World) -> None:
    made = signed(dock, elsewhere, 2, {"intent": "Dig the pond.", "plan": f"Push with {PLANTED} today."})
    refused = made.hand_in(dock.signed_in)
    assert code(refused) == (422, "redaction.quarantined")
    assert PLANTED not in refused.text
    assert not here(dock).keys.holds(f"session/{made.session}")
    assert attestations.parts_of(here(dock).engine, here(dock).scope, made.attestation) == ()


def test_what_was_erased_is_not_handed_in_again(dock: Running, elsewhere: World) -> None:
    client = dock.signed_in
    made = signed(dock, elsewhere, 3, {"intent": "Dig the pond."})
    assert made.hand_in(client).status_code == 204
    asked = client.post("/v1/erasures", json={"sessions": [made.session], "basis": "mistake"}).json()
    done = client.post(f"/v1/erasures/{asked['id']}/approve", json={"confirm": f"erase {asked['id']}"})
    assert done.status_code == 200, done.text
    place = f"/v1/objects/{hashlib.sha256(made.parts[0][1]).hexdigest()}"
    assert client.head(place).status_code == 404
    assert code(made.hand_in(client)) == (410, "erasure.erased")
    assert not here(dock).keys.holds(f"session/{made.session}")


def test_an_attestation_that_is_no_session_has_no_parts(dock: Running) -> None:
    body = {"secret": "A" * 128, "parts": [{"name": "intent", "object": "0" * 64}]}
    reply = dock.signed_in.post(f"/v1/attestations/att_{'0' * 64}/parts", json=body)
    assert code(reply) == (404, "service.not-found")
    for hostile in ("../up", "a\u0000b", "a" * 129, ""):
        bad = {**body, "parts": [{"name": hostile, "object": "0" * 64}]}
        assert dock.signed_in.post(f"/v1/attestations/att_{'0' * 64}/parts", json=bad).status_code in {400, 422}
