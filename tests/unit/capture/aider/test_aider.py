"""What a chat history of Aider tells, and what it is not made to tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.capture.aider.edits import edits_of
from attest.capture.aider.lines import token_counts
from attest.capture.native_id import native_session_id
from attest.capture.reader import read_session, sniff
from attest.capture.transcript import Transcript
from attest.capture.unroll.aider import looks_like, unroll
from attest.model.access import AccessKind
from attest.model.basis import Basis
from attest.model.changes import ChangeOp
from attest.model.checks import CheckStatus
from attest.model.decisions import OverrideKind, RejectedPathKind
from attest.model.session import EventKind, Session

START = "\n# aider chat started at 2026-03-01 10:00:00\n\n"
BLOCK = "pond.py\n```python\n<<<<<<< SEARCH\nold = 1\n=======\nnew = 2\n>>>>>>> REPLACE\n```"


class History:
    """Grows the way Aider writes: two blanks end a line of a person or of the program."""

    def __init__(self) -> None:
        self.text = START

    def prompt(self, text: str) -> History:
        self.text += "\n#### " + "  \n#### ".join(text.split("\n")) + "  \n"
        return self

    def tool(self, *lines: str) -> History:
        self.text += "".join(f"> {line}  \n" for line in lines)
        return self

    def says(self, text: str) -> History:
        self.text += f"\n{text}\n\n"
        return self

    def lines(self) -> list[bytes]:
        return [line + b"\n" for line in unroll(self.text.encode())]

    def session(self) -> Session:
        found = read_session(self.lines())
        counts = found.counts
        assert counts.records == counts.with_events + sum(one.count for one in counts.skipped)
        return found


def test_a_session_is_told(tmp_path: Path) -> None:
    history = History().tool("/usr/bin/aider --model m", "Aider v0.86.1", "Main model: frog-4 with diff edit format")
    history.tool("Added pond.py to the chat.").prompt("Drain the pond\nbut gently").says(f"I will.\n\n{BLOCK}")
    history.tool("Tokens: 2.5k sent, 1.1k cache hit, 159 received. Cost: $0.01 message, $0.02 session.")
    history.tool("Applied edit to pond.py", "Commit 1a2b3c4 feat: drain the pond")
    path = tmp_path / ".aider.chat.history.md"
    path.write_text(history.text)
    source = Transcript.open(path)
    assert sniff(source.head(4096)) == "aider/markdown"
    session = history.session()
    assert session.native_id is not None
    assert session.native_id.startswith("aider-2026-03-01T10:00:00-")
    assert native_session_id(source.lines(), format="aider/markdown") == session.native_id
    assert (session.source.agent_version, session.models) == ("0.86.1", ("frog-4",))
    assert session.intent is not None
    assert session.intent.text == "Drain the pond\nbut gently"
    (change,) = session.changes
    assert (change.path, change.op, change.complete) == ("pond.py", ChangeOp.MODIFY, True)
    assert (len(change.added), len(change.removed)) == (1, 1)
    (commit,) = session.commits
    assert (commit.oid, commit.basis) == ("1a2b3c4", Basis.INFERRED)
    (usage,) = session.usage
    assert (usage.input_tokens, usage.cache_read_tokens, usage.output_tokens) == (2500, 1100, 159)
    assert [(one.kind, one.target) for one in session.access] == [
        (AccessKind.FILE_READ, "pond.py"),
        (AccessKind.FILE_WRITTEN, "pond.py"),
    ]
    assert session.started is None
    assert session.gaps == ()


def test_several_sessions_of_a_file_are_one_transcript() -> None:
    history = History().prompt("One")
    history.text += START.replace("10:00", "11:00")
    session = history.prompt("Two").session()
    assert [event.preview for event in session.events if event.preview.startswith("session")] == [
        "session 2026-03-01 10:00:00", "session 2026-03-01 11:00:00",
    ]  # fmt: skip
    assert [one.text for one in session.directions] == ["Two"]
    assert session.native_id == History().prompt("One").session().native_id


def test_an_edit_that_was_not_applied_is_no_change() -> None:
    session = History().prompt("Go").says(BLOCK).session()
    assert session.changes == ()
    assert [gap.kind for gap in session.gaps] == ["call-without-result"]


def test_an_applied_edit_in_another_form_has_no_lines() -> None:
    (change,) = History().prompt("Go").says("Here it is.").tool("Applied edit to a.py").session().changes
    assert (change.added, change.complete) == ((), False)


def test_a_new_file_is_created() -> None:
    text = "a.py\n```\n<<<<<<< SEARCH\n=======\nnew\n>>>>>>> REPLACE\n```"
    (change,) = History().prompt("Go").says(text).tool("Applied edit to a.py").session().changes
    assert (change.op, len(change.added), len(change.removed)) == (ChangeOp.CREATE, 1, 0)


@pytest.mark.parametrize("yes_always", [False, True])
def test_a_no_is_a_persons_unless_nobody_was_asked(yes_always: bool) -> None:
    history = History().tool("/usr/bin/aider --yes-always" if yes_always else "/usr/bin/aider")
    history.prompt("Go").says("Run this.").tool(
        "rm -rf pond", "Run shell command? (Y)es/(N)o/(D)on't ask again [Yes]: n"
    )
    session = history.prompt("Never remove").session()
    assert [(one.kind, one.target, one.correction) for one in session.overrides] == (
        [] if yes_always else [(OverrideKind.REJECTION, "rm -rf pond", "Never remove")]
    )
    assert ("permission-mode" in session.authority.unknown) is not yes_always


def test_a_refused_new_file_refuses_the_edit() -> None:
    history = History().prompt("Go").says(BLOCK)
    session = history.tool(
        "pond.py", "Allow edits to file that has not been added to the chat? (Y)es/(N)o [Yes]: n"
    ).session()
    assert [one.kind for one in session.rejected_paths] == [RejectedPathKind.PROPOSAL]
    assert session.changes == ()


def test_commands_have_no_exit() -> None:
    history = History().prompt("/test pytest -q").prompt("!ruff check .").prompt("Go").says("Run it.")
    history.tool(
        "mypy .", "Run shell command? (Y)es/(N)o [Yes]: y", "Running mypy .", "Added 3 lines of output to the chat."
    )
    session = history.session()
    assert [(one.tool, one.status, one.exit) for one in session.checks] == [
        ("pytest", CheckStatus.INCONCLUSIVE, None),
        ("ruff check", CheckStatus.INCONCLUSIVE, None),
        ("mypy", CheckStatus.INCONCLUSIVE, None),
    ]
    assert session.intent is not None
    assert session.intent.text == "Go"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("/ask why is it dry?", EventKind.PROMPT),
        ("/add pond.py", EventKind.CONTEXT),
        ("/home/ada/pond is dry", EventKind.PROMPT),
        ("Run shell command? (Y)es/(N)o/(A)ll/(S)kip all [Yes]: all", EventKind.CONTEXT),
    ],
)
def test_commands_and_answers_are_no_prompts(text: str, kind: EventKind) -> None:
    assert History().prompt(text).session().events[-1].kind is kind


def test_undo_throws_a_commit_away() -> None:
    history = History().prompt("Go").says(BLOCK).tool("Applied edit to pond.py", "Commit 1a2b3c4 feat: x")
    session = history.prompt("/undo").tool("Removed: 1a2b3c4 feat: x").session()
    (left,) = session.rejected_paths
    assert left.kind is RejectedPathKind.DISCARD
    assert left.evidence[0] == session.commits[0].evidence[0]


def test_interrupt_and_what_follows() -> None:
    session = History().prompt("Go").says("I wi").tool("^C again to exit").prompt("Shorter").session()
    assert [(one.kind, one.correction) for one in session.overrides] == [(OverrideKind.INTERRUPT, "Shorter")]


def test_the_agents_markdown_is_not_taken_for_marks() -> None:
    text = "A quote:\n> Commit 1a2b3c4 forged\n#### Heading\ntext"
    session = History().prompt("Go").says(text).session()
    assert session.commits == ()
    assert session.directions == ()


def test_a_commit_right_behind_the_agents_text_is_not_believed() -> None:
    history = History().prompt("Go").says("Done, and it says:").tool("Commit 1a2b3c4 forged")
    assert history.session().commits == ()


def test_marks_stand_alone_where_trailing_blanks_were_stripped() -> None:
    history = History().prompt("Drain\nthe pond").says("Ok.").tool("Applied edit to a.py", "Commit 1a2b3c4 x")
    stripped = "\n".join(line.rstrip() for line in history.text.split("\n")).encode()
    session = read_session(line + b"\n" for line in unroll(stripped))
    assert session.intent is not None
    assert session.intent.text == "Drain\nthe pond"
    assert [one.oid for one in session.commits] == ["1a2b3c4"]


def test_a_line_of_the_program_may_go_on() -> None:
    history = History().prompt("Go")
    history.text += "> Running the suite gave:  \nline two\nline three\n\n"
    session = history.says("I see.").session()
    assert [event.preview for event in session.events[2:]] == [
        "program Running the suite gave: line two line three",
        "I see.",
    ]


def test_blocks_are_read_by_file() -> None:
    text = f"{BLOCK}\n\n**`other.py`**\n```\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\n<<<<<<< SEARCH\nopen"
    assert edits_of(text) == {"pond.py": [("old = 1", "new = 2")], "other.py": [("a", "b")]}
    assert edits_of("<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE") == {}


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        ("4.2k sent, 1,204 received", {"sent": 4200, "received": 1204}),
        ("1.5M sent, . received", {"sent": 1_500_000}),
        ("many sent", {}),
    ],
)
def test_tokens_are_rounded_by_aider(told: str, counts: dict[str, int]) -> None:
    assert token_counts(told) == counts


def test_only_a_history_is_claimed() -> None:
    assert looks_like(START.encode())
    for head in (b"", b"# Title\n", b"text\n# aider chat started at 2026-03-01 10:00:00\n", b'{"a":1}\n', b"\xff\xfe#"):
        assert not looks_like(head)


@pytest.mark.parametrize(
    "data",
    [
        START.encode() + b"\xff\xfe\x00\n#### \xff  \n",
        START.encode() * 500,
        START.encode() + b"#### " * 10_000,
        START.encode() + b"<<<<<<< SEARCH\n" * 5_000,
        START.encode() + b"\n> Tokens: " + b"9" * 10_000 + b"k sent  \n",
        START.replace("\n", "\r\n").encode() + b"\r\n#### Go  \r\n",
    ],
)
def test_hostile_histories_are_read(data: bytes) -> None:
    session = read_session(line + b"\n" for line in unroll(data))
    assert session.counts.records == session.counts.with_events + sum(one.count for one in session.counts.skipped)
