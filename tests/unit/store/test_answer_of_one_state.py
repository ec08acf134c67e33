"""Promise: what is logged while an answer looks is in none of its lists, and makes none of them incomplete."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from attest.usecases.complete_answer import complete_answers
from attest.usecases.instance import Instance
from attest.usecases.reach import reach
from tests.unit.usecases.signed_entries import signed_entries

OID = "ab" * 20


@contextmanager
def logged_meanwhile(instance: Instance) -> Iterator[None]:
    """Log more about the commit just after a head was read that all is to be proved at."""
    later = signed_entries(instance, 1, OID)

    def meanwhile(_connection: object, _cursor: object, text: str, *_more: object) -> None:
        if later and text.startswith("SELECT tree_head.tree_size, tree_head.root, tree_head.live"):
            instance.append([later.pop()])

    event.listen(instance.engine, "after_cursor_execute", meanwhile)
    try:
        yield
    finally:
        event.remove(instance.engine, "after_cursor_execute", meanwhile)
    assert not later


def test_an_answer_is_of_one_state_of_the_log(instance: Instance) -> None:
    instance.append(signed_entries(instance, 1, OID))
    with logged_meanwhile(instance):
        found = reach(instance, OID)
    assert (found.gaps, found.proved, len(found.rows)) == ((), 1, 1)
    again = reach(instance, OID)
    assert (again.gaps, again.proved, len(again.rows)) == ((), 2, 2)
    assert again.tree_size > found.tree_size


def test_a_portable_answer_brings_what_its_head_lists_and_no_more(instance: Instance) -> None:
    instance.append(signed_entries(instance, 1, OID))
    with logged_meanwhile(instance):
        (portable,) = complete_answers(instance, (OID,))
    assert len(json.loads(portable)["bundles"]) == 1
    (again,) = complete_answers(instance, (OID,))
    assert len(json.loads(again)["bundles"]) == 2
