from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from attest.errors import CannotVerify, InvalidInput
from attest.evidence.commit_check import changed_root
from attest.git import Repository
from attest.history.objects import ObjectReader, tree_blobs
from attest.ledger.tree import EMPTY_ROOT
from attest.model.commit import NO_BLOB
from tests.support.repository import GitRepository
from tests.unit.ledger.naive_tree import mth


@pytest.fixture
def repo(home: Path, tmp_path: Path) -> GitRepository:
    return GitRepository.make(tmp_path / "repo")


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def changed(repo: GitRepository, oid: str) -> list[tuple[bytes, str, bytes]]:
    repository = Repository.open(repo.path)
    parents = repository.commit_facts(oid).parents
    files = repository.changed_files(oid, parents[0] if parents else None)
    return [(f.path, f.mode, f.sha256) for f in files]


def test_digest_is_of_the_bytes_that_git_prints(repo: GitRepository) -> None:
    repo.write("f", b"1")
    oid = repo.commit("Line\n\nBody")
    facts = Repository.open(repo.path).commit_facts(oid)
    assert facts.object_sha256 == sha(repo.git_bytes("--no-replace-objects", "cat-file", "commit", oid))
    assert facts.tree == repo.git("rev-parse", f"{oid}^{{tree}}")


def test_replace_refs_change_neither_digest_nor_files(repo: GitRepository) -> None:
    repo.write("f", b"good")
    good = repo.commit("good")
    blob = repo.git("rev-parse", f"{good}:f")
    repository = Repository.open(repo.path)
    before = (repository.commit_facts(good), changed(repo, good))
    repo.write("f", b"evil")
    evil = repo.commit("evil")
    repo.git("replace", good, evil)
    repo.git("replace", blob, repo.git("rev-parse", f"{evil}:f"))
    assert repo.git("cat-file", "commit", good) != repo.git("--no-replace-objects", "cat-file", "commit", good)
    assert (repository.commit_facts(good), changed(repo, good)) == before


def test_grafts_change_nothing(repo: GitRepository) -> None:
    repo.write("f", b"1")
    other = repo.commit("other")
    repo.git("checkout", "-q", "--orphan", "fresh")
    root = repo.commit("root")
    before = changed(repo, root)
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/info/grafts").write_text(f"{root} {other}\n")
    assert changed(repo, root) == before == [(b"f", "100644", sha(b"1"))]
    assert Repository.open(repo.path).merge_base(root, other) is None


