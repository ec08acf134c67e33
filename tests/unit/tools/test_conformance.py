"""The conformance suite's command line reaches the verifier: honest bundles end with 0, others with 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attest.signing.artifact import artifact_of
from tools import conformance, make_bundle_vectors
from tools.bundle_cases import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    from tools.bundle_cases import Case

CASES = {case.name: case for case in make_bundle_vectors.cases()}
NAMES = ("dsse-0.0.1-promise", "hashedrekord-0.0.2", "managed-p256-hashedrekord-0.0.1", "another-key", "proof-cut")


def options(case: Case, held: Path) -> list[str]:
    if case.key is not None:
        return ["--key", str(held / "key.pub")]
    return ["--certificate-identity", case.identity, "--certificate-oidc-issuer", case.issuer]


@pytest.mark.parametrize("name", NAMES)
def test_case_ends_with_its_code_by_file_and_by_digest(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    held = make_bundle_vectors.write(case, tmp_path)
    files = ["--bundle", str(held / "bundle.sigstore.json")]
    trust = ["--trusted-root", str(held / "trusted_root.json")]
    for artifact in (str(held / "artifact"), f"sha256:{artifact_of(case.artifact).sha256.hex()}"):
        found = conformance.main(["verify-bundle", *files, *options(case, held), *trust, artifact])
        assert (found == 0) == (case.verdict == GOOD)


@pytest.mark.parametrize("extra", [[], ["--staging"]])
def test_without_a_trusted_root_only_the_public_one_counts(extra: list[str], tmp_path: Path) -> None:
    case = CASES["dsse-0.0.1-promise"]
    held = make_bundle_vectors.write(case, tmp_path)
    asked = ["verify-bundle", *extra, "--bundle", str(held / "bundle.sigstore.json"), *options(case, held)]
    assert conformance.main([*asked, str(held / "artifact")]) == 1


def test_signing_is_not_offered() -> None:
    with pytest.raises(SystemExit) as ended:
        conformance.main(["sign-bundle", "--identity-token", "x", "--bundle", "b", "f"])
    assert ended.value.code == 2
