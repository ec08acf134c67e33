from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from attest.model.exception_predicate import exception_of
from attest.policy.exception_standing import ExceptionState, exception_state
from tools.make_human_vectors import EXCEPTION, OID, TREE

GRANTED = exception_of(EXCEPTION)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SIGNED = int(datetime(2026, 11, 21, 9, 0, 1, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, ExceptionState.APPLIES),
        ({"rule": "phi"}, ExceptionState.OTHER_RULE),
        ({"rule": "aut"}, ExceptionState.OTHER_RULE),
        ({"oid": "e" * 40}, ExceptionState.OTHER_COMMIT),
        ({"tree": "e" * 40}, ExceptionState.OTHER_COMMIT),
        ({"now": GRANTED.expires_at}, ExceptionState.EXPIRED),
        ({"now": GRANTED.expires_at - timedelta(microseconds=1)}, ExceptionState.APPLIES),
        ({"now": GRANTED.granted_at - timedelta(seconds=1)}, ExceptionState.FUTURE),
        ({"signed_at": int(NOW.timestamp()) + 1}, ExceptionState.FUTURE),
        ({"signed_at": None}, ExceptionState.TIME_NOT_KNOWN),
    ],
)
def test_exception_applies_to_its_rule_commit_and_time_alone(changed: dict[str, object], state: ExceptionState) -> None:
    given = {"rule": "auth", "oid": OID, "tree": TREE, "signed_at": SIGNED, "now": NOW} | changed
    found = exception_state(GRANTED, **given)  # type: ignore[arg-type]
    assert found is state
    assert found.counts is (state is ExceptionState.APPLIES)
