"""Links of a recorded session survive what git does to its commits, as signed statements that are appended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.evidence.link_check import check_links
from attest.git import Repository
from attest.model.link import Confidence
from attest.model.link_predicate import COMMIT_LINK_V1
from attest.model.statement import parse_statement
from attest.model.verdict import Verdict
from attest.signing.dsse import parse_envelope
from attest.store.attestations import by_id
from attest.usecases.answer import answer_for
from attest.usecases.carry import CarryRequest, carry, parse_pairs
from attest.usecases.find import find
from attest.usecases.instance import Instance
from attest.usecases.link_commit import link_commit
from attest.usecases.links import find_links
from attest.usecases.verify import VerifyRequest, verify_commit
from tests.support.claude import Transcript as Story
from tests.support.recording import Clone, git, make_clone, record_file, write_story

CODE = "\n".join(f"room_{i} = 'a place for duck number {i}'" for i in range(6)) + "\n"


@pytest.fixture
def clone(instance: Instance, tmp_path: Path) -> Clone:
    """A clone whose second commit was written in a recorded session, on a branch of its own."""
    made = make_clone(tmp_path / "pond", text=CODE)
    git(made.path, "branch", "work")
    tale = Story()
    tale.prompt("Make room for six ducks in the pond.")
    tale.edit("/home/ada/pond/pond.py", "ducks = 2\n", CODE)
    record_file(instance, write_story(tmp_path / "story.jsonl", tale), made)
    return made


def test_amended_commit_keeps_its_session_by_a_signed_link(instance: Instance, clone: Clone) -> None:
    git(clone.path, "commit", "-q", "--amend", "-m", "Make room")
    new = git(clone.path, "rev-parse", "HEAD")
    request = CarryRequest(repository=clone.repository, new="HEAD", pairs=parse_pairs(f"{clone.oid} {new}\n"))
    done = carry(request, instance)
    assert [(r.old, r.new, r.method) for r in done.rewrites] == [(clone.oid, new, "post-rewrite@1")]
    assert [r.predicate_type for r in done.receipts] == [COMMIT_LINK_V1]
    (found,) = find_links(clone.repository, "HEAD", instance).commits
    (link,) = found.links
    assert (link.kind.value, link.derived_from, link.confidence) == ("rewritten", (clone.oid,), Confidence.STRONG)
    assert link.attestation == done.receipts[0].attestation
    assert link.overlap is not None
    assert link.overlap.score == 1.0


def test_server_side_squash_is_found_without_any_pairs(instance: Instance, clone: Clone) -> None:
    git(clone.path, "checkout", "-q", "work")
    (clone.path / "more.py").write_text("".join(f"shore_{i} = 'a stone of number {i}'\n" for i in range(5)))
    git(clone.path, "add", "-A")
    git(clone.path, "commit", "-q", "-m", "Stones")
    git(clone.path, "checkout", "-q", "-B", "main", "HEAD~2")
    git(clone.path, "merge", "-q", "--squash", "work")
    git(clone.path, "commit", "-q", "-m", "All of it (#1)")
    done = carry(CarryRequest(repository=clone.repository, new="HEAD"), instance)
    assert [(link.derived_from, link.method) for link in done.links] == [((clone.oid,), "squash-tree@1")]
    assert len(done.without_link) == 1
    head = clone.repository.commit_facts(clone.repository.resolve("HEAD"))
    statement = parse_statement(_payload(instance, done.receipts[0].attestation))
    kind, how = check_links(statement, head, clone.repository)
    assert kind == "rewritten"
    assert "recomputed equal" in how


def test_squash_of_linked_commits_recomputes_from_the_clone(instance: Instance, clone: Clone, tmp_path: Path) -> None:
    stones = "".join(f"shore_{i} = 'a stone of number {i}'\n" for i in range(5))
    (clone.path / "more.py").write_text(stones)
    git(clone.path, "add", "-A")
    git(clone.path, "commit", "-q", "-m", "Stones")
    git(clone.path, "branch", "-f", "work")
    tale = Story()
    tale.prompt("Lay stones along the shore.", sessionId="s2-other-session")
    tale.edit("/home/ada/pond/more.py", "x", stones)
    record_file(
        instance,
        write_story(tmp_path / "two.jsonl", tale),
        Clone(path=clone.path, oid=git(clone.path, "rev-parse", "HEAD")),
    )
    git(clone.path, "checkout", "-q", "-B", "main", "HEAD~2")
    git(clone.path, "merge", "-q", "--squash", "work")
    git(clone.path, "commit", "-q", "-m", "All of it (#1)")
    done = carry(CarryRequest(repository=clone.repository, new="HEAD"), instance)
    head = clone.repository.commit_facts(clone.repository.resolve("HEAD"))
    kind, how = check_links(parse_statement(_payload(instance, done.receipts[0].attestation)), head, clone.repository)
    assert kind == "rewritten"
    assert "recomputed equal" in how


def _payload(instance: Instance, attestation: str) -> bytes:
    stored = by_id(instance.engine, instance.scope, attestation)
    assert stored is not None
    return parse_envelope(stored.leaf.envelope).payload


def test_carrying_again_logs_nothing_new(instance: Instance, clone: Clone) -> None:
    git(clone.path, "commit", "-q", "--amend", "-m", "Make room")
    request = CarryRequest(repository=clone.repository, new="HEAD")
    first, again = carry(request, instance), carry(request, instance)
    assert len(first.receipts) == 1
    assert (again.receipts, again.known) == ((), 1)


def test_chain_of_rewrites_is_carried_from_link_to_link(instance: Instance, clone: Clone) -> None:
    for message in ("Once", "Twice"):
        before = git(clone.path, "rev-parse", "HEAD")
        git(clone.path, "commit", "-q", "--amend", "-m", message)
        after = git(clone.path, "rev-parse", "HEAD")
        carry(CarryRequest(repository=clone.repository, new="HEAD", pairs=((before, after),)), instance)
    assert find_links(clone.repository, "HEAD", instance).commits[0].linked


def test_pairs_alone_lead_to_the_commit_that_the_last_of_them_made(instance: Instance, clone: Clone) -> None:
    pairs = []
    for message in ("Once", "Twice"):
        before = git(clone.path, "rev-parse", "HEAD")
        git(clone.path, "commit", "-q", "--amend", "-m", message)
        pairs.append((before, git(clone.path, "rev-parse", "HEAD")))
    done = carry(CarryRequest(repository=clone.repository, new=None, pairs=(*pairs, ("0" * 40, "1" * 40))), instance)
    assert [(link.derived_from, link.commit) for link in done.links] == [((clone.oid,), pairs[-1][1])]
    nothing = carry(CarryRequest(repository=clone.repository, new=None, pairs=()), instance)
    assert nothing.links == ()


def test_statement_is_found_by_the_new_commit_the_old_one_and_the_session(instance: Instance, clone: Clone) -> None:
    git(clone.path, "commit", "-q", "--amend", "-m", "Make room")
    done = carry(CarryRequest(repository=clone.repository, new="HEAD"), instance)
    session = done.links[0].session.id
    assert session is not None
    for name in (git(clone.path, "rev-parse", "HEAD"), clone.oid, session):
        receipts = find(instance, name, clone.repository).receipts
        assert done.receipts[0].attestation in json.dumps(receipts)


def test_link_alone_does_not_satisfy_the_built_in_policy(instance: Instance, clone: Clone) -> None:
    git(clone.path, "commit", "-q", "--amend", "-m", "Make room")
    carry(CarryRequest(repository=clone.repository, new="HEAD"), instance)
    settings = instance.settings
    result = verify_commit(
        VerifyRequest(
            repository=Repository.open(clone.path), revision="HEAD", bundles_dir=settings.bundles_dir,
            trust_dir=settings.trust_dir,
        )
    )  # fmt: skip
    assert result.verdict is Verdict.ABSENT
    assert [(r.predicate_type, r.counted, r.link) for r in result.evidence] == [(COMMIT_LINK_V1, False, "rewritten")]
    git(clone.path, "branch", "-D", "work")
    git(clone.path, "reflog", "expire", "--expire=now", "--all")
    git(clone.path, "gc", "-q", "--prune=now")
    forgotten = verify_commit(
        VerifyRequest(
            repository=Repository.open(clone.path), revision="HEAD", bundles_dir=settings.bundles_dir,
            trust_dir=settings.trust_dir,
        )
    )  # fmt: skip
    assert [(r.verdict, r.link) for r in forgotten.evidence] == [(Verdict.PASS, None)]


def test_link_named_later_carries_how_many_lines_agree(instance: Instance, clone: Clone, tmp_path: Path) -> None:
    (clone.path / "pond.py").write_text("nothing that was written in it\n")
    git(clone.path, "commit", "-q", "-a", "-m", "Other work")
    session = find_links(clone.repository, clone.oid, instance).commits[0].links[0].session.id
    assert session is not None
    link, receipt = link_commit(instance, clone.repository, "HEAD", session)
    assert (link.kind.value, link.confidence) == ("asserted", Confidence.UNVERIFIED)
    assert receipt is not None
    assert link_commit(instance, clone.repository, "HEAD", session)[1] is None


def test_answer_for_a_rewritten_commit_tells_of_its_session_and_how_it_is_linked(
    instance: Instance, clone: Clone
) -> None:
    git(clone.path, "commit", "-q", "--amend", "-m", "Make room")
    carry(CarryRequest(repository=clone.repository, new="HEAD"), instance)
    answer = answer_for(instance, git(clone.path, "rev-parse", "HEAD"), clone.repository)
    assert len(answer.sessions) == 1
    sections = {section.number: section for section in answer.sections}
    assert "Make room for six ducks" in "".join(row.quote + row.text for row in sections[2].rows)
    (link,) = [row for row in sections[8].rows if row.term == "link"]
    assert link.text.startswith(f"rewritten from {clone.oid[:12]}: strong, by patch-id@1; 100% of its added lines")
    (listed,) = [row for row in sections[10].rows if row.term == "list"]
    assert (listed.word, listed.detail != "") == ("complete", True)


def test_entry_of_the_old_commit_that_the_index_hides_makes_the_answer_for_the_new_one_incomplete(
    instance: Instance, clone: Clone
) -> None:
    git(clone.path, "commit", "-q", "--amend", "-m", "Make room")
    carry(CarryRequest(repository=clone.repository, new="HEAD"), instance)
    with instance.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM subject WHERE value = ?", (clone.oid,))
    answer = answer_for(instance, git(clone.path, "rev-parse", "HEAD"), clone.repository)
    (listed,) = [
        row for section in answer.sections if section.number == 10 for row in section.rows if row.term == "list"
    ]
    assert (listed.word, listed.detail) == ("not proved", clone.oid)


def record_elsewhere(instance: Instance, tmp_path: Path, cwd: str) -> None:
    tale = Story(cwd=cwd)
    tale.prompt("Lay stones along the shore.", sessionId="s3-never-committed")
    tale.edit(f"{cwd}/shore.py", "x", CODE)
    record_file(instance, write_story(tmp_path / "three.jsonl", tale))


@pytest.mark.parametrize(("cwd", "proposed"), [("/home/ada/pond", True), ("/home/ada/other", False)])
@pytest.mark.parametrize("when", ["2026-03-01T11:00:00Z", "2026-05-01T11:00:00Z"])
def test_session_of_the_repository_and_the_time_is_proposed_by_its_lines_and_never_credited(
    instance: Instance,
    clone: Clone,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cwd: str,
    proposed: bool,
    when: str,
) -> None:
    record_elsewhere(instance, tmp_path, cwd)
    monkeypatch.setenv("GIT_AUTHOR_DATE", when)
    (clone.path / "shore.py").write_text(CODE)
    git(clone.path, "add", "-A")
    git(clone.path, "commit", "-q", "-m", "By hand, they say")
    (found,) = find_links(clone.repository, "HEAD", instance).commits
    expected = [("content", Confidence.PROPOSED)] if proposed and when.startswith("2026-03") else []
    assert [(link.kind.value, link.confidence) for link in found.links] == expected
    assert not found.linked


def test_commit_whose_id_was_printed_in_a_session_is_observed_and_checked_by_its_lines(
    instance: Instance, clone: Clone, tmp_path: Path
) -> None:
    (clone.path / "shore.py").write_text(CODE)
    git(clone.path, "add", "-A")
    git(clone.path, "commit", "-q", "-m", "Stones")
    oid = git(clone.path, "rev-parse", "HEAD")
    (clone.path / "hand.py").write_text(CODE.replace("duck", "goose"))
    git(clone.path, "add", "-A")
    git(clone.path, "commit", "-q", "-m", "By hand")
    tale = Story()
    tale.prompt("Lay stones along the shore.", sessionId="s4-observed-one")
    tale.edit("/home/ada/pond/shore.py", "x", CODE)
    tale.shell("git commit -m Stones", f"[main {oid[:8]}] Stones\n 1 file changed, 6 insertions(+)")
    receipt = record_file(instance, write_story(tmp_path / "four.jsonl", tale))
    by_hand, stones = find_links(clone.repository, "HEAD~2..HEAD", instance).commits
    assert [(link.session.id, link.kind.value, link.confidence) for link in stones.links] == [
        (receipt.session, "observed", Confidence.STRONG)
    ]
    assert by_hand.links == ()


def test_session_of_the_old_commit_satisfies_a_policy_where_the_rewrite_recomputes(
    instance: Instance, clone: Clone
) -> None:
    git(clone.path, "commit", "-q", "--amend", "-m", "Make room")
    carry(CarryRequest(repository=clone.repository, new="HEAD"), instance)
    amended = git(clone.path, "rev-parse", "HEAD")
    (clone.path / ".attest").mkdir()
    for name, links in (("any", "recorded, asserted, rewritten"), ("direct", "recorded, asserted")):
        (clone.path / f".attest/{name}.yaml").write_text(
            f"version: 1\nmode: enforce\nlinks: [{links}]\ndefaults: {{tier: one, unattributed: session}}\n"
            "tiers: [{id: one, require: {session: full}}]\n"
        )
    git(clone.path, "add", ".attest")
    git(clone.path, "commit", "-q", "-m", "Policies")
    settings = instance.settings

    def verdict(name: str) -> Verdict:
        return verify_commit(
            VerifyRequest(
                repository=Repository.open(clone.path), revision=amended, policy=f"HEAD:.attest/{name}.yaml",
                bundles_dir=settings.bundles_dir, trust_dir=settings.trust_dir, now=instance.clock.now(),
            )
        ).verdict  # fmt: skip

    assert (verdict("any"), verdict("direct")) == (Verdict.PASS, Verdict.POLICY)
    git(clone.path, "branch", "-D", "work")
    git(clone.path, "reflog", "expire", "--expire=now", "--all")
    git(clone.path, "gc", "-q", "--prune=now")
    assert verdict("any") is Verdict.ABSENT
