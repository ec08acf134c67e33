"""Promise: `verify`, `verify-bundle` and the gate believe no authority that any list within reach says is revoked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from attest.canonical import canonical_json
from attest.errors import CannotVerify, NotVerified
from attest.evidence.trust import FOLDER
from attest.model.verdict import CommitVerdict, Verdict
from attest.signing.revocation import write_revocations
from attest.usecases.gate import gate
from attest.usecases.pinned_trust import read_revocations
from attest.usecases.pipeline_range import pipeline_range
from attest.usecases.verify import VerifyRequest, verify_commit
from attest.usecases.verify_bundle import BundleRequest, verify_one_bundle
from attest.usecases.verify_range import verify_range
from tests.support.evidence import make_scene
from tests.support.ledger import Ledger

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ledger, str, Path]]:
    """A clone with a commit, and its session in a file."""
    home = tmp_path_factory.mktemp("revoked")
    ledger = Ledger(scene=make_scene(home), home=home)
    oid = ledger.change("src/a")
    yield ledger, oid, ledger.leave(oid, ledger.session(oid))
    ledger.instance.engine.dispose()


def revocations(ledger: Ledger, since: timedelta) -> bytes:
    der = ledger.instance.services.authority.certificate.public_bytes(Encoding.DER)
    return write_revocations(((der, ledger.clock.now() + since),))


def judged(request: VerifyRequest) -> tuple[Verdict, str]:
    found: CommitVerdict = verify_commit(request)
    return found.verdict, " ".join(step.code for one in found.evidence for step in one.steps)


@pytest.fixture
def request_(made: tuple[Ledger, str, Path], tmp_path: Path) -> VerifyRequest:
    ledger, oid, named = made
    return replace(ledger.request(oid, named), trust_dir=tmp_path)


def test_named_list_counts_for_commit_and_range(made: tuple[Ledger, str, Path], request_: VerifyRequest) -> None:
    ledger, oid, _ = made
    path = request_.trust_dir / "given.json"
    asked = replace(request_, revocations=path)
    for since, verdict in ((HOUR, Verdict.PASS), (-HOUR, Verdict.INVALID)):
        path.write_bytes(revocations(ledger, since))
        assert judged(asked)[0] is verdict
        (row,) = verify_range(replace(asked, revision=f"{oid}~1..{oid}")).commits
        assert row.verdict is verdict
    assert judged(asked)[1].split() == ["evidence.certificate"]


def test_list_of_this_machine_counts_beside_a_root_that_was_named(
    made: tuple[Ledger, str, Path], request_: VerifyRequest
) -> None:
    assert judged(request_)[0] is Verdict.PASS
    (request_.trust_dir / "revocations.json").write_bytes(revocations(made[0], -HOUR))
    assert judged(request_)[0] is Verdict.INVALID


def test_list_that_cannot_be_read_decides_nothing(request_: VerifyRequest, tmp_path: Path) -> None:
    (request_.trust_dir / "revocations.json").write_bytes(b"{}")
    assert judged(request_)[0] is Verdict.INDETERMINATE
    (request_.trust_dir / "revocations.json").unlink()
    (request_.trust_dir / "revocations.json").symlink_to("nowhere")
    assert judged(request_)[0] is Verdict.INDETERMINATE
    with pytest.raises(CannotVerify, match=r"trust\.unreadable"):
        read_revocations(request_.trust_dir)
    (request_.trust_dir / "revocations.json").unlink()
    assert judged(replace(request_, revocations=tmp_path / "not-there.json"))[0] is Verdict.INDETERMINATE


def test_list_at_the_policys_base_counts_and_is_no_root(made: tuple[Ledger, str, Path], tmp_path: Path) -> None:
    ledger, _, _ = made
    ledger.policy(b"version: 1\nmode: enforce\ndefaults: {tier: standard}\ntiers:\n  - {id: standard, require: {}}\n")
    ledger.change(f"{FOLDER}/trusted_root.json", ledger.trust.read_bytes())
    ledger.change(f"{FOLDER}/revocations.json", revocations(ledger, HOUR))
    stands = ledger.change("src/stands")
    named_for = {stands: (ledger.leave(stands, ledger.session(stands, name="ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B3")),)}
    asked = replace(ledger.request(stands, *named_for[stands]), trust=None, trust_dir=tmp_path / "nowhere")
    assert judged(asked)[0] is Verdict.PASS
    ledger.change(f"{FOLDER}/revocations.json", revocations(ledger, -HOUR))
    falls = ledger.change("src/falls")
    named_for[falls] = (ledger.leave(falls, ledger.session(falls, name="ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B4")),)
    asked = replace(ledger.request(falls, *named_for[falls]), trust=None, trust_dir=tmp_path / "nowhere")
    found = verify_commit(asked)
    assert found.verdict is Verdict.INVALID
    assert any("1 of its authorities revoked" in step.against for step in found.steps)
    for tip, code in ((stands, 0), (falls, 3)):
        about = pipeline_range({}, ledger.repository, f"{tip}~1..{tip}")
        assert gate(replace(asked, bundles=named_for[tip]), about, evidence_unfetched=False).exit_code == code


def test_one_bundle_stands_falls_or_is_left_open(made: tuple[Ledger, str, Path], tmp_path: Path) -> None:
    ledger, oid, named = made
    (signer,) = ledger.verify(oid, named).evidence
    value = json.loads(named.read_bytes())
    entry = value["verificationMaterial"]["tlogEntries"][0]
    del entry["inclusionPromise"], entry["integratedTime"]
    stamped, told = tmp_path / "stamped.json", tmp_path / "revocations.json"
    stamped.write_bytes(canonical_json(value))
    asked = BundleRequest(
        artifact=f"sha256:{ledger.repository.commit_facts(oid).object_sha256.hex()}",
        bundle=named,
        trusted_root=ledger.trust,
        identity=signer.identity,
        issuer=signer.issuer,
        key=None,
        revocations=told,
    )
    told.write_bytes(revocations(ledger, HOUR))
    assert verify_one_bundle(asked).times
    told.write_bytes(revocations(ledger, -HOUR))
    with pytest.raises(NotVerified):
        verify_one_bundle(asked)
    now = ledger.clock.now()
    tsa = ledger.instance.services.tsa.certificate.public_bytes(Encoding.DER)
    told.write_bytes(write_revocations(((tsa, now + 2 * HOUR),)))
    assert [one.source for one in verify_one_bundle(asked).times] == ["log"]
    with pytest.raises(CannotVerify) as caught:
        verify_one_bundle(replace(asked, bundle=stamped))
    assert caught.value.code == "evidence.revoked"
    assert verify_one_bundle(replace(asked, bundle=stamped, known_outside=now + HOUR)).times
