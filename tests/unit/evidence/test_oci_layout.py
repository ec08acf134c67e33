"""Promise: the layout is one that readers of OCI image layouts take, byte for byte the same each time."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from attest.errors import AttestError
from attest.evidence.oci_layout import BUNDLE_V03, MANIFEST_TYPE, ImageSubject, ReferrerLayout, referrer_layout
from attest.model.statement import Subject, build_statement
from tests.support.bundles import Maker
from tests.support.recording import whereof
from tests.support.signing import make_world

IMAGE = "ab" * 32
VSA = "https://slsa.dev/verification_summary/v1"
SUBJECT = ImageSubject(digest=f"sha256:{IMAGE}", size=512)


@pytest.fixture(scope="module")
def maker() -> Maker:
    return Maker(make_world())


def bundle(maker: Maker, sha256: str = IMAGE) -> bytes:
    statement = build_statement(VSA, (Subject(name="image", sha256=sha256),), {"verificationResult": "PASSED"})
    return json.dumps(maker.bundle("dsse", "0.0.1", statement.raw, with_set=True)).encode()


def blob(layout: ReferrerLayout, descriptor: dict[str, object]) -> bytes:
    """Follow a descriptor as a reader does: the bytes must have the digest and the size that it says."""
    data = layout.files[f"blobs/sha256/{str(descriptor['digest']).removeprefix('sha256:')}"]
    assert (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data)) == (descriptor["digest"], descriptor["size"])
    return data


def test_each_bundle_is_an_artifact_that_refers_to_the_image(maker: Maker) -> None:
    raw = (bundle(maker), bundle(maker, "cd" * 32))
    layout = referrer_layout(raw, SUBJECT)
    assert json.loads(layout.files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    index = json.loads(layout.files["index.json"])
    seen = set()
    for listed, one in zip(index["manifests"], raw, strict=True):
        manifest = json.loads(blob(layout, listed))
        assert (listed["mediaType"], manifest["mediaType"]) == (MANIFEST_TYPE, MANIFEST_TYPE)
        assert (listed["artifactType"], manifest["artifactType"]) == (BUNDLE_V03, BUNDLE_V03)
        assert manifest["subject"] == {"mediaType": MANIFEST_TYPE, "digest": f"sha256:{IMAGE}", "size": 512}
        assert listed["annotations"] == manifest["annotations"]
        assert manifest["annotations"]["dev.sigstore.bundle.predicateType"] == VSA
        assert blob(layout, manifest["config"]) == b"{}"
        (layer,) = manifest["layers"]
        assert (blob(layout, layer), layer["mediaType"]) == (one, BUNDLE_V03)
        seen |= {listed["digest"], manifest["config"]["digest"], layer["digest"]}
    assert {f"sha256:{name.split('/')[-1]}" for name in layout.files if name.startswith("blobs/")} == seen
    assert layout.naming == 1, "one statement is about another image"
    assert layout.manifests == tuple(one["digest"] for one in index["manifests"])


def test_equal_input_gives_equal_bytes(maker: Maker) -> None:
    raw = bundle(maker)
    assert referrer_layout((raw,), SUBJECT) == referrer_layout((raw,), SUBJECT)


@pytest.mark.parametrize(
    ("subject", "raw"),
    [
        (ImageSubject(digest="sha256:AB", size=1), None),
        (ImageSubject(digest=f"sha256:{IMAGE}/../../x", size=1), None),
        (ImageSubject(digest=f"sha256:{IMAGE}", size=0), None),
        (ImageSubject(digest=f"sha256:{IMAGE}", size=1, media_type="text/html"), None),
        (SUBJECT, b"{}"),
        (SUBJECT, b""),
    ],
)
def test_what_is_no_image_or_no_bundle_is_refused(maker: Maker, subject: ImageSubject, raw: bytes | None) -> None:
    with pytest.raises(AttestError):
        referrer_layout((bundle(maker) if raw is None else raw,), subject)
    with pytest.raises(AttestError):
        referrer_layout((), SUBJECT)


def test_command_writes_the_layout_and_says_what_controllers_pass_over(maker: Maker, home: Path) -> None:
    held = home / "vsa.jsonl"
    held.write_bytes(bundle(maker) + b"\n" + bundle(maker, "cd" * 32) + b"\n")
    asked = ("export", "referrer", held, "--image", f"sha256:{IMAGE}", "--size", "512", "-o", home / "layout")
    done = whereof(*asked, home=home, cwd=home)
    assert done.returncode == 0, done.stderr
    assert "1 of them name no such image" in done.stdout
    index = json.loads((home / "layout/index.json").read_text())
    assert len(index["manifests"]) == 2
    again = whereof(*asked, home=home, cwd=home)
    assert (again.returncode, "not empty" in again.stderr) == (2, True)
    held.write_bytes(json.dumps(json.loads(bundle(maker)), indent=1).encode())
    assert whereof(*asked[:-1], home / "one", "--json", home=home, cwd=home).returncode == 0
