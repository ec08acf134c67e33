"""The files that tell Sigstore clients whom to trust and where to sign: trusted root, signing config, both in one."""

from __future__ import annotations

import hashlib
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from attest.canonical import canonical_json
from attest.model.times import rfc3339_seconds
from attest.signing.embedded.ca import Authority, spki
from attest.signing.embedded.tsa import TimestampAuthority
from attest.signing.strict import base64_text

TRUSTED_ROOT_TYPE = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
SIGNING_CONFIG_TYPE = "application/vnd.dev.sigstore.signingconfig.v0.2+json"
TRUST_CONFIG_TYPE = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"


def trusted_root(
    *, origin: str, authority: Authority, tsa: TimestampAuthority, note_key: ec.EllipticCurvePublicKey
) -> bytes:
    """Give `trusted_root.json`. The log's `baseUrl` is `https://<origin>`, whatever address it listens on."""
    start = authority.root.not_valid_before_utc
    return canonical_json(
        {
            "mediaType": TRUSTED_ROOT_TYPE,
            "tlogs": [_log(f"https://{origin}", note_key, start)],
            "certificateAuthorities": [_authority(f"https://{origin}", (authority.certificate, authority.root), start)],
            "ctlogs": [_log(f"https://{origin}/ct", authority.ct_key.public_key(), start)],
            "timestampAuthorities": [
                _authority(f"https://{origin}/api/v1/timestamp", (tsa.certificate, tsa.root), start)
            ],
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


def _log(url: str, key: ec.EllipticCurvePublicKey, start: datetime) -> dict[str, object]:
    raw = spki(key)
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": base64_text(raw),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": {"start": rfc3339_seconds(start)},
        },
        "logId": {"keyId": base64_text(hashlib.sha256(raw).digest())},
    }


def _authority(url: str, chain: tuple[x509.Certificate, ...], start: datetime) -> dict[str, object]:
    return {
        "subject": {"organization": "whereof embedded", "commonName": url.removeprefix("https://")},
        "uri": url,
        "certChain": {"certificates": [{"rawBytes": base64_text(each.public_bytes(Encoding.DER))} for each in chain]},
        "validFor": {"start": rfc3339_seconds(start)},
    }
