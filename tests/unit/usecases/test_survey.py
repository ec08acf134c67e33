from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from attest.cli.main import main
from attest.git import Repository
from attest.usecases.survey import SurveyedCommit, survey
from tests.support.repository import GitRepository


@pytest.fixture
def repo(home: Path, tmp_path: Path) -> GitRepository:
    return GitRepository.make(tmp_path / "repo")


def newest(repo: GitRepository) -> SurveyedCommit:
    return survey(Repository.open(repo.path), ("HEAD",)).commits[0]


@pytest.mark.parametrize(
    ("message", "marks"),
    [
        ("Plain words", ()),
        ("Subject\n\nClaude-Session: abc\n", ("Claude Code (trailer Claude-Session)",)),
        ("Subject\n\nbody\n\nENTIRE-checkpoint: 1\nAgent-Logs-Url: x\n",
         ("Entire (trailer ENTIRE-checkpoint)", "Copilot coding agent (trailer Agent-Logs-Url)")),
        ("Subject\n\nClaude-Session: abc\n\nMore body after it.\n", ()),
        ("Subject\n\nClaude-Session:\n", ()),
        ("Claude-Session: abc\n", ()),
        ("Subject\n\nCo-authored-by: Claude <noreply@anthropic.com>\n", ("Claude Code (co-author)",)),
        ("Subject\n\nCo-Authored-By: Copilot <1+Copilot@users.noreply.github.com>\n", ("Copilot (co-author)",)),
        ("Subject\n\nnoreply@anthropic.com wrote nothing here\n", ()),
        ("Subject\n\nCo-authored-by: Ada <ada@example.test>\n", ()),
        ("Subject\n\nSigned-off-by: Claude <noreply@anthropic.com>\n", ()),
        ("Subject\n\nSession-Attestation: att_1\nReviewed-by: Ada\n", ("Whereof (trailer Session-Attestation)",)),
        ("Subject \x01fake\x01\n\nClaude-Session: abc\n", ("Claude Code (trailer Claude-Session)",)),
    ],
    ids=range(13),
)  # fmt: skip
def test_marks_are_read_from_the_final_trailer_block_only(
    repo: GitRepository, message: str, marks: tuple[str, ...]
) -> None:
    repo.commit(message)
    found = newest(repo)
    assert found.marks == marks
    assert found.state == ("marked" if marks else "unmarked")


@pytest.mark.parametrize(
    ("person", "agent"),
    [
        ("Cursor <cursoragent@cursor.com>", "Cursor"),
        ("Codex <noreply@openai.com>", "Codex"),
        ("google-labs-jules[bot] <1+google-labs-jules[bot]@users.noreply.github.com>", "Jules"),
        ("opencode-agent[bot] <opencode-agent[bot]@users.noreply.github.com>", "OpenCode"),
        ("Amp <amp@ampcode.com>", "Amp"),
        ("Crush <crush@charm.land>", "Crush"),
        ("factory-droid[bot] <1+factory-droid[bot]@users.noreply.github.com>", "Factory"),
        ("Qwen-Coder <qwen-coder@alibabacloud.com>", "Qwen Code"),
        ("Warp <agent@warp.dev>", "Warp"),
        ("copilot-swe-agent[bot] <1+Copilot@users.noreply.github.com>", "Copilot"),
        ("openhands <openhands@all-hands.dev>", "OpenHands"),
        ("Aider <aider@aider.chat>", "Aider"),
    ],
    ids=lambda value: value.split()[0],
)
def test_agents_that_sign_as_co_author_are_known(repo: GitRepository, person: str, agent: str) -> None:
    repo.commit(f"Subject\n\nCo-authored-by: {person}\n")
    assert newest(repo).marks == (f"{agent} (co-author)",)


def test_message_cannot_make_up_or_hide_commits(repo: GitRepository) -> None:
    repo.commit("One")
    oid = repo.commit("Two\x01" + "f" * 40 + "\x01\n\nClaude-Session: abc")
    result = survey(Repository.open(repo.path), ("HEAD",))
    assert len(result.commits) == 2
    assert (result.commits[0].oid, result.marked) == (oid, 1)


def test_authors_and_notes_bear_marks(repo: GitRepository) -> None:
    repo.commit("One", "--author", "Cursor Agent <cursoragent@cursor.com>")
    assert newest(repo).marks == ("Cursor (author)",)
    oid = repo.commit("Two")
    repo.git("notes", "--ref=ai", "add", "-m", "{}", oid)
    assert newest(repo).marks == ("git-ai (note)",)
    result = survey(Repository.open(repo.path), ("HEAD",))
    assert dict(result.by_mark) == {"Cursor": 1, "git-ai": 1}
    assert not result.shallow


def test_one_commit_counts_once_for_each_of_its_marks(repo: GitRepository) -> None:
    repo.commit("S\n\nClaude-Session: a\nCo-authored-by: Claude <noreply@anthropic.com>\n")
    result = survey(Repository.open(repo.path), ("HEAD",))
    assert len(result.commits[0].marks) == 2
    assert result.by_mark == (("Claude Code", 1),)
    assert result.marked == 1


def test_range_is_of_its_commits_and_a_shallow_clone_is_named(repo: GitRepository, tmp_path: Path) -> None:
    first = repo.commit("One")
    second = repo.commit("Two")
    ranged = survey(Repository.open(repo.path), (f"{first}..HEAD",))
    assert [c.oid for c in ranged.commits] == [second]
    assert survey(Repository.open(repo.path), ("HEAD..HEAD",)).commits == ()
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    cut = survey(Repository.open(tmp_path / "shallow"), ("HEAD",))
    assert (len(cut.commits), cut.shallow) == (1, True)


def test_replaced_commits_are_surveyed_as_they_are(repo: GitRepository) -> None:
    one = repo.commit("One\n\nClaude-Session: a")
    other = repo.commit("Other")
    repo.git("replace", one, other)
    assert [c.state for c in survey(Repository.open(repo.path), (one,)).commits] == ["marked"]


def test_survey_prints_hostile_subjects_harmlessly(
    repo: GitRepository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit("\x1b[2Jgone\n\nClaude-Session: a\x1b[31m")
    for flags in ((), ("--json",)):
        monkeypatch.setattr(sys, "argv", ["whereof", "survey", "--repo", str(repo.path), *flags])
        with pytest.raises(SystemExit) as caught:
            main()
        out = capsys.readouterr().out
        assert caught.value.code in {0, None}
        assert "\x1b" not in out
    assert json.loads(out)["data"][0]["state"] == "marked"
