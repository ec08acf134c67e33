"""Derived copies of kept texts: redacted once more, by the profile `strict`, under a key of the tenant's own."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from attest.capture.fields import fields_for
from attest.errors import Quarantined
from attest.usecases.identities import known_identities
from attest.usecases.quarantine import quarantining
from attest.usecases.redaction_settings import read_redaction_settings
from redaction.config import Config
from redaction.redactor import Redactor

if TYPE_CHECKING:
    from attest.usecases.bundle_beside import Derive
    from attest.usecases.instance import Instance

PROFILE: Final = "strict"
_PURPOSE: Final = b"bundle/strict"


def strict_copies(instance: Instance) -> Derive:
    """Give what makes a derived copy; engines load when the first one is made, once for each format of transcripts.

    The same text gives the same copy. Where the second scan finds something, there is no copy.

    Raises:
        InvalidInput: the operator's `redaction.yaml` cannot be carried out with that profile.
    """
    home = instance.settings.home
    settings = read_redaction_settings(home, PROFILE)
    key = hmac.digest(instance.tenant_secret(), _PURPOSE, "sha256")
    redactors: dict[str, Redactor] = {}

    def derive(kind: str, data: bytes) -> bytes | None:
        try:
            with quarantining():
                if kind not in redactors:
                    config = settings.applied(Config(fields=fields_for(kind), cache_dir=home / "cache"))
                    redactors[kind] = Redactor(config, token_key=key, identities=known_identities(None, ()))
                return b"".join(redactors[kind].redact(lambda: data.splitlines(keepends=True)).lines())
        except Quarantined:
            return None

    return derive
