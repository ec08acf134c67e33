"""One verifier over one batch of bundles: `python -m tools.bench_bundles ours|stock FOLDER` prints bundles a second.

Each runs in a process of its own that has loaded only what it needs, as its users run it. CPU time of verification
alone: what is loaded before, and the trust root, are read outside of it.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tools.bench_attested import Ingest


def write_batch(ingest: Ingest, count: int, folder: Path) -> None:
    """Keep a batch and what verifies it as plain files."""
    services = ingest.instance.services
    (folder / "trust_config.json").write_bytes(services.trust_config("https://embedded.invalid"))
    (folder / "trusted_root.json").write_bytes(services.trusted_root)
    (folder / "signer.json").write_text(json.dumps({"identity": ingest.identity, "issuer": services.issuer}))
    (folder / "bundles.jsonl").write_bytes(b"\n".join(ingest.bundles(count)))


def rate_of(verifier: str, folder: Path) -> float:
    """Run one verifier in a process of its own, and give its bundles a second."""
    command = (sys.executable, "-m", "tools.bench_bundles", verifier, str(folder))
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _ours(folder: Path, who: dict[str, str], bundles: Sequence[bytes]) -> Callable[[], None]:
    from attest.signing.memo import Memo  # noqa: PLC0415  # only what it needs
    from attest.signing.trust import parse_trusted_root  # noqa: PLC0415  # only what it needs
    from attest.signing.verify import Identity, verify_bundle  # noqa: PLC0415  # only what it needs

    root = parse_trusted_root((folder / "trusted_root.json").read_bytes())
    signer = Identity(san=who["identity"], issuer=who["issuer"])

    def run() -> None:
        memo = Memo()
        for raw in bundles:
            verify_bundle(raw, root, signer, None, memo=memo)

    return run


def _stock(folder: Path, who: dict[str, str], bundles: Sequence[bytes]) -> Callable[[], None]:
    from sigstore.models import Bundle, ClientTrustConfig  # noqa: PLC0415  # only what it needs
    from sigstore.verify import Verifier, policy  # noqa: PLC0415  # only what it needs

    config = ClientTrustConfig.from_json((folder / "trust_config.json").read_text())
    verifier = Verifier(trusted_root=config.trusted_root)
    signer = policy.Identity(identity=who["identity"], issuer=who["issuer"])

    def run() -> None:
        for raw in bundles:
            verifier.verify_dsse(Bundle.from_json(raw), signer)

    return run


def main(verifier: str, name: str) -> None:
    """Verify the batch and print the rate."""
    folder = Path(name)
    logging.disable(logging.CRITICAL)
    bundles = (folder / "bundles.jsonl").read_bytes().split(b"\n")
    who = json.loads((folder / "signer.json").read_text())
    run = (_ours if verifier == "ours" else _stock)(folder, who, bundles)
    start = time.process_time()
    run()
    print(len(bundles) / (time.process_time() - start))


if __name__ == "__main__":
    main(*sys.argv[1:])
