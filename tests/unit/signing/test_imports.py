"""The verify path stays small: importing the verifier pulls in neither the signer nor any framework."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "sigstore sigstore_models rfc3161_client tuf requests pydantic sqlmodel sqlalchemy presidio_analyzer "
    "presidio_anonymizer spacy fastapi structlog jwt typer rich"
).split()


def test_verifier_imports_nothing_heavy() -> None:
    code = (
        "import sys, attest.signing.verify, attest.signing.trust, attest.signing.render\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
