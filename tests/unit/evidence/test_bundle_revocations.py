"""Revoked authorities and replaced roots: every verifier of evidence bundles says of them what ours says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from attest.canonical import canonical_json
from attest.evidence.bundle import layout
from attest.model.admin_keys import KeyRole
from attest.signing.bundle import parse_bundle
from attest.signing.revocation import parse_revocations, write_revocations
from attest.usecases.rotate_keys import Rotation, revoke_generation, rotate
from tests.support.evidence_bundles import Files, Recorded, bundle_from, files_of, record_log
from tests.support.signing import make_world
from tests.support.verifiers import Case, by_ours, by_page, by_shell, by_standalone

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
Answer = tuple[int, set[str]]
HOLDS: Answer = (0, set())
OPEN: Answer = (5, set())
"""What must come of each case."""
EXPECTED: dict[str, Answer] = {
    "nobody": HOLDS,
    "somebody else": HOLDS,
    "issuer from later on": HOLDS,
    "issuer from its first moment on": (3, {"certificates"}),
    "issuer, given from outside": (3, {"certificates"}),
    "stamper from later on": HOLDS,
    "stamper from its first moment on": (3, {"times"}),
    "stamper from later on, without the log's time": OPEN,
    "issuer and stamper from later on": HOLDS,
    "root of both": (3, {"times"}),
    "a row about a signer": OPEN,
    "a list of another type": OPEN,
    "a moment with a fraction": OPEN,
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    made = record_log(tmp_path_factory.mktemp("log"))
    yield made
    made.instance.engine.dispose()


def der(certificate: object) -> bytes:
    return certificate.public_bytes(Encoding.DER)  # type: ignore[attr-defined, no-any-return]


def entries(files: Files) -> list[str]:
    return [path for path in files if path.startswith("data/entries/") and path.endswith(".sigstore.json")]


def without_log_times(files: Files) -> Files:
    changed = dict(files)
    for path in entries(files):
        value = json.loads(files[path])
        logged = value["verificationMaterial"]["tlogEntries"][0]
        del logged["inclusionPromise"], logged["integratedTime"]
        changed[path] = canonical_json(value)
    return changed


@pytest.fixture(scope="module")
def cases(log: Recorded, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    folder = tmp_path_factory.mktemp("revoked")
    plain = files_of(log.make(log.commits()))
    services = log.instance.services
    ca, tsa, top = (der(one) for one in (services.authority.certificate, services.tsa.certificate, services.tsa.root))
    other = der(make_world().instance.authority.certificate)
    times = [
        datetime.fromtimestamp(int(entry.integrated_time), UTC)
        for entry in (parse_bundle(plain[path]).entry for path in entries(plain))
        if entry is not None and entry.integrated_time is not None
    ]
    first, later = min(times) - SECOND, max(times) + 2 * SECOND
    signer = parse_bundle(plain[entries(plain)[0]]).certificate or b""
    lists: dict[str, bytes] = {
        "somebody else": write_revocations(((other, first),)),
        "issuer from later on": write_revocations(((ca, later),)),
        "issuer from its first moment on": write_revocations(((ca, first), (ca, later))),
        "stamper from later on": write_revocations(((tsa, later),)),
        "stamper from its first moment on": write_revocations(((tsa, first),)),
        "issuer and stamper from later on": write_revocations(((ca, later), (tsa, later))),
        "root of both": write_revocations(((top, first),)),
        "a row about a signer": write_revocations(((signer, first),)),
        "a list of another type": write_revocations(()).replace(b"version=1", b"version=2"),
        "a moment with a fraction": write_revocations(((other, first),)).replace(b'Z"', b'.5Z"'),
    }
    made = {name: plain | {layout.REVOCATIONS: raw} for name, raw in lists.items()}
    made["stamper from later on, without the log's time"] = without_log_times(made["stamper from later on"])
    made["nobody"] = made["issuer, given from outside"] = plain
    found = {}
    for number, (name, files) in enumerate(made.items()):
        path = folder / f"{number}.bundle"
        path.write_bytes(bundle_from(files))
        found[name] = Case(path=path, trust=log.trust)
    given = folder / "revocations.json"
    given.write_bytes(lists["issuer from its first moment on"])
    found["issuer, given from outside"] = Case(path=found["nobody"].path, trust=log.trust, revoked=given)
    return {name: found[name] for name in EXPECTED}


def test_ours_takes_from_the_root_what_is_revoked(cases: dict[str, Case]) -> None:
    assert {name: by_ours(case)[:2] for name, case in cases.items()} == EXPECTED


def test_verify_py_agrees_on_revocations(cases: dict[str, Case]) -> None:
    assert {name: by_standalone(case)[:3] for name, case in cases.items()} == {
        name: by_ours(case)[:3] for name, case in cases.items()
    }


def test_page_agrees_on_revocations(require: Callable[..., None], cases: dict[str, Case], tmp_path: Path) -> None:
    require("node")
    found = dict(zip(cases, by_page(list(cases.values()), tmp_path / "verifier.js"), strict=True))
    assert {name: one[:3] for name, one in found.items()} == {name: by_ours(case)[:3] for name, case in cases.items()}


SHORT = ("issuer, given from outside", "stamper from later on, without the log's time")


def test_shell_agrees_on_revocations(require: Callable[..., None], cases: dict[str, Case], tmp_path: Path) -> None:
    for program in ("dash", "jq", "openssl"):
        require(program)
    names = list(cases) if os.environ.get("WHEREOF_ALL_BUNDLES") == "1" else SHORT
    found = {name: by_shell(cases[name], tmp_path)[:3] for name in names}
    assert found == {name: by_ours(cases[name])[:3] for name in names}


@pytest.fixture(scope="module")
def replaced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Case, Answer]]]:
    """A log whose issuer was replaced with an overlap, and whose stamper's next key is announced: before and after."""
    folder = tmp_path_factory.mktemp("replaced")
    log = record_log(tmp_path_factory.mktemp("log"))
    first, now = folder / "first.json", folder / "now.json"
    first.write_bytes(log.trust.read_bytes())
    before = log.make(log.commits())
    rotate(log.instance, Rotation(role=KeyRole.TSA, lead=HOUR, overlap=HOUR))
    announced = log.ledger.change("src/announced")
    log.ledger.session(announced, name="ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B5")
    of_announced = log.make(log.asking(announced))
    rotate(log.instance, Rotation(role=KeyRole.CA, lead=timedelta(0), overlap=HOUR))
    after = log.ledger.change("src/after")
    log.ledger.session(after, name="ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B6")
    of_after = log.make(log.asking(after))
    now.write_bytes(log.trust.read_bytes())
    since = log.instance.clock.now().replace(microsecond=0) - 48 * HOUR
    revoke_generation(log.instance, KeyRole.CA, 1, since)
    revoked = log.make(log.commits())
    kept, told = log.trust.with_name("revocations.json").read_bytes(), files_of(revoked)[layout.REVOCATIONS]
    assert (layout.REVOCATIONS in files_of(before), kept) == (False, told)
    assert [one.since for one in parse_revocations(told)] == [since]
    made = {"before": before, "announced": of_announced, "after": of_after, "revoked": revoked}
    paths = {name: folder / f"{name}.bundle" for name in made}
    for name, raw in made.items():
        paths[name].write_bytes(raw)
    yield {
        "old bundle, old root": (Case(path=paths["before"], trust=first), HOLDS),
        "old bundle, new root": (Case(path=paths["before"], trust=now), HOLDS),
        "announced, old root": (Case(path=paths["announced"], trust=first), HOLDS),
        "announced, new root": (Case(path=paths["announced"], trust=now), HOLDS),
        "new bundle, new root": (Case(path=paths["after"], trust=now), HOLDS),
        "new bundle, old root": (Case(path=paths["after"], trust=first), (3, {"certificates"})),
        "made when the issuer was revoked, old root": (Case(path=paths["revoked"], trust=first), (3, {"certificates"})),
    }
    log.instance.engine.dispose()


def test_every_verifier_says_the_same_of_bundles_and_roots_from_before_and_after_a_rotation(
    require: Callable[..., None], replaced: dict[str, tuple[Case, Answer]], tmp_path: Path
) -> None:
    for program in ("dash", "jq", "openssl", "node"):
        require(program)
    asked = {name: case for name, (case, _) in replaced.items()}
    expected = {name: answer for name, (_, answer) in replaced.items()}
    pages = dict(zip(asked, by_page(list(asked.values()), tmp_path / "verifier.js"), strict=True))
    assert {name: by_ours(case)[:2] for name, case in asked.items()} == expected
    assert {name: by_standalone(case)[:2] for name, case in asked.items()} == expected
    assert {name: one[:2] for name, one in pages.items()} == expected
    short = ("old bundle, new root", "new bundle, old root")
    assert {name: by_shell(asked[name], tmp_path)[:2] for name in short} == {name: expected[name] for name in short}
