from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.errors import InvalidInput
from attest.usecases.allow_rules import FILE_NAME, read_allow_rules


def test_no_file_means_no_rule(tmp_path: Path) -> None:
    assert read_allow_rules(tmp_path) == ()


def test_a_rule_names_rule_place_and_reason(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(json.dumps([{"rule": "r", "place": "record 1*", "reason": "a fixture"}]))
    (rule,) = read_allow_rules(tmp_path)
    assert (rule.rule, rule.place_pattern, rule.reason) == ("r", "record 1*", "a fixture")


@pytest.mark.parametrize(
    "content",
    ["{", "{}", "[1]", '[{"rule": "r", "place": "*"}]', '[{"rule": "r", "place": "*", "reason": " "}]'],
)
def test_a_rule_that_cannot_be_read_is_never_ignored(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(InvalidInput) as caught:
        read_allow_rules(tmp_path)
    assert FILE_NAME in caught.value.where
