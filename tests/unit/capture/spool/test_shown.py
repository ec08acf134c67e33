from __future__ import annotations

import json

from attest.capture.spool.shown import CommitTraces

OID = "4bf92f3577b34da6a3ce929d0e0e4736aabbccdd"
DIFF = '--- a/src/pond.py\n+++ b/src/pond.py\n@@ -1 +1,2 @@\n-ducks = 2\n+ducks_in_pond = 3\n+names = ["möwe"]\n+x\n'


def looked(*texts: str, paths: tuple[bytes, ...] = (b"src/pond.py",)) -> object:
    lines = [json.dumps({"text": text}, ensure_ascii=False).encode() for text in texts]
    return CommitTraces(OID, paths, DIFF).found_in(lines)


def test_a_transcript_that_shows_the_commits_lines_is_told_from_one_that_does_not() -> None:
    found = looked("I write ducks_in_pond = 3 there", 'and names = ["möwe"]')
    assert found.share == 1.0  # type: ignore[attr-defined]
    assert found.clearly  # type: ignore[attr-defined]
    nothing = looked("I look at the weather")
    assert (nothing.share, nothing.anything) == (0.0, False)  # type: ignore[attr-defined]


def test_a_path_counts_as_a_whole_only() -> None:
    assert looked("edit /home/ada/src/pond.py now").path  # type: ignore[attr-defined]
    for other in ("src/pond.pyc", "mysrc/pond.py", "src/pond"):
        assert not looked(f"edit {other} now").path, other  # type: ignore[attr-defined]


def test_the_commits_own_id_counts_and_another_one_that_begins_alike_does_not() -> None:
    assert looked(f"[main {OID[:7]}] Add a pond").oid  # type: ignore[attr-defined]
    assert looked(OID).oid  # type: ignore[attr-defined]
    assert not looked(OID[:7] + "0" * 33).oid  # type: ignore[attr-defined]
    assert not looked("f" + OID[:7]).oid  # type: ignore[attr-defined]


def test_a_git_command_that_makes_commits_is_seen() -> None:
    assert looked("git commit -m x").command  # type: ignore[attr-defined]
    assert looked("git -C sub cherry-pick abc").command  # type: ignore[attr-defined]
    assert not looked("git status").command  # type: ignore[attr-defined]
