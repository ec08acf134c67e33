"""A declaration satisfies the built-in policy, says so in words, and never covers an agent's mark by accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.errors import InvalidInput, Refused
from attest.git import Repository
from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.verdict import CommitVerdict, Verdict
from attest.usecases.declare import DeclareRequest, declare
from attest.usecases.instance import Instance
from attest.usecases.verify import VerifyRequest, verify_commit
from tests.support.claude import Transcript as Story
from tests.support.recording import Clone, record_file, write_story
from tests.support.repository import GitRepository

AGENT_TRAILER = "Add a thing\n\nCo-Authored-By: Claude <noreply@anthropic.com>"


def _clone(tmp_path: Path, *messages: str) -> tuple[GitRepository, list[str]]:
    made = GitRepository.make(tmp_path / "declared")
    oids = []
    for at, message in enumerate(messages):
        made.write(f"file{at}.txt", f"text {at}\n".encode())
        oids.append(made.commit(message))
    return made, oids


def _request(made: GitRepository, *revisions: str, **options: bool) -> DeclareRequest:
    return DeclareRequest(repository=Repository.open(made.path), revisions=revisions, **options)  # type: ignore[arg-type]


def _verify(made: GitRepository, oid: str, instance: Instance) -> CommitVerdict:
    settings = instance.settings
    return verify_commit(
        VerifyRequest(
            repository=Repository.open(made.path),
            revision=oid,
            bundles_dir=settings.bundles_dir,
            trust_dir=settings.trust_dir,
        )
    )


def test_declared_commits_pass_and_the_verdict_says_by_what(instance: Instance, tmp_path: Path) -> None:
    made, oids = _clone(tmp_path, "Begin", "Change", "Change again")
    (receipt,) = declare(_request(made, f"{oids[0]}..{oids[2]}"), instance)
    assert (receipt.predicate_type, set(receipt.commits)) == (DECLARATION_V1, {oids[1], oids[2]})
    verdicts = [_verify(made, oid, instance) for oid in oids]
    assert [one.verdict for one in verdicts] == [Verdict.ABSENT, Verdict.PASS, Verdict.PASS]
    assert "declaration" in verdicts[1].reason
    assert "session" not in verdicts[1].reason


def test_declaring_again_gives_the_same_receipt(instance: Instance, tmp_path: Path) -> None:
    made, oids = _clone(tmp_path, "Begin", "Change")
    first = declare(_request(made, oids[1], single=True), instance)
    again = declare(_request(made, oids[1], single=True), instance)
    assert [r.attestation for r in first] == [r.attestation for r in again]
    assert first[0].commits == (oids[1],)


def test_mark_of_an_agent_stops_the_declaration_unless_it_was_seen(instance: Instance, tmp_path: Path) -> None:
    made, oids = _clone(tmp_path, "Begin", AGENT_TRAILER)
    with pytest.raises(Refused) as refused:
        declare(_request(made, oids[1], single=True), instance)
    assert (refused.value.code, refused.value.where) == ("declare.marked", oids[1])
    assert declare(_request(made, oids[1], single=True, marks_seen=True), instance)[0].commits == (oids[1],)


def test_range_without_commits_is_no_declaration(instance: Instance, tmp_path: Path) -> None:
    made, oids = _clone(tmp_path, "Begin")
    with pytest.raises(InvalidInput) as refused:
        declare(_request(made, f"{oids[0]}..{oids[0]}"), instance)
    assert refused.value.code == "input.empty"


def test_single_commit_is_declared_without_its_ancestors(instance: Instance, tmp_path: Path) -> None:
    made, oids = _clone(tmp_path, "Begin", "Change", "Change again")
    (receipt,) = declare(_request(made, oids[2], oids[0], single=True), instance)
    assert set(receipt.commits) == {oids[0], oids[2]}


def test_a_commit_whose_session_is_recorded_here_is_not_declared_by_accident(
    instance: Instance, tmp_path: Path
) -> None:
    made, oids = _clone(tmp_path, "Begin", "Change")
    told = write_story(tmp_path / "t.jsonl", Story().prompt("Change the thing."))
    session = record_file(instance, told, Clone(path=made.path, oid=oids[1])).session
    with pytest.raises(Refused) as refused:
        declare(_request(made, f"{oids[0]}..{oids[1]}"), instance)
    assert (refused.value.code, refused.value.where, refused.value.got) == ("declare.marked", oids[1], session)
    assert declare(_request(made, oids[0], single=True), instance)[0].commits == (oids[0],)
    assert declare(_request(made, oids[1], single=True, marks_seen=True), instance)[0].commits == (oids[1],)
