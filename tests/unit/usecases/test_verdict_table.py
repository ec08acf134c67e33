"""The one table of verdicts, modes and exit codes: the page is read, and every row is held against the gate."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from attest.cli.main import exit_code
from attest.errors import CannotVerify, InvalidInput
from attest.git import Repository
from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.review_predicate import REVIEW_V1
from attest.model.statement import Subject, build_statement
from attest.model.verdict import Verdict
from attest.usecases.verify import VerifyRequest, verify_commit
from attest.usecases.verify_range import verify_range
from tests.support.cosigning import ONE, TWO, Cosigner, Cosigning
from tests.support.evidence import LISTING, NOW, SESSION, Scene, make_scene
from tools.make_human_vectors import REVIEW

PAGE: Final = (Path(__file__).resolve().parents[3] / "docs/reference/verdicts.md").read_text()
ROW: Final = re.compile(r"^\| (.+) \| `(\w+)` \| (\d) \| (\d) \| (\d) \|$", re.MULTILINE)
MODES: Final = ("observe", "warn", "enforce")
TABLE: Final = {row[0]: (row[1], tuple(map(int, row[2:]))) for row in ROW.findall(PAGE)}
TEXT: Final = """\
version: 1
mode: MODE
defaults: {tier: standard, unattributed: session}
tiers:
  - {id: minimal, unattributed: report, require: {}}
  - {id: declared, unattributed: declare, require: {}}
  - {id: standard, require: {}}
  - {id: planned, require: {plan: required}}
  - {id: denied, require: {access: {deny: [secret]}}}
  - {id: reviewed, require: {review: {humans: 1, not: [runner]}}}
  - {id: seen, require: {witness: 2}}
rules:
  - {id: docs, tier: minimal, when: {paths_only: ["docs/**"]}}
  - {id: own, tier: declared, when: {paths: [own/]}}
  - {id: core, tier: standard, when: {paths: [core/]}}
  - {id: planned, tier: planned, when: {paths: [planned/]}}
  - {id: denied, tier: denied, when: {paths: [denied/]}}
  - {id: auth, tier: reviewed, when: {paths: [auth/]}}
  - {id: seen, tier: seen, when: {paths: [seen/]}}
