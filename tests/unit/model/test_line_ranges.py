"""Line ranges at a commit: what a session's edits wrote, and nothing that is not known."""

from __future__ import annotations

from attest.model.basis import Basis
from attest.model.changes import Change, ChangeOp
from attest.model.diff import parse_diff
from attest.model.fingerprint import line_fingerprint
from attest.model.line_ranges import LineRange, ranges_of

DIFF = """diff --git a/pond.py b/pond.py
--- a/pond.py
+++ b/pond.py
@@ -1,3 +1,6 @@
 first line stays
-an old line goes
+the agent wrote this
+)
+the agent wrote that
+a person wrote this
 last line stays
@@ -10,1 +13,3 @@
 further below
+)
+the agent wrote this too
"""


def _edit(*lines: str, path: str = "/home/ada/pond/pond.py", by_person: bool = False) -> Change:
    return Change(
        path=path,
        op=ChangeOp.MODIFY,
        renamed_to=None,
        added=tuple(map(line_fingerprint, lines)),
        removed=(),
        complete=True,
        user_modified=by_person,
        by_subagent=False,
        event=1,
        ts=None,
        evidence=(),
        rule="test@1",
        basis=Basis.OBSERVED,
    )


WROTE = _edit("the agent wrote this", ")", "the agent wrote that", "the agent wrote this too")


def test_ranges_are_positions_at_the_commit() -> None:
    (file,) = ranges_of(parse_diff(DIFF), (WROTE,), "/home/ada/pond")
    assert [(one.start, one.end) for one in file.ranges] == [(2, 4), (14, 15)]
    assert (file.added, file.attributed) == (6, 5)


def test_short_lines_count_only_beside_telling_ones() -> None:
    (file,) = ranges_of(parse_diff(DIFF), (_edit(")"),), "/home/ada/pond")
    assert file.ranges == ()


def test_lines_of_another_file_are_not_the_sessions() -> None:
    (file,) = ranges_of(
        parse_diff(DIFF), (_edit("the agent wrote this", path="/home/ada/pond/lake.py"),), "/home/ada/pond"
    )
    assert file.ranges == ()
    assert file.added == 6


def test_a_proposal_that_a_person_changed_is_of_both() -> None:
    edit = _edit("the agent wrote that", by_person=True)
    (file,) = ranges_of(parse_diff(DIFF), (edit,), "/home/ada/pond")
    assert file.ranges == (LineRange(start=4, end=4, by_person_too=True),)
