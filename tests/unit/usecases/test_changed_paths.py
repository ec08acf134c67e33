"""What a commit changed is what its tree says, whatever names, modes, attributes and configuration are made up to hide it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from attest.model.verdict import CommitVerdict, Verdict
from tests.support.evidence import Scene, make_scene
from tests.unit.usecases.test_verify_policy import ranged, with_policy

POLICY = """version: 1
mode: enforce
defaults: {tier: low}
tiers:
  - {id: none, require: {}}
  - {id: low, require: {}}
  - {id: high, unattributed: session, require: {}}
rules:
  - {id: docs, tier: none, when: {paths_only: ["docs/**"]}}
  - {id: core, tier: high, when: {paths: ["src/**", "caf\u00e9/**"]}}
  - {id: kinds, tier: high, when: {kinds: [symlink, submodule, executable]}}
""".encode()
COMPOSED, SPLIT = unicodedata.normalize("NFC", "caf\u00e9"), unicodedata.normalize("NFD", "caf\u00e9")


@pytest.fixture
def scene(home: Path) -> Scene:
    made = make_scene(home)
    for path in ("src/a", "docs/a", "docs/run.sh", f"{COMPOSED}/a"):
        made.repo.write(path, b"1")
    with_policy(made, POLICY)
    return made


def write(path: str, data: bytes = b"2") -> Callable[[Scene], object]:
    return lambda scene: scene.repo.write(path, data)


def move(old: str, new: str) -> Callable[[Scene], object]:
    def go(scene: Scene) -> None:
        (scene.repo.path / new).parent.mkdir(exist_ok=True)
        scene.repo.git("mv", old, new)

    return go


def link(scene: Scene) -> None:
    (scene.repo.path / "docs/link").symlink_to("../src/a")


def file_to_link(scene: Scene) -> None:
    (scene.repo.path / "docs/a").unlink()
    (scene.repo.path / "docs/a").symlink_to("../src/a")


def attributes(text: bytes) -> Callable[[Scene], object]:
    """Change a file of `src/` together with attributes that hide it from what people look at."""

    def go(scene: Scene) -> None:
        (scene.repo.path / ".git/info").mkdir(exist_ok=True)
        (scene.repo.path / ".git/info/attributes").write_bytes(text)
        scene.repo.write("docs/.gitattributes", text)
        scene.repo.write("src/a", b"2\r\n")

    return go


def configured(**settings: str) -> Callable[[Scene], object]:
    def go(scene: Scene) -> None:
        for name, value in settings.items():
            scene.repo.git("config", name.replace("_", "."), value)
        scene.repo.write("src/a", b"2")
        scene.repo.write("docs/a", b"2")

    return go


COMMITS: dict[str, tuple[Callable[[Scene], object], str]] = {
    "documentation alone": (write("docs/a"), "none"),
    "code": (write("src/a"), "high"),
    "letter case": (write("SRC/A"), "high"),
    "letter case of documentation": (write("DOCS/a"), "low"),
    "a name composed": (write(f"{COMPOSED}/a"), "high"),
    "a name decomposed": (write(f"{SPLIT}/a"), "high"),
    "moved out": (move("src/a", "docs/moved"), "high"),
    "moved in": (move("docs/a", "src/moved"), "high"),
    "deleted": (lambda scene: (scene.repo.path / "src/a").unlink(), "high"),
    "made executable": (lambda scene: (scene.repo.path / "docs/run.sh").chmod(0o755), "high"),
    "a symlink": (link, "high"),
    "a file made a symlink": (file_to_link, "high"),
    "attributes: no diff": (attributes(b"* -diff -text\nsrc/** binary linguist-generated export-ignore\n"), "high"),
    "attributes: a filter": (attributes(b"* filter=nothing diff=nothing merge=ours\n"), "high"),
    "attributes: end of line": (attributes(b"* text=auto eol=crlf\n"), "high"),
    "configuration: renames and order": (configured(diff_renames="copies", diff_orderFile="f"), "high"),
    "configuration: relative": (configured(diff_relative="true", diff_ignoreSubmodules="all"), "high"),
    "a name of odd characters": (write('docs/a"b\tc'), "high"),
    "a name with a backslash": (write("docs/..\\src"), "high"),
    "nothing": (lambda _: None, "low"),
}


def placed(result: CommitVerdict) -> tuple[str, Verdict]:
    return result.tier, result.verdict


def both(scene: Scene, oid: str) -> tuple[str, Verdict]:
    """Give tier and verdict, which are the same whether the commit is judged alone or in a range."""
    alone = placed(scene.verify(oid))
    (in_range,) = ranged(scene, f"{oid}~1..{oid}").commits
    assert placed(in_range) == alone
    return alone


@pytest.mark.parametrize("name", COMMITS)
def test_tier_is_that_of_the_tree_diff(scene: Scene, name: str) -> None:
    make, tier = COMMITS[name]
    make(scene)
    oid = scene.repo.commit("Change", "--no-verify")
    assert both(scene, oid) == (tier, Verdict.ABSENT if tier == "high" else Verdict.PASS)


def test_submodule_is_never_only_documentation_even_where_it_asks_to_be_ignored(scene: Scene) -> None:
    scene.repo.write(".gitmodules", b'[submodule "docs/m"]\n\tpath = docs/m\n\turl = ./m\n\tignore = all\n')
    scene.repo.commit("Ask to be ignored")
    scene.repo.git("update-index", "--add", "--cacheinfo", f"160000,{'d' * 40},docs/m")
    scene.repo.git("commit", "-q", "-m", "A submodule")
    assert both(scene, scene.repo.git("rev-parse", "HEAD")) == ("high", Verdict.ABSENT)


@pytest.mark.parametrize("name", [b"..", b"."])
def test_path_that_climbs_is_of_the_highest_tier(scene: Scene, name: bytes) -> None:
    """Git checks such a tree out nowhere, but it can be made, pushed and read."""
    blob = bytes.fromhex(scene.repo.git("hash-object", "-w", "--stdin", data=b"x"))

    def tree(*rows: tuple[bytes, bytes, bytes]) -> bytes:
        raw = b"".join(mode + b" " + entry + b"\0" + oid for mode, entry, oid in rows)
        return bytes.fromhex(scene.repo.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", data=raw))

    docs = tree((b"40000", name, tree((b"100644", b"a", blob))), (b"100644", b"a", blob))
    before = scene.repo.git_bytes("cat-file", "tree", "HEAD^{tree}")
    place = before.index(b"40000 docs\0") + len(b"40000 docs\0")
    raw = before[:place] + docs + before[place + len(docs) :]  # all else as it was
    top = scene.repo.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", data=raw)
    oid = scene.repo.git("commit-tree", "-p", "HEAD", "-m", "Climb", top)
    result = scene.verify(oid)
    assert placed(result) == ("high", Verdict.ABSENT)


def test_change_of_documentation_costs_a_developer_nothing(scene: Scene) -> None:
    """No session, no server, no trust root, no complete answer: exit code 0, and the state says that nothing was asked."""
    scene.repo.write("docs/a", b"2")
    oid = scene.repo.commit("Documentation")
    result = scene.verify(oid, pinned=False)
    assert (result.verdict, result.exit_code, result.tier) == (Verdict.PASS, 0, "none")
    assert all(one.verdict is Verdict.PASS for one in result.reasons)
    (in_range,) = ranged(scene, f"{oid}~1..{oid}").commits
    assert in_range.state == "exempt"