def test_environment_of_the_caller_does_not_lead_git_elsewhere(
    repo: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oid = repo.commit("here")
    other = GitRepository.make(tmp_path / "other")
    there = other.commit("there")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    repository = Repository.open(repo.path)
    assert repository.resolve("HEAD") == oid != there


def test_rename_is_the_old_path_gone_and_the_new_one_there(repo: GitRepository) -> None:
    repo.write("b-old", b"same\n" * 50)
    repo.commit()
    repo.git("mv", "b-old", "a-new")
    repo.git("config", "diff.renames", "copies")
    assert changed(repo, repo.commit()) == [
        (b"a-new", "100644", sha(b"same\n" * 50)),
        (b"b-old", "000000", NO_BLOB),
    ]


def test_mode_change_symlink_and_odd_paths_are_seen(repo: GitRepository) -> None:
    names = (b"caf\xe9.py", b"new\nline", b'quote".py', b" lead")
    for name in names:
        repo.write(name, name)
    repo.write("run", b"#!")
    (repo.path / "link").symlink_to("run")
    rows = changed(repo, repo.commit())
    assert (b"link", "120000", sha(b"run")) in rows
    assert {(name, "100644", sha(name)) for name in names} <= set(rows)
    (repo.path / "run").chmod(0o755)
    assert changed(repo, repo.commit()) == [(b"run", "100755", sha(b"#!"))]


def test_order_and_bytes_of_the_root_are_those_of_the_specification(repo: GitRepository) -> None:
    for name in ("b", "a/z", "a.x"):
        repo.write(name, name.encode())
    oid = repo.commit()
    rows = [(b"a.x", b"a.x"), (b"a/z", b"a/z"), (b"b", b"b")]
    leaves = [len(p).to_bytes(4, "big") + p + b"100644" + sha(d) for p, d in rows]
    files = Repository.open(repo.path).changed_files(oid, None)
    assert changed_root(files) == mth([sha(b"\0" + leaf) for leaf in leaves])


def test_configuration_hides_and_reorders_nothing(repo: GitRepository) -> None:
    for name in ("z/1", "a/2", "m"):
        repo.write(name, b"1")
    oid = repo.commit()
    before = changed(repo, oid)
    (repo.path / "order").write_text("z/*\n")
    for key, value in (("diff.orderFile", "order"), ("diff.relative", "true"), ("diff.renames", "copies")):
        repo.git("config", key, value)
    below = Repository.open(repo.path / "z")
    assert changed(repo, oid) == before
    assert [f.path for f in below.changed_files(oid, None)] == [path for path, _, _ in before]


def test_submodule_cannot_be_hidden_by_the_change_itself(repo: GitRepository) -> None:
    repo.commit("start")
    pointer = "1" * 40
    repo.write(".gitmodules", b'[submodule "s"]\n\tpath = s\n\turl = ./s\n\tignore = all\n')
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{pointer},s")
    repo.git("config", "diff.ignoreSubmodules", "all")
    repo.git("add", ".gitmodules")
    repo.git("commit", "-q", "-m", "submodule")
    oid = repo.git("rev-parse", "HEAD")
    assert [(path, mode) for path, mode, _ in changed(repo, oid)] == [(b".gitmodules", "100644"), (b"s", "160000")]
    repo.git("update-index", "--cacheinfo", f"160000,{'2' * 40},s")
    repo.git("commit", "-q", "--allow-empty", "-m", "other pointer")
    moved = changed(repo, repo.git("rev-parse", "HEAD"))
    assert moved == [(b"s", "160000", sha(b"2" * 40))]


def test_empty_commit_changes_nothing(repo: GitRepository) -> None:
    repo.write("f", b"1")
    repo.commit()
    oid = repo.commit("empty")
    assert changed(repo, oid) == []
    assert changed_root(()) == EMPTY_ROOT


def test_merge_is_compared_with_its_first_parent(repo: GitRepository) -> None:
    repo.write("base", b"1")
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    repo.write("side", b"2")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("main", b"3")
    repo.commit()
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    assert changed(repo, repo.git("rev-parse", "HEAD")) == [(b"side", "100644", sha(b"2"))]


def test_same_blob_twice_and_an_empty_one_are_hashed_once_each(repo: GitRepository) -> None:
    for name, data in (("a", b"x"), ("b", b"x"), ("c", b""), ("d", b"y\n")):
        repo.write(name, data)
    assert [digest for _, _, digest in changed(repo, repo.commit())] == [sha(b"x"), sha(b"x"), sha(b""), sha(b"y\n")]


def test_sha256_repository_has_another_oid_than_digest(home: Path, tmp_path: Path) -> None:
    repo = GitRepository.make(tmp_path / "long", "--object-format=sha256")
    repo.write("f", b"1")
    oid = repo.commit()
    facts = Repository.open(repo.path).commit_facts(oid)
    assert len(oid) == len(facts.tree) == 64
    assert facts.object_sha256.hex() != oid
    assert changed(repo, oid) == [(b"f", "100644", sha(b"1"))]


def test_clone_of_depth_one_does_not_know_what_changed(repo: GitRepository, tmp_path: Path) -> None:
    repo.write("f", b"1")
    repo.commit()
    repo.write("f", b"2")
    oid = repo.commit()
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    shallow = Repository.open(tmp_path / "shallow")
    assert shallow.is_shallow()
    facts = shallow.commit_facts(oid)
    assert not shallow.has_commit(facts.parents[0])
    with pytest.raises(CannotVerify):
        shallow.changed_files(oid, facts.parents[0])
    with pytest.raises(CannotVerify, match="shallow"):
        shallow.root_commit(oid)


def test_clone_without_blobs_says_it_cannot_read_not_that_there_is_nothing(repo: GitRepository, tmp_path: Path) -> None:
    repo.write(".attest/policy.yaml", b"mode: enforce\n")
    oid = repo.commit()
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repo.path}", str(tmp_path / "partial"))
    partial = Repository.open(tmp_path / "partial")
    assert partial.tree_blob(oid, "nothing") is None
    with pytest.raises(CannotVerify):
        partial.tree_blob(oid, ".attest/policy.yaml")
    with pytest.raises(CannotVerify):
        partial.changed_files(oid, None)


