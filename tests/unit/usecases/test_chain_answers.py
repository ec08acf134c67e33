"""Promise: an answer of a log that follows another is complete with that other one's answer alone, and bad links are found."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from api.completeness import completeness_of
from attest.clock import SystemEntropy
from attest.evidence import chain
from attest.evidence.complete_answer import CompleteAnswer, read_answer
from attest.evidence.trust import pinned_roots
from attest.ledger.index import IndexKeys, KeyKind
from attest.model.verdict import CommitVerdict, Verdict
from attest.settings import Settings
from attest.signing.trust import parse_trusted_root
from attest.usecases.complete_answer import complete_answers
from attest.usecases.instance import Instance, assemble_instance, open_instance
from attest.usecases.succeed import begin_after, end_log, name_of
from attest.usecases.verify import verify_commit
from tests.independent import naive
from tests.support.evidence import make_scene
from tests.support.ledger import DENY, Ledger, reason

if TYPE_CHECKING:
    from api.service import Service


@dataclass
class Chain:
    """A log that ended, and the one that follows it; both keep sessions about one clone."""

    old: Ledger
    new: Ledger
    before: str
    """A commit that the old log has a session with a secret about."""
    nothing: str
    """One that no log knows."""
    early: bytes
    """Answer of the old log for both, before it ended."""

    def answers(self, *oids: str) -> tuple[bytes, bytes]:
        """Give the newer and the older log's lines."""
        first, second = self.new.answer(*(oids or (self.before, self.nothing))).splitlines(keepends=True)
        return first, second

    def verify(self, oid: str, *lines: bytes, **changes: object) -> CommitVerdict:
        request = replace(self.new.request(oid, self.new.save(b"".join(lines))), trust=None)
        return verify_commit(replace(request, **changes))  # type: ignore[arg-type]  # as named by the tests


def opened(settings: Settings, ledger: Ledger) -> Instance:
    return open_instance(settings, clock=ledger.clock, entropy=SystemEntropy())


@pytest.fixture(scope="module", params=["public", "private"])
def logs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    home, private = tmp_path_factory.mktemp("chain"), request.param == "private"
    old = Ledger(scene=make_scene(home), home=home, private=private)
    settings = Settings(home=home / "next" / "ledger", log_private=private, followed=old.instance.settings.home)
    waiting = assemble_instance(settings, clock=old.clock, entropy=SystemEntropy())
    root = waiting.services.trusted_root
    for name, raw in (("old", old.trust.read_bytes()), ("new", root)):
        old.scene.repo.write(f".attest/trust/{name}.json", raw)
    old.policy(DENY)
    before, nothing = old.change("src/a"), old.change("src/b")
    old.session(before, secret=1)
    early = old.answer(before, nothing)
    final = end_log(old.instance, name_of(waiting.services.log), reason="rotation")
    begin_after(waiting, name_of(old.instance.services.log), final)
    waiting.engine.dispose()
    new = Ledger.__new__(Ledger)
    new.__dict__.update(old.__dict__)
    new.home, new.instance = home / "next", opened(settings, old)
    new.trust = settings.trust_dir / "trusted_root.json"
    yield Chain(old=old, new=new, before=before, nothing=nothing, early=early)
    new.instance.engine.dispose()
    old.instance.engine.dispose()


def keys_of(logs: Chain) -> Callable[[], IndexKeys]:
    secrets = (one.instance.log.keying.secret for one in (logs.old, logs.new))
    held = IndexKeys.of([one for one in secrets if one is not None])
    return lambda: held


def judged(logs: Chain, oid: str, *lines: bytes) -> tuple[Verdict, str]:
    found = logs.verify(oid, *lines, index_keys=keys_of(logs))
    return found.verdict, " ".join(f"{one.check} {one.against} {one.detail}" for one in found.reasons)


def test_answer_covers_both_logs_and_brings_what_the_older_one_lists(logs: Chain) -> None:
    found = logs.verify(logs.before, *logs.answers(), index_keys=keys_of(logs))
    assert found.verdict is Verdict.POLICY  # the old log's session touched a secret
    against = reason(found, "access.deny.secret").against
    assert logs.new.instance.services.log.origin in against or "a session shows secret" in str(found.reasons)
    assert judged(logs, logs.nothing, *logs.answers())[0] is Verdict.PASS


