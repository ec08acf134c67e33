"""`whereof verify-bundle`: one Sigstore bundle against a trust root, a signer and an artifact, nothing else assumed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line


def verify_bundle(  # one flag each
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT|sha256:…")],
    bundle: Annotated[Path, typer.Option(help="The bundle.")],
    trusted_root: Annotated[Path, typer.Option(help="Trusted root or client trust config, JSON.")],
    identity: Annotated[str | None, typer.Option(help="The SAN exactly as certified.")] = None,
    issuer: Annotated[str | None, typer.Option(help="The OIDC issuer exactly as certified.")] = None,
    key: Annotated[Path | None, typer.Option(help="PEM of a managed public key, in place of an identity.")] = None,
    revocations: Annotated[Path | None, typer.Option(help="Revoked authorities, from `export trust`.")] = None,
    known_outside: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M:%SZ"], help="When somebody outside knew it, as you checked; UTC."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print every check as JSON.")] = False,
) -> None:
    """Verify one Sigstore bundle offline. Exit code 3: a check failed; 5: the trust root cannot be read, or a revoked key had a part."""
    from attest.usecases.verify_bundle import BundleRequest, verify_one_bundle  # keep `--help` light

    verified = verify_one_bundle(
        BundleRequest(
            artifact=artifact,
            bundle=bundle,
            trusted_root=trusted_root,
            identity=identity,
            issuer=issuer,
            key=key,
            revocations=revocations,
            known_outside=known_outside.replace(tzinfo=UTC) if known_outside else None,
        )
    )
    if json:
        print_json(
            {
                "verdict": "pass",
                "identity": verified.identity,
                "issuer": verified.issuer,
                "log_index": verified.log_index,
                "tree_size": verified.tree_size,
                "times": [{"time": t.time.isoformat(), "source": t.source, "by": t.by} for t in verified.times],
                "checks": [
                    {"name": c.name, "checked": c.checked, "against": c.against, "detail": c.detail}
                    for c in verified.checks
                ],
            }
        )
        return
    for check in verified.checks:
        print_line(f"{'ok' if check.checked else '- ':<4}{check.name:<16}{check.detail}")
        if check.against:
            print_line(f"                    {check.against}")
    print_line("pass: every check that was made holds; lines with - were not checked")
