from __future__ import annotations

from dataclasses import replace

from attest.model.answer import Answer, AsOf, CommitRef, Mark, VerdictLine
from attest.model.answer_parts import Nothing, answer_not_recorded, changed_section
from attest.model.answer_rows import MAX_SHOWN
from attest.model.answer_sections import SessionRows, sections_from_session
from attest.model.basis import Basis
from attest.model.diff import parse_diff
from attest.model.explain import ExplainedHunk, Explanation
from attest.model.pointer import PointerKind
from attest.model.verdict import Verdict
from tests.support import sessions
from tests.support.claude import Transcript

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


def _drained() -> SessionRows:
    pond = "/home/ada/pond"
    session = (
        Transcript()
        .add("permission-mode", permissionMode="plan")
        .prompt("Drain it. Only edit lake.py. Don't push.")
        .call("ExitPlanMode", plan="- open\n- wait")
        .refused("No waiting.")
        .call("ExitPlanMode", plan="- open")
        .result("approved")
        .add("permission-mode", permissionMode="bypassPermissions")
        .edit(f"{pond}/lake.py", "a", "b")
        .edit(f"{pond}/reeds.py", "a", "b")
        .session()
    )
    return sections_from_session(session, sessions.SESSION_ID)


def test_broken_constraints_stand_first_and_lead_to_the_act() -> None:
    found = [row for row in _drained().asked if row.term == "constraint"]
    assert [row.mark for row in found] == [Mark.BROKEN, Mark.KEPT]
    assert found[0].quote == "Only edit lake.py."
    assert [pointer.label for pointer in found[0].pointers] == ["#9", "#1"]
    summary = next(row for row in _drained().asked if row.term == "constraints")
    assert summary.text == "2 found: 1 broken, 1 kept, 0 not known"


def test_revisions_and_decisions_quote_and_never_speak_the_agents_words() -> None:
    rows = {row.term: row for row in _drained().decided}
    assert rows["revision"].quote == "- - wait"
    assert "wait" not in rows["revision"].text
    assert "after a person refused" in rows["revision"].text
    assert rows["unexplained turn"].text == "0 seen in the transcript"


def test_authority_tells_how_long_it_held_and_who_let_calls_through() -> None:
    rows = {row.term: row for row in _drained().reached if row.term}
    assert rows["held"].text == "permission-mode `plan` 6 s, permission-mode `bypassPermissions` 4 s"
    assert rows["excess"].text.startswith("Granted and not known to be used: no questions asked")
    assert rows["approvals"].text.startswith(
        "4 calls: 2 decided by the mode, a rule or a hook, 1 refused by a person, 1 not known"
    )
    assert "reeds.py" in rows["out of scope"].text


def test_a_session_recorded_before_these_rules_says_not_known_and_never_none() -> None:
    rows = sections_from_session(sessions.session(), sessions.SESSION_ID)
    constraints = next(row for row in rows.asked if row.term == "constraints")
    assert (constraints.mark, constraints.basis) == (Mark.NOT_KNOWN, Basis.UNKNOWN)
    assert not {"approvals", "files", "unexplained turn"} & {row.term for row in (*rows.decided, *rows.reached)}
