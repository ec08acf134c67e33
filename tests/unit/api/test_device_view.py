"""What a person is shown of a command line that asks: every scope in words, and nothing that it says of itself unprinted."""

from __future__ import annotations

from api.pages.device_view import WORDS, device_view
from attest.model.rights import Right


def test_every_scope_has_words_of_its_own() -> None:
    assert set(WORDS) == set(Right)
    assert len(set(WORDS.values())) == len(WORDS)


def test_scopes_stand_in_the_order_of_the_table_and_controls_are_named() -> None:
    view = device_view("BCDF-GHJK", "x\u202ey", (Right.ADMIN, Right.INGEST), days=7)
    assert [scope for scope, _ in view.asks] == ["ingest", "admin"]
    assert "\u202e" not in view.asker
