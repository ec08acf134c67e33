"""Gaps both ways: what no session tells of, what tells of no commit; logged once, and never a claim about a person."""

from __future__ import annotations

from pathlib import Path

from attest.git import Repository
from attest.model.gap_predicate import GAP_V1, GapKind
from attest.usecases.declare import DeclareRequest, declare
from attest.usecases.gaps import find_gaps, log_gaps
from attest.usecases.instance import Instance
from tests.support.recording import Clone, record_file, story, write_story
from tests.support.repository import GitRepository


def _history(tmp_path: Path) -> tuple[GitRepository, list[str]]:
    made = GitRepository.make(tmp_path / "work")
    messages = ("Begin", "Recorded", "Declared", "Marked\n\nEntire-Checkpoint: 0123456789ab", "Unmarked")
    oids = []
    for at, message in enumerate(messages):
        made.write(f"file{at}.txt", f"text {at}\n".encode())
        oids.append(made.commit(message))
    return made, oids


def test_each_commit_has_one_state_and_the_gap_names_those_without(instance: Instance, tmp_path: Path) -> None:
    made, oids = _history(tmp_path)
    repository = Repository.open(made.path)
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), Clone(path=made.path, oid=oids[1]))
    declare(DeclareRequest(repository=repository, revisions=(oids[2],), single=True), instance)
    report = find_gaps(instance, repository, (f"{oids[0]}..HEAD",))
    assert {c.oid: c.state for c in report.commits} == {
        oids[1]: "covered",
        oids[2]: "declared",
        oids[3]: "marked",
        oids[4]: "unmarked",
    }
    assert report.counted() == {"covered": 1, "declared": 1, "marked": 1, "unmarked": 1}
    (gap,) = report.gaps
    assert (gap.kind, set(gap.commits)) == (GapKind.COMMITS_WITHOUT_SESSION, {oids[3], oids[4]})


def test_session_that_tells_of_no_commit_is_a_gap_of_its_own(instance: Instance, tmp_path: Path) -> None:
    made, oids = _history(tmp_path)
    receipt = record_file(instance, write_story(tmp_path / "t.jsonl", story()))
    (gap,) = find_gaps(instance, Repository.open(made.path), (f"{oids[4]}..{oids[4]}",)).gaps
    assert (gap.kind, gap.sessions, gap.count) == (GapKind.SESSIONS_WITHOUT_COMMIT, (receipt.session,), 1)


def test_gap_is_logged_once_and_a_new_gap_anew(instance: Instance, tmp_path: Path) -> None:
    made, _ = _history(tmp_path)
    repository = Repository.open(made.path)
    first = log_gaps(instance, find_gaps(instance, repository, ("HEAD",)).gaps, repository)
    again = log_gaps(instance, find_gaps(instance, repository, ("HEAD",)).gaps, repository)
    assert [r.attestation for r in first] == [r.attestation for r in again]
    assert first[0].predicate_type == GAP_V1
    made.commit("One more")
    later = log_gaps(instance, find_gaps(instance, repository, ("HEAD",)).gaps, repository)
    assert later[0].attestation != first[0].attestation
