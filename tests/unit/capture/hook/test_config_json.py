from __future__ import annotations

import json

import pytest

from attest.capture.hook.agents import AGENTS, AgentHooks
from attest.capture.hook.config_json import with_hooks, without_hooks
from attest.errors import InvalidInput

CLAUDE = AGENTS[0]
OWN = b"""{
\t"permissions": {"allow": ["Bash(ls)"]},
\t"hooks": {
\t\t"Stop": [{"hooks": [{"type": "command", "command": "say done"}]}],
\t\t"Notification": []
\t}
}
"""


@pytest.mark.parametrize("agent", AGENTS, ids=lambda a: a.agent)
def test_each_event_is_there_once_however_often_it_is_put_in(agent: AgentHooks) -> None:
    once = with_hooks(agent, None, where="x")
    assert with_hooks(agent, once, where="x") == once
    hooks = json.loads(once)["hooks"]
    assert {event: len(entries) for event, entries in hooks.items()} == {event.name: 1 for event in agent.events}


@pytest.mark.parametrize("agent", AGENTS, ids=lambda a: a.agent)
def test_a_file_that_holds_only_ours_is_nothing_without_them(agent: AgentHooks) -> None:
    assert without_hooks(with_hooks(agent, None, where="x"), where="x") is None


def test_codex_gets_no_member_that_it_refuses_a_file_for() -> None:
    codex = next(agent for agent in AGENTS if agent.agent == "codex")
    assert set(json.loads(with_hooks(codex, None, where="x"))) == {"hooks"}


@pytest.mark.parametrize("name", ["cursor", "copilot-cli"])
def test_a_version_is_there_where_the_agent_asks_for_one(name: str) -> None:
    agent = next(agent for agent in AGENTS if agent.agent == name)
    assert json.loads(with_hooks(agent, None, where="x"))["version"] == 1


def test_what_a_person_wrote_stays_and_comes_first() -> None:
    after = json.loads(with_hooks(CLAUDE, OWN, where="x"))
    assert after["permissions"] == {"allow": ["Bash(ls)"]}
    assert after["hooks"]["Stop"][0]["hooks"][0]["command"] == "say done"
    assert len(after["hooks"]["Stop"]) == 2
    assert after["hooks"]["Notification"] == []


@pytest.mark.parametrize(
    "text",
    [
        OWN,
        b'{"a": {"deep": [1,2 , {"b":"}"}]}, "hooks":{"Stop":[ ],"Other":[{"x":"]"}]},"z":1}',
        b'{"hooks": {}}',
        b"{ }\n",
        b'{"hooks" : { "Stop" : [ {"hooks":[]} ] } }',
        '{"möwe": "\\"hooks\\": {", "hooks": {"PreToolUse": []}}'.encode(),
    ],
)
def test_nothing_that_a_person_wrote_is_laid_out_anew(text: bytes) -> None:
    after = with_hooks(CLAUDE, text, where="x").decode()
    # Character by character what was there is there, in its order: only our own came between.
    left = iter("".join(after.split()))
    assert all(char in left for char in "".join(text.decode().split()))
    lines = [line.rstrip("]}, ") for line in text.decode().split("\n") if line.strip("]}{ \t")]
    assert len(lines) < 2 or all(line in after for line in lines)
    assert len(json.loads(after)["hooks"]["Stop"]) == len(json.loads(text).get("hooks", {}).get("Stop", [])) + 1


def test_taking_out_gives_the_persons_values_back_with_what_they_added_since() -> None:
    after = json.loads(with_hooks(CLAUDE, OWN, where="x"))
    after["hooks"]["Stop"][1]["hooks"].append({"type": "command", "command": "say later"})
    left = without_hooks(json.dumps(after).encode(), where="x")
    assert left is not None
    hooks = json.loads(left)["hooks"]
    assert [h["command"] for entry in hooks["Stop"] for h in entry["hooks"]] == ["say done", "say later"]
    assert set(hooks) == {"Stop", "Notification"}


@pytest.mark.parametrize(
    ("text", "indent"), [(b'{\n    "a": 1\n}', "    "), (b'{\n\t"a": 1\n}\n', "\t"), (b"{}", "  ")]
)
def test_indentation_and_last_line_end_are_kept(text: bytes, indent: str) -> None:
    after = with_hooks(CLAUDE, text, where="x").decode()
    assert after.split("\n")[1].startswith(f'{indent}"')
    assert after.endswith("\n") == text.endswith(b"\n")


def test_windows_line_ends_are_kept() -> None:
    after = with_hooks(CLAUDE, b'{\r\n  "a": 1\r\n}\r\n', where="x")
    assert after.count(b"\n") == after.count(b"\r\n") > 10


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{\n  // a remark\n  "a": 1\n}', ".claude/settings.json:2:3"),
        (b'{"a": 1,}', ".claude/settings.json:1:9"),
        (b'{"a": 1, "a": 2}', ".claude/settings.json"),
        (b"\xef\xbb\xbf{}", ".claude/settings.json"),
        (b"[]", ".claude/settings.json:1:1"),
        (b'{"hooks": []}', ".claude/settings.json"),
        (b'{"hooks": {"Stop": {}}}', ".claude/settings.json"),
        (b"[" * 100_000, ".claude/settings.json"),
        (b"\xff", ".claude/settings.json"),
    ],
    ids=["comment", "comma", "doubled", "mark", "list", "hooks", "event", "deep", "bytes"],
)
def test_what_cannot_be_written_again_without_loss_is_refused_with_its_place(text: bytes, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        with_hooks(CLAUDE, text, where=".claude/settings.json")
    assert caught.value.code == "init.config"
    assert caught.value.where.startswith(place)
