from __future__ import annotations

from attest.model.facts import facts_json, facts_of
from attest.model.session import Session
from attest.policy.finding import Known
from attest.policy.process_order import intent_before_edit
from tests.support.claude import Transcript

FILE = "/home/ada/pond/a.py"


def told(session: Session) -> tuple[object, Known]:
    facts = facts_json(facts_of(session))
    extensions = facts["extensions"]
    assert isinstance(extensions, dict)
    return extensions["counts"].get("editsBeforeIntent"), intent_before_edit(facts).known


def test_edit_behind_the_first_prompt_comes_after_the_goal() -> None:
    session = Transcript().prompt("Count the ducks").edit(FILE, "a", "b").session()
    assert told(session) == ({"count": 0, "basis": "inferred"}, Known.YES)


def test_edit_before_the_first_prompt_is_counted() -> None:
    session = Transcript().edit(FILE, "a", "b").prompt("Count the ducks").edit(FILE, "b", "c").session()
    assert told(session) == ({"count": 1, "basis": "observed"}, Known.NO)


def test_session_without_a_prompt_of_a_person_is_not_known() -> None:
    assert told(Transcript().edit(FILE, "a", "b").session()) == (None, Known.NOT_KNOWN)
