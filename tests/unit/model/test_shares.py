"""Shares of lines: the parts add up, a remainder is never a person's."""

from __future__ import annotations

from attest.model.basis import Basis, Evidence
from attest.model.changes import Change, ChangeOp
from attest.model.diff import parse_diff
from attest.model.fingerprint import line_fingerprint
from attest.model.shares import METHOD, line_shares, shares_row

DIFF = (
    "diff --git a/pond.py b/pond.py\n--- a/pond.py\n+++ b/pond.py\n@@ -1 +1,5 @@\n-old\n"
    "+drain_the_pond()\n+count_all_frogs()\n+close_the_gate()\n+x\n+    drain_the_pond()\n"
)


def _change(path: str, *lines: str, by_person: bool = False) -> Change:
    place = Evidence(record=1, byte_start=0, byte_end=1, pointer="")
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
        evidence=(place,),
        rule="test@1",
        basis=Basis.OBSERVED,
    )


def test_the_parts_add_up_and_the_remainder_is_nobodys() -> None:
    changes = (
        _change("/home/ada/pond/pond.py", "drain_the_pond()", "    drain_the_pond()"),
        _change("/home/ada/pond/pond.py", "count_all_frogs()", by_person=True),
    )
    found = line_shares(parse_diff(DIFF), changes, "/home/ada/pond")
    assert (found.agent, found.changed_by_person, found.untracked, found.too_short) == (2, 1, 1, 1)
    assert found.added == 5
    assert (found.person, found.method) == (None, METHOD)


def test_the_same_line_in_another_file_does_not_count() -> None:
    found = line_shares(parse_diff(DIFF), (_change("/home/ada/pond/lake.py", "drain_the_pond()"),), "/home/ada/pond")
    assert (found.agent, found.untracked) == (0, 4)


def test_the_row_names_method_and_remainder_and_no_person() -> None:
    row = shares_row(line_shares(parse_diff(DIFF), (), None))
    assert "4 not tracked" in row.text
    assert METHOD in row.note
    assert "human" not in row.text
    assert row.basis is Basis.INFERRED
