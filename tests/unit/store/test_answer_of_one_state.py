"""Promise: what is logged while an answer looks is in none of its lists, and makes none of them incomplete."""

from __future__ import annotations

from sqlalchemy import event

from attest.usecases.instance import Instance
from attest.usecases.reach import reach
from tests.unit.usecases.signed_entries import signed_entries

OID = "ab" * 20


def test_an_answer_is_of_one_state_of_the_log(instance: Instance) -> None:
    instance.append(signed_entries(instance, 1, OID))
    later = signed_entries(instance, 1, OID)

    def meanwhile(_connection: object, _cursor: object, text: str, *_more: object) -> None:
        if later and text.startswith("SELECT tree_head.tree_size"):  # the head that all is to be proved at
            instance.append([later.pop()])

    event.listen(instance.engine, "after_cursor_execute", meanwhile)
    found = reach(instance, OID)
    event.remove(instance.engine, "after_cursor_execute", meanwhile)
    assert not later
    assert (found.gaps, found.proved, len(found.rows)) == ((), 1, 1)
    again = reach(instance, OID)
    assert (again.gaps, again.proved, len(again.rows)) == ((), 2, 2)
    assert again.tree_size > found.tree_size
