"""Whether the names around a commit agree: what cannot be compared is not known, never a difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.model.answer import Mark
from attest.model.reconcile import Agreement, Names, reconcile, reconciled_row

AGREES, DIFFERS, UNKNOWN = Agreement.AGREES, Agreement.DIFFERS, Agreement.UNKNOWN
ADA = Names(
    author_name="Ada Frog",
    author_email="ada@pond.example",
    committer_name="Ada Frog",
    committer_email="ada@pond.example",
    signer="ada@pond.example",
    issuer="https://issuer.example",
    agent="claude-code",
)
ACTOR = f"https://pond.example/actor/{'0' * 64}"


def of(names: Names) -> dict[str, Agreement]:
    return {one.pair: one.agreement for one in reconcile(names)}


def test_a_certified_address_agrees_with_the_one_in_git() -> None:
    found = of(ADA)
    assert found == {
        "author, committer": AGREES,
        "author, signer": AGREES,
        "committer, signer": AGREES,
        "signer, OIDC subject": AGREES,
        "author, agent": DIFFERS,
    }


@pytest.mark.parametrize(
    "change, pair, answer",
    [
        ({"signer": ACTOR}, "author, signer", UNKNOWN),
        ({"signer": ACTOR}, "signer, OIDC subject", UNKNOWN),
        ({"signer": None}, "author, signer", UNKNOWN),
        ({"signer": "https://forge.example/org/repo/ci.yml@refs/heads/main"}, "author, signer", DIFFERS),
        ({"signer": "bo@pond.example"}, "author, signer", DIFFERS),
        ({"author_email": "1+ada@users.noreply.github.com"}, "author, signer", UNKNOWN),
        ({"committer_email": None}, "committer, signer", UNKNOWN),
        ({"committer_name": "GitHub", "committer_email": "noreply@github.com"}, "author, committer", DIFFERS),
        ({"committer_email": None, "committer_name": "Bo"}, "author, committer", DIFFERS),
        ({"author_name": None}, "author, committer", UNKNOWN),
        ({"subject": "bo@pond.example"}, "signer, OIDC subject", DIFFERS),
        ({"author_mark": "Claude Code"}, "author, agent", AGREES),
        ({"author_mark": "Copilot"}, "author, agent", DIFFERS),
        ({"agent": None}, "author, agent", UNKNOWN),
    ],
)
def test_each_pair_by_what_is_known(change: dict[str, str | None], pair: str, answer: Agreement) -> None:
    assert of(replace(ADA, **change))[pair] is answer


def test_the_row_says_why_and_is_not_known_where_nothing_is() -> None:
    row = reconciled_row(reconcile(ADA), ())
    assert row.text.startswith("agrees: author, committer (the same address)")
    nothing = Names(author_name=None, author_email=None, committer_name=None)
    assert reconciled_row(reconcile(nothing), ()).mark is Mark.NOT_KNOWN