def test_clone_without_trees_says_it_cannot_read(repo: GitRepository, tmp_path: Path) -> None:
    repo.write(".attest/trust/root.json", b"{}")
    oid = repo.commit()
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", "--no-checkout", "--filter=tree:0", f"file://{repo.path}", str(tmp_path / "partial"))
    partial = Repository.open(tmp_path / "partial")
    with pytest.raises(CannotVerify):
        partial.files_below(oid, ".attest/trust")


def test_folder_in_the_place_of_a_file_is_not_no_file(repo: GitRepository) -> None:
    repo.write(".attest/policy.yaml/x", b"1")
    oid = repo.commit()
    with pytest.raises(CannotVerify):
        Repository.open(repo.path).tree_blob(oid, ".attest/policy.yaml")


def test_trees_are_read_from_the_top_wherever_one_stands(repo: GitRepository) -> None:
    repo.write(".attest/trust/a.json", b"{}")
    repo.write("src/deep/x", b"1")
    oid = repo.commit()
    repo.git("update-ref", "refs/whereof/x", oid)
    for folder in (repo.path, repo.path / "src/deep"):
        repository = Repository.open(folder)
        assert repository.files_below(oid, ".attest/trust") == (".attest/trust/a.json",)
        assert repository.tree_blob(oid, ".attest/trust/a.json") == b"{}"
        found = dict(repository.ref_files("refs/whereof/x", max_bytes=2))
        assert found == {".attest/trust/a.json": b"{}", "src/deep/x": b"1"}
    assert dict(Repository.open(repo.path).ref_files("refs/whereof/x", max_bytes=1)) == {"src/deep/x": b"1"}
    assert dict(Repository.open(repo.path).ref_files("refs/whereof/none", max_bytes=1)) == {}


@pytest.mark.parametrize(
    "name", ["--all", "-h", "--output=/dev/null", "a\0b", "x" * 1025, "", "nothing", "HEAD^{tree}", "HEAD:f"]
)
def test_what_is_no_commit_is_no_revision(repo: GitRepository, name: str) -> None:
    repo.write("f", b"1")
    repo.commit()
    with pytest.raises(InvalidInput) as caught:
        Repository.open(repo.path).resolve(name)
    assert caught.value.code == "git.no-such-revision"


def test_tag_leads_to_its_commit(repo: GitRepository) -> None:
    oid = repo.commit()
    repo.git("tag", "-a", "v1", "-m", "one")
    assert Repository.open(repo.path).resolve("v1") == oid
    assert not Repository.open(repo.path).has_commit(repo.git("rev-parse", "refs/tags/v1"))


