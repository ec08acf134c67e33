"""The files that tell Sigstore clients whom to trust and where to sign: trusted root, signing config, both in one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from attest.canonical import canonical_json
from attest.model.times import rfc3339_seconds
from attest.signing.embedded.ca import spki
from attest.signing.strict import base64_text

TRUSTED_ROOT_TYPE = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
SIGNING_CONFIG_TYPE = "application/vnd.dev.sigstore.signingconfig.v0.2+json"
TRUST_CONFIG_TYPE = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """One generation of the certificate authority, and for which time it is named."""

    chain: tuple[x509.Certificate, ...]
    ct_key: ec.EllipticCurvePublicKey
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamping:
    """One generation of the time-stamp authority, and for which time it is named."""

    chain: tuple[x509.Certificate, ...]
    start: datetime
    end: datetime | None


def trusted_root(
    *,
    origin: str,
    issuing: tuple[Issuing, ...],
    stamping: tuple[Stamping, ...],
    note_key: ec.EllipticCurvePublicKey,
) -> bytes:
    """Give `trusted_root.json`, every generation in it: an ended one proves what it signed before its end.

    The log's `baseUrl` is `https://<origin>`, whatever address it listens on.
    """
    url = f"https://{origin}"
    return canonical_json(
        {
            "mediaType": TRUSTED_ROOT_TYPE,
            "tlogs": [_log(url, note_key, issuing[0].start, None)],
            "certificateAuthorities": [_authority(url, one) for one in issuing],
            "ctlogs": [_log(f"{url}/ct", one.ct_key, one.start, one.end) for one in issuing],
            "timestampAuthorities": [_authority(f"{url}/api/v1/timestamp", one) for one in stamping],
        }
    )


def signing_config(base_url: str, start: datetime) -> bytes:
    """Give `signing_config.json` v0.2: every service below one address, API version 1."""
    service = {
        "majorApiVersion": 1,
        "operator": "whereof",
        "validFor": {"start": rfc3339_seconds(start)},
    }
    return canonical_json(
        {
            "mediaType": SIGNING_CONFIG_TYPE,
            "caUrls": [{"url": base_url, **service}],
            "oidcUrls": [{"url": base_url, **service}],
            "rekorTlogUrls": [{"url": base_url, **service}],
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaUrls": [{"url": f"{base_url}/api/v1/timestamp", **service}],
            "tsaConfig": {"selector": "ALL"},
        }
    )


def trust_config(root: bytes, config: bytes) -> bytes:
    """Give both files as one client trust config, their bytes set in as they are."""
    return b'{"mediaType":"%b","signingConfig":%b,"trustedRoot":%b}' % (TRUST_CONFIG_TYPE.encode(), config, root)


def _log(url: str, key: ec.EllipticCurvePublicKey, start: datetime, end: datetime | None) -> dict[str, object]:
    raw = spki(key)
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": base64_text(raw),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": _span(start, end),
        },
        "logId": {"keyId": base64_text(hashlib.sha256(raw).digest())},
    }


def _authority(url: str, pinned: Issuing | Stamping) -> dict[str, object]:
    certificates = [{"rawBytes": base64_text(each.public_bytes(Encoding.DER))} for each in pinned.chain]
    return {
        "subject": {"organization": "whereof embedded", "commonName": url.removeprefix("https://")},
        "uri": url,
        "certChain": {"certificates": certificates},
        "validFor": _span(pinned.start, pinned.end),
    }


def _span(start: datetime, end: datetime | None) -> dict[str, object]:
    open_ended: dict[str, object] = {"start": rfc3339_seconds(start)}
    return open_ended if end is None else {**open_ended, "end": rfc3339_seconds(end)}
