"""An answer speaks for the whole chain of logs: what an ended log holds is shown with its log, or it is said that it was not read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from starlette.requests import Request

from api.earlier import attestation_before
from api.pages.found_view import found_view
from api.routes.bulk import _reply
from api.routes.commits import resolve
from api.routes.pages import _recent
from api.routes.sessions import recordings_of
from api.turning import Turn, turned
from attest.errors import Absent, CannotVerify, Refused
from attest.evidence.bundle.question import Asked, Question
from attest.model.answer import Answer
from attest.model.answer_json import parse_answer, to_json
from attest.model.answer_words import as_of_line
from attest.model.erasure_predicate import ERASURE_V1, ErasureBasis, ErasureRequest, ErasureScope
from attest.model.scope import Scope
from attest.model.search_query import parse_query
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Subject
from attest.store.attestation_lists import Asked as AskedOf
from attest.usecases.answer import answer_for
from attest.usecases.bundle_request import BundleRequest
from attest.usecases.chain_at_hand import readers_of
from attest.usecases.complete_answer import complete_answers
from attest.usecases.create_bundle import create_bundle
from attest.usecases.declare import DeclareRequest, declare
from attest.usecases.find import find
from attest.usecases.gaps import find_gaps
from attest.usecases.index_search import catch_up
from attest.usecases.instance import Instance, assemble_instance
from attest.usecases.links import find_links
from attest.usecases.log_statement import log_statement, own_log_subject
from attest.usecases.range_report import report_of_log
from attest.usecases.reach import reach
from attest.usecases.search import search
from attest.usecases.subject_access import export_subject
from attest.usecases.trail import trail_of
from attest.usecases.why import why_line
from tests.support.chain import ASKED, Succession, make_succession
from tests.support.recording import whereof

if TYPE_CHECKING:
    from api.service import Service

NOTHING = "0" * 40


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Iterator[Succession]:
    folder = tmp_path_factory.mktemp("chain")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("AUTHOR", "Ada"), ("COMMITTER", "Ada")):
            patch.setenv(f"GIT_{name}_NAME", value)
            patch.setenv(f"GIT_{name}_EMAIL", "ada@example.test")
        patch.setenv("HOME", str(folder))
        patch.setenv("GIT_CONFIG_GLOBAL", str(folder / ".gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        made = make_succession(folder, compiled)
    yield made
    for one in (*readers_of(made.new), made.old):
        one.engine.dispose()


@pytest.fixture(autouse=True)
def isolated(home: Path) -> Path:
    """No test reads or writes anything of this machine."""
    return home


def service(instance: Instance) -> Service:
    return cast("Service", SimpleNamespace(instance=instance))


def listed(answer: Answer) -> str:
    (row,) = (row for row in answer.section(10).rows if row.term == "list")
    return f"{row.shown_word}: {row.text}; {row.detail}"


def test_answer_has_what_the_older_log_holds_and_names_both(chain: Succession) -> None:
    answer = answer_for(chain.new, chain.clone.oid, chain.clone.repository)
    assert answer.sentence.startswith("1 session recorded")
    assert answer.attestations == (chain.before.attestation,)
    assert [one.log for one in answer.bundles] == [chain.old.services.log.origin]
    assert ASKED in str(answer.section(2))
    assert f"of {chain.new.services.log.origin}, {chain.words}: 1 entry" in listed(answer)
    assert listed(answer).startswith("complete")
    assert [one.log for one in answer.follows] == [chain.old.services.log.origin]
    assert chain.old.services.log.origin in as_of_line(answer)
    assert parse_answer(json.loads(json.dumps(to_json(answer)))) == answer
    # The old log's root is pinned nowhere: its evidence cannot be judged here, and is not called absent.
    assert answer.verdict.word.value == "indeterminate"


def test_answer_of_the_newer_log_and_of_neither(chain: Succession) -> None:
    newer = answer_for(chain.new, chain.later.oid, chain.later.repository)
    assert [one.log for one in newer.bundles] == [chain.new.services.log.origin]
    assert newer.verdict.word.value == "pass"
    nothing = answer_for(chain.new, NOTHING)
    assert nothing.sentence.startswith("Not recorded: no session")
    assert (nothing.verdict.word.value, nothing.attestations) == ("absent", ())
    assert chain.words in listed(nothing)


def test_a_log_before_that_is_not_at_hand_is_never_called_empty(chain: Succession) -> None:
    for oid, clone in ((chain.clone.oid, chain.clone.repository), (chain.clone.oid, None), (NOTHING, None)):
        answer = answer_for(chain.alone, oid, clone)
        assert chain.old.services.log.origin in answer.sentence
        assert answer.verdict.word.value == "indeterminate"
        assert listed(answer).startswith("not proved")
        assert (answer.follows, "which follows" in as_of_line(answer)) == ((), False)
    assert not trail_of(chain.alone, chain.clone.oid).complete
    with pytest.raises(CannotVerify) as caught:
        find(chain.alone, chain.before.attestation, None)
    assert caught.value.code == "evidence.chain"


def test_names_lead_into_the_older_log(chain: Succession) -> None:
    for name in (chain.before.attestation, chain.before.session or "", chain.clone.oid[:12]):
        found = find(chain.new, name, None)
        assert found.receipts == (chain.before.to_json(),)
        with pytest.raises(CannotVerify):
            found.here()  # a proof of the newer log's entry of that number would be of something else
    assert find(chain.new, chain.after.attestation, None).here() == (chain.after.index,)


def test_line_and_links_and_trail_lead_into_the_older_log(chain: Succession) -> None:
    (session,) = why_line(chain.clone.repository, chain.new, path="pond.py", line=3).sessions
    assert [prompt.text for prompt in session.prompts] == [ASKED]
    (commit,) = find_links(chain.clone.repository, chain.clone.oid, chain.new).commits
    assert commit.sessions == (chain.before.session,)
    trail = trail_of(chain.new, chain.clone.oid)
    assert (trail.complete, trail.closed) == (True, ())
    assert trail.items


def test_commands_say_the_same(chain: Succession) -> None:
    where = {"home": chain.new.settings.home, "cwd": chain.clone.path}
    old = {"WHEREOF_FOLLOWED": str(chain.old.settings.home), "COLUMNS": "200"}  # no name is folded
    shown = whereof("show", chain.clone.oid, **where, **old)
    assert chain.words in " ".join(shown.stdout.split()), shown.stdout
    assert "1 session recorded" in shown.stdout
    judged = whereof("verify", chain.clone.oid, **where, **old)
    assert judged.returncode == 5
    assert "under no root that is pinned here" in " ".join(judged.stdout.split()), judged


def bundle(chain: Succession, instance: Instance, tmp_path: Path, oid: str, **more: bool) -> str:
    request = BundleRequest(question=Question(kind=Asked.COMMITS, values=(oid,)), output=tmp_path / "b.tar", **more)
    return create_bundle(instance, request, lambda _done, _total: None).facts.log


def test_bundle_is_not_written_where_it_would_leave_entries_out(chain: Succession, tmp_path: Path) -> None:
    with pytest.raises(CannotVerify, match="stand in the log before") as caught:
        bundle(chain, chain.new, tmp_path, chain.clone.oid)
    assert (caught.value.where, "--one-log" in caught.value.hint) == (chain.old.services.log.origin, True)
    with pytest.raises(CannotVerify, match="is not known"):
        bundle(chain, chain.alone, tmp_path, chain.later.oid)
    everything = BundleRequest(question=Question(kind=Asked.INTERVAL), output=tmp_path / "b.tar")
    with pytest.raises(CannotVerify):
        create_bundle(chain.new, everything, lambda _done, _total: None)
    assert not list(tmp_path.glob("b.tar*"))


def test_bundle_of_one_log_names_the_other(chain: Succession, tmp_path: Path) -> None:
    for number, (oid, one_log) in enumerate(((chain.later.oid, False), (chain.clone.oid, True))):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert bundle(chain, chain.new, folder, oid, one_log=one_log) == chain.new.services.log.origin
        assert f"follows another, `{chain.old.services.log.origin}`".encode() in (folder / "b.tar").read_bytes()


def test_who_may_see_no_repository_sees_none_of_an_older_log(chain: Succession) -> None:
    barred = replace(chain.new, scope=Scope(chain.new.scope.tenant, ("git+https://other.example/x",)))
    reached = reach(barred, chain.clone.oid)
    assert (reached.rows, reached.whole) == ((), False)
    (answer,) = complete_answers(barred, (chain.clone.oid,))
    assert [json.loads(line)["bundles"] for line in answer.splitlines()] == [[], []]


def test_nothing_is_appended_to_an_ended_log(chain: Succession) -> None:
    (_, older) = readers_of(chain.new)
    with pytest.raises(Refused) as caught:
        older.append(())
    assert caught.value.code == "ledger.closed"
    with pytest.raises(CannotVerify):
        older.keys.create("any", b"secret")


def test_genesis_says_what_is_followed_where_the_file_is_gone(chain: Succession) -> None:
    told = chain.new.settings.home / "follows.json"
    kept = told.read_bytes()
    told.unlink()
    try:
        again = assemble_instance(chain.new.settings, clock=chain.new.clock, entropy=chain.new.entropy)
        assert again.log.follows == chain.new.log.follows
        assert again.log.follows is not None
        again.engine.dispose()
    finally:
        told.write_bytes(kept)


def test_what_an_older_log_tells_of_is_no_gap_and_not_declared(chain: Succession) -> None:
    revisions = (f"{chain.clone.oid}^!",)
    found = find_gaps(chain.new, chain.clone.repository, revisions)
    assert [one.state for one in found.commits] == ["covered"]
    with pytest.raises(CannotVerify):
        find_gaps(chain.alone, chain.clone.repository, revisions)
    asked = DeclareRequest(repository=chain.clone.repository, revisions=(chain.clone.oid,), single=True)
    with pytest.raises(Refused) as caught:
        declare(asked, chain.new)
    assert (caught.value.code, caught.value.got) == ("declare.marked", chain.before.session)


def test_report_of_the_log_has_the_evidence_of_the_older_one(chain: Succession) -> None:
    parent = chain.clone.repository.commit_facts(chain.clone.oid).parents[0]
    facts = report_of_log(chain.new, chain.clone.repository, (parent, chain.later.oid))
    verdicts = {one.oid: one.verdict for one in facts.changes}
    assert verdicts == {chain.clone.oid: "indeterminate", chain.later.oid: "pass"}
    with pytest.raises(CannotVerify, match="is not known"):
        report_of_log(chain.alone, chain.clone.repository, (parent, chain.later.oid))


def test_session_that_a_later_log_erased_stays_shut_in_the_older_one(chain: Succession) -> None:
    session = "ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B2"
    chain.old.keys.create(f"session/{session}", b"a secret that an old copy of the keys still has")
    (_, older) = readers_of(chain.new)
    assert older.keys.load(f"session/{session}") is not None
    ask = ErasureRequest(
        id="ers_01KAC4W9Q2M7T3V8X5Y6Z0A1B2",
        basis=ErasureBasis.REQUEST,
        scope=ErasureScope.SESSION,
        sessions=(session,),
    )
    predicate = {
        **ask.to_json(),
        "at": "2026-11-21T00:00:00Z",
        "parts": 0,
        "request": ask.digest,
        "second": "typed-confirmation",
    }
    subjects = (own_log_subject(chain.new), Subject(name=session, sha256="ab" * 32))
    log_statement(chain.new, ERASURE_V1, subjects, predicate, write_key_material=b"erased")
    assert older.keys.load(f"session/{session}") is None


def test_service_finds_names_of_the_older_log_or_says_where_they_stand(chain: Succession) -> None:
    stored, receipt = attestation_before(service(chain.new), chain.before.attestation)
    assert (stored.id, receipt) == (chain.before.attestation, chain.before)
    assert resolve(service(chain.new), chain.clone.oid[:12]) == chain.clone.oid
    origin = chain.old.services.log.origin
    with pytest.raises(CannotVerify, match=f"stands in the log {origin}"):
        recordings_of(service(chain.new), chain.before.session or "")
    with pytest.raises(CannotVerify, match="does not name it"):
        recordings_of(service(chain.alone), chain.before.session or "")
    with pytest.raises(Absent):
        attestation_before(service(chain.new), "att_" + "0" * 64)


def test_search_finds_sessions_of_both_logs_and_says_which_was_not_read(chain: Succession) -> None:
    query = parse_query("entity:file=**/pond.py")
    catch_up(chain.new)
    logs = {hit.session: hit.log for hit in search(chain.new, query).hits}
    origins = {chain.before.session: chain.old.services.log.origin, chain.after.session: chain.new.services.log.origin}
    assert logs == origins
    found = search(chain.alone, query)
    assert [hit.session for hit in found.hits] == [chain.after.session]
    assert chain.old.services.log.origin in found.unknown.not_read
    assert found.unknown.not_read in found.unknown.sentence
    shown = found_view("", found)
    assert ("not known", found.unknown.not_read, False) in shown.unknown


def test_commits_looked_up_at_once_have_their_logs_or_what_was_not_read(chain: Succession) -> None:
    asked = Request({"type": "http", "method": "POST", "headers": [], "path": "/", "query_string": b""})

    def looked_up(instance: Instance) -> dict:
        reply = _reply(asked, service(instance), (chain.clone.oid, NOTHING), None)
        return dict(json.loads(bytes(reply.body)))

    before, nothing = looked_up(chain.new)["data"]
    assert looked_up(chain.new)["not_read"] == ""
    assert (before["recorded"], before["sessions"], nothing["recorded"]) == (True, [chain.before.session], False)
    assert [one["log"] for one in before["attestations"]] == [chain.old.services.log.origin]
    assert chain.old.services.log.origin in looked_up(chain.alone)["not_read"]


def test_lists_of_one_log_name_the_log_before(chain: Succession) -> None:
    around, found = turned(
        service(chain.new), "l", Turn(limit=9, cursor=None, as_of=None), AskedOf(predicate_type=SESSION_V1)
    )
    assert (around["follows"], [row.id for row in found.rows]) == (
        chain.old.services.log.origin,
        [chain.after.attestation],
    )
    assert f"follows the log {chain.old.services.log.origin}" in _recent(service(chain.new)).coverage
    (subject,) = {row.identity for row in found.rows}
    lines = list(export_subject(chain.new, subject, by="ada"))
    assert {"kind": "log-before", "log": chain.old.services.log.origin, "read": False} in lines
