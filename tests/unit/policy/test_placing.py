from __future__ import annotations

from datetime import date

import pytest

from attest.policy.facts import sessions_of
from attest.policy.placing import place
from tests.support.policies import BASE, changed, policy, session

TODAY = date(2026, 11, 21)
SPARED = (
    BASE
    + "exceptions:\n  - {id: EX-1, rule: auth, paths: ['src/auth/testdata/**'], tier: standard, reason: fixtures, "
    + "approved_by: sec, expires: 2026-11-21}\n"
)


@pytest.mark.parametrize(
    ("paths", "tier"),
    [
        (("docs/a.md",), "minimal"),
        (("docs/a.md", "src/x.py"), "standard"),
        (("docs/a.md", "src/auth/x.py"), "critical"),
        (("AGENTS.md",), "standard"),
        (("agents.md",), "standard"),  # a name that only differs in case lowers nothing
        (("DOCS/a.txt",), "standard"),
        (("SRC/Auth/x.py",), "critical"),
        (("src/core/x",), "high"),
        (("src/core/x", "src/auth/y"), "critical"),
        ((), "standard"),
        ((b"docs/../src/x",), "critical"),
        ((b"docs\\x",), "critical"),
        ((b"docs/\xff",), "critical"),
    ],
)
def test_tier_is_the_highest_of_the_rules_that_match(paths: tuple[str | bytes, ...], tier: str) -> None:
    assert place(policy(), changed(*paths), (), today=TODAY).tier == tier


def test_both_sides_of_a_rename_count() -> None:
    moved = changed("src/auth/x.py", after="000000") + changed("docs/x.md", before="000000")
    assert place(policy(), moved, (), today=TODAY).tier == "critical"


@pytest.mark.parametrize("mode", ["120000", "160000"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_symlink_or_submodule_is_never_only_documentation(mode: str, side: str) -> None:
    one = changed("docs/x.md", **{side: mode})
    assert place(policy(), one, (), today=TODAY).tier == "high"
    unruled = policy(BASE.replace("kinds: [symlink, submodule]", "paths: [none]"))
    assert place(unruled, one, (), today=TODAY).tier == "standard"


def test_session_raises_and_never_lowers() -> None:
    secret = sessions_of((session(secret=1),))
    clean = sessions_of((session(),))
    assert place(policy(), changed("docs/a.md"), secret, today=TODAY).tier == "critical"
    assert place(policy(), changed("docs/a.md"), clean, today=TODAY).tier == "minimal"
    lowering = policy(
        BASE.replace("{id: docs, tier: minimal, when: {", "{id: docs, tier: minimal, when: {session: {gaps: ['*']}, ")
    )
    loose = sessions_of((session(gaps=("x",)),))
    assert place(lowering, changed("docs/a.md"), loose, today=TODAY).tier == "standard"


def test_rule_that_an_unseen_session_could_trigger_is_named() -> None:
    placed = place(policy(), changed("src/x"), (), today=TODAY)
    assert [rule.id for rule in placed.could_raise] == ["secrets"]
    assert place(policy(), changed("src/auth/x"), (), today=TODAY).could_raise == ()


def test_label_is_a_name_for_paths() -> None:
    labelled = BASE.replace(
        "rules:\n",
        "labels: [{id: phi, paths: ['db/patients/**']}]\nrules:\n  - {id: phi, tier: high, when: {labels: [phi]}}\n",
    )
    assert place(policy(labelled), changed("db/patients/x"), (), today=TODAY).tier == "high"
    assert place(policy(labelled), changed("db/other/x"), (), today=TODAY).tier == "standard"


@pytest.mark.parametrize(
    ("today", "paths", "tier"),
    [
        (TODAY, ("src/auth/testdata/a",), "standard"),
        (date(2026, 11, 22), ("src/auth/testdata/a",), "critical"),
        (TODAY, ("src/auth/testdata/a", "src/auth/b"), "critical"),
        (TODAY, ("SRC/auth/testdata/a",), "critical"),
    ],
)
def test_exception_spares_its_paths_until_its_day(today: date, paths: tuple[str, ...], tier: str) -> None:
    placed = place(policy(SPARED), changed(*paths), (), today=today)
    assert placed.tier == tier
    if today > TODAY:
        assert "ran out" in placed.notes[0]


def test_policy_of_a_folder_speaks_of_its_own_paths() -> None:
    nested = policy(BASE.replace("src/auth/**", "auth/**"), below="src/")
    assert place(nested, changed("src/auth/x"), (), today=TODAY).tier == "critical"
    assert place(nested, changed("auth/x"), (), today=TODAY).tier == "standard"


def test_strictest_mode_of_the_rules_that_placed_it_holds() -> None:
    observed = BASE.replace("{id: auth, tier: critical,", "{id: auth, tier: critical, mode: observe,")
    assert place(policy(observed), changed("src/auth/x"), (), today=TODAY).mode == "observe"
    assert place(policy(observed), changed(b"src/auth/../x"), (), today=TODAY).mode == "enforce"
    assert place(policy(), changed("src/auth/x"), (), today=TODAY).controls == ("SOC2-CC8.1",)
