"""Records of other tools are hostile input: whatever they hold, reading them gives values or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.model.checkpoint import parse_checkpoint
from attest.model.imported_notes import NotedSession, git_ai_session, parse_git_ai, parse_memento, parse_whogitit

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["files", "authors", "lines", "session", "session_id", "agent_id", "prompts", "sessions", "summary", "path", "id",
         "author", "agent_metadata", "files_touched", "linked_commits", "created_at", "sha", "kind"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    for parse in (parse_git_ai, parse_memento, parse_whogitit):
        assert isinstance(parse(text), tuple)


@given(JSON)
def test_any_document_is_read(value: object) -> None:
    text = json.dumps(value)
    for note in (text, f"a.py\n  s_{'0' * 14}::t_{'0' * 14} 1-9\n---\n{text}"):
        assert isinstance((*parse_git_ai(note), *parse_whogitit(note)), tuple)
    data = text.encode()
    found = parse_checkpoint(
        "0a1b2c3d4e5f", "ref", {"0/full.jsonl": "b"}, {"metadata.json": data, "0/metadata.json": data}
    )
    assert found.id == "0a1b2c3d4e5f"


def test_name_of_a_session_is_the_published_hash() -> None:
    assert git_ai_session("claude", "abc") == "s_" + hashlib.sha256(b"claude:abc").hexdigest()[:14]


def test_lines_of_known_people_are_no_session() -> None:
    note = f"a.py\n  h_{'1' * 14} 1-4\n  s_{'2' * 14}::t_{'3' * 14} 5,7-9\n---\n{{}}"
    assert [(one.session, one.lines, one.paths) for one in parse_git_ai(note)] == [
        ("s_" + "2" * 14, 4, frozenset({"a.py"}))
    ]


def test_words_of_a_session_cannot_name_another_one() -> None:
    note = "# Git Memento Session\n\n- Provider: Codex\n- Session ID: own\n" + "\n" * 30 + "- Session ID: other\n"
    assert [one.session for one in parse_memento(note)] == ["own"]


def test_person_of_the_old_form_is_no_session() -> None:
    old = {"files": {"a.py": {"authors": [{"author": "Ada", "lines": [1], "agent_metadata": None}]}}}
    assert parse_git_ai(json.dumps(old)) == ()


@pytest.mark.parametrize("ranges", ["9-1", "1-99999999999", "-", ",,,", "5-"])
def test_odd_ranges_count_nothing_below_zero(ranges: str) -> None:
    note = f"a.py\n  s_{'2' * 14} {ranges}\n---\n{{}}"
    assert all(one.lines >= 0 for one in parse_git_ai(note))


@pytest.mark.parametrize(
    ("pattern", "source", "parse"),
    [
        ("memento/*.note", "memento", parse_memento),
        ("whogitit/*.note", "whogitit", parse_whogitit),
        ("git-ai/*.authorship", "git-ai", parse_git_ai),
    ],
)
def test_every_note_of_the_samples_names_one_session(
    shared: Path, pattern: str, source: str, parse: Callable[[str], tuple[NotedSession, ...]]
) -> None:
    notes = sorted((shared / "samples").glob(pattern))
    assert len(notes) >= 2
    for note in notes:
        (found,) = parse(note.read_text(encoding="utf-8"))
        assert (found.source, bool(found.session), bool(found.agent)) == (source, True, True)
