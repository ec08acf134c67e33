from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.git import Repository
from attest.model import diff as module
from attest.model.diff import FileDiff, parse_diff
from tests.support.repository import GitRepository


def one(text: str) -> FileDiff:
    (file,) = parse_diff(text)
    return file


def test_missing_line_feed_at_the_end_is_no_line() -> None:
    text = "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-old\n\\ No newline at end of file\n+new\n\\ No newline at end of file\n"
    (hunk,) = one(text).hunks
    assert (hunk.removed, hunk.added) == (("old",), ("new",))


def test_lines_shaped_like_headers_inside_a_hunk_are_content() -> None:
    text = "diff --git a/q.sql b/q.sql\n--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,2 @@\n--- a comment\n-x\n+++ b/other\n+y\n"
    file = one(text)
    assert file.path == "q.sql"
    assert (file.hunks[0].removed, file.hunks[0].added) == (("-- a comment", "x"), ("++ b/other", "y"))


def test_hunk_header_inside_a_hunk_is_content() -> None:
    text = "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -0,0 +1,2 @@\n+@@ -1 +1 @@\n+z\n@@ -9,0 +12 @@\n+w\n"
    assert [h.added for h in one(text).hunks] == [("@@ -1 +1 @@", "z"), ("w",)]


def test_binary_and_mode_only_files_have_a_path_and_no_hunk() -> None:
    text = "diff --git a/x y.png b/x y.png\nindex 1..2 100644\nBinary files a/x y.png and b/x y.png differ\n"
    text += "diff --git a/run b/run.sh b/run b/run.sh\nold mode 100644\nnew mode 100755\n"
    binary, mode = parse_diff(text)
    assert (binary.path, binary.binary, binary.hunks) == ("x y.png", True, ())
    assert (mode.path, mode.binary, mode.hunks) == ("run b/run.sh", False, ())


def test_deleted_file_is_named_by_its_old_path() -> None:
    assert one("diff --git a/gone b/gone\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n").path == "gone"


def test_blank_context_lines_and_truncated_hunks_are_read_as_far_as_they_go() -> None:
    text = "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,5 +1,6 @@\n a\n\n+b"
    (hunk,) = one(text).hunks
    assert hunk.lines == (" a", " ", "+b")


@pytest.mark.parametrize(
    "header", ["@@ -1,1 +1,1", "@@ -a +b @@", "@@ -٣ +٣ @@", "@@ -" + "9" * 5000 + " +1 @@", "@@@ -1 +1 @@"]
)
def test_what_is_no_hunk_header_begins_no_hunk(header: str) -> None:
    assert one(f"diff --git a/f b/f\n--- a/f\n+++ b/f\n{header}\n+x\n").hunks == ()


def test_empty_hunks_end_and_yield() -> None:
    text = "diff --git a/f b/f\n--- a/f\n+++ b/f\n" + "@@ -1,0 +1,0 @@\n" * 3
    assert [h.lines for h in one(text).hunks] == [()] * 3


def test_text_that_is_no_diff_gives_nothing() -> None:
    assert parse_diff("") == parse_diff("hello\n@@ -1 +1 @@\n+x\n") == ()


def test_hunks_are_bounded_over_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HUNKS", 5)
    text = "".join(f"diff --git a/{n} b/{n}\n--- a/{n}\n+++ b/{n}\n" + "@@ -1 +1 @@\n+x\n" * 3 for n in range(4))
    assert [len(f.hunks) for f in parse_diff(text)] == [3, 2]


def test_twenty_thousand_hunks_are_the_most() -> None:
    text = "diff --git a/f b/f\n--- a/f\n+++ b/f\n" + "@@ -0,0 +1 @@\n+x\n" * 20_100
    assert sum(len(f.hunks) for f in parse_diff(text)) == 20_000


PATHS = ("plain.py", "café.py", "a b/c d.py", 'quo"te.py', "tab\there.py", "dir b/x b/y.py", "b/b.py")


def test_paths_of_real_diffs_come_out_as_they_are(home: Path, tmp_path: Path) -> None:
    repo = GitRepository.make(tmp_path / "r")
    for path in PATHS:
        repo.write(path, b"one\n")
    first = repo.commit("one")
    for path in PATHS:
        (repo.path / path).chmod(0o755)
    modes = repo.commit("two")
    repository = Repository.open(repo.path)
    for oid, parent in ((first, None), (modes, first)):
        text, cut = repository.diff(oid, parent, max_bytes=1 << 20)
        assert not cut
        assert {f.path for f in parse_diff(text)} == set(PATHS)


def test_configuration_does_not_change_the_diff(home: Path, tmp_path: Path) -> None:
    repo = GitRepository.make(tmp_path / "r")
    repo.write("a/f", b"1\n\n2\n")
    first = repo.commit("one")
    repo.write("a/f", b"1\n\n3\n")
    second = repo.commit("two")
    before = Repository.open(repo.path).diff(second, first, max_bytes=1 << 20)
    for key, value in (
        ("diff.noprefix", "true"), ("diff.mnemonicPrefix", "true"), ("color.ui", "always"), ("diff.context", "0"),
        ("diff.external", "false"), ("diff.relative", "true"), ("diff.srcPrefix", "x/"), ("color.diff", "always"),
    ):  # fmt: skip
        repo.git("config", key, value)
    assert Repository.open(repo.path).diff(second, first, max_bytes=1 << 20) == before


def test_cut_diff_says_so(home: Path, tmp_path: Path) -> None:
    repo = GitRepository.make(tmp_path / "r")
    repo.write("f", b"x\n" * 100)
    oid = repo.commit("one")
    text, cut = Repository.open(repo.path).diff(oid, None, max_bytes=80)
    assert cut
    assert len(text) == 80
    parse_diff(text)


LINE = st.sampled_from(
    ["diff --git a/f b/f", 'diff --git "a/\\303" "b/\\303"', "--- a/f", "+++ /dev/null", '+++ "b/\\9\\', "@@ -1,3 +1 @@",
     "@@ -0,0 +1,999999999 @@", "+x", "-y", " z", "\\ No", "", "Binary files ", 'diff --git "', "diff --git "]
) | st.text(max_size=12)  # fmt: skip


@given(st.lists(LINE, max_size=20).map("\n".join))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for file in parse_diff(text):
        assert all(line[0] in " +-" for hunk in file.hunks for line in hunk.lines)
