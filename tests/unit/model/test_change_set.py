"""What a change-set's statements say, and what they make together; what contradicts itself says nothing."""

from __future__ import annotations

import pytest

from attest.errors import InvalidInput
from attest.model.change_set import EXTENSION, Act, SetChange, Stated, change_of, change_set, change_to_extension

ONE, TWO = "ses_01J00000000000000000000001", "ses_01J00000000000000000000002"
SET = "att_" + "a" * 64
BOTH = frozenset({ONE, TWO})


def test_what_is_written_is_read() -> None:
    for change in (
        SetChange(act=Act.BEGIN, name="PAY-812", sessions=(ONE, TWO)),
        SetChange(act=Act.ADD, of=SET, sessions=(TWO,)),
        SetChange(act=Act.TAKE_OUT, of=SET, sessions=(ONE,)),
    ):
        assert change_of({"extensions": change_to_extension(change)}, BOTH) == change


@pytest.mark.parametrize(
    "change",
    [
        SetChange(act=Act.BEGIN, name="two words", sessions=(ONE,)),
        SetChange(act=Act.BEGIN, name="", sessions=(ONE,)),
        SetChange(act=Act.BEGIN, name="x", sessions=()),
        SetChange(act=Act.BEGIN, name="x", sessions=(ONE, ONE)),
        SetChange(act=Act.ADD, of="att_x", sessions=(ONE,)),
        SetChange(act=Act.ADD, of=SET, sessions=("<script>",)),
        SetChange(act=Act.ADD, of=SET, sessions=tuple(f"ses_{number:026d}" for number in range(65))),
    ],
    ids=range(7),
)
def test_what_is_no_change_is_not_written(change: SetChange) -> None:
    with pytest.raises(InvalidInput):
        change_to_extension(change)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"act": "begin", "name": "x", "sessions": [ONE], "more": 1},
        {"act": "begin", "name": "x", "of": SET, "sessions": [ONE]},
        {"act": "add", "name": "x", "sessions": [ONE]},
        {"act": "add", "of": SET, "sessions": []},
        {"act": "add", "of": SET, "sessions": [ONE, ONE]},
        {"act": "add", "of": SET, "sessions": ["ses_01J00000000000000000000003"]},
        {"act": "drop", "of": SET, "sessions": [ONE]},
    ],
    ids=range(10),
)
def test_what_cannot_be_read_says_nothing(value: object) -> None:
    assert change_of({"extensions": {EXTENSION: value}}, BOTH) is None
    assert change_of({}, BOTH) is None


def test_a_set_is_what_its_statements_make_in_their_order() -> None:
    def stated(index: int, change: SetChange) -> Stated:
        return Stated(change=change, attestation=SET, identity="i", issuer="j", index=index, recorded_at=0)

    steps = (
        stated(3, SetChange(act=Act.BEGIN, name="x", sessions=(ONE,))),
        stated(5, SetChange(act=Act.TAKE_OUT, of=SET, sessions=(ONE, TWO))),
        stated(6, SetChange(act=Act.ADD, of=SET, sessions=(TWO, ONE))),
        stated(8, SetChange(act=Act.ADD, of=SET, sessions=(TWO,))),
    )
    found = change_set(steps)
    assert found.sessions == (TWO, ONE)
    assert found.history == steps
    assert (found.id, found.name) == (SET, "x")