def test_folder_that_is_no_clone_is_wrong_input(home: Path, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing"):
        with pytest.raises(InvalidInput) as caught:
            Repository.open(place)
        assert caught.value.code == "git.not-a-repository"


def test_work_trees_and_bare_clones_share_one_folder_for_receipts(repo: GitRepository, tmp_path: Path) -> None:
    repo.commit()
    repo.git("worktree", "add", "-q", str(tmp_path / "second"))
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    assert Repository.open(tmp_path / "second").common_dir == Repository.open(repo.path).common_dir
    assert Repository.open(tmp_path / "bare.git").common_dir == tmp_path / "bare.git"


def test_records_of_the_log_cannot_be_forged_by_a_message(repo: GitRepository) -> None:
    tree = repo.git("write-tree")
    person = "A <a@example.test> 1700000000 +0000"
    message = "\x01fake\x01" + "f" * 40 + "\n\n\x01\x02 body\n"
    oid = repo.commit_object(f"tree {tree}\nauthor {person}\ncommitter {person}\n\n{message}".encode())
    rows = list(Repository.open(repo.path).log_records((oid,), ("%H", "%s", "%b")))
    assert [row[0] for row in rows] == [oid]
    assert len(rows[0]) == 3


def test_message_with_a_nul_stays_one_record(repo: GitRepository) -> None:
    tree = repo.git("write-tree")
    person = "A <a@example.test> 1700000000 +0000"
    oid = repo.commit_object(f"tree {tree}\nauthor {person}\ncommitter {person}\n\none\0{'f' * 40}\0x\n".encode())
    repo.git("update-ref", "refs/heads/main", oid)
    child = repo.commit("two")
    assert [row[0] for row in Repository.open(repo.path).log_records(("main",), ("%H", "%s"))] == [child, oid]


def test_paths_below_the_work_tree_need_no_utf8(repo: GitRepository) -> None:
    repo.write(b"d/caf\xe9", b"1")
    oid = repo.commit()
    (name,) = Repository.open(repo.path).files_below(oid, "d")
    assert os.fsencode(name) == b"d/caf\xe9"
    assert Repository.open(repo.path).tree_blob(oid, name) == b"1"


def test_merge_base_remote_and_config_are_none_where_there_is_none(repo: GitRepository) -> None:
    one = repo.commit("one")
    repo.git("checkout", "-q", "--orphan", "fresh")
    two = repo.commit("two")
    repository = Repository.open(repo.path)
    assert (repository.merge_base(one, two), repository.default_branch(), repository.remote_url()) == (None, None, None)
    assert repository.config("attest.nothing") is None
    assert repository.note_objects("refs/notes/ai") == frozenset()


def test_output_beyond_the_bound_ends_git_instead_of_being_read_to_its_end(
    repo: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository.open(repo.path)
    endless = tmp_path / "bin" / "git"
    endless.parent.mkdir()
    endless.write_text("#!/bin/sh\nwhile :; do printf '%65536s' ''; done\n")
    endless.chmod(0o755)
    monkeypatch.setenv("PATH", f"{endless.parent}:{os.environ['PATH']}")
    monkeypatch.setattr("attest.git.MAX_OUTPUT_BYTES", 1024 * 1024)
    monkeypatch.setattr("attest.git.TIMEOUT_S", 2)
    with pytest.raises(InvalidInput, match="too-large"):
        repository.plumbing(["log"])


def test_what_a_clone_lacks_is_not_fetched_by_a_command_that_it_names(repo: GitRepository, tmp_path: Path) -> None:
    repo.write("f", b"1")
    oid = repo.commit()
    blob = repo.git("rev-parse", f"{oid}:f")
    mark = tmp_path / "it-ran"
    for key, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", f"ext::sh -c touch% {mark}"),
        ("remote.origin.promisor", "true"),
        ("protocol.ext.allow", "always"),
    ):
        repo.git("config", key, value)
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    repository = Repository.open(repo.path)
    with pytest.raises(CannotVerify):
        repository.changed_files(oid, None)
    with pytest.raises(CannotVerify):
        repository.tree_blob(oid, "f")
    assert not mark.exists()


def test_trees_that_stand_in_each_other_name_no_more_than_is_read(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attest.history.objects.MAX_TREE_ROWS", 1000)
    oid, kind = repo.git("hash-object", "-w", "--stdin", data=b"x"), "100644 blob"
    for _ in range(7):
        rows = "".join(f"{kind} {oid}\t{name}\n" for name in "abcdefgh")
        oid, kind = repo.git("mktree", data=rows.encode()), "040000 tree"
    with ObjectReader(Repository.open(repo.path)) as reader:
        assert 0 < len(tree_blobs(reader, oid)) <= 1000
    shallow = repo.git("mktree", data=f"{kind} {oid}\td\n".encode())
    with ObjectReader(Repository.open(repo.path)) as reader:
        assert tree_blobs(reader, shallow, depth=2) == {}
