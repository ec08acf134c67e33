"""Every bundle vector gets its verdict from the verifier and the command line; sigstore-python agrees where it can."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attest.cli.main import main
from attest.errors import AttestError
from attest.signing.artifact import ArtifactDigest, artifact_of
from attest.signing.keys import key_from_pem
from attest.signing.memo import Memo
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import Identity, ManagedKey, verify_bundle
from tests.support.stock import stock_passes
from tools import make_bundle_vectors
from tools.bundle_cases import GOOD

if TYPE_CHECKING:
    from tools.bundle_cases import Case

CASES = make_bundle_vectors.cases()
SHARED = Memo()
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def verdict(case: Case, artifact: ArtifactDigest, memo: Memo | None = None) -> str:
    signer = (
        Identity(san=case.identity, issuer=case.issuer) if case.key is None else ManagedKey(key=key_from_pem(case.key))
    )
    try:
        root = parse_trusted_root(make_bundle_vectors.root_bytes(case))
        found = verify_bundle(case.raw, root, signer, artifact, memo=memo)
    except AttestError as err:
        return err.code
    assert found.checks
    return GOOD


def test_vectors_are_the_same_on_every_run() -> None:
    assert make_bundle_vectors.document(CASES) == make_bundle_vectors.LIST.read_text()


def test_vectors_have_each_a_name_and_both_sides() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    counts = Counter(case.verdict for case in CASES)
    assert counts[GOOD] >= 50
    assert {
        *("evidence.malformed", "evidence.certificate", "evidence.identity", "evidence.timestamp"),
        *("evidence.inclusion", "evidence.checkpoint", "evidence.signature", "evidence.entry"),
        *("evidence.statement", "evidence.subject", "evidence.unsupported", "trust.unreadable"),
    } <= set(counts)


@each_case
def test_case_gets_its_verdict(case: Case) -> None:
    whole = artifact_of(case.artifact)
    assert verdict(case, whole) == case.verdict
    # Before and after other bundles: what a batch has seen never changes an outcome.
    assert verdict(case, whole, SHARED) == case.verdict
    assert verdict(case, whole, SHARED) == case.verdict


@each_case
def test_case_gets_the_same_answer_by_digest_alone(case: Case) -> None:
    found = verdict(case, ArtifactDigest(sha256=artifact_of(case.artifact).sha256))
    assert (found == GOOD) == (case.verdict == GOOD and case.by_digest)


@each_case
def test_nothing_passes_that_sigstore_python_refuses(case: Case) -> None:
    passes = stock_passes(case)
    expected = {"agrees": case.verdict == GOOD, "accepts": True, "cannot": False}
    assert passes == expected[case.stock], "sigstore-python says something else now: look why, then change the case"
    if case.verdict == GOOD and not passes:
        assert case.stock == "cannot", "good here, refused there, and no reason is on record"
    if case.stock == "accepts":
        assert case.verdict != GOOD or passes


@each_case
def test_command_line_gives_the_exit_code(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    held = make_bundle_vectors.write(case, tmp_path)
    who = (
        ("--key", str(held / "key.pub"))
        if case.key is not None
        else ("--identity", case.identity, "--issuer", case.issuer)
    )
    files = ("--bundle", str(held / "bundle.sigstore.json"), "--trusted-root", str(held / "trusted_root.json"))
    wanted = {GOOD: 0, "trust.unreadable": 5}.get(case.verdict, 3)
    by_digest = f"sha256:{artifact_of(case.artifact).sha256.hex()}"
    for artifact, code in ((str(held / "artifact"), wanted), (by_digest, wanted if case.by_digest else 3)):
        monkeypatch.setattr(sys, "argv", ["whereof", "verify-bundle", *files, *who, "--json", artifact])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert (ended.value.code or 0) == code, err
        if code:
            assert json.loads(err)["error"]["code"]
        else:
            assert json.loads(out)["verdict"] == "pass"
