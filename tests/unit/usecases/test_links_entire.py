"""Declared links get credit only where a stored checkpoint agrees; every odd case of a real history, made here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from attest.cli.main import main
from attest.git import Repository
from attest.model.link import Confidence, Link
from attest.usecases.links import LinkedCommit, LinksAnswer, find_links
from tests.support.entire import Checkpoints, StoredSession
from tests.support.repository import GitRepository

ID, OTHER = "0a1b2c3d4e5f", "ffeeddccbbaa"
ULID = "01KX17ZYX3DJPHVXPPCVNT3VTK"
NOW = 1_750_000_000
DAY = 86_400


def text(name: str, count: int = 8) -> list[str]:
    return [f"{name} keeps the value number {i}" for i in range(count)]


@pytest.fixture
def repo(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    made = GitRepository.make(tmp_path / "repo")
    commit(made, monkeypatch, "Begin", {"README": text("readme")}, NOW - 30 * DAY)
    return made


def commit(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch, message: str, files: dict[str, list[str]], at: int
) -> str:
    monkeypatch.setenv("GIT_AUTHOR_DATE", f"{at} +0000")
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{at} +0000")
    for path, lines in files.items():
        repo.write(path, ("\n".join(lines) + "\n").encode())
    return repo.commit(message)


def ask(repo: GitRepository, revisions: str = "HEAD") -> LinksAnswer:
    return find_links(Repository.open(repo.path), revisions)


def only(repo: GitRepository) -> LinkedCommit:
    return ask(repo).commits[0]


def credited(found: LinkedCommit) -> list[tuple[str | None, Confidence]]:
    return [(link.session.native_id, link.confidence) for link in found.links if link.credited]


def trailer(*ids: str, body: str = "") -> str:
    return f"Work\n\n{body}\n\n" + "".join(f"Entire-Checkpoint: {one}\n" for one in ids)


@pytest.mark.parametrize("refs", [True, False], ids=["refs", "branch"])
def test_stored_checkpoint_whose_lines_agree_is_a_strong_link(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch, refs: bool
) -> None:
    name = ULID if refs else ID
    store = Checkpoints()
    store.add(name, StoredSession("session-one", {"pond.py": text("pond")}, NOW))
    store.write_refs(repo) if refs else store.write_branch(repo)
    commit(repo, monkeypatch, trailer(name), {"pond.py": text("pond")}, NOW)
    found = only(repo)
    assert credited(found) == [("session-one", Confidence.STRONG)]
    assert found.links[0].overlap is not None
    assert found.links[0].overlap.score == 1.0
    assert found.links[0].session.source_id == name


def test_branch_of_a_fresh_clone_is_read_from_its_remote(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("session-one", {"pond.py": text("pond")}, NOW))
    store.write_branch(repo, ref="refs/remotes/origin/entire/checkpoints/v1")
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW)
    assert credited(only(repo)) == [("session-one", Confidence.STRONG)]


def forge(repo: GitRepository, monkeypatch: pytest.MonkeyPatch, message: str, at: int = NOW + 9 * DAY) -> LinkedCommit:
    store = Checkpoints()
    store.add(ID, StoredSession("session-one", {"pond.py": text("pond")}, NOW))
    store.write_branch(repo)
    commit(repo, monkeypatch, message, {"alien.py": text("alien")}, at)
    return only(repo)


@pytest.mark.parametrize(
    ("message", "at"),
    [
        (trailer(ID), NOW + 9 * DAY),
        (trailer(ID), NOW - 9 * DAY),
        (trailer(ID), NOW),
        (f"Work\n\nEntire-Checkpoint: {ID}\n\nSome more words.\n", NOW),
        (f"Work\n\n> Entire-Checkpoint: {ID}\n", NOW),
        (f"Entire-Checkpoint: {ID}\n", NOW),
        (f"Work\n\nSee Entire-Checkpoint: {ID} for all of it\n", NOW),
        (trailer(OTHER), NOW),
        ("Work\n\nEntire-Checkpoint: nonsense\n", NOW),
        ("Work\n\nClaude-Session: https://claude.ai/code/session_1\n", NOW),
        ("Work\n\nSession-Attestation: ses_01JZZZZZZZZZZZZZZZZZZZZZZZ\n", NOW),
    ],
    ids=range(11),
)  # fmt: skip
def test_forged_trailer_gets_no_credit(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch, message: str, at: int
) -> None:
    found = forge(repo, monkeypatch, message, at)
    assert not found.linked
    assert found.sessions == ()


def test_trailer_in_the_body_gets_no_credit_even_when_lines_agree(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("session-one", {"pond.py": text("pond")}, NOW))
    store.write_branch(repo)
    commit(repo, monkeypatch, f"Work\n\nEntire-Checkpoint: {ID}\n\nand words\n", {"pond.py": text("pond")}, NOW)
    found = only(repo)
    assert not found.linked
    assert [link.method for link in found.links] == ["body-text@1"]


def test_checkpoint_made_after_the_commit_gets_no_credit_whatever_it_holds(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("session-one", {"pond.py": text("pond")}, NOW))
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW - 5 * DAY)
    assert not only(repo).linked


def test_session_imported_by_the_other_tool_is_tied_to_no_commit(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("session-one", {"pond.py": text("pond")}, NOW, kind="imported"))
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW)
    assert not only(repo).linked


def test_formatter_may_have_rewritten_every_line_when_files_and_time_agree(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("session-one", {"pond.py": text("before")}, NOW))
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("after")}, NOW + 30)
    link = only(repo).links[0]
    assert link.credited
    assert link.overlap is not None
    assert link.overlap.score == 0.0


def test_transcript_that_is_not_stored_leaves_files_and_time_to_agree(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("session-one", {"pond.py": text("pond")}, NOW, transcript=b""))
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW + 30)
    link = only(repo).links[0]
    assert link.credited
    assert link.overlap is None
    assert ("transcript", "not-stored") in {(item.what, item.value) for item in link.evidence}


def test_commit_with_several_ids_is_linked_to_every_session_that_agrees(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("one", {"pond.py": text("pond")}, NOW))
    store.add(OTHER, StoredSession("two", {"duck.py": text("duck")}, NOW))
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID, OTHER), {"pond.py": text("pond"), "duck.py": text("duck")}, NOW)
    answer = ask(repo)
    assert {name for name, _ in credited(answer.commits[0])} == {"one", "two"}
    assert answer.declared.several == 1


def test_checkpoint_with_several_sessions_is_settled_by_their_lines(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Checkpoints()
    store.add(
        ID,
        StoredSession("wrote-it", {"pond.py": text("pond")}, NOW),
        StoredSession("was-open", {"duck.py": text("duck")}, NOW),
    )
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW)
    answer = ask(repo)
    words = {link.session.native_id: link.confidence for link in answer.commits[0].links}
    assert words == {"wrote-it": Confidence.STRONG, "was-open": Confidence.HINT}
    assert answer.declared.many_sessions == {ID}


def test_id_stuck_on_later_commits_is_followed_to_the_capture_of_the_session_that_agrees(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("one", {"pond.py": text("pond")}, NOW))
    store.add(OTHER, StoredSession("one", {"pond.py": text("pond"), "duck.py": text("duck")}, NOW + 3600))
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW)
    commit(repo, monkeypatch, trailer(ID), {"duck.py": text("duck")}, NOW + 3600)
    answer = ask(repo, "HEAD~2..HEAD")
    assert [credited(one) for one in answer.commits] == [[("one", Confidence.MEDIUM)], [("one", Confidence.STRONG)]]


def test_checkpoint_that_names_a_commit_links_it_without_a_trailer(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    oid = commit(repo, monkeypatch, "Amended, trailer gone", {"pond.py": text("pond")}, NOW)
    store = Checkpoints(linked={ID: [oid]})
    store.add(ID, StoredSession("one", {"pond.py": text("pond")}, NOW))
    store.write_branch(repo)
    assert credited(only(repo)) == [("one", Confidence.STRONG)]


def test_squash_that_lost_its_trailers_is_linked_through_the_branch_it_came_from(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("one", {"pond.py": text("pond")}, NOW))
    store.add(OTHER, StoredSession("two", {"duck.py": text("duck")}, NOW + 60))
    store.write_branch(repo)
    repo.git("checkout", "-q", "-b", "work")
    first = commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW)
    second = commit(repo, monkeypatch, trailer(OTHER), {"duck.py": text("duck")}, NOW + 60)
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--squash", "work")
    commit(repo, monkeypatch, "All of it (#3)", {}, NOW + DAY)
    found = only(repo)
    rows = {(link.session.native_id, link.kind.value, link.confidence, link.derived_from) for link in found.links}
    assert rows == {
        ("one", "rewritten", Confidence.STRONG, (first,)),
        ("two", "rewritten", Confidence.STRONG, (second,)),
    }


def test_revert_is_linked_as_taking_back_and_never_credited(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("one", {"pond.py": text("pond")}, NOW))
    store.write_branch(repo)
    taken = commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW)
    monkeypatch.setenv("GIT_AUTHOR_DATE", f"{NOW + DAY} +0000")
    repo.git("revert", "--no-edit", taken)
    found = only(repo)
    assert not found.linked
    assert [(one.relation.value, one.confidence, one.derived_from) for one in found.links] == [
        ("reverts", Confidence.STRONG, (taken,))
    ]


def test_command_prints_every_link_with_its_grounds(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("one", {"pond.py": text("pond")}, NOW))
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW)
    monkeypatch.setattr(sys, "argv", ["whereof", "links", "HEAD~1..HEAD", "--repo", str(repo.path), "--json"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["linked"] == 1
    assert printed["data"][0]["links"][0]["native_session"] == "one"
    assert printed["checkpoints"] == {
        "stored": 1, "named": 1, "missing": [], "with_several_sessions": 0, "commits_naming_several": 0,
        "commits_naming_in_body_only": 0,
    }  # fmt: skip


def test_links_are_values(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    found = forge(repo, monkeypatch, trailer(ID))
    with pytest.raises(AttributeError):
        found.links[0].confidence = Confidence.STRONG  # type: ignore[misc]
    assert isinstance(found.links[0], Link)


def test_lines_of_a_sub_agent_count_as_the_sessions(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("one", {"other.py": text("other")}, NOW))
    task = StoredSession("agent", {"pond.py": text("pond")}, NOW).jsonl()
    store.more[ID] = {"tasks/toolu_1/agent-77.jsonl": task}
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW + 9 * DAY)
    link = only(repo).links[0]
    assert (link.confidence, link.overlap and link.overlap.score) == (Confidence.STRONG, 1.0)


def test_session_that_worked_by_scripts_is_judged_by_files_and_time(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("one", {}, NOW, files=["pond.py"]))
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW + 30)
    assert credited(only(repo)) == [("one", Confidence.STRONG)]


def test_checkpoint_of_the_oldest_layout_keeps_its_session_at_the_root(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = StoredSession("newest", {"pond.py": text("pond")}, NOW)
    root = {
        "checkpoint_id": ID,
        "session_id": "newest",
        "created_at": "2025-06-15T15:06:40Z",
        "files_touched": ["pond.py"],
    }
    store = Checkpoints()
    store.stored[ID] = []
    store.more[ID] = {
        "metadata.json": json.dumps(root).encode(),
        "full.jsonl": newest.jsonl(),
        "1/metadata.json": json.dumps(root | {"session_id": "earlier"}).encode(),
        "1/full.jsonl": StoredSession("earlier", {"duck.py": text("duck")}, NOW).jsonl(),
    }
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW)
    words = {link.session.native_id: link.confidence for link in only(repo).links}
    assert words == {"newest": Confidence.STRONG, "earlier": Confidence.UNVERIFIED}


def test_transcript_in_pieces_is_read_as_one(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = StoredSession("one", {"pond.py": text("pond")}, NOW).jsonl().splitlines(keepends=True)
    store = Checkpoints()
    store.add(ID, StoredSession("one", {}, NOW, files=["pond.py"], transcript=whole[0]))
    store.more[ID] = {"0/full.jsonl.001": b"".join(whole[1:])}
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW)
    found = only(repo).links[0].overlap
    assert found is not None
    assert found.score == 1.0


def test_metadata_written_again_later_takes_no_credit_away(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = StoredSession("one", {"pond.py": text("pond")}, NOW)
    late = StoredSession("one", {}, NOW + 90 * DAY, files=["pond.py"], transcript=session.jsonl())
    store = Checkpoints()
    store.add(ID, late)
    store.write_branch(repo)
    commit(repo, monkeypatch, trailer(ID), {"pond.py": text("pond")}, NOW)
    assert credited(only(repo)) == [("one", Confidence.STRONG)]
