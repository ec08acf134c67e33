"""Which sentences forbid something that acts can be compared with, and which are left undecided."""

from __future__ import annotations

import pytest

from attest.capture.demand_verbs import ANY_TESTS
from attest.capture.demands import demands_in
from attest.capture.named_paths import Match, is_test, matches, paths_in
from attest.model.constraints import ConstraintKind as Kind


@pytest.mark.parametrize(
    "words, kind, targets",
    [
        ("Drain the pond but don't touch src/frogs/list.py", Kind.LEAVE, ("src/frogs/list.py",)),
        ("Do not modify `lake.py` or docs/.", Kind.LEAVE, ("lake.py", "docs/")),
        ("Fill the pond, do not touch frogs.py, and commit.", Kind.LEAVE, ("frogs.py",)),
        ("Please do NOT change pond.ts under any circumstances!", Kind.LEAVE, ("pond.ts",)),
        ("leave reeds.yaml alone", Kind.LEAVE, ("reeds.yaml",)),
        ("I don't want you to edit package.json", Kind.LEAVE, ("package.json",)),
        ("Drain it without modifying frogs.py", Kind.LEAVE, ("frogs.py",)),
        ("Don't edit files in the `vendor` directory.", Kind.LEAVE, ("vendor/",)),
        ("frogs.go must not be changed", Kind.LEAVE, ("frogs.go",)),
        ("Only edit README.md and docs/.", Kind.ONLY, ("README.md", "docs/")),
        ("Limit your changes to src/api/.", Kind.ONLY, ("src/api/",)),
        ("Don't touch anything outside src/pond", Kind.ONLY, ("src/pond",)),
        ("Do not modify any file other than pond.py", Kind.ONLY, ("pond.py",)),
        ("Don't write any code yet, just plan.", Kind.NO_EDITS, ()),
        ("No code changes yet", Kind.NO_EDITS, ()),
        ("Do not implement yet", Kind.NO_EDITS, ()),
        ("Don't fix it yet", Kind.NO_EDITS, ()),
        ("Please hold off on coding until I say so", Kind.NO_EDITS, ()),
        ("Don't use sudo", Kind.NO_COMMAND, ("sudo",)),
        ("Never run `git push --force`.", Kind.NO_COMMAND, ("git push --force",)),
        ("Please don't use sed, use the edit tool", Kind.NO_COMMAND, ("sed",)),
        ("Use pnpm, not npm.", Kind.NO_COMMAND, ("npm",)),
        ("Don't run the tests", Kind.NO_COMMAND, (ANY_TESTS,)),
        ("Don't open a PR", Kind.NO_COMMAND, ("gh pr create",)),
        ("Don't commit yet.", Kind.NO_COMMIT, ()),
        ("please don't commit anything, I'll do it myself", Kind.NO_COMMIT, ()),
        ("don't push", Kind.NO_PUSH, ()),
        ("No new files please.", Kind.NO_NEW_FILES, ()),
        ("Don't create a README.", Kind.NO_NEW_FILES, ("README",)),
        ("Don't delete any files", Kind.NO_DELETION, ()),
        ("Add it without adding any new dependencies.", Kind.NO_DEPENDENCIES, ()),
        ("Do not install anything.", Kind.NO_DEPENDENCIES, ()),
        ("Don't modify any existing tests; add new ones.", Kind.KEEP_TESTS, ()),
        ("must keep tests", Kind.KEEP_TESTS, ()),
    ],
)
def test_a_plain_imperative_gets_its_kind_and_its_objects(words: str, kind: Kind, targets: tuple[str, ...]) -> None:
    (found,) = demands_in(words)
    assert (found.kind, found.targets) == (kind, targets)


def test_one_sentence_may_forbid_two_things() -> None:
    assert [one.kind for one in demands_in("Do not commit or push.")] == [Kind.NO_COMMIT, Kind.NO_PUSH]


@pytest.mark.parametrize(
    "words",
    [
        "Don't change pond.py unless you must.",
        "Don't commit until the tests pass.",
        "NEVER commit changes unless the user explicitly asks",
        "don't commit .env",
        "Don't change the API of pond.py.",
        "Don't change pond.py's public names.",
        "Do not change the public API",
        "Don't edit anything else.",
        "Don't forget to update pond.py",
        "Do not rewrite unrelated code.",
        "If it fails, don't touch pond.py",
    ],
)
def test_a_demand_with_a_condition_or_an_object_no_rule_can_see_stays_undecided(words: str) -> None:
    assert {one.kind for one in demands_in(words)} <= {Kind.OTHER}


@pytest.mark.parametrize(
    "words",
    [
        "I don't know why pond.py breaks.",
        "Why don't you edit pond.py?",
        "We don't have tests in pond.py.",
        "It doesn't touch pond.py.",
        "The log says don't touch pond.py",
        "```\nDon't touch pond.py\n```",
        "> Don't touch pond.py",
        "Add a button that does not delete frogs.",
        "The user should not be able to delete files.",
        "I checked git status, so no new files.",
        "There are no code changes.",
        "No changes.",
        "It crashed without running npm install",
        "The build passes without changing pond.py",
        "I added a wrapper to avoid modifying pond.py",
        "I use npm, not yarn",
    ],
)
def test_a_question_a_report_or_pasted_text_demands_nothing(words: str) -> None:
    assert demands_in(words) == ()


def test_a_complaint_is_no_demand_and_a_reminder_is() -> None:
    assert {one.kind for one in demands_in("You never run the tests!")} <= {Kind.OTHER}
    (found,) = demands_in("Make sure you never run the tests")
    assert found.kind is Kind.NO_COMMAND
    (should,) = demands_in("It should work without changing pond.py")
    assert should.kind is Kind.LEAVE


def test_to_ask_first_is_a_demand_of_its_own_kind() -> None:
    (found,) = demands_in("Ask me before you push.")
    assert found.kind is Kind.ASK_FIRST


@pytest.mark.parametrize(
    "path, named, answer",
    [
        ("src/pond.py", "src/pond.py", Match.YES),
        ("src/pond.py", "pond.py", Match.YES),
        ("src/pond.py", "src/", Match.YES),
        ("src/pond.py", "src", Match.YES),
        ("src/a/b.py", "*.py", Match.YES),
        ("docs/README.md", "README.md", Match.MAYBE),
        ("README.md", "README", Match.YES),
        ("src/vendor/x.go", "vendor/", Match.MAYBE),
        ("src/ponds.py", "pond.py", Match.NO),
        ("srcs/pond.py", "src/", Match.NO),
    ],
)
def test_a_path_is_the_named_one_or_only_may_be(path: str, named: str, answer: Match) -> None:
    assert matches(path, named) is answer


def test_paths_are_told_from_words_and_versions() -> None:
    names = [name for name, _, _ in paths_in("In 1.2 e.g. `pond.py`, @src/lake.ts, docs/a.md. and the reeds folder")]
    assert names == ["pond.py", "src/lake.ts", "docs/a.md", "reeds/"]


@pytest.mark.parametrize("path", ["tests/a.py", "src/a_test.go", "src/a.spec.ts", "test_a.py", "src/__tests__/a.js"])
def test_tests_are_known_by_folder_or_name(path: str) -> None:
    assert is_test(path)
    assert not is_test("src/latest.py")


def test_hostile_words_are_read_in_bounded_time() -> None:
    assert len(demands_in("don't touch a.py. " * 50_000)) <= 400
    assert demands_in("do not " * 3_000) == ()
    assert demands_in("(" * 16_000) == ()
