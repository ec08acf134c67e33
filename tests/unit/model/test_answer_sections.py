from __future__ import annotations

from dataclasses import replace

from attest.model.answer import Answer, AsOf, CommitRef, Mark, VerdictLine
from attest.model.answer_parts import Nothing, answer_not_recorded, changed_section
from attest.model.answer_sections import MAX_SHOWN, sections_from_session
from attest.model.basis import Basis
from attest.model.diff import parse_diff
from attest.model.explain import ExplainedHunk, Explanation
from attest.model.pointer import PointerKind
from attest.model.verdict import Verdict
from tests.support import sessions

DIFF = (
    "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n-old\n+new\n+newer\n"
    "diff --git a/p.png b/p.png\nBinary files a/p.png and b/p.png differ\n"
)


def test_pointers_lead_to_the_event_that_shows_it() -> None:
    rows = sections_from_session(sessions.session(), sessions.SESSION_ID)
    override = next(row for row in rows.decided if row.term == "override")
    assert [(p.kind, p.target, p.session) for p in override.pointers] == [
        (PointerKind.EVENT, "60", sessions.SESSION_ID)
    ]
    assert override.quote == "No, fail closed. step"
    assert "fail closed" not in override.text


def test_a_claim_is_never_a_passed_run() -> None:
    rows = sections_from_session(sessions.session(), sessions.SESSION_ID).checked
    assert [row.mark for row in rows] == [Mark.FAILED, Mark.PASSED, Mark.INCONCLUSIVE, Mark.CLAIMED]
    assert rows[3].basis is Basis.REPORTED


def test_zero_is_written_where_it_was_counted_and_not_known_where_the_format_is_silent() -> None:
    bare = replace(sessions.session(), intent=None, checks=(), overrides=(), access=())
    rows = sections_from_session(bare, sessions.SESSION_ID)
    assert rows.checked[0].text == "0 seen in the transcript"
    assert rows.asked[0].shown_word == "not recorded"
    sandbox = next(row for row in rows.reached if "sandbox" in row.text)
    assert (sandbox.mark, sandbox.basis) == (Mark.NOT_KNOWN, Basis.UNKNOWN)


def test_a_long_list_is_cut_and_says_so() -> None:
    one = sessions.session()
    rows = sections_from_session(replace(one, checks=one.checks[:1] * 100), sessions.SESSION_ID).checked
    assert len(rows) == MAX_SHOWN + 1
    assert rows[-1].text == "and 88 more"
    assert rows[-1].pointers[0].kind is PointerKind.SESSION


def test_what_a_session_leaves_open_always_says_what_would_settle_it() -> None:
    rows = sections_from_session(sessions.session(), sessions.SESSION_ID).not_known
    assert rows
    assert all(row.settles for row in rows)
    assert "2 orphan-parent" in rows[0].detail


def test_changed_counts_come_from_git_and_a_binary_file_is_not_zero() -> None:
    hunk = ExplainedHunk(
        path="a.py",
        new_start=1,
        added=2,
        removed=1,
        explanation=Explanation.OUTSIDE,
        events=(),
        matched=0,
        telling=3,
    )
    section = changed_section(parse_diff(DIFF), (hunk,), "1" * 40)
    assert section.rows[0].text == "0 explained by a session, 1 edited outside it, 0 not explained"
    first, binary = section.changed
    assert (first.added, first.removed, first.outside) == (2, 1, 1)
    assert (binary.added, binary.explained) == (None, None)


def test_not_recorded_has_every_section_and_names_no_person_it_does_not_know() -> None:
    answer: Answer = answer_not_recorded(
        Nothing(
            commit=CommitRef(oid="a" * 40, subject=None, repository=None),
            author=None,
            verdict=VerdictLine(word=Verdict.ABSENT, what="Nothing.", exit_code=4, enforce_exit_code=4),
            as_of=AsOf(log="o/logs/default", tree_size=0, root=""),
        )
    )
    assert [row.shown_word for row in answer.section(1).rows] == ["not recorded"] * 3 + ["none signed"]
    assert answer.section(10).rows[-1].shown_word == "not proved"