def test_order_of_the_lines_does_not_matter(logs: Chain) -> None:
    assert judged(logs, logs.nothing, *reversed(logs.answers()))[0] is Verdict.PASS


def test_successor_vouches_for_the_key_of_a_log_that_nobody_pinned(logs: Chain) -> None:
    lines = logs.answers()
    for order in (lines, lines[::-1]):
        found = logs.verify(logs.nothing, *order, index_keys=keys_of(logs), trust=logs.new.trust)
        assert found.verdict is Verdict.PASS
    # What the older log lists cannot be judged under its successor's root.
    assert logs.verify(logs.before, *lines, index_keys=keys_of(logs), trust=logs.new.trust).exit_code == 5


def test_missing_predecessor_is_not_complete_even_where_nobody_pinned_it(logs: Chain) -> None:
    newer, _ = logs.answers()
    found = logs.verify(logs.nothing, newer, index_keys=keys_of(logs), trust=logs.new.trust)
    assert found.verdict is Verdict.INDETERMINATE
    assert "it follows the log" in str(found.reasons)


def test_older_head_than_the_final_one_is_not_complete(logs: Chain) -> None:
    verdict, text = judged(logs, logs.nothing, logs.answers()[0], logs.early)
    assert verdict is Verdict.INDETERMINATE
    assert "not at the head where its successor says that the log ended" in text


@pytest.mark.parametrize("member", ["genesis", "last"])
def test_link_that_is_not_shown_is_not_complete(logs: Chain, member: str) -> None:
    def without(line: bytes) -> bytes:
        document = json.loads(line)
        del document[member]
        return json.dumps(document, separators=(",", ":")).encode() + b"\n"

    verdict, text = judged(logs, logs.nothing, *(without(line) for line in logs.answers()))
    assert verdict is Verdict.INDETERMINATE
    assert "does not show" in text


@pytest.mark.parametrize("member", ["genesis", "last"])
def test_link_exchanged_for_another_entry_is_a_security_event(logs: Chain, member: str) -> None:
    newer, older = logs.answers()
    document = json.loads(older)
    document[member] = document["indexLeaf"]
    changed = json.dumps(document, separators=(",", ":")).encode() + b"\n"
    assert judged(logs, logs.nothing, newer, changed)[0] is Verdict.INVALID


def read(logs: Chain) -> tuple[CompleteAnswer, CompleteAnswer]:
    roots = pinned_roots(None, logs.new.repository, logs.nothing, Path("nowhere"))
    newer, older = (read_answer(line, "file", roots, keys_of(logs)()) for line in logs.answers())
    return newer, older


def linked(newer: CompleteAnswer, older: CompleteAnswer, oid: str) -> str:
    from attest.errors import AttestError

    try:
        chain.chain_of(newer, (newer, older), (KeyKind.GIT_COMMIT, oid))
    except AttestError as err:
        return f"{err.family}: {err.what}"
    return "linked"


def test_every_broken_link_is_told_as_what_it_is(logs: Chain) -> None:
    newer, older = read(logs)
    assert newer.genesis is not None
    assert older.last is not None
    assert linked(newer, older, logs.nothing) == "linked"
    other = parse_trusted_root(logs.new.trust.read_bytes()).logs[0].key
    cases = {
        "another key": (newer, replace(older, log=replace(older.log, key=other)), "names another key"),
        "a fork": (newer, replace(older, root=bytes(32)), "a fork"),
        "another successor": (
            newer,
            replace(older, last={**older.last, "origin": "other/logs/x"}),
            "another successor",
        ),
        "another genesis": (replace(newer, genesis={**newer.genesis, "origin": "o"}), older, "of another log"),
    }
    for name, (first, second, words) in cases.items():
        said = linked(first, second, logs.nothing)
        assert said.startswith("invalid"), name
        assert words in said, name
    for size in (older.size - 1, older.size + 1):
        assert linked(newer, replace(older, size=size), logs.nothing).startswith("indeterminate")
    assert linked(newer, replace(older, last={}), logs.nothing) == "linked"  # a lost key names nobody


