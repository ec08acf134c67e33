"""Usage is added up so that nothing is told of fewer than five people, not even by taking what is shown from the whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attest.model.usage_rows import MIN_PEOPLE, NO_CENTRE, OTHERS, UsageRow, Used, usage_rows


def used(repository: str, *people: int, number: int = 2) -> list[Used]:
    return [Used(repository=repository, signer=(f"p{one}", "i"), attestations=number, sessions=1) for one in people]


def test_rows_of_five_people_are_shown_and_of_fewer_put_together() -> None:
    rows = usage_rows([*used("a", 1, 2, 3, 4, 5), *used("b", 6, 7, 8), *used("c", 9, 10)])
    assert rows == (
        UsageRow(name="a", attestations=10, sessions=5),
        UsageRow(name=OTHERS, attestations=10, sessions=5),
    )


def test_what_is_left_of_the_whole_is_of_five_people_too() -> None:
    rows = usage_rows([*used("a", 1, 2, 3, 4, 5), *used("b", 6)])
    assert [row.name for row in rows] == [OTHERS]


def test_fewer_than_five_people_together_are_not_added_up() -> None:
    assert usage_rows([*used("a", 1, 2), *used("b", 2, 3, 4)]) == ()
    assert usage_rows([]) == ()


def test_cost_centres_are_of_their_repositories_and_what_has_none_is_said() -> None:
    rows = usage_rows([*used("a", 1, 2, 3), *used("b", 4, 5), *used("c", *range(10, 15))], {"a": "CC-1", "b": "CC-1"})
    assert [(row.name, row.attestations) for row in rows] == [(NO_CENTRE, 10), ("CC-1", 10)]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.integers(0, 9), st.integers(1, 9)),
        max_size=40,
        unique_by=lambda t: t[:2],
    )
)
def test_every_row_is_of_five_people_and_nothing_is_counted_twice(triples: list[tuple[str, int, int]]) -> None:
    all_used = [one for name, who, number in triples for one in used(name, who, number=number)]
    rows = usage_rows(all_used)
    named = {row.name for row in rows} - {OTHERS}
    for name in named:
        assert len({one.signer for one in all_used if one.repository == name}) >= MIN_PEOPLE
    hidden = {one.signer for one in all_used if one.repository not in named}
    assert not hidden or len(hidden) >= MIN_PEOPLE or not rows
    if rows:
        assert sum(row.attestations for row in rows) == sum(one.attestations for one in all_used)
