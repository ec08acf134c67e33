"""What others hold of the log, as the service says it: health, proofs under cosigned heads, receipts for readers of COSE."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from attest.clock import SystemClock
from attest.errors import AttestError
from attest.ledger.cose_receipt import verify_receipt
from attest.ledger.cosigned import open_cosigned
from attest.ledger.note import NoteAlgorithm, NoteKey, decode_vkey
from attest.ledger.proof import verify_inclusion
from attest.ledger.tlog_proof import parse_tlog_proof
from attest.signing.embedded.tsa import parse_request
from attest.store.cosignatures import keep_cosignatures
from attest.store.log_reader import LogReader
from attest.usecases import anchor_kinds as kinds
from attest.usecases.anchor import Anchored, anchor_head
from attest.usecases.instance import Instance
from tests.service.conftest import Recorded, Running, Start
from tests.service.test_ingest import bundle, statement
from tests.support.cosigning import AT, ONE, Cosigner
from tests.support.signing import World, make_world

pytestmark = pytest.mark.loopback
HEALTH, COSE = "/v1/logs/default/health", "application/cose"


@dataclass(frozen=True)
class Outside:
    """A service with one entry, and the world that signed it."""

    running: Running
    world: World
    receipt: dict

    @property
    def instance(self) -> Instance:
        return self.running.app.state.service.instance

    @property
    def client(self) -> httpx2.Client:
        return self.running.signed_in

    def cosign(self, *witnesses: Cosigner) -> int:
        """Have the newest head cosigned; gives its size."""
        instance = self.instance
        head = LogReader(instance.engine, instance.scope, instance.log.name).head()
        assert head is not None
        note = head.c2sp_note + "".join(one.line(head.c2sp_note) for one in witnesses)
        found = open_cosigned(note, decode_vkey(instance.services.log.verifier_key), [one.key for one in witnesses])
        keep_cosignatures(
            instance.engine, instance.scope, "default", tree_size=head.tree_size, cosignatures=found.cosignatures
        )
        return head.tree_size

    def grow(self, note: str) -> dict:
        reply = self.client.post("/v1/attestations", content=bundle(self.world, statement(note)))
        assert reply.status_code == 201
        return dict(reply.json())


@pytest.fixture
def outside(start: Start) -> Outside:
    running, world = start(), make_world()
    (running.home / "trust" / "elsewhere.json").write_bytes(world.instance.trusted_root)
    reply = running.signed_in.post("/v1/attestations", content=bundle(world, statement("seen from outside")))
    assert reply.status_code == 201
    return Outside(running, world, reply.json())


def test_health_proofs_and_receipts_say_what_others_hold(outside: Outside, tmp_path: Path) -> None:
    """One service for all: what nobody holds yet, what a witness and an anchor then hold, and what is behind."""
    nobody_holds_anything(outside)
    size = outside.cosign(ONE, Cosigner(f"w.{outside.instance.services.host}/w"))
    proved_in_the_cosigned_tree(outside, size)
    health_names_witnesses_and_anchors(outside, size)
    receipt_is_the_same_over_http_and_from_the_command(outside, tmp_path)


def test_key_with_more_rows_than_a_proof_shows_is_refused_by_name(
    running: Running, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"kind": "predicate-type", "value": recorded.receipt["predicate_type"]}
    assert running.signed_in.get("/v1/index", params=asked).status_code == 200
    monkeypatch.setattr("attest.ledger.index.proof.MAX_PROOF_ROWS", 0)
    for path, params in (("/v1/index", asked), (f"/v1/commits/{recorded.oid}", {"proof": "complete"})):
        reply = running.signed_in.get(path, params=params)
        assert (reply.status_code, reply.json()["code"]) == (413, "input.too-large"), path


def nobody_holds_anything(outside: Outside) -> None:
    health = outside.client.get(HEALTH).json()
    tree = health["tree_size"]
    assert (health["published_size"], health["state"], health["log"]) == (tree, "published", "default")
    assert (health["witnesses"], health["anchors"], health["alarms"]) == ([], [], [])
    assert health["origin"] == outside.instance.services.log.origin
    assert outside.client.get("/v1/logs/other/health").status_code == 404
    proof = f"/v1/entries/{outside.receipt['index']}/proof"
    unseen = outside.client.get(proof, params={"witnessed": True})
    assert (unseen.status_code, unseen.json()["code"]) == (404, "service.not-found")
    both = outside.client.get(proof, params={"witnessed": True, "tree_size": tree})
    assert (both.status_code, both.json()["code"]) == (400, "input.malformed")


def proved_in_the_cosigned_tree(outside: Outside, size: int) -> None:
    later = outside.grow("after the witness looked")
    assert later["tree_size"] > size
    index, log = outside.receipt["index"], decode_vkey(outside.instance.services.log.verifier_key)
    path = f"/v1/entries/{index}/proof"
    body = outside.client.get(path, params={"witnessed": True}).json()
    found = open_cosigned(body["checkpoint"], log, [ONE.key])
    assert [one.key.name for one in found.cosignatures] == [ONE.name]
    assert (body["tree_size"], body["root"]) == (size, found.head.root.hex()) == (found.head.size, body["root"])
    leaf = bytes.fromhex(body["leaf_hash"])
    verify_inclusion(leaf, index, size, [bytes.fromhex(one) for one in body["hashes"]], found.head.root)
    text = outside.client.get(path, params={"witnessed": True}, headers={"Accept": "text/plain"})
    proof = parse_tlog_proof(text.text)
    assert (proof.index, [one.hex() for one in proof.hashes]) == (index, body["hashes"])
    assert open_cosigned(proof.note, log, [ONE.key]).cosignatures == found.cosignatures
    unwitnessed = outside.client.get(path).json()
    assert (unwitnessed["tree_size"], "one.example.test" in unwitnessed["checkpoint"]) == (later["tree_size"], False)
    after = outside.client.get(f"/v1/entries/{later['index']}/proof", params={"witnessed": True})
    assert after.status_code == 404, "an entry that no witness has seen"
    cose = outside.client.get(path, params={"witnessed": True}, headers={"Accept": COSE})
    assert (cose.status_code, cose.json()["code"]) == (406, "service.not-acceptable")


def health_names_witnesses_and_anchors(outside: Outside, size: int) -> None:
    instance, world = outside.instance, outside.world

    def stamp(note: bytes) -> Anchored:
        request = parse_request(kinds.timestamp_request(note))
        token = world.instance.tsa.respond(request, now=SystemClock().now(), serial=7)
        return kinds.read_timestamp(note, token, "tsa.example")

    done = anchor_head(instance, stamp)
    health = outside.client.get(HEALTH).json()
    own = f"w.{instance.services.host}/w"
    assert {one["name"]: (one["operator"], one["tree_size"]) for one in health["witnesses"]} == {
        ONE.name: ("other", size),
        own: ("same", size),
    }
    assert {one["lag"] for one in health["witnesses"]} == {health["tree_size"] - size}
    assert all(
        one["age_s"] == pytest.approx(SystemClock().now().timestamp() - AT, abs=60) for one in health["witnesses"]
    )
    (anchor,) = health["anchors"]
    assert (anchor["kind"], anchor["where"], anchor["tree_size"]) == ("rfc3161", "tsa.example", done.tree_size)
    assert (anchor["state"], anchor["time"]) == ("not-verified", None), "no authority of anchors is pinned"


def receipt_is_the_same_over_http_and_from_the_command(outside: Outside, tmp_path: Path) -> None:
    instance = outside.instance
    index, origin = outside.receipt["index"], instance.services.log.origin
    key = NoteKey(name=origin, algorithm=NoteAlgorithm.ECDSA_P256, public=instance.services.log.sigstore_key)
    entry = outside.client.get(f"/v1/entries/{index}").json()
    leaf, path = bytes.fromhex(entry["leaf_hash"]), f"/v1/entries/{index}/proof"
    reply = outside.client.get(path, headers={"Accept": COSE})
    assert (reply.headers["content-type"], reply.headers["vary"], reply.status_code) == (COSE, "Accept", 200)
    found = verify_receipt(reply.content, leaf, key)
    size = outside.client.get(HEALTH).json()["tree_size"]
    assert (found.index, found.tree_size, found.log) == (index, size, origin)
    for at in range(len(reply.content)):
        with pytest.raises(AttestError):
            verify_receipt(reply.content[:at] + bytes([reply.content[at] ^ 1]) + reply.content[at + 1 :], leaf, key)
    older = outside.client.get(path, params={"tree_size": size - 1}, headers={"Accept": COSE})
    assert (older.status_code, older.json()["code"]) == (406, "service.not-acceptable")
    assert outside.client.get(f"/v1/entries/{size}/proof", headers={"Accept": COSE}).status_code == 404

    file = tmp_path / "receipt.cbor"
    name = outside.receipt["attestation"]
    command = [sys.executable, "-c", "from attest.cli.main import main; main()", "export", "receipt", name]
    env = os.environ | {"WHEREOF_HOME": str(outside.running.home)}
    done = subprocess.run(
        [*command, "-o", str(file), "--json"], env=env, capture_output=True, text=True, check=True, timeout=120
    )
    assert json.loads(done.stdout) == {"files": [str(file)]}
    written = verify_receipt(file.read_bytes(), leaf, key)
    assert (written.index, written.log) == (index, origin)
    assert base64.b64decode(entry["body"])
