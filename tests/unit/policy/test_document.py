from __future__ import annotations

import pytest

from attest.errors import InvalidInput
from attest.policy.document import parse_policy
from tests.support.policies import BASE, policy

LEAST = "version: 1\nmode: observe\ndefaults: {tier: a}\ntiers:\n  - {id: a, require: {}}\n"


def refused(text: str | bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        parse_policy(text if isinstance(text, bytes) else text.encode(), "p.yaml")
    assert caught.value.code == "policy.malformed"
    return caught.value.where


def test_least_policy_and_the_whole_one_are_read() -> None:
    assert policy(LEAST).mode == "observe"
    whole = policy(BASE)
    assert [tier.id for tier in whole.tiers] == ["minimal", "standard", "high", "critical"]
    assert len(whole.tier("critical").requires) == 2  # its own and the inherited
    assert whole.links == ("recorded", "asserted", "rewritten")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (LEAST + "rules: &r []\n", 6),
        (LEAST + "rules: *r\n", 6),
        (LEAST + "rules: !!python/tuple []\n", 6),
        (LEAST + "links: [! recorded]\n", 6),
        (LEAST + "mode: enforce\n", 6),
        (LEAST + "<<: {mode: enforce}\n", 6),
        (LEAST + "\nmood: enforce\n", 7),
        (LEAST + "---\nversion: 1\n", 7),
        (LEAST + "start: abc\n", 6),
        (LEAST + "max_age: soon\n", 6),
        (LEAST + "links: [observed]\n", 6),
        (LEAST + "rules:\n  - {id: r, tier: b, when: {paths: [x]}}\n", 7),
        (LEAST + "rules:\n  - {id: r, tier: a, when: {}}\n", 7),
        (LEAST + "rules:\n  - {id: r, tier: a, when: {paths: []}}\n", 7),
        (LEAST + "rules:\n  - {id: r, tier: a, when: {paths: ['a[b]']}}\n", 7),
        (LEAST + "rules:\n  - {id: r, tier: a, when: {labels: [phi]}}\n", 7),
        (LEAST + "rules:\n  - {id: r, tier: a, when: {transcript: ['x']}}\n", 7),
        (LEAST + "rules:\n  - {id: r, tier: a, when: {session: {cost: [1]}}}\n", 7),
        (LEAST.replace("version: 1", "version: 2"), 1),
        (LEAST.replace("version: 1", "version: yes"), 1),
        (LEAST.replace("mode: observe", "mode: on"), 2),
        (LEAST.replace("tier: a", "tier: z"), 3),
        (LEAST.replace("require: {}", "require: {trust: me}"), 5),
        (LEAST.replace("require: {}", "require: {}, inherits: b"), 5),
        (LEAST + "  - {id: a, require: {}}\n", 6),
        ("a: ]\n", 1),
    ],
)
def test_what_is_not_understood_is_refused_with_file_and_line(text: str, line: int) -> None:
    assert refused(text).startswith(f"p.yaml line {line}")


def test_missing_member_is_refused() -> None:
    for name in ("version", "mode", "defaults", "tiers"):
        refused("\n".join(row for row in LEAST.splitlines() if not row.startswith((name, "  -" * (name == "tiers")))))


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"x", b"\xff\xfe", b"{" * 5000, b"#" * (1 << 20), b"a: " + b"[" * 40 + b"]" * 40]
)
def test_hostile_bytes_are_refused(raw: bytes) -> None:
    refused(raw)


def test_day_that_no_calendar_has_is_refused() -> None:
    rule = "rules:\n  - {id: r, tier: a, when: {paths: [x]}}\n"
    row = "{id: e, rule: r, paths: [x], tier: a, reason: y, approved_by: z, expires: 2026-02-30}"
    assert refused(LEAST + rule + f"exceptions:\n  - {row}\n").startswith("p.yaml line 9")


def test_name_of_the_policy_holds_the_digest_of_its_bytes() -> None:
    assert policy(LEAST).name != policy(LEAST + "# weaker\n").name
    assert policy(LEAST).sha256[:16] in policy(LEAST).name
