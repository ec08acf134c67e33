"""Promise: the unmodified `in-toto-verify` takes the links and the layout, and refuses whatever was changed after them."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from attest.usecases.instance import Instance
from attest.usecases.review import GivenAnswer, ReviewRequest, review
from tests.support.command import whereof
from tests.support.recording import ROOT, Clone, git, record_file, story, write_story

QUESTIONS = ("intent-clear", "plan-sound", "constraints-kept", "judgement-used", "nothing-skipped")


class Release:
    """A reviewed and recorded change, the file that was released of it, and the key of whoever exports."""

    def __init__(self, clone: Clone, data: Path, folder: Path) -> None:
        self.clone, self.data, self.folder = clone, data, folder
        folder.mkdir()
        key = Ed25519PrivateKey.generate()
        self.key, self.public = folder.parent / "key.pem", folder.parent / "key.pub"
        self.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        (folder / "pond.tar").write_bytes(b"three ducks")
        (folder / "other.txt").write_text("not released")

    def export(self, revisions: str = "HEAD~1..HEAD") -> subprocess.CompletedProcess[str]:
        asked = ("export", "in-toto", revisions, "--product", self.folder / "pond.tar", "--key", self.key)
        return whereof(*asked, "-o", self.folder / "links", home=self.data, cwd=self.clone.path)

    def verify(self) -> tuple[int, str]:
        """Run in-toto's own program in the folder of the released files."""
        program = str(Path(sys.executable).parent / "in-toto-verify")
        asked = ["--layout", "links/root.layout", "--verification-keys", str(self.public), "--link-dir", "links"]
        done = subprocess.run(
            [program, "-v", *asked], cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        for left in self.folder.glob("*.link"):
            left.unlink()
        return done.returncode, done.stdout + done.stderr


def approve(instance: Instance, clone: Clone, decision: str = "approve") -> None:
    answers = tuple(GivenAnswer(question=name, answer="yes", events=((None, 0),)) for name in QUESTIONS)
    asked = ReviewRequest(repository=clone.repository, revision="HEAD", answers=answers, decision=decision)
    review(asked, instance)


@pytest.fixture
def release(instance: Instance, clone: Clone, data: Path, tmp_path: Path, require: Callable[..., None]) -> Release:
    require("in-toto", (Path(sys.executable).parent / "in-toto-verify").exists())
    record_file(instance, write_story(tmp_path / "s.jsonl", story()), clone)
    return Release(clone, data, tmp_path / "release")


def test_in_toto_takes_the_chain_and_refuses_a_changed_product(instance: Instance, release: Release) -> None:
    refused = release.export()
    assert (refused.returncode, "no approving review" in refused.stderr) == (4, True), refused.stderr
    approve(instance, release.clone)
    done = release.export()
    assert done.returncode == 0, done.stderr
    code, told = release.verify()
    assert code == 0, told

    product = release.folder / "pond.tar"
    for change in (b"four ducks", None):
        kept = product.read_bytes()
        product.unlink()
        if change:
            product.write_bytes(change)
        code, told = release.verify()
        assert (code, "pond.tar" in told) == (1, True), told
        product.write_bytes(kept)

    for link in sorted((release.folder / "links").glob("*.link")):
        kept = link.read_bytes()
        link.write_bytes(_other_digest(kept))
        assert release.verify()[0] == 1, f"{link.name} changed after it was signed"
        link.write_bytes(kept)
    link.unlink()
    assert release.verify()[0] == 1, f"without {link.name}"
    link.write_bytes(kept)

    stranger = Ed25519PrivateKey.generate().public_key()
    release.public.write_bytes(stranger.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert release.verify()[0] == 1, "a layout of somebody else"


def _other_digest(raw: bytes) -> bytes:
    envelope = json.loads(raw)
    link = json.loads(base64.b64decode(envelope["payload"]))
    for artifact in (*link["materials"].values(), *link["products"].values()):
        artifact["sha256"] = "0" * 64
    envelope["payload"] = base64.b64encode(json.dumps(link).encode()).decode()
    return json.dumps(envelope).encode()


def test_links_of_another_change_do_not_fit_together(instance: Instance, release: Release, tmp_path: Path) -> None:
    approve(instance, release.clone)
    assert release.export().returncode == 0
    kept = {path.name: path.read_bytes() for path in (release.folder / "links").glob("*.link")}
    (release.clone.path / "pond.py").write_text("ducks = 4\n")
    git(release.clone.path, "commit", "-q", "-a", "-m", "Four")
    clone = Clone(path=release.clone.path, oid=git(release.clone.path, "rev-parse", "HEAD"))
    tale = tmp_path / "t2.jsonl"
    tale.write_bytes(b"".join(story("session-two").lines()))
    record_file(instance, tale, clone)
    approve(instance, clone)
    assert release.export().returncode == 0
    assert release.verify()[0] == 0
    for name, older in kept.items():
        if not name.startswith(("session.", "release.")):
            continue
        mixed = release.folder / "links" / name
        now = mixed.read_bytes()
        mixed.write_bytes(older)
        # What was released is the same file: its link differs by the commit that landed.
        assert release.verify()[0] == 1, name
        mixed.write_bytes(now)


def test_only_a_pass_with_an_approval_that_stands_is_exported(instance: Instance, release: Release) -> None:
    approve(instance, release.clone)
    approve(instance, release.clone, "request-changes")
    assert release.export().returncode == 4
    (release.clone.path / "pond.py").write_text("ducks = 5\n")
    git(release.clone.path, "commit", "-q", "-a", "-m", "Five")
    done = release.export()
    assert (done.returncode, "policy.not-passed" in done.stderr) == (5, True)
    release.key.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    assert release.export("HEAD~2..HEAD~1").returncode in {2, 4}
    assert not (release.folder / "links").exists()


def test_page_names_the_options_that_are_used_here() -> None:
    page = (ROOT / "docs/how-to/hand-over.md").read_text()
    for program, used in (
        ("whereof export in-toto ", {"--product", "--key", "-o"}),
        ("in-toto-verify ", {"--layout", "--verification-keys", "--link-dir"}),
        ("whereof export referrer ", {"--image", "--size", "-o"}),
    ):
        (line,) = [line for line in page.splitlines() if line.startswith(program)]
        assert {word for word in shlex.split(line) if word.startswith("-")} == used
