"""From an artifact to its commits and their sessions: what is bad, missing or unproved has each its verdict."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from attest.cli.main import main
from attest.errors import InvalidInput
from attest.model.provenance import PROVENANCE_V02, PROVENANCE_V1
from attest.model.verdict import Verdict
from attest.usecases.artifacts_of import artifacts_of
from attest.usecases.verify import VerifyRequest
from attest.usecases.verify_artifact import verify_artifact
from tests.support.bundles import Maker
from tests.support.evidence import NOW, Scene
from tests.support.repository import GitRepository
from tests.support.signing import make_world

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.artifact_verdict import ArtifactVerdict

CONTENT = b"what was built\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
BUILDER = "https://builder.example.test/w"
HERE = "git+https://host.example/o/r"
POLICY = """\
version: 1
mode: {mode}
defaults: {{tier: standard}}
tiers: [{{id: standard, unattributed: session, require: {{}}}}]
{builders}
"""


@dataclass
class Built:
    """One clone with policy and session, one artifact beside it, and its builder."""

    scene: Scene
    artifact: Path
    oid: str

    @property
    def folder(self) -> Path:
        return self.artifact.parent

    def statement(self, **changed: Any) -> bytes:
        oid, sha256 = changed.pop("oid", self.oid), changed.pop("sha256", DIGEST)
        materials = changed.pop("materials", [{"uri": f"{HERE}@refs/heads/main", "digest": {"gitCommit": oid}}])
        kind = changed.pop("kind", PROVENANCE_V1)
        newer = {"buildDefinition": {"resolvedDependencies": materials}, "runDetails": {"builder": {"id": BUILDER}}}
        older = {"builder": {"id": BUILDER}, "materials": materials}
        document = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "app.tar", "digest": {"sha256": sha256}}],
            "predicateType": kind,
            "predicate": older if kind == PROVENANCE_V02 else newer,
        }
        return json.dumps(document | changed).encode()

    def provenance(self, **changed: Any) -> bytes:
        return self.scene.bundle(self.statement(**changed))

    def put(self, data: bytes, name: str = "p.json") -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def request(self, *named: Path, pinned: bool = True) -> VerifyRequest:
        return VerifyRequest(
            repository=self.scene.repository,
            revision="HEAD",
            bundles=named,
            trust=self.scene.trust if pinned else None,
            bundles_dir=self.scene.home / "bundles",
            trust_dir=self.scene.home / "trust",
            now=NOW,
        )

    def verify(self, *named: Path, pinned: bool = True, built_from: str | None = None) -> ArtifactVerdict:
        return verify_artifact(self.request(*named, pinned=pinned), self.artifact, built_from=built_from)


def make_built(home: Path, *, mode: str = "enforce", builders: str | None = None, recorded: bool = True) -> Built:
    repo = GitRepository.make(home / "clone")
    repo.git("remote", "add", "origin", "https://host.example/o/r.git")
    scene = Scene(repo=repo, home=home)
    own = f'builders: [{{issuer: "{scene.world.instance.issuer}", identity: "{scene.world.identity}"}}]'
    text = POLICY.format(mode=mode, builders=own if builders is None else builders)
    repo.write(".attest/policy.yaml", text.encode())
    repo.commit("Policy")
    repo.write("f", b"2")
    repo.commit("Go on")
    oid = repo.git("rev-parse", "HEAD")
    if recorded:
        scene.leave(oid, scene.good(oid))
    repo.write("g", b"3")
    repo.commit("Later")
    (home / "out").mkdir()
    artifact = home / "out" / "app.tar"
    artifact.write_bytes(CONTENT)
    return Built(scene=scene, artifact=artifact, oid=oid)


@pytest.fixture
def built(home: Path) -> Built:
    return make_built(home)


@pytest.mark.parametrize("kind", [PROVENANCE_V1, PROVENANCE_V02])
def test_artifact_leads_to_its_commit_and_session(built: Built, kind: str) -> None:
    result = built.verify(built.put(built.provenance(kind=kind)))
    assert (result.verdict, result.exit_code) == (Verdict.PASS, 0), result.reason
    (commit,) = result.commits
    assert commit.oid == built.oid
    assert any(report.counted for report in commit.evidence)
    assert [step.name for step in result.provenance[0].evidence.steps][-1] == "source"
    assert result.not_checked


@pytest.mark.parametrize("name", ["app.tar.sigstore.json", "app.tar.intoto.jsonl", f"sha256:{DIGEST}.jsonl"])
def test_provenance_is_found_beside_the_artifact(built: Built, name: str) -> None:
    built.put(built.provenance(), name)
    assert built.verify().verdict is Verdict.PASS


def test_every_form_of_file_is_read(built: Built) -> None:
    one, other = built.provenance(), built.provenance(kind="https://example.test/other/v1")
    lines = built.put(one + b"\n" + other + b"\n", "lines.jsonl")
    github = built.put(json.dumps({"attestations": [{"bundle": json.loads(one)}]}).encode(), "github.json")
    layout = built.folder / "layout"
    (layout / "blobs" / "sha256").mkdir(parents=True)

    def blob(data: bytes, kind: str) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        (layout / "blobs" / "sha256" / digest).write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}

    manifest = {"layers": [blob(one, "application/vnd.dev.sigstore.bundle.v0.3+json")]}
    held = blob(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
    (layout / "index.json").write_text(json.dumps({"manifests": [held]}))
    for path in (lines, github, layout):
        assert built.verify(path).verdict is Verdict.PASS, path
    for stored in (layout / "blobs" / "sha256").iterdir():
        stored.write_bytes(stored.read_bytes() + b" ")
    with pytest.raises(InvalidInput):
        built.verify(layout)
    with pytest.raises(InvalidInput):
        built.verify(built.put(b"\x00\x01", "binary"))


def test_no_provenance_is_absent(built: Built) -> None:
    assert (built.verify().verdict, built.verify().exit_code) == (Verdict.ABSENT, 4)
    other = built.put(built.provenance(kind="https://example.test/other/v1"))
    assert built.verify(other).verdict is Verdict.ABSENT


def test_provenance_of_another_artifact_is_invalid(built: Built) -> None:
    other = built.provenance(sha256="e" * 64)
    result = built.verify(built.put(other))
    assert (result.verdict, result.exit_code) == (Verdict.INVALID, 3)
    assert result.provenance[0].evidence.steps[-1].code == "evidence.subject"
    both = built.verify(built.put(other + b"\n" + built.provenance() + b"\n", "both.jsonl"))
    assert both.verdict is Verdict.PASS, "one file may speak of several artifacts"


def test_changed_provenance_is_invalid(built: Built) -> None:
    bundle = json.loads(built.provenance())
    changed = json.loads(built.provenance(oid="e" * 40))
    bundle["dsseEnvelope"]["payload"] = changed["dsseEnvelope"]["payload"]
    result = built.verify(built.put(json.dumps(bundle).encode()))
    assert (result.verdict, result.provenance[0].evidence.steps[-1].name) == (Verdict.INVALID, "signature")


def test_provenance_under_no_pinned_root_is_indeterminate(built: Built) -> None:
    foreign = Maker(make_world()).bundle("dsse", "0.0.1", built.statement(), with_set=True)
    assert built.verify(built.put(json.dumps(foreign).encode())).verdict is Verdict.INDETERMINATE
    good = built.put(built.provenance())
    assert (built.verify(good, pinned=False).verdict, built.verify(good, pinned=False).exit_code) == (
        Verdict.INDETERMINATE,
        5,
    )
    built.put(json.dumps(foreign).encode(), "app.tar.sigstore.json")
    assert (built.verify().verdict, built.verify().ignored) == (Verdict.INDETERMINATE, 1)


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ('builders: [{issuer: "https://other.test", identity: "me"}]', Verdict.POLICY),
        ('builders: [{issuer: "ISSUER", identity: "IDENTITY", id: "https://builder.example.test/x"}]', Verdict.POLICY),
        ('builders: [{issuer: "ISSUER", identity: "IDENTITYx"}]', Verdict.POLICY),
        ('builders: [{issuer: "ISSUER", identity: "IDENTITY", id: "https://builder.example.test/w"}]', Verdict.PASS),
        ("", Verdict.INDETERMINATE),
    ],
)
def test_only_builders_that_the_policy_names_count(home: Path, line: str, verdict: Verdict) -> None:
    built = make_built(home, builders="")
    world = built.scene.world
    text = line.replace("ISSUER", world.instance.issuer).replace("IDENTITY", world.identity)
    built.scene.repo.write(".attest/policy.yaml", POLICY.format(mode="enforce", builders=text).encode())
    built.scene.repo.commit("Name builders")
    assert built.verify(built.put(built.provenance())).verdict is verdict


def test_commit_without_a_session_decides_with_its_own_verdict(home: Path) -> None:
    built = make_built(home, recorded=False)
    result = built.verify(built.put(built.provenance()))
    assert (result.walk, result.verdict, result.exit_code) == (Verdict.PASS, Verdict.ABSENT, 4)
    assert built.oid[:12] in result.reason


def test_observing_policy_stops_nothing_but_what_is_bad(home: Path) -> None:
    built = make_built(home, mode="observe", recorded=False)
    assert built.verify(built.put(built.provenance())).exit_code == 0
    assert (built.verify().verdict, built.verify().exit_code) == (Verdict.ABSENT, 0)
    assert built.verify(built.put(built.provenance(sha256="e" * 64))).exit_code == 3


def test_commit_that_is_not_in_the_clone_is_indeterminate(built: Built) -> None:
    assert built.verify(built.put(built.provenance(oid="e" * 40))).verdict is Verdict.INDETERMINATE
    assert built.verify(built.put(built.provenance(materials=[]))).verdict is Verdict.INDETERMINATE
    short = [{"uri": HERE, "digest": {"gitCommit": built.oid[:12]}}]
    assert built.verify(built.put(built.provenance(materials=short))).verdict is Verdict.INVALID


def test_of_several_materials_every_commit_of_this_repository_is_judged(built: Built) -> None:
    later = built.scene.repo.git("rev-parse", "HEAD")
    own = {"uri": f"{HERE}@refs/heads/main", "digest": {"gitCommit": built.oid}}
    elsewhere = {"uri": "git+https://host.example/o/action@v1", "digest": {"gitCommit": "a" * 40}}
    image = {"uri": "pkg:docker/base", "digest": {"sha256": "b" * 64}}
    result = built.verify(built.put(built.provenance(materials=[elsewhere, image, own])))
    assert (result.verdict, [one.oid for one in result.elsewhere]) == (Verdict.PASS, ["a" * 40])
    unrecorded = own | {"digest": {"gitCommit": later}}
    result = built.verify(built.put(built.provenance(materials=[own, unrecorded])))
    assert (result.verdict, len(result.commits)) == (Verdict.ABSENT, 2)
    missing = own | {"digest": {"gitCommit": "c" * 40}}
    assert built.verify(built.put(built.provenance(materials=[own, missing]))).verdict is Verdict.INDETERMINATE
    # Another repository's commit that this clone happens to hold does not stand in for a source that is not here.
    mixed = [elsewhere, own | {"uri": "git+https://host.example/o/mirror"}]
    assert built.verify(built.put(built.provenance(materials=mixed))).verdict is Verdict.INDETERMINATE


def test_artifact_of_another_commit_does_not_meet_what_was_asked(built: Built) -> None:
    path = built.put(built.provenance())
    assert built.verify(path, built_from=built.oid).verdict is Verdict.PASS
    assert built.verify(path, built_from="HEAD").verdict is Verdict.POLICY


def test_policy_is_never_read_from_the_commit_that_provenance_names(built: Built) -> None:
    repo = built.scene.repo
    repo.git("switch", "-q", "-c", "side")
    repo.write(".attest/policy.yaml", POLICY.format(mode="observe", builders="").encode())
    repo.commit("Weaken")
    weak = repo.git("rev-parse", "HEAD")
    repo.git("switch", "-q", "-")
    result = built.verify(built.put(built.provenance(oid=weak)))
    assert (result.mode, result.verdict, result.exit_code) == ("enforce", Verdict.ABSENT, 4)


def test_artifacts_of_a_commit_are_those_that_named_builders_speak_of(built: Built) -> None:
    good = built.put(built.provenance(), "good.json")
    other = built.put(built.provenance(oid=built.scene.repo.git("rev-parse", "HEAD")), "other.json")
    foreign = Maker(make_world()).bundle("dsse", "0.0.1", built.statement(), with_set=True)
    unpinned = built.put(json.dumps(foreign).encode(), "foreign.json")
    request = built.request(good, other, unpinned)
    found = artifacts_of(
        VerifyRequest(**{name: getattr(request, name) for name in request.__slots__} | {"revision": built.oid})
    )
    assert [(one.name, one.sha256, one.builder) for one in found.artifacts] == [("app.tar", DIGEST, BUILDER)]
    assert [one.source for one in found.refused] == [str(unpinned)]


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["whereof", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out + said.err


def test_command_line_names_artifact_and_commits(
    built: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WHEREOF_HOME", str(built.scene.home))
    built.put(built.provenance(), "app.tar.sigstore.json")
    trust, repo = ("--trust", str(built.scene.trust)), ("--repo", str(built.scene.repo.path))
    verify = ("verify", "--artifact", str(built.artifact), *trust, *repo)
    code, out = call(monkeypatch, capsys, *verify, "--json")
    assert (code, json.loads(out)["commits"][0]["commit"]) == (0, built.oid)
    code, out = call(monkeypatch, capsys, *verify, "-v")
    assert code == 0
    assert DIGEST in out
    assert "not checked: whether the builder" in out
    code, out = call(monkeypatch, capsys, *verify, "--format", "markdown")
    assert built.oid[:12] in out
    assert call(monkeypatch, capsys, *verify, "HEAD")[0] == 1
    assert call(monkeypatch, capsys, *verify, "HEAD~1..HEAD")[0] == 2
    assert call(monkeypatch, capsys, *verify, "--vsa", "x")[0] == 2
    assert call(monkeypatch, capsys, *verify, "--format", "sarif")[0] == 2
    bundle = ("--bundle", str(built.folder / "app.tar.sigstore.json"))
    code, out = call(monkeypatch, capsys, "artifacts", built.oid, *bundle, *trust, *repo, "--json")
    found = json.loads(out)
    assert (code, found["complete"], [one["sha256"] for one in found["artifacts"]]) == (0, False, [DIGEST])
    assert call(monkeypatch, capsys, "artifacts", built.oid, *bundle, *trust, *repo)[1].endswith("built from it\n")
