"""Entries to append: signed once, made different by their payload hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cache

from attest.model.ports import LeafParts
from attest.store.log_store import Submission
from tests.support.signing import make_world


@cache
def signed() -> LeafParts:
    """One leaf with a certificate in it, whose window has not passed."""
    return make_world().instance.log.sign_statement(b"{}")


def submission(number: int, *keys: bytes) -> Submission:
    entry = json.loads(signed().body)
    entry["spec"]["payloadHash"]["value"] = hashlib.sha256(b"%d" % number).hexdigest()
    body = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
    leaf = replace(signed(), body=body, token=b"t")
    return Submission(
        leaf=leaf, keys=keys, payload_hash=hashlib.sha256(body).digest(), within=lambda _session, _receipt: None
    )
