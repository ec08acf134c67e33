"""What a signing certificate says about the build it was issued to, as far as a gate compares it."""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from attest.errors import NotVerified
from attest.signing.der import DerError, DerReader
from attest.signing.keys import UNREADABLE

OID_SOURCE_DIGEST: Final = ObjectIdentifier("1.3.6.1.4.1.57264.1.13")
"""Fulcio's `Source Repository Digest`: the commit that the build server says the run was for."""
_UTF8_STRING: Final = 0x0C


def certified_commit(certificate: bytes | None) -> str | None:
    """Give the commit that a verified certificate (DER) was issued for; None where it names none.

    Raises:
        NotVerified: `evidence.certificate`: the extension does not parse.
    """
    if certificate is None:
        return None
    try:
        held = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_oid(OID_SOURCE_DIGEST).value
        reader = DerReader(held.public_bytes())
        text = reader.octets(_UTF8_STRING).decode("ascii")
        reader.end()
    except x509.ExtensionNotFound:
        return None
    except (*UNREADABLE, DerError) as err:
        raise NotVerified("evidence.certificate", "the certified commit does not parse") from err
    return text
