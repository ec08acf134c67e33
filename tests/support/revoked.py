"""Bundles and lists of revoked authorities, and what must come of each pair, whoever judges."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from attest.signing.revocation import write_revocations
from tests.support.bundles import Maker
from tests.support.signing import World, make_world

SECOND = timedelta(seconds=1)
EXPECTED: dict[str, str] = {
    "nobody": "",
    "somebody else": "",
    "issuer from later on": "",
    "issuer from its first moment on": "evidence.certificate",
    "stamper from later on": "",
    "stamper from its first moment on": "evidence.timestamp",
    "stamper from later on, without the log's time": "evidence.revoked",
    "issuer and stamper from later on": "",
    "root of both": "evidence.timestamp",
}
"""The code that it is refused with; empty: it is taken."""


@dataclass(frozen=True)
class Revoking:
    """A bundle, signed under a root of its own, and the list it is judged with."""

    bundle: bytes
    root: bytes
    revocations: bytes


def revoking(case: str, payload: bytes, world: World | None = None) -> Revoking:
    """Give what a name of `EXPECTED` speaks of; nobody else has signed under that root."""
    world = world or make_world()
    maker, at = Maker(world), world.clock.now().replace(microsecond=0)
    made = maker.bundle("dsse", "0.0.1", payload, with_set="without" not in case)
    services = world.instance
    stamper, issuer = services.tsa.certificate, services.authority.certificate
    later, first = at + timedelta(hours=1), at - SECOND
    rows = {
        "somebody else": ((make_world().instance.authority.certificate, first),),
        "issuer from later on": ((issuer, later),),
        "issuer from its first moment on": ((issuer, first), (issuer, later)),
        "stamper from later on": ((stamper, later),),
        "stamper from its first moment on": ((stamper, first),),
        "stamper from later on, without the log's time": ((stamper, later),),
        "issuer and stamper from later on": ((issuer, later), (stamper, later)),
        "root of both": ((services.tsa.root, first),),
    }.get(case, ())
    listed = write_revocations(tuple((der(certificate), since) for certificate, since in rows))
    return Revoking(bundle=json.dumps(made).encode(), root=services.trusted_root, revocations=listed)


def der(certificate: x509.Certificate) -> bytes:
    """Give a certificate's bytes."""
    return certificate.public_bytes(Encoding.DER)
