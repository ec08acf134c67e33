"""An OIDC issuer of our own: tokens as a test wants them, and its keys on a loopback socket as discovery finds them."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import ECKey

KID = "first"


@dataclass
class TestIssuer:
    """Signs whatever it is told to."""

    __test__ = False

    name: str
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": KID}))

    def claims(self, **other: object) -> dict[str, object]:
        now = int(time.time())
        held: dict[str, object] = {"iss": self.name, "sub": "ada", "aud": "sigstore", "iat": now, "exp": now + 300}
        return {name: value for name, value in ({**held, "jti": os.urandom(8).hex()} | other).items() if value != ""}

    def token(self, **other: object) -> str:
        """Give a token; a claim of "" is left out."""
        return jwt.encode({"alg": "ES256", "kid": KID}, self.claims(**other), self.key)

    @property
    def jwks(self) -> bytes:
        return json.dumps({"keys": [self.key.as_dict(private=False)]}).encode()


Answers = dict[str, tuple[int, bytes, str]]
"""By path: status, body, and where a redirect leads."""


@contextmanager
def answering(answers: Callable[[str], Answers]) -> Iterator[str]:
    """Serve fixed answers on a free loopback port; gives the address."""
    held: Answers = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, location = held.get(self.path, (404, b"", ""))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    held.update(answers(address))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@contextmanager
def discovered_issuer() -> Iterator[TestIssuer]:
    """Run an issuer whose keys are found by discovery."""
    issuer = TestIssuer("")

    def answers(address: str) -> Answers:
        issuer.name = address
        document = json.dumps({"issuer": address, "jwks_uri": f"{address}/keys"}).encode()
        return {"/.well-known/openid-configuration": (200, document, ""), "/keys": (200, issuer.jwks, "")}

    with answering(answers):
        yield issuer


def p256() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem_of_key(key: ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def csr_request(key: object) -> dict[str, object]:
    """Give a request as sigstore-python makes it."""
    name = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, "who@example.test")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())  # type: ignore[arg-type]
    return {"certificateSigningRequest": base64.b64encode(csr.public_bytes(Encoding.PEM)).decode()}


def bare_request(key: ec.EllipticCurvePrivateKey, token: str, challenge: str) -> dict[str, object]:
    """Give a request as sigstore-js makes it: a public key, and a signature over the token's subject."""
    proof = base64.b64encode(key.sign(challenge.encode(), ec.ECDSA(hashes.SHA256()))).decode()
    return {
        "credentials": {"oidcIdentityToken": token},
        "publicKeyRequest": {
            "publicKey": {"algorithm": "ECDSA", "content": pem_of_key(key)},
            "proofOfPossession": proof,
        },
    }
