"""Write `docs/spec/vectors/revocations.json`: lists of revoked authorities that are read, and such as are refused whole.

The certificates in the file are kept when it is there, since signatures differ each time they are made.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FILE: Final = Path(__file__).parents[1] / "docs" / "spec" / "vectors" / "revocations.json"
TYPE: Final = "application/vnd.whereof.revocations+json;version=1"
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_MOMENT: Final = "2026-01-31T12:00:00Z"
_KINDS: Final = ("issuer", "stamper", "signer")


def certificate(kind: str) -> str:
    """Give a certificate of a kind, DER in base64, under a key that is thrown away."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{kind} of an example")])
    uses = {"stamper": ExtendedKeyUsageOID.TIME_STAMPING, "signer": ExtendedKeyUsageOID.CODE_SIGNING}
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1 + _KINDS.index(kind))
        .not_valid_before(_START)
        .not_valid_after(_START + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=kind == "issuer", path_length=None), critical=True)
    )
    if kind in uses:
        builder = builder.add_extension(x509.ExtendedKeyUsage([uses[kind]]), critical=True)
    return base64.b64encode(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)).decode()


def vectors(certificates: dict[str, str]) -> dict[str, object]:
    """Give the file: every list as text, and whether it is read."""
    issuer, stamper, signer = (certificates[kind] for kind in _KINDS)

    def listed(*rows: dict[str, object], kind: str = TYPE, **more: object) -> str:
        return json.dumps({"mediaType": kind, "revoked": list(rows), **more}, separators=(",", ":"), sort_keys=True)

    def row(der: object = issuer, since: object = _MOMENT, **more: object) -> dict[str, object]:
        return {"certificate": der, "since": since, **more}

    good = {"nobody": listed(), "an issuer": listed(row()), "a stamper": listed(row(stamper)),
            "one twice, with two moments": listed(row(), row(since="2026-01-30T12:00:00Z"))}  # fmt: skip
    bad = {
        "a signer's certificate": listed(row(signer)),
        "a certificate that does not parse": listed(row("AAAA")),
        "base64 that is not in its one form": listed(row(issuer.rstrip("=") + "\n")),
        "another version": listed(row(), kind=TYPE.replace("=1", "=2")),
        "a member too many": listed(row(), by="me"),
        "a member too many in a row": listed(row(reason="lost")),
        "a row without a moment": listed({"certificate": issuer}),
        "a moment with a fraction": listed(row(since="2026-01-31T12:00:00.5Z")),
        "a moment with an offset": listed(row(since="2026-01-31T12:00:00+00:00")),
        "a moment without a zone": listed(row(since="2026-01-31T12:00:00")),
        "a moment that is none": listed(row(since="2026-01-31T99:00:00Z")),
        "a moment before 1970": listed(row(since="1969-12-31T23:59:59Z")),
        "a moment that is a number": listed(row(since=1769860800)),
        "rows that are no list": listed().replace("[]", "{}"),
        "a name twice": listed(row()).replace('"since":', f'"since":"{_MOMENT}","since":'),
        "nothing": "",
        "no object": "[]",
        "cut": listed(row())[:-1],
    }
    lists = [{"name": name, "read": True, "list": text} for name, text in good.items()]
    lists += [{"name": name, "read": False, "list": text} for name, text in bad.items()]
    return {"certificates": certificates, "lists": lists}


def main() -> None:
    """Write the file."""
    kept: dict[str, str] = json.loads(FILE.read_text(encoding="utf-8"))["certificates"] if FILE.is_file() else {}
    made = vectors({kind: kept.get(kind) or certificate(kind) for kind in _KINDS})
    FILE.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
