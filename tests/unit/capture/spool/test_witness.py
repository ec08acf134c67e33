from __future__ import annotations

import json

import pytest

from attest.capture.spool.lines import SpoolLine, parse_spool
from attest.capture.spool.witness import IDLE_S, Evidence, Witness, witness

OIDS = tuple(f"{number:040x}" for number in range(1, 9))


class Spool:
    """Writes lines as hooks do."""

    def __init__(self) -> None:
        self.data = b""
        self.now = 1_790_000_000

    def agent(
        self, event: str, session: str = "sess-a", *, cwd: str = "/pond", agent: str = "claude-code", **more: object
    ) -> Spool:
        return self.row(agent=agent, event=event, session=session, cwd=cwd, transcript=f"/t/{session}.jsonl", **more)

    def commit(self, oid: str = OIDS[0], *, worktree: str = "/pond", **more: object) -> Spool:
        return self.row(git="post-commit", worktree=worktree, new=oid, **more)

    def row(self, **row: object) -> Spool:
        self.now += 1
        self.data += b"\n" + json.dumps({"v": 1, "t": self.now, **row}).encode() + b"\n"
        return self

    def later(self, seconds: int) -> Spool:
        self.now += seconds
        return self

    def lines(self) -> tuple[SpoolLine, ...]:
        return parse_spool([self.data]).lines

    def seen(self) -> Witness:
        return witness(self.lines())


def candidates(seen: Witness) -> list[tuple[str, Evidence]]:
    (commit,) = seen.commits
    return [(one.key.removeprefix("claude-code-"), one.evidence) for one in commit.candidates]


def test_a_commit_in_an_open_call_of_its_agents_shell_is_that_sessions() -> None:
    spool = (
        Spool()
        .agent("SessionStart")
        .agent("PreToolUse", call="c1")
        .row(git="post-commit", worktree="/pond", new=OIDS[0], **{"in": "claude-code"})
    )
    assert candidates(spool.seen()) == [("sess-a", Evidence.CALL)]


def test_the_session_that_the_environment_names_is_the_one_though_others_are_at_work() -> None:
    spool = Spool().agent("PreToolUse", "sess-a", call="a").agent("PreToolUse", "sess-b", call="b")
    spool.row(git="post-commit", worktree="/pond", new=OIDS[0], **{"in": "claude-code", "in_session": "sess-b"})
    assert candidates(spool.seen()) == [("sess-b", Evidence.ENVIRONMENT)]


def test_with_two_at_work_the_one_whose_call_is_open_stands_before_the_one_whose_turn_is() -> None:
    spool = Spool().agent("UserPromptSubmit", "sess-b").agent("PreToolUse", "sess-a", call="a").commit()
    assert candidates(spool.seen()) == [("sess-a", Evidence.OPEN_CALL)]


def test_two_open_calls_are_two_candidates() -> None:
    spool = Spool().agent("PreToolUse", "sess-a", call="a").agent("PreToolUse", "sess-b", call="b").commit()
    assert candidates(spool.seen()) == [("sess-a", Evidence.OPEN_CALL), ("sess-b", Evidence.OPEN_CALL)]


def test_a_call_that_ended_is_not_open() -> None:
    spool = Spool().agent("PreToolUse", call="a").agent("PostToolUse", call="a").commit()
    assert candidates(spool.seen()) == [("sess-a", Evidence.TURN)]


def test_of_parallel_calls_each_result_closes_its_own() -> None:
    spool = Spool().agent("PreToolUse", call="a").agent("PreToolUse", call="b").agent("PostToolUse", call="a").commit()
    assert candidates(spool.seen()) == [("sess-a", Evidence.OPEN_CALL)]


def test_a_call_left_open_is_closed_by_the_turns_end() -> None:
    assert candidates(Spool().agent("PreToolUse", call="a").agent("Stop").commit().seen()) == [
        ("sess-a", Evidence.TURN)
    ]


@pytest.mark.parametrize("cwd", ["/pond2", "/", "/other", ""])
def test_a_session_elsewhere_is_no_candidate(cwd: str) -> None:
    assert candidates(Spool().agent("UserPromptSubmit", cwd=cwd).commit().seen()) == []


def test_a_session_below_the_top_is_in_the_work_tree() -> None:
    assert candidates(Spool().agent("UserPromptSubmit", cwd="/pond/src").commit().seen()) == [("sess-a", Evidence.TURN)]


def test_a_session_that_ended_did_not_make_what_came_after_and_one_that_was_resumed_may_have() -> None:
    spool = Spool().agent("SessionStart").agent("SessionEnd").commit()
    assert candidates(spool.seen()) == []
    spool = Spool().agent("SessionStart").agent("SessionEnd").agent("SessionStart").commit()
    assert candidates(spool.seen()) == [("sess-a", Evidence.TURN)]


def test_a_session_that_gave_no_sign_for_hours_is_no_candidate() -> None:
    assert candidates(Spool().agent("Stop").later(IDLE_S + 1).commit().seen()) == []
    assert candidates(Spool().agent("Stop").later(IDLE_S - 10).commit().seen()) == [("sess-a", Evidence.TURN)]


@pytest.mark.parametrize("more", [{"rebasing": True}, {"action": "rebase (pick)"}])
def test_what_a_rebase_writes_is_nobodys_new_commit(more: dict[str, object]) -> None:
    spool = Spool().agent("PreToolUse", call="a").row(git="post-commit", worktree="/pond", new=OIDS[0], **more)
    assert spool.seen().commits == ()


def test_turns_lines_and_times_are_counted_per_session() -> None:
    spool = Spool()
    for number in range(8):
        spool.agent("Stop", f"sess-{number}").agent("Stop", f"sess-{number}")
    seen = spool.later(100).agent("UserPromptSubmit", "sess-0").seen()
    first = seen.sessions[0]
    assert (first.turns, first.lines, first.last_at - first.first_at) == (2, 3, 116)
    assert [session.turns for session in seen.sessions] == [2] * 8


def test_rewrites_keep_their_order() -> None:
    spool = Spool().row(git="post-rewrite", kind="rebase", pairs=f"{OIDS[0]} {OIDS[1]},{OIDS[2]} {OIDS[3]}")
    spool.row(git="post-rewrite", kind="amend", pairs=f"{OIDS[1]} {OIDS[4]}")
    assert spool.seen().rewrites == ((OIDS[0], OIDS[1]), (OIDS[2], OIDS[3]), (OIDS[1], OIDS[4]))


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[]",
        b"nonsense",
        b'{"v":2,"t":1,"agent":"a","event":"e","session":"s"}',
        b'{"v":1,"t":"1","agent":"a","event":"e","session":"s"}',
        b'{"v":1,"t":1,"agent":"a","event":"e","session":"../../etc"}',
        b'{"v":1,"t":1,"agent":"a","event":"e"}',
        b'{"v":1,"t":1,"agent":"a","event":"e","session":"' + b"s" * 5000 + b'"}',
        b'{"v":1,"t":1,"agent"',
        b"[" * 3000,
        b"\xff\xfe\x00",
    ],
)
def test_lines_that_are_not_ours_are_counted_and_change_nothing(line: bytes) -> None:
    good = Spool().agent("Stop").data
    found = parse_spool([line + b"\n" + good])
    assert (len(found.lines), found.unread) == (1, 1)
