"""Keys in a token or a key service sign what keys in the ring sign, and are never read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from attest.clock import SystemEntropy
from attest.errors import InvalidInput, Refused
from attest.ledger.checkpoint import open_c2sp_note, open_sigstore_note
from attest.ledger.note import NoteAlgorithm, NoteKey, decode_vkey
from attest.model.admin_keys import KeyRole
from attest.signing.artifact import artifact_of
from attest.signing.embedded.authorities import make_generation
from attest.signing.embedded.ca import spki
from attest.signing.embedded.direct import DirectSigner
from attest.signing.embedded.generations import Announcement, announce
from attest.signing.embedded.held import KeyHolder, Sign
from attest.signing.embedded.instance import Instance, open_instance
from attest.signing.embedded.kms_keys import AwsKmsKeys
from attest.signing.embedded.pkcs11_keys import Pkcs11Keys
from attest.signing.embedded.ring_keys import RingKeys
from attest.signing.render import render_bundle
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import Identity, verify_bundle
from attest.usecases.key_store import read_key_store
from tests.support.signing import MemoryKeyRing, MemoryLog, SettableClock, statement

PIN = "827364"
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
ALL = frozenset({"root", "ca", "ct", "tsa", "log"})
ARTIFACT = b"an artifact\n"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory, require: Callable[..., None]) -> Iterator[Pkcs11Keys]:
    require(
        "softhsm2", shutil.which("softhsm2-util") is not None and MODULE.exists() and find_spec("pkcs11") is not None
    )
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    (folder / "pin").write_text(f"{PIN}\n")
    (folder / "pin").chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        made = ("softhsm2-util", "--init-token", "--free", "--label", "whereof", "--so-pin", "0000", "--pin", PIN)
        subprocess.run(made, check=True, capture_output=True, timeout=30)
        yield Pkcs11Keys(module=MODULE, token="whereof", pin_file=folder / "pin", parts=ALL | {"log-c2sp"})


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch, require: Callable[..., None]) -> Iterator[AwsKmsKeys]:
    require("moto_server", find_spec("moto") is not None)
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield AwsKmsKeys(region="eu-west-1", parts=ALL)


def signs(instance: Instance, clock: SettableClock) -> None:
    log = MemoryLog(instance.log, clock)
    identity = f"https://{instance.host}/actor/{'5a' * 32}"
    signer = DirectSigner(instance=instance, identity=identity, clock=clock, entropy=SystemEntropy())
    leaf = signer.leaf(statement(ARTIFACT))
    raw = render_bundle(leaf, log.append(leaf))
    who = Identity(san=identity, issuer=instance.issuer)
    assert verify_bundle(raw, parse_trusted_root(instance.trusted_root), who, artifact_of(ARTIFACT)).log_index == 1


def secrets_of(ring: MemoryKeyRing) -> set[str]:
    """Give the parts whose keys are in the ring itself."""
    held = {name for name, raw in ring.secrets.items() if raw.startswith(b"whereof held key")}
    return {name[9:-4] for name in ring.secrets if name.endswith(".key") and name not in held}


@pytest.mark.parametrize("place", ["token", "kms"])
def test_all_that_a_held_key_signs_is_verified(place: str, request: pytest.FixtureRequest) -> None:
    holder: KeyHolder = request.getfixturevalue(place)
    ring, clock = MemoryKeyRing(), SettableClock()
    instance = open_instance(ring, clock, SystemEntropy(), holder=holder)
    assert secrets_of(ring) == {"oidc", "tuf"} | ({"log-c2sp"} if place == "kms" else set())
    signs(instance, clock)
    heads = instance.log.sign_heads(3, b"r" * 32)
    assert open_c2sp_note(heads.c2sp, decode_vkey(instance.log.verifier_key))[0].size == 3
    key = NoteKey(
        name=instance.log.origin, algorithm=NoteAlgorithm.ECDSA_P256, public=spki(instance.log.note_key.public_key())
    )
    assert open_sigstore_note(heads.sigstore, key).size == 3
    again = open_instance(ring, clock, SystemEntropy(), holder=holder)
    assert again.trusted_root == instance.trusted_root
    signs(again, clock)
    with pytest.raises(TypeError):
        again.log.note_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(Refused) as caught:
        open_instance(ring, clock, SystemEntropy())
    assert caught.value.code == "key.missing"


def test_rotation_moves_an_authority_from_a_file_into_the_token(token: Pkcs11Keys) -> None:
    ring, clock = MemoryKeyRing(), SettableClock()
    open_instance(ring, clock, SystemEntropy())
    instance = open_instance(ring, clock, SystemEntropy(), holder=token)
    first, now = instance.authority, clock.now()
    make_generation(RingKeys(ring, must_exist=False, now=now, holder=token), KeyRole.CA, 2, host=instance.host)
    told = Announcement(announced=now, begins=now.replace(microsecond=0), previous_ends=now + timedelta(hours=1))
    announce(ring, KeyRole.CA, 2, told)
    assert instance.authority.certificate != first.certificate
    assert not {"ca-2", "ct-2"} & secrets_of(ring)
    signs(instance, clock)


def test_key_in_the_token_is_sensitive_and_cannot_be_taken_out(token: Pkcs11Keys) -> None:
    import pkcs11

    token.p256("whereof-test-p", make=True)
    token.ed25519("whereof-test-e", make=True)
    held = pkcs11.lib(str(MODULE)).get_token(token_label="whereof").open()
    names = {"whereof-test-p", "whereof-test-e"}
    found = [
        key for key in held.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}) if key.label in names
    ]
    assert len(found) == 2
    for key in found:
        assert key[pkcs11.Attribute.SENSITIVE]
        assert not key[pkcs11.Attribute.EXTRACTABLE]
        with pytest.raises(pkcs11.exceptions.PKCS11Error):
            assert key[pkcs11.Attribute.VALUE]
    held.close()


def test_key_that_was_made_before_a_crash_is_found_again(token: Pkcs11Keys) -> None:
    assert token.p256("whereof-once", make=True)[0] == token.p256("whereof-once", make=True)[0]
    with pytest.raises(Refused) as caught:
        token.p256("whereof-never-made", make=False)
    assert caught.value.code == "key.missing"


@pytest.mark.parametrize("fault", ["mode", "module", "token", "no file"])
def test_token_that_does_not_open_is_named_without_its_pin(token: Pkcs11Keys, tmp_path: Path, fault: str) -> None:
    pin = tmp_path / "pin"
    if fault != "no file":
        pin.write_text(PIN)
        pin.chmod(0o644 if fault == "mode" else 0o600)
    broken = Pkcs11Keys(
        module=tmp_path / "none.so" if fault == "module" else token.module,
        token="another" if fault == "token" else token.token,
        pin_file=pin,
        parts=ALL,
    )
    with pytest.raises(Refused) as caught:
        broken.p256("whereof-once", make=False)
    assert caught.value.code == "key.unavailable"
    assert PIN not in str(caught.value)


def test_wrong_pin_is_refused_and_not_told(token: Pkcs11Keys, tmp_path: Path) -> None:
    # In a process of its own: one that has the token open has logged in.
    (tmp_path / "pin").write_text("999999")
    (tmp_path / "pin").chmod(0o600)
    program = (
        "from pathlib import Path; from attest.signing.embedded.pkcs11_keys import Pkcs11Keys\n"
        f"k = Pkcs11Keys(module=Path({str(MODULE)!r}), token='whereof', pin_file=Path({str(tmp_path / 'pin')!r}), parts=set())\n"
        "k.p256('whereof-once', make=False)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, timeout=60)
    assert done.returncode == 1
    assert b"PinIncorrect; at pkcs11:token=whereof [key.unavailable]" in done.stderr
    assert b"999999" not in done.stderr + done.stdout
    assert token.name == "pkcs11:token=whereof"


@dataclass
class LyingHolder:
    """Signs, but not with the key that it shows."""

    name: str = "lying"
    shown: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def takes(self, part: str) -> bool:
        return part == "log"

    def p256(self, label: str, *, make: bool) -> tuple[bytes, Sign]:
        from cryptography.hazmat.primitives import hashes

        other = ec.generate_private_key(ec.SECP256R1())
        public = self.shown.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return public, lambda message: other.sign(message, ec.ECDSA(hashes.SHA256()))

    def ed25519(self, label: str, *, make: bool) -> tuple[bytes, Sign]:
        raise AssertionError(label, make)


def test_signature_that_does_not_hold_is_not_given() -> None:
    instance = open_instance(MemoryKeyRing(), SettableClock(), SystemEntropy(), holder=LyingHolder())
    with pytest.raises(Refused) as caught:
        instance.log.sign_heads(1, b"r" * 32)
    assert caught.value.code == "key.unavailable"


def test_key_service_that_does_not_answer_is_named(kms: AwsKmsKeys) -> None:
    with pytest.raises(Refused) as caught:
        kms.p256("whereof-never-made", make=False)
    assert caught.value.code == "key.missing"
    away = AwsKmsKeys(region="eu-west-1", parts=ALL, endpoint="http://127.0.0.1:1")
    with pytest.raises(Refused) as caught:
        away.p256("whereof-x", make=True)
    assert caught.value.code == "key.unavailable"
    assert "testing" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"kind": "file", "parts": ["ca"]}',
        '{"kind": "aws-kms", "region": "eu-west-1"}',
        '{"kind": "aws-kms", "region": "eu-west-1", "parts": []}',
        '{"kind": "aws-kms", "region": "eu-west-1", "parts": ["log-c2sp"]}',
        '{"kind": "aws-kms", "region": 7, "parts": ["ca"]}',
        '{"kind": "aws-kms", "region": "eu-west-1", "parts": ["ca"], "secret": "x"}',
        '{"kind": "pkcs11", "module": "m", "token": "t", "pin": "1234", "parts": ["ca"]}',
        '{"kind": "pkcs11", "module": "m", "token": "t", "pinFile": "p", "parts": ["tuf"]}',
    ],
)
def test_key_store_that_is_not_one_is_never_ignored(tmp_path: Path, text: str) -> None:
    assert read_key_store(tmp_path) is None
    (tmp_path / "key-store.json").write_text(text)
    with pytest.raises(InvalidInput) as caught:
        read_key_store(tmp_path)
    assert caught.value.code == "input.malformed"


def test_key_store_names_a_token_or_a_region(tmp_path: Path) -> None:
    path = tmp_path / "key-store.json"
    path.write_text('{"kind": "pkcs11", "module": "m", "token": "t", "pinFile": "p", "parts": ["ca", "log-c2sp"]}')
    held = read_key_store(tmp_path)
    assert held is not None
    assert held.name == "pkcs11:token=t"
    assert [held.takes(part) for part in ("ca", "ca-2", "log-c2sp", "log", "tsa")] == [True, True, True, False, False]
    path.write_text('{"kind": "aws-kms", "region": "eu-west-1", "parts": ["ca", "log"]}')
    held = read_key_store(tmp_path)
    assert held is not None
    assert held.name == "aws-kms:eu-west-1"