"""
OPEN: Final = TEXT.replace("tier: standard, unattributed: session", "tier: minimal, unattributed: session")
RUN_OUT: Final = "exceptions: [{id: EX, rule: core, paths: ['core/**'], tier: minimal, reason: r, approved_by: a, expires: 2020-01-31}]\n"


@dataclass
class Stage:
    """A clone whose policy is committed in all three modes, and what a case asks of the gate."""

    scene: Scene
    base: str = ""
    asked: dict[str, Any] = field(default_factory=dict)

    def change(self, path: str, message: str = "Change") -> str:
        before = self.scene.repo.git("rev-parse", "HEAD")  # other than any case before wrote
        self.scene.repo.write(path, before.encode())
        return self.scene.repo.commit(message)

    def session(self, oid: str, **predicate: object) -> bytes:
        made = self.scene.predicate(oid) | predicate
        return self.scene.bundle(self.scene.statement(oid, predicate=made))

    def leave(self, oid: str, *bundles: bytes) -> str:
        for number, data in enumerate(bundles):
            self.scene.leave(oid, data, str(number))
        return oid

    def recorded(self, path: str, **predicate: object) -> str:
        oid = self.change(path)
        return self.leave(oid, self.session(oid, **predicate))

    def review(self, oid: str, *, session: bool = True) -> bytes:
        row = {name: self.row(oid)[name] for name in ("oid", "tree", "changed")}
        made = copy.deepcopy(REVIEW) | {"head": {"oid": oid, "tree": row["tree"]}, "commits": [row]}
        made["sessions"] = [{"id": SESSION, "sha256": LISTING}] if session else []
        made["answers"] = {name: {"answer": "not-checked", "events": []} for name in REVIEW["answers"]}
        return self.signed(REVIEW_V1, oid, made)

    def row(self, oid: str) -> dict[str, Any]:
        (row,) = self.scene.predicate(oid)["commits"]  # type: ignore[misc]
        return dict(row)

    def signed(self, kind: str, oid: str, predicate: dict[str, Any]) -> bytes:
        subjects = (self.scene.subject(oid), Subject(name=SESSION, sha256=LISTING))
        return self.scene.bundle(build_statement(kind, subjects, predicate).raw)

    def declared(self, path: str) -> str:
        oid = self.change(path)
        row = {name: self.row(oid)[name] for name in ("oid", "tree", "changed")}
        said = {"says": "no-agent", "declaredAt": "2026-11-21T09:00:00.000000Z", "capacity": "author", "commits": [row]}
        return self.leave(oid, self.signed(DECLARATION_V1, oid, said))

    def file(self, data: bytes) -> tuple[Path, ...]:
        path = self.scene.home / "named"
        path.write_bytes(data)
        return (path,)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = tmp_path_factory.mktemp("table")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{name}_NAME", "Ada Tester")
            patch.setenv(f"GIT_{name}_EMAIL", "ada@example.test")
        patch.setenv("GIT_CONFIG_GLOBAL", str(home / "none"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield make_scene(home)


def revert(at: Stage) -> str:
    at.recorded("src/reverted")
    at.scene.repo.git("revert", "--no-edit", "HEAD")
    return at.scene.repo.git("rev-parse", "HEAD")


def merge(at: Stage) -> str:
    repo = at.scene.repo
    repo.git("checkout", "-q", "-B", "topic")
    at.change("docs/topic")
    repo.git("checkout", "-q", "-")
    at.change("docs/main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "topic")
    return f"{at.base}..HEAD"


def rename(at: Stage) -> str:
    at.recorded("core/moved")
    (at.scene.repo.path / "docs").mkdir(exist_ok=True)
    at.scene.repo.git("mv", "core/moved", "docs/moved")
    return at.scene.repo.commit("Move")


def moved_tag(at: Stage) -> str:
    at.scene.repo.git("tag", "-f", "v1", at.recorded("src/tagged"))
    at.scene.repo.git("tag", "-f", "v1", at.change("src/moved"))
    return "v1"


def shallow(at: Stage) -> str:
    at.change("docs/a")
    tip = at.change("docs/b")
    cut = at.scene.home / "cut"
    at.scene.repo.git("clone", "-q", "--depth=1", f"file://{at.scene.repo.path}", str(cut))
    at.scene.repo.git("-C", str(cut), "fetch", "-q", "--depth=1", "origin", at.base)
    at.asked["repository"] = Repository.open(cut)
    return f"{at.base}..{tip}"


def stranger(at: Stage) -> str:
    oid = at.change("src/stranger")
    other = Scene(repo=at.scene.repo, home=at.scene.home / "other") if (at.scene.home / "other").is_dir() else None
    (at.scene.home / "other").mkdir(exist_ok=True)
    other = other or Scene(repo=at.scene.repo, home=at.scene.home / "other")
    return at.leave(oid, other.good(oid))


def spoiled(at: Stage, old: str, new: str) -> str:
    oid = at.change("src/spoiled")
    bundle = json.loads(at.session(oid))
    whole = bundle["dsseEnvelope"]["signatures"][0] if old == "sig" else None
    if whole is not None:
        old_sign = whole["sig"][20]
        whole["sig"] = whole["sig"][:20] + (new if old_sign != new else "Z") + whole["sig"][21:]
    else:
        bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["rootHash"] = new
    return at.leave(oid, json.dumps(bundle).encode())


def other_files(at: Stage) -> str:
    oid = at.change("src/files")
    row = at.row(oid)
    row["changed"] = row["changed"] | {"root": "e" * 64}
    return at.leave(oid, at.session(oid, commits=[row]))


def secret(at: Stage) -> str:
    oid = at.change("denied/x")
    facts = copy.deepcopy(at.scene.predicate(oid)["facts"])
    facts["access"]["secret"] = {"count": 1, "basis": "observed"}  # type: ignore[index]
    return at.leave(oid, at.session(oid, facts=facts))


def away(_: tuple[str, ...]) -> tuple[tuple[str, bytes], ...]:
    raise CannotVerify("service.away")


def asking(at: Stage, oid: str, **asked: Any) -> str:
    at.asked |= asked
    return oid


def reviewed(at: Stage, *, pushed: bool = False) -> str:
    oid = at.recorded("auth/x")
    at.leave(oid, at.session(oid), at.review(oid))
    return at.recorded("auth/y") if pushed else oid


def cosigned(at: Stage, *signed: Cosigner, leave: bool = True, **made: Any) -> str:
    cosigning = Cosigning(at.scene)
    (pinned,) = at.file(cosigning.policy())
    oid = at.change("seen/x")
    bundle = at.session(oid)
    at.leave(oid, bundle)
    if leave:
        cosigning.leave(oid, cosigning.proof(bundle, *signed, **made))
    return asking(at, oid, witness_policy=pinned)


def bad_answer(at: Stage) -> bytes:
    log = at.scene.world.instance.log.origin
    return json.dumps({"answer": "complete-answer/v1", "log": log, "checkpoint": "x"}, separators=(",", ":")).encode()


MARK: Final = "Marked\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
NOBODY: Final = "identities: [{issuer: 'https://idp.example.test', identity: nobody@example.test}]\n"
Build = Callable[[Stage], str]
CASES: Final[dict[str, tuple[str | None, Build]]] = {
    "everything the policy asks for is there and holds": (TEXT, lambda at: at.recorded("src/x")),
    "a person declared that no agent had a part, and the tier takes that": (TEXT, lambda at: at.declared("own/x")),
    "a change of documentation alone, in a tier that asks for nothing": (TEXT, lambda at: at.change("docs/x")),
    "a merge that brings nothing of its own": (TEXT, merge),
    "a commit older than the policy's start": (TEXT + "start: START\n", lambda _: "HEAD~2"),
    "a bad copy beside sufficient good evidence": (
        TEXT,
        lambda at: at.leave(spoiled(at, "sig", "A"), at.session(at.scene.repo.git("rev-parse", "HEAD")), b"{}"),
    ),
    "as many of the reader's pinned witnesses as are asked for cosigned a head over it": (
        TEXT,
        lambda at: cosigned(at, ONE, TWO),
    ),
    "a review is asked for and nobody signed one": (TEXT, lambda at: at.recorded("auth/none")),
    "the one review is the runner's own": (TEXT, reviewed),
    "the one review is of another policy": (
        TEXT.replace("unattributed: session", "unattributed: report"),
        lambda at: at.leave(oid := at.change("auth/old"), at.review(oid, session=False)),
    ),
    "something was pushed after the review": (TEXT, lambda at: reviewed(at, pushed=True)),
    "a declaration, where the tier asks for a session": (TEXT, lambda at: at.declared("src/declared")),
    "the session shows what the tier denies": (TEXT, secret),
    "the session does not show what the tier asks for": (TEXT, lambda at: at.recorded("planned/x")),
    "signed by an identity that the policy does not name": (TEXT + NOBODY, lambda at: at.recorded("src/n")),
    "signed by an agent that no person answers for": (
        TEXT + "agents: [{issuer: 'ISSUER', identity: 'SAN'}]\n",
        lambda at: at.recorded("src/agent"),
    ),
    "linked in a way that the policy does not accept": (TEXT + "links: [recorded]\n", lambda at: at.recorded("src/l")),
    "fewer pinned witnesses cosigned the head at hand than are asked for": (TEXT, lambda at: cosigned(at, ONE)),
    "no session and no declaration": (TEXT, lambda at: at.change("src/none")),
    "an agent's mark and no session": (TEXT, lambda at: f"{at.change('src/marked', MARK)}~1..HEAD"),
    "an exception that has run out": (TEXT + RUN_OUT, lambda at: at.change("core/late")),
    "a tag that was moved to a commit without evidence": (TEXT, moved_tag),
    "a revert, or a cherry-pick, of a recorded commit without a link of its own": (TEXT, revert),
    "a rename out of a folder that needs a session": (OPEN, rename),
    "a path that differs from a rule's by letter case alone": (OPEN, lambda at: at.change("CORE/x")),
    "the signature does not hold": (TEXT, lambda at: spoiled(at, "sig", "B")),
    "the proof of the log does not hold": (TEXT, lambda at: spoiled(at, "proof", "A" * 43 + "=")),
    "evidence of another commit": (TEXT, lambda at: at.leave(at.change("src/o"), at.session(at.base))),
    "other changed files than were signed": (TEXT, other_files),
    "a file named with --bundle is no evidence, whatever else there is": (
        TEXT,
        lambda at: asking(at, at.recorded("src/named"), bundles=at.file(b"{}")),
    ),
    "a complete answer of a pinned log does not hold": (
        TEXT,
        lambda at: asking(at, at.recorded("denied/bad"), bundles=at.file(bad_answer(at))),
    ),
    "a cosignature that claims a pinned witness does not hold": (
        TEXT,
        lambda at: cosigned(at, ONE, TWO, spoiled=True),
    ),
    "the log signed two heads of one size with different roots": (
        TEXT,
        lambda at: cosigned(at, ONE, TWO, root=b"\x07" * 32),
    ),
    "a rule needs a complete answer and there is none": (TEXT, lambda at: at.recorded("denied/open")),
    "the service that would answer is away": (TEXT, lambda at: asking(at, at.recorded("denied/away"), answers=away)),
    "evidence under a root that nobody pinned": (TEXT, stranger),
    "evidence, and no root is pinned at all": (TEXT, lambda at: asking(at, at.recorded("src/pin"), trust=None)),
    "the trust root cannot be read": (
        TEXT,
        lambda at: asking(at, at.recorded("src/root"), trust=at.file(b"{")[0]),
    ),
    "witnesses are asked for and none is pinned": (TEXT, lambda at: at.recorded("seen/none")),
    "witnesses are asked for and no cosigned head is at hand": (TEXT, lambda at: cosigned(at, leave=False)),
    "the pinned witness policy cannot be read": (
        TEXT,
        lambda at: asking(at, at.recorded("src/unread"), witness_policy=at.file(b"quorum\n")[0]),
    ),
    "the policy's start is not in the clone": (TEXT + f"start: {'e' * 40}\n", lambda at: at.recorded("src/start")),
    "the clone is shallow and cuts the range off": (TEXT, shallow),
    "the policy that this one extends is not here": (
        TEXT + f"extends: {{uri: 'https://policies.example.test/p', sha256: '{'e' * 64}'}}\n",
        lambda at: at.recorded("src/floor"),
    ),
    "the policy file cannot be read: it has no mode": (TEXT + "trust: me\n", lambda at: at.recorded("src/unread")),
    "no policy file, and a session that holds": (None, lambda at: at.recorded("src/plain")),
    "no policy file, and nothing": (None, lambda at: at.change("src/bare")),
    "the range is empty": (TEXT, lambda _: "HEAD..HEAD"),
    "there is no such revision, or no such file": (TEXT, lambda _: "no-such"),
}


def judged(stage: Stage, revision: str, mode: str, *, policy: bool) -> tuple[str, int]:
    scene = stage.scene
    asked = VerifyRequest(
        repository=scene.repository,
        revision=revision,
        trust=scene.trust,
        policy=f"{stage.base}:{mode}.yaml" if policy else None,
        bundles_dir=scene.home / "bundles",
        trust_dir=scene.home / "nowhere",
        now=NOW,
    )
    asked = replace(asked, **stage.asked)
    try:
        result = verify_range(asked) if ".." in revision else verify_commit(asked)
    except InvalidInput as err:
        return "usage", exit_code(err)
    return result.verdict.value, result.exit_code


@pytest.mark.parametrize("found", CASES)
def test_row_of_the_table_holds_in_every_mode(scene: Scene, found: str) -> None:
    text, build = CASES[found]
    stage = Stage(scene=scene)
    if text is not None:
        own = {"SAN": scene.world.identity, "ISSUER": scene.world.instance.issuer}
        own["START"] = scene.repo.git("rev-parse", "HEAD")
        for name, value in own.items():
            text = text.replace(name, value)
        for mode in MODES:
            scene.repo.write(f"{mode}.yaml", text.replace("MODE", mode).encode())
        scene.repo.commit("Policies")
    stage.base = scene.repo.git("rev-parse", "HEAD")
    revision = build(stage)
    verdict, codes = TABLE[found]
    assert [judged(stage, revision, mode, policy=text is not None) for mode in MODES] == [
        (verdict, code) for code in codes
    ]


def test_table_and_cases_name_the_same() -> None:
    assert list(TABLE) == list(CASES)
    assert {verdict for verdict, _ in TABLE.values()} == {verdict.value for verdict in Verdict} | {"usage"}
