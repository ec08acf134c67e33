"""Promise: one redacted personal value can be proved from the signed bundle, any other claim about it is refused."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from attest.cli.main import exit_code
from attest.errors import Absent, AttestError, CannotVerify, InvalidInput, NotVerified
from attest.model.keeping import CommitTo
from attest.model.receipt import Receipt
from attest.store import attestations
from attest.usecases.check_redaction import SignerNamed, check_redaction
from attest.usecases.instance import Instance
from attest.usecases.prove_redaction import Place, prove_redaction
from attest.usecases.read_parts import open_parts
from tests.support.command import whereof
from tests.support.recording import Clone, document, open_home, record_file, story, write_story

MAIL = "marguerite.oyelaran" + "@" + "brackenfell-systems.com"
SECRET = "gh" + "p_" + "q7RkT2mVx9LbN4cWzE8sYd3HfJ6aPu1GoK5Z"
PNG = b"\x89PNG\r\n\x1a\n" + hashlib.shake_256(b"pond").digest(600)


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    tale = story()
    tale.prompt(f"Write to {MAIL} and to {MAIL}, use {SECRET}.")
    tale.shell("base64 pond.png", base64.b64encode(PNG).decode())
    return write_story(tmp_path / "t.jsonl", tale)


def spans(instance: Instance, receipt: Receipt) -> list[dict[str, object]]:
    part = open_parts(instance, receipt.attestation, lambda name: name == "redaction")["redaction"]
    found: list[dict[str, object]] = json.loads(part)["spans"]
    return found


def mail_place(instance: Instance, receipt: Receipt) -> Place:
    first = next(s for s in spans(instance, receipt) if s["entity"] == "EMAIL_ADDRESS")
    return Place(unit="record", record=int(str(first["record"])), pointer=str(first["pointer"]), span=0)


def signer(instance: Instance, receipt: Receipt) -> SignerNamed:
    home = instance.settings.home
    (bundle,) = home.glob(f"bundles/*/{receipt.attestation}.sigstore.json")
    identity, issuer = _identity(instance, receipt)
    return SignerNamed(
        bundle=bundle,
        trusted_root=home / "trust" / "trusted_root.json",
        identity=identity,
        issuer=issuer,
        key=None,
    )


def _identity(instance: Instance, receipt: Receipt) -> tuple[str, str]:
    stored = attestations.by_id(instance.engine, instance.scope, receipt.attestation)
    assert stored is not None
    return stored.identity, stored.issuer


def test_a_disclosed_address_and_a_dropped_image_hold_against_the_bundle(
    instance: Instance, clone: Clone, transcript: Path, tmp_path: Path
) -> None:
    receipt = record_file(instance, transcript, clone)
    assert receipt.session is not None
    named = signer(instance, receipt)
    disclosure = prove_redaction(instance, receipt.session, mail_place(instance, receipt))
    proved = check_redaction(json.dumps(disclosure.to_json()).encode(), named)
    assert proved.disclosure.withheld.value == MAIL
    blobs = json.loads(open_parts(instance, receipt.attestation)["redaction"])["blobs"]
    assert [(b["media"], b["bytes"]) for b in blobs] == [("image/png", len(PNG))]
    image = prove_redaction(
        instance, receipt.session, Place(unit="line", record=blobs[0]["line"], pointer="", span=blobs[0]["at"])
    )
    proved = check_redaction(json.dumps(image.to_json()).encode(), named)
    assert proved.disclosure.withheld.value == f"sha256:{hashlib.sha256(PNG).hexdigest()}"


def _value(d: dict[str, object]) -> None:
    d["withheld"]["value"] = "somebody.else@brackenfell-systems.com"  # type: ignore[index]


def _pointer(d: dict[str, object]) -> None:
    d["withheld"]["pointer"] = "/elsewhere"  # type: ignore[index]


def _span(d: dict[str, object]) -> None:
    d["withheld"]["span"] = 1  # type: ignore[index]


def _record(d: dict[str, object]) -> None:
    d["withheld"]["record"] += 1  # type: ignore[index]


def _token(d: dict[str, object]) -> None:
    d["withheld"]["token"] = "[REDACTED:EMAIL_ADDRESS:aaaaaaaaaaaaaaaa]"  # type: ignore[index]


def _salt(d: dict[str, object]) -> None:
    d["salt"] = "00" * 16


def _proof(d: dict[str, object]) -> None:
    d["proof"] = d["proof"][::-1] if len(d["proof"]) > 1 else ["00" * 32]  # type: ignore[index,arg-type]


def _index(d: dict[str, object]) -> None:
    d["index"] = int(str(d["index"])) ^ 1


def _root(d: dict[str, object]) -> None:
    d["root"] = "00" * 32


def _subject(d: dict[str, object]) -> None:
    d["subject"] = "sha256:" + "00" * 32


def _session(d: dict[str, object]) -> None:
    d["session"] = "ses_" + "0" * 26


def _member(d: dict[str, object]) -> None:
    d["note"] = "more"


CHANGES = (_value, _pointer, _span, _record, _token, _salt, _proof, _index, _root, _subject, _session, _member)


def test_every_changed_member_of_a_disclosure_is_refused(instance: Instance, clone: Clone, transcript: Path) -> None:
    receipt = record_file(instance, transcript, clone)
    assert receipt.session is not None
    named = signer(instance, receipt)
    disclosure = prove_redaction(instance, receipt.session, mail_place(instance, receipt)).to_json()
    check_redaction(json.dumps(disclosure).encode(), named)
    for change in CHANGES:
        other = json.loads(json.dumps(disclosure))
        change(other)
        assert other != disclosure
        with pytest.raises(NotVerified) as caught:
            check_redaction(json.dumps(other).encode(), named)
        assert exit_code(caught.value) == 3
        assert MAIL not in str(caught.value)
    for raw in (b"", b"[]", b"{}", b"[" * 100_000):
        with pytest.raises(NotVerified):
            check_redaction(raw, named)


def test_no_signer_is_no_check_and_another_signer_fails(instance: Instance, clone: Clone, transcript: Path) -> None:
    receipt = record_file(instance, transcript, clone)
    assert receipt.session is not None
    named = signer(instance, receipt)
    raw = json.dumps(prove_redaction(instance, receipt.session, mail_place(instance, receipt)).to_json()).encode()

    def by(identity: str | None) -> SignerNamed:
        return SignerNamed(
            bundle=named.bundle, trusted_root=named.trusted_root, identity=identity, issuer=named.issuer, key=None
        )

    with pytest.raises(InvalidInput):
        check_redaction(raw, by(None))
    with pytest.raises(NotVerified):
        check_redaction(raw, by("https://elsewhere.example/actor/x"))


@pytest.mark.parametrize(
    ("policy", "mail", "secret"),
    [(CommitTo.PII_ONLY, True, False), (CommitTo.ALL, True, True), (CommitTo.NONE, False, False)],
)
def test_secrets_are_committed_to_only_when_asked_for(
    new_home: Callable[[str], Path], clone: Clone, transcript: Path, policy: CommitTo, mail: bool, secret: bool
) -> None:
    home = new_home(f"home-{policy.value}")
    (home / "redaction-keep.json").write_text(json.dumps({"commit": policy.value}))
    instance = open_home(home)
    receipt = record_file(instance, transcript, clone)
    assert receipt.session is not None
    for entity, wanted in (("EMAIL_ADDRESS", mail), ("SECRET", secret)):
        found = [s for s in spans(instance, receipt) if s["entity"] == entity]
        assert found
        place = _place(found[0], spans(instance, receipt))
        if wanted:
            prove_redaction(instance, receipt.session, place)
        else:
            with pytest.raises(Absent) as caught:
                prove_redaction(instance, receipt.session, place)
            assert caught.value.code == "redaction.not-committed"
    instance.engine.dispose()


def _place(one: dict[str, object], among: list[dict[str, object]]) -> Place:
    same = [s for s in among if (s["record"], s["pointer"]) == (one["record"], one["pointer"])]
    return Place(unit="record", record=int(str(one["record"])), pointer=str(one["pointer"]), span=same.index(one))


def test_values_stay_sealed_on_this_machine_and_end_with_the_sessions_secret(
    instance: Instance, data: Path, clone: Clone, transcript: Path
) -> None:
    receipt = record_file(instance, transcript, clone)
    assert receipt.session is not None
    (sealed,) = (data / "withheld" / receipt.session).iterdir()
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert MAIL.encode() not in sealed.read_bytes()
    assert sealed.read_bytes()[32:] not in [instance.objects.get(a) for a in instance.objects.addresses()]
    place = mail_place(instance, receipt)
    whole = sealed.read_bytes()
    sealed.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(NotVerified):
        prove_redaction(instance, receipt.session, place)
    sealed.unlink()
    with pytest.raises(CannotVerify):
        prove_redaction(instance, receipt.session, place)
    sealed.write_bytes(whole)
    (data / "keys" / "session" / f"{receipt.session}.json").unlink()
    with pytest.raises(CannotVerify) as caught:
        prove_redaction(instance, receipt.session, place)
    assert caught.value.code == "key.missing"


def test_the_commands_write_a_private_file_and_check_it(
    instance: Instance, data: Path, clone: Clone, transcript: Path, tmp_path: Path
) -> None:
    receipt = record_file(instance, transcript, clone)
    named, place = signer(instance, receipt), mail_place(instance, receipt)
    out = tmp_path / "disclosure.json"
    where = ("--record", str(place.record), "--pointer", place.pointer)
    done = whereof("prove-redaction", str(receipt.session), *where, "-o", out, home=data, cwd=clone.path)
    assert done.returncode == 0, done.stderr
    assert MAIL not in done.stdout + done.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    by = ("--identity", str(named.identity), "--issuer", str(named.issuer))
    files = ("--bundle", named.bundle, "--trusted-root", named.trusted_root)
    checked = whereof("check-redaction", out, *files, *by, "--json", home=tmp_path / "none", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert document(checked.stdout)["verdict"] == "pass"
    assert not (tmp_path / "none").exists()
    out.write_text(out.read_text().replace(MAIL, "x" + MAIL[1:]))
    refused = whereof("check-redaction", out, *files, *by, home=tmp_path / "none", cwd=tmp_path)
    assert refused.returncode == 3
    missing = whereof("prove-redaction", str(receipt.session), "--record", "99", "-o", out, home=data, cwd=clone.path)
    assert missing.returncode == 4


def test_errors_of_both_paths_name_no_value(instance: Instance, transcript: Path, clone: Clone) -> None:
    receipt = record_file(instance, transcript, clone)
    with pytest.raises(AttestError) as caught:
        prove_redaction(instance, str(receipt.session), Place(unit="record", record=0, pointer=MAIL[:3], span=9))
    assert MAIL not in repr(caught.value)
    assert MAIL not in repr(prove_redaction(instance, str(receipt.session), mail_place(instance, receipt)))
