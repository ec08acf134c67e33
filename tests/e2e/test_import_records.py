"""What other tools left in a clone is taken in, labelled imported, and linked only where the commits bear it out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.git import Repository
from attest.model.imported_notes import git_ai_session
from attest.model.link import Confidence
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.import_records import import_entire, import_notes
from attest.usecases.instance import Instance
from attest.usecases.links import find_links
from tests.support.entire import Checkpoints, StoredSession
from tests.support.recording import make_clone, record_file, story, write_story
from tests.support.repository import GitRepository

NOW = 1_750_000_000
ID, OTHER, THIRD = "0a1b2c3d4e5f", "ffeeddccbbaa", "112233445566"


def text(name: str) -> list[str]:
    return [f"{name} keeps the value number {i}" for i in range(8)]


@pytest.fixture
def repo(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    made = GitRepository.make(tmp_path / "repo")
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, f"{NOW} +0000")
    made.commit("Begin")
    return made


def commit(repo: GitRepository, message: str, path: str, lines: list[str]) -> str:
    repo.write(path, ("\n".join(lines) + "\n").encode())
    return repo.commit(message)


def declared(repo: GitRepository, checkpoint: str, name: str) -> str:
    return commit(repo, f"Work on {name}\n\nEntire-Checkpoint: {checkpoint}\n", f"{name}.py", text(name))


def test_sessions_of_checkpoints_are_recorded_once_as_imported_and_linked(
    instance: Instance, repo: GitRepository
) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("session-one-1", {"pond.py": text("pond")}, NOW))
    store.add(OTHER, StoredSession("session-one-1", {"pond.py": text("pond"), "duck.py": text("duck")}, NOW + 60))
    store.write_branch(repo)
    first, second = declared(repo, ID, "pond"), declared(repo, OTHER, "duck")
    repository = Repository.open(repo.path)
    done = import_entire(instance, repository)
    ((native, session),) = done.sessions
    assert native == "session-one-1"
    rows = attestations.about(instance.engine, instance.scope, "session", session).rows
    capture = [
        parse_statement(parse_envelope(r.leaf.envelope).payload).predicate.get("capture") for r in rows if r.session
    ]
    assert [c["source"] for c in capture if isinstance(c, dict)] == ["imported"]
    assert {(link.commit, link.session.id, link.confidence) for link in done.links} == {
        (first, session, Confidence.STRONG), (second, session, Confidence.STRONG),
    }  # fmt: skip
    again = import_entire(instance, repository)
    assert (again.sessions, again.receipts, again.known) == (done.sessions, (), 2)
    signed = [link for link in find_links(repository, "HEAD", instance).commits[0].links if link.attestation]
    assert [(link.session.id, link.kind.value) for link in signed] == [(session, "declared")]


def test_session_that_cannot_be_recorded_is_named_and_the_others_go_on(instance: Instance, repo: GitRepository) -> None:
    store = Checkpoints()
    store.add(ID, StoredSession("good-session", {"pond.py": text("pond")}, NOW))
    store.add(OTHER, StoredSession("not-a-transcript", {}, NOW, transcript=b"plain words\n", files=[]))
    store.add(THIRD, StoredSession("nothing-stored", {}, NOW, transcript=b"", files=[]))
    store.write_refs(repo)
    done = import_entire(instance, Repository.open(repo.path))
    assert [native for native, _ in done.sessions] == ["good-session"]
    assert {(row.session, row.code) for row in done.refused} == {
        ("not-a-transcript", "input.unknown-format"), ("nothing-stored", "not-stored"),
    }  # fmt: skip


def test_limit_takes_the_newest_and_says_how_many_are_left(instance: Instance, repo: GitRepository) -> None:
    store = Checkpoints()
    for number, name in enumerate((ID, OTHER, THIRD)):
        store.add(name, StoredSession(f"session-{number}", {"pond.py": text("pond")}, NOW + number))
    store.write_branch(repo)
    done = import_entire(instance, Repository.open(repo.path), limit=1)
    assert ([native for native, _ in done.sessions], done.left) == (["session-2"], 2)


def note(repo: GitRepository, ref: str, oid: str, words: str) -> None:
    repo.git_bytes("notes", f"--ref={ref}", "add", "-F", "-", oid, data=words.encode())


def git_ai(session: str, path: str) -> str:
    document = {"schema_version": "authorship/3.0.0",
                "sessions": {session: {"agent_id": {"tool": "claude", "id": "", "model": "m"}}}}  # fmt: skip
    return f"{path}\n  {session}::t_{'0' * 14} 1-8\n  h_{'0' * 14} 9\n---\n{json.dumps(document)}\n"


def test_note_of_git_ai_is_joined_to_a_recorded_session_by_its_hash(
    instance: Instance, repo: GitRepository, tmp_path: Path
) -> None:
    receipt = record_file(instance, write_story(tmp_path / "s.jsonl", story("native-session-7")))
    oid = commit(repo, "Work", "pond.py", text("pond"))
    note(repo, "ai", oid, git_ai(git_ai_session("claude", "native-session-7"), "pond.py"))
    done = import_notes(instance, Repository.open(repo.path))
    (link,) = done.links
    assert (link.session.id, link.confidence, link.kind.value) == (receipt.session, Confidence.MEDIUM, "notes")
    assert len(done.receipts) == 1


def test_note_copied_to_another_commit_gets_no_credit(instance: Instance, repo: GitRepository) -> None:
    oid = commit(repo, "Work", "other.py", text("other"))
    note(repo, "ai", oid, git_ai("s_" + "a" * 14, "pond.py"))
    done = import_notes(instance, Repository.open(repo.path))
    assert [(link.confidence, link.credited) for link in done.links] == [(Confidence.HINT, False)]
    assert done.receipts == ()


def test_notes_of_memento_whogitit_and_the_old_form_of_git_ai_are_read(instance: Instance, repo: GitRepository) -> None:
    oid = commit(repo, "Work", "pond.py", text("pond"))
    start = "<!-- git-memento-session:start -->\n# Git Memento Session\n\n- Provider: Codex\n- Session ID: memento-1\n"
    note(
        repo, "commits", oid, f"<!-- git-memento-sessions:v1 -->\n\n{start}\n{start.replace('memento-1', 'memento-2')}"
    )
    note(repo, "whogitit", oid, json.dumps({
        "version": 2, "session": {"session_id": "who-1", "model": {"id": "m", "provider": "p"}},
        "files": [{"path": "pond.py", "lines": [], "summary": {"ai_lines": 8}}],
    }))  # fmt: skip
    blob = repo.git_bytes("hash-object", "-w", "--stdin", data=json.dumps({
        "files": {"pond.py": {"authors": [{"author": "Claude", "lines": [[1, 8]],
                  "agent_metadata": {"tool": "claude", "id": "old-1", "model": "m"}}]}},
        "schema_version": "authorship/0.0.1",
    }).encode()).decode().strip()  # fmt: skip
    repo.git("update-ref", f"refs/ai/authorship/{oid}", blob)
    done = import_notes(instance, Repository.open(repo.path))
    assert {link.session.source_id for link in done.links if link.credited} == {
        "memento-1",
        "memento-2",
        "who-1",
        "old-1",
    }


def test_notes_on_commits_of_elsewhere_are_counted(instance: Instance, repo: GitRepository, tmp_path: Path) -> None:
    oid = make_clone(tmp_path / "elsewhere").oid
    blob = repo.git_bytes("hash-object", "-w", "--stdin", data=git_ai("s_" + "a" * 14, "x").encode()).decode().strip()
    repo.git("update-ref", f"refs/ai/authorship/{oid}", blob)
    done = import_notes(instance, Repository.open(repo.path))
    assert (done.links, done.elsewhere) == ((), 1)