def test_chain_that_is_too_long_is_not_followed(logs: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    newer, older = read(logs)
    monkeypatch.setattr(chain, "MAX_CHAIN", 1)
    assert "more than 1 logs" in linked(newer, older, logs.nothing)


def test_followed_place_of_another_log_is_refused(logs: Chain, tmp_path: Path) -> None:
    from attest.errors import CannotVerify

    stranger = opened(Settings(home=tmp_path / "s"), logs.old)
    named = replace(logs.new.instance, settings=replace(logs.new.instance.settings, followed=tmp_path / "s"))
    with pytest.raises(CannotVerify) as caught:
        complete_answers(named, (logs.nothing,))
    assert caught.value.code == "evidence.chain"
    stranger.engine.dispose()


def test_followed_log_may_be_named_by_a_file_of_its_environment(logs: Chain, tmp_path: Path) -> None:
    (tmp_path / "env").write_text(f"# the old log\nWHEREOF_HOME={logs.old.instance.settings.home}\n")
    named = replace(logs.new.instance, settings=replace(logs.new.instance.settings, followed=tmp_path / "env"))
    assert len(complete_answers(named, (logs.nothing,))[0].splitlines()) == 2


def test_session_that_both_logs_know_is_followed_in_both(logs: Chain) -> None:
    after = logs.new.change("src/c")
    logs.new.session(after, name="ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B2")
    newer, older = logs.answers(after)
    for line in (newer, older):
        assert [one["kind"] for one in json.loads(line)["keys"]] == ["git-commit", "session"]
    assert [len(json.loads(line)["bundles"]) for line in (newer, older)] == [1, 1]


def proved(ledger: Ledger, part: dict) -> tuple[list[int], dict]:
    """Check one log's part of an answer with naive code; gives the entries that it lists, and the first leaf's predicate."""
    keys, (size, root) = ledger.instance.services.log, (part["as_of"]["tree_size"], part["as_of"]["root"])
    public = base64.b64decode(keys.verifier_key.split("+", 2)[2])[1:]
    assert naive.open_note(part["checkpoint"], keys.origin, public, spki=False) == (
        keys.origin,
        size,
        bytes.fromhex(root),
    )
    leaves = {name: part[name] for name in ("index_leaf", "genesis", "last") if part[name] is not None}
    for name, leaf in leaves.items():
        hashes = [bytes.fromhex(value) for value in leaf["hashes"]]
        held = naive.leaf_hash(base64.b64decode(leaf["body"]))
        assert naive.root_from_path(held, leaf["index"], size, hashes).hex() == root, name
    assert (leaves["index_leaf"]["index"], leaves["genesis"]["index"]) == (size - 1, 0)
    said = {name: json.loads(base64.b64decode(leaf["envelope"])) for name, leaf in leaves.items()}
    told = {name: json.loads(base64.b64decode(one["payload"]))["predicate"] for name, one in said.items()}
    live = bytes.fromhex(told["index_leaf"]["live"]["root"])
    rows = naive.rows_of_log(base64.b64decode(part["live"]), part["proofs"], bytes.fromhex(part["key"]), size, live)
    assert [index for index, _ in rows] == part["entries"]
    return part["entries"], told


def test_json_proof_covers_the_chain_and_names_a_log_that_is_not_at_hand(logs: Chain) -> None:
    def asked(oid: str) -> dict:
        return completeness_of(cast("Service", SimpleNamespace(instance=here)), KeyKind.GIT_COMMIT, oid).model_dump(
            mode="json"
        )

    here = logs.new.instance
    for oid, found in ((logs.before, 1), (logs.nothing, 0)):
        whole = asked(oid)
        (older,) = whole["followed"]
        own, told = proved(logs.new, whole)
        listed, ended = proved(logs.old, older)
        assert (own, len(listed)) == ([], found)
        follows = told["genesis"]["follows"]
        assert whole["follows"] == follows["origin"] == older["as_of"]["log"]
        assert (follows["head"]["treeSize"], follows["head"]["root"]) == (
            older["as_of"]["tree_size"],
            older["as_of"]["root"],
        )
        assert ended["last"]["event"] == "successor"
    here = replace(here, settings=replace(here.settings, followed=None))
    alone = asked(logs.before)
    assert (alone["follows"], alone["followed"]) == (logs.old.instance.services.log.origin, [])


def test_ended_log_alone_is_not_complete_where_only_it_is_pinned(logs: Chain) -> None:
    _, older = logs.answers()
    found = logs.verify(logs.nothing, older, index_keys=keys_of(logs), trust=logs.old.trust)
    assert found.verdict is Verdict.INDETERMINATE
    assert f"no answer of {logs.new.instance.services.log.origin}, which goes on, is here" in str(found.reasons)
