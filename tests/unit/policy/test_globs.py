from __future__ import annotations

import time

import pytest

from attest.policy.globs import Case, is_plain, matches, word_matches


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("src/auth/**", "src/auth/token.py", True),
        ("src/auth/**", "src/auth/deep/er/x", True),
        ("src/auth/**", "src/auth", False),
        ("src/auth/**", "src/authentic/x", False),
        ("src/auth/**", "lib/src/auth/x", False),
        ("**/payments/**", "payments/x", True),
        ("**/payments/**", "a/b/payments/c/d", True),
        ("**/payments/**", "a/payments", False),
        ("*.md", "README.md", True),
        ("*.md", "a/b/notes.md", True),
        ("*.md", "notes.md/x", False),
        ("/*.md", "README.md", True),
        ("/*.md", "a/README.md", False),
        ("docs/", "docs/a/b", True),
        ("docs/", "docs", False),
        ("a/*/c", "a/b/c", True),
        ("a/*/c", "a/b/b/c", False),
        ("a/**/c", "a/c", True),
        ("a/**/c", "a/b/b/c", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("**", "anything/at/all", True),
        ("**/CLAUDE.md", "CLAUDE.md", True),
        ("a*b*c", "aXbYbZc", True),
        ("a*b*c", "aXbYbZ", False),
    ],
)
def test_pattern_matches_as_documented(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


def test_letters_are_folded_where_a_tier_is_raised_and_exact_where_one_is_lowered() -> None:
    assert matches("src/auth/**", "SRC/Auth/x.py")
    assert not matches("src/auth/**", "SRC/Auth/x.py", Case.EXACT)
    assert matches("straße/*", "STRASSE/x")


def test_names_of_different_composition_are_one_name() -> None:
    composed, decomposed = "caf\u00e9/**", "cafe\u0301/x"
    assert matches(composed, decomposed)
    assert matches(composed, decomposed, Case.EXACT)


@pytest.mark.parametrize(
    "path", [b"docs/../src/x", b"./a", b"a//b", b"a\\b", b"a\nb", b"\xff", b"", b"/".join([b"a"] * 300)]
)
def test_path_that_cannot_be_placed_is_told_apart(path: bytes) -> None:
    assert not is_plain(path)


def test_ordinary_path_is_plain() -> None:
    assert is_plain("src/é/x.py".encode())


def test_hostile_pattern_takes_no_time() -> None:
    begun = time.process_time()
    assert not matches("*a" * 200 + "b", "a" * 4000)
    assert not matches("**/" * 120 + "z", "/".join(["a"] * 200))
    assert time.process_time() - begun < 5  # exponential matching would not end in this lifetime


def test_word_pattern_covers_the_whole_word() -> None:
    assert word_matches("claude-*", "claude-opus-4")
    assert not word_matches("claude", "claude-opus-4")
    assert not word_matches("claude-*", "not-claude-opus")
