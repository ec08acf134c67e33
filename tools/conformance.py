"""The command line that the Sigstore project's conformance suite calls, in front of `whereof verify-bundle`.

    python -m tools.conformance verify-bundle --bundle FILE (--certificate-identity I --certificate-oidc-issuer U | --key PEM)
        [--trusted-root FILE] [--staging] ARTIFACT|sha256:…

Without a trusted root it takes the public one (`--staging`: the staging one) that the installed `sigstore` package
holds; nothing is downloaded. Signing is not offered: every other command ends with exit code 2.
"""

from __future__ import annotations

import argparse
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.usecases.verify_bundle import BundleRequest, verify_one_bundle

if TYPE_CHECKING:
    from collections.abc import Sequence

INSTANCES: Final = {False: "tuf-repo-cdn.sigstore.dev", True: "tuf-repo-cdn.sigstage.dev"}


def public_root(*, staging: bool) -> Path:
    """Give the trusted root of the public instance as the installed `sigstore` package holds it."""
    held = files("sigstore").joinpath("_store", f"https%3A%2F%2F{INSTANCES[staging]}", "trusted_root.json")
    with as_file(held) as path:
        return path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conformance", allow_abbrev=False)
    command = parser.add_subparsers(required=True).add_parser("verify-bundle", allow_abbrev=False)
    command.add_argument("--bundle", type=Path, required=True)
    command.add_argument("--certificate-identity")
    command.add_argument("--certificate-oidc-issuer")
    command.add_argument("--key", type=Path)
    command.add_argument("--trusted-root", type=Path)
    command.add_argument("--staging", action="store_true")
    # Older versions of the suite say so where the artifact is given by its digest; the digest itself shows it.
    command.add_argument("--verify-digest", action="store_true")
    command.add_argument("artifact")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Verify one bundle; 0: it holds, 1: it does not."""
    asked = _parser().parse_args(arguments)
    request = BundleRequest(
        artifact=asked.artifact,
        bundle=asked.bundle,
        trusted_root=asked.trusted_root or public_root(staging=asked.staging),
        identity=asked.certificate_identity,
        issuer=asked.certificate_oidc_issuer,
        key=asked.key,
    )
    try:
        verified = verify_one_bundle(request)
    except AttestError as err:
        sys.stderr.write(f"{err}\n")
        return 1
    for check in verified.checks:
        sys.stdout.write(f"{check.name}: {check.detail}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
