"""Stock Sigstore clients, as they come from their registries, sign and verify against the services of a log.

Nothing of ours runs in their processes: they are given the address of the TUF repository, its root and a token.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from attest.signing.artifact import artifact_of
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import Identity, verify_bundle
from tests.service.sigstore_services import STATEMENT, Certified, World
from tests.support.identities import p256

pytestmark = pytest.mark.loopback
JS = Path(__file__).resolve().parents[1] / "js" / "node_modules" / "@sigstore" / "cli" / "bin" / "run"
POND = b"three herons\n"


@dataclass
class Desk:
    """A folder with a home of its own, where a client runs."""

    folder: Path
    world: World

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        held = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        home = {"HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder / "data"), "NO_COLOR": "1"}
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**held, **home, "XDG_CACHE_HOME": str(self.folder / "cache"), **environment},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        sigstore = str(Path(sys.executable).with_name("sigstore"))
        return self.run(sigstore, "--instance", f"{self.world.base}/tuf", *arguments)

    def js(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run("node", str(JS), *arguments, CI="true", **environment)

    def js_verify(self, bundle: str, *more: str, identity: str) -> subprocess.CompletedProcess[str]:
        return self.js(
            *("verify", bundle, "--certificate-issuer", self.world.people.name),
            *("--certificate-identity-uri", identity, "--tuf-mirror-url", f"{self.world.base}/tuf"),
            *("--tuf-root-path", str(self.folder / "root.json"), "--tuf-cache-path", str(self.folder / "js"), *more),
        )

    def identity(self, bundle: str) -> str:
        material = json.loads((self.folder / bundle).read_text())["verificationMaterial"]
        return Certified(p256(), base64.b64decode(material["certificate"]["rawBytes"])).san

    def who(self, bundle: str) -> tuple[str, ...]:
        return "--cert-identity", self.identity(bundle), "--cert-oidc-issuer", self.world.people.name


@pytest.fixture(scope="module")
def desk(sigstore_world: World, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Give a desk with an artifact, a statement, a predicate, and the root that the python client trusts already."""
    made = Desk(tmp_path_factory.mktemp("desk"), sigstore_world)
    (made.folder / "pond.txt").write_bytes(POND)
    subject = {"name": "pond.txt", "digest": {"sha256": hashlib.sha256(POND).hexdigest()}}
    (made.folder / "statement.json").write_text(json.dumps(STATEMENT | {"subject": [subject]}))
    build = {"buildType": "https://ci.example.test/pond", "externalParameters": {"depth": 3}}
    predicate = {"buildDefinition": build, "runDetails": {"builder": {"id": "https://ci.example.test/builder"}}}
    (made.folder / "predicate.json").write_text(json.dumps(predicate))
    (made.folder / "root.json").write_bytes(sigstore_world.http.get(f"{sigstore_world.base}/tuf/1.root.json").content)
    done = made.python("trust-instance", "root.json")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def signed(desk: Desk) -> str:
    """Give the bundle that sigstore-python signed the artifact with."""
    done = desk.python(
        "sign", "--identity-token", desk.world.people.token(), "--bundle", "pond.sigstore.json", "pond.txt"
    )
    assert done.returncode == 0, done.stderr
    return "pond.sigstore.json"


def test_python_client_signs_an_artifact_and_verifies_it(desk: Desk, signed: str) -> None:
    good = desk.python("verify", "identity", *desk.who(signed), "--bundle", signed, "pond.txt")
    assert good.returncode == 0, good.stderr
    (desk.folder / "other.txt").write_bytes(POND + b"\n")
    assert desk.python("verify", "identity", *desk.who(signed), "--bundle", signed, "other.txt").returncode != 0


def test_python_client_attests_and_all_of_its_bundle_holds(desk: Desk) -> None:
    done = desk.python(
        *("attest", "--identity-token", desk.world.people.token(), "--predicate", "predicate.json"),
        *("--predicate-type", "https://slsa.dev/provenance/v1", "--bundle", "build.sigstore.json", "pond.txt"),
    )
    assert done.returncode == 0, done.stderr
    verified = desk.python(
        "verify", "identity", *desk.who("build.sigstore.json"), "--bundle", "build.sigstore.json", "pond.txt"
    )
    assert verified.returncode == 0, verified.stderr
    raw = (desk.folder / "build.sigstore.json").read_bytes()
    root = parse_trusted_root(desk.world.running.app.state.service.instance.services.trusted_root)
    signer = Identity(san=desk.identity("build.sigstore.json"), issuer=desk.world.people.name)
    found = verify_bundle(raw, root, signer, artifact_of(POND))
    assert len(found.times) == 2
    client = desk.world.running.signed_in
    held = client.post("/v1/attestations", content=raw)
    assert (held.status_code, held.json()["index"]) == (200, found.log_index)


def test_trust_configuration_as_one_file_serves_as_well_as_tuf(desk: Desk) -> None:
    services = desk.world.running.app.state.service.instance.services
    (desk.folder / "trust.json").write_bytes(services.trust_config(desk.world.base))
    sigstore = str(Path(sys.executable).with_name("sigstore"))
    done = desk.run(
        *(sigstore, "--trust-config", "trust.json", "sign", "--identity-token", desk.world.people.token()),
        *("--bundle", "again.sigstore.json", "pond.txt"),
    )
    assert done.returncode == 0, done.stderr
    assert desk.identity("again.sigstore.json").startswith(f"https://{services.host}/actor/")


def test_js_client_attests_and_verifies_through_tuf(desk: Desk, require: Callable[..., None]) -> None:
    require("node")
    require("sigstore-js", JS.is_file())
    token = desk.world.people.token()
    done = desk.js(
        *("attest", "statement.json", "--fulcio-url", desk.world.base, "--rekor-url", desk.world.base),
        *("--tsa-server-url", f"{desk.world.base}/api/v1/timestamp", "-o", "js.sigstore.json", "--timeout", "30"),
        SIGSTORE_ID_TOKEN=token,
    )
    assert done.returncode == 0, done.stderr
    who = desk.identity("js.sigstore.json")
    good = desk.js_verify("js.sigstore.json", identity=who)
    assert good.returncode == 0, good.stderr
    assert desk.js_verify("js.sigstore.json", identity=who + "x").returncode != 0
    other = desk.python("verify", "identity", *desk.who("js.sigstore.json"), "--bundle", "js.sigstore.json", "pond.txt")
    assert other.returncode == 0, other.stderr


def test_js_client_verifies_what_the_python_client_signed(
    desk: Desk, signed: str, require: Callable[..., None]
) -> None:
    require("node")
    require("sigstore-js", JS.is_file())
    good = desk.js_verify(signed, "--blob-file", "pond.txt", identity=desk.identity(signed))
    assert good.returncode == 0, good.stderr


def test_certificate_of_the_python_client_holds_nothing_of_its_request(desk: Desk, signed: str) -> None:
    material = json.loads((desk.folder / signed).read_text())["verificationMaterial"]
    certificate = x509.load_der_x509_certificate(base64.b64decode(material["certificate"]["rawBytes"]))
    assert list(certificate.subject) == []
