"""What was asked and what was decided, on the page of a session."""

from __future__ import annotations

import html
import re

from api.pages import render
from api.pages.session_view import SessionSource
from api.pages.timeline import signals_of
from tests.support import sessions
from tests.support.claude import Transcript

WORDS = "Don't touch frogs.py <script>alert(1)</script>"
POND = "/home/ada/pond"


def _page() -> str:
    session = (
        Transcript()
        .prompt(f"Drain it. {WORDS}.\nDon't touch <b>lake</b> frogs.py")
        .prompt("Don't touch frogs.py.")
        .edit(f"{POND}/frogs.py", "a", "b")
        .session()
    )
    return render.render_session(SessionSource(id=sessions.SESSION_ID, session=session))


def test_a_broken_constraint_stands_in_the_timeline_at_the_act() -> None:
    session = Transcript().prompt("Don't touch frogs.py").edit(f"{POND}/frogs.py", "a", "b").session()
    (found,) = [signal for signal in signals_of(session) if signal.kind == "broken"]
    assert (found.seq, found.mark) == (1, "broken")


def test_the_page_counts_breaks_and_lists_what_was_asked_and_decided() -> None:
    page = _page()
    text = html.unescape(re.sub(r"<[^>]+>", " ", page))
    assert "constraint breaks" in text
    assert 'id="decided"' in page
    assert "Constraint broken" in text
    assert "unexplained turn" in text
    assert "approvals" in text


def test_words_of_a_constraint_are_escaped_wherever_they_stand() -> None:
    page = _page()
    assert "<script>alert(1)" not in page
    assert "<b>lake</b>" not in page
