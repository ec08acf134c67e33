"""A recorded session compared with a payload handed in: redacted the same way, nothing logged, no text printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.errors import InvalidInput
from attest.model.second import Agreement, Control, ItemKind, SameSession
from attest.store import attestations
from attest.usecases.compare import CompareRequest, compare_session, comparison_json
from attest.usecases.instance import Instance
from tests.support import second
from tests.support.claude import Transcript as Story
from tests.support.command import whereof
from tests.support.recording import record_file, write_story

PERSON = "ada.tester@example.test"
PROMPT = f"Look the ducks up, then write to {PERSON} about what you have found."


def _page() -> bytes:
    page = second.anthropic_page()
    page["data"][0]["content"][0] = second.text(PROMPT)
    page["data"][1]["content"][1] = second.tool_use("t1", "mcp__pond__write", to=PERSON)
    return json.dumps(page).encode()


@pytest.fixture
def recorded(instance: Instance, tmp_path: Path) -> str:
    tale = Story().prompt(PROMPT)
    tale.call("mcp__pond__write", to=PERSON).result("sent")
    session = record_file(instance, write_story(tmp_path / "t.jsonl", tale)).session
    assert session is not None
    return session


def test_words_that_redaction_replaced_agree_and_nothing_is_logged(instance: Instance, recorded: str) -> None:
    before = attestations.count(instance.engine, instance.scope)
    made = compare_session(instance, CompareRequest(session=recorded, payload=_page()))
    assert (made.same_session, made.control) == (SameSession.TOOL_USE_ID, Control.VENDOR)
    agreed = {(item.kind, item.what) for item in made.items if item.agreement is Agreement.AGREES}
    assert agreed == {(ItemKind.PROMPT, "text"), (ItemKind.TOOL_CALL, "arguments")}
    assert made.corroborated == 2
    assert attestations.count(instance.engine, instance.scope) == before
    shown = json.dumps(comparison_json(made))
    assert PERSON not in shown
    assert "ducks" not in shown


def test_the_callers_word_on_who_controls_the_payload_is_followed(instance: Instance, recorded: str) -> None:
    made = compare_session(instance, CompareRequest(session=recorded, payload=_page(), control=Control.RUNNER))
    assert made.corroborated == 0
    with pytest.raises(InvalidInput):
        compare_session(instance, CompareRequest(session=recorded, payload=_page(), kind="github-audit"))


def test_the_command_prints_what_agrees_and_where_it_does_not(
    instance: Instance, recorded: str, tmp_path: Path
) -> None:
    page = json.loads(_page())
    page["data"].append(second._message(2, "assistant", second.tool_use("t9", "mcp__pond__drain")))
    (tmp_path / "page.json").write_text(json.dumps(page, indent=2))
    home = instance.settings.home
    done = whereof("compare", recorded, "--with", tmp_path / "page.json", home=home, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2  items corroborated" in done.stdout
    assert "missing-here  tool-call    call" in done.stdout
    assert "record 0 /data/4/content/0" in done.stdout
    assert "drain" not in done.stdout
