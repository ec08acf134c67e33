from __future__ import annotations

import pytest

from attest.model.basis import Basis
from attest.model.changes import Change, ChangeOp
from attest.model.diff import parse_diff
from attest.model.explain import Explanation, explain
from attest.model.fingerprint import line_fingerprint


def change(
    path: str, event: int, added: tuple[str, ...] = (), removed: tuple[str, ...] = (), to: str | None = None
) -> Change:
    return Change(
        path=path, op=ChangeOp.MODIFY, renamed_to=to, added=tuple(map(line_fingerprint, added)),
        removed=tuple(map(line_fingerprint, removed)), complete=True, user_modified=False, by_subagent=False, event=event,
        ts=None, evidence=(), rule="test@1", basis=Basis.OBSERVED,
    )  # fmt: skip


def diff(*lines: str, path: str = "src/a.py") -> str:
    new, old = (sum(line[0] == sign for line in lines) for sign in "+-")
    return (
        f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1,{old} +1,{new} @@\n" + "\n".join(lines) + "\n"
    )


WROTE, ALSO, TOOK = "value = compute(1)", "other = compute(2)", "value = compute(0)"
DIFF = diff(f"-{TOOK}", f"+{WROTE}")


@pytest.mark.parametrize(
    ("changes", "word", "events", "matched"),
    [
        ((change("/w/src/a.py", 4, (WROTE,), (TOOK,)),), Explanation.EXPLAINED, (4,), 2),
        ((change("src/a.py", 4, (WROTE,), (TOOK,)),), Explanation.EXPLAINED, (4,), 2),
        ((change("/elsewhere/src/a.py", 4, (WROTE,), (TOOK,)),), Explanation.EXPLAINED, (4,), 2),
        ((change("/w/old.py", 4, (WROTE,), (TOOK,), to="/w/src/a.py"),), Explanation.EXPLAINED, (4,), 2),
        ((change("/w/src/a.py", 4, (WROTE,)), change("/w/src/a.py", 9, (), (TOOK,))), Explanation.EXPLAINED, (4, 9), 2),
        (
            (change("/w/src/a.py", 4, (WROTE,), (TOOK,)), change("/w/src/a.py", 9, (WROTE,))),
            Explanation.EXPLAINED,
            (4, 9),
            2,
        ),
        ((change("/w/src/a.py", 4, (WROTE,)),), Explanation.OUTSIDE, (4,), 1),
        ((change("/w/src/a.py", 4, (TOOK,), (WROTE,)),), Explanation.OUTSIDE, (), 0),
        ((change("/w/src/a.py", 4),), Explanation.OUTSIDE, (), 0),
        ((change("/w/src/b.py", 4, (WROTE,), (TOOK,)),), Explanation.UNEXPLAINED, (), 0),
        ((change("/w/nota.py", 4, (WROTE,), (TOOK,)),), Explanation.UNEXPLAINED, (), 0),
        ((), Explanation.UNEXPLAINED, (), 0),
    ],
    ids=range(12),
)
def test_hunk_is_explained_only_by_edits_of_its_own_file(
    changes: tuple[Change, ...], word: Explanation, events: tuple[int, ...], matched: int
) -> None:
    (hunk,) = explain(parse_diff(DIFF), changes, "/w/")
    assert (hunk.explanation, hunk.events, hunk.matched, hunk.telling) == (word, events, matched, 2)
    assert (hunk.added, hunk.removed) == (1, 1)


def test_short_lines_tell_nothing() -> None:
    (hunk,) = explain(parse_diff(diff("+    }", "+pass", f"+{ALSO}")), (change("src/a.py", 1, (ALSO,)),), None)
    assert (hunk.explanation, hunk.telling, hunk.added) == (Explanation.EXPLAINED, 1, 3)


def test_without_a_working_directory_only_whole_path_ends_count() -> None:
    changes = (change("/x/y/src/a.py", 1, (WROTE,), (TOOK,)),)
    assert explain(parse_diff(DIFF), changes, None)[0].explanation is Explanation.EXPLAINED
    assert (
        explain(parse_diff(diff(f"+{WROTE}", path="rc/a.py")), changes, None)[0].explanation is Explanation.UNEXPLAINED
    )


def test_path_beyond_ascii_is_met() -> None:
    text = diff(f"+{WROTE}").replace(
        "--- a/src/a.py\n+++ b/src/a.py", '--- "a/caf\\303\\251.py"\n+++ "b/caf\\303\\251.py"'
    )
    (hunk,) = explain(parse_diff(text), (change("/w/café.py", 2, (WROTE,)),), "/w")
    assert (hunk.path, hunk.explanation) == ("café.py", Explanation.EXPLAINED)
