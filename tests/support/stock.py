"""What stock sigstore-python says about a bundle: the reference that the strict verifier is held against."""

from __future__ import annotations

import hashlib
import json
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from sigstore.errors import Error as SigstoreError
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier, policy

from attest.signing.dsse import IN_TOTO_PAYLOAD_TYPE

if TYPE_CHECKING:
    from tools.bundle_cases import Case


def stock_passes(case: Case) -> bool:
    """Say whether sigstore-python verifies a case; it knows no managed keys."""
    if case.key is not None:
        return False
    who = policy.Identity(identity=case.identity, issuer=case.issuer)
    try:
        verifier = Verifier(trusted_root=_root(case))
        bundle = Bundle.from_json(case.raw)
        if "dsseEnvelope" in case.bundle:
            kind, payload = verifier.verify_dsse(bundle, who)
            return kind == IN_TOTO_PAYLOAD_TYPE and _names(payload, case.artifact)
        verifier.verify_artifact(case.artifact, bundle, who)
    except (SigstoreError, ValueError, KeyError, TypeError, AssertionError):
        return False
    return True


def _root(case: Case) -> TrustedRoot:
    with NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(case.root, file)
        file.flush()
        return TrustedRoot.from_file(file.name)


def _names(payload: bytes, artifact: bytes) -> bool:
    # As its command line does behind `verify_dsse`.
    wanted = hashlib.sha256(artifact).hexdigest()
    return any(each["digest"].get("sha256") == wanted for each in json.loads(payload)["subject"])
