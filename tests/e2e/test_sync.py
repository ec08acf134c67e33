from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from attest.canonical import canonical_json
from attest.model.link import LinkKind
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.carry import parse_pairs
from attest.usecases.heartbeat import beat, device_public_key
from attest.usecases.instance import Instance
from attest.usecases.links import find_links
from attest.usecases.pause import pause, resume
from attest.usecases.status import status_of
from attest.usecases.sync import SyncReport, sync
from tests.support.hooks import Agent, init, until
from tests.support.recording import Clone, git, story, whereof


@pytest.fixture
def hooked(clone: Clone) -> Clone:
    init(clone.path)
    git(clone.path, "add", "-A")
    git(clone.path, "commit", "-q", "-m", "Hooks")
    return clone


def begin(clone: Clone, tmp_path: Path, session: str) -> Agent:
    """An agent that has read its prompt and written its first records."""
    transcript = tmp_path / "agent" / f"{session}.jsonl"
    transcript.parent.mkdir(exist_ok=True)
    tale = story(session)
    tale.cwd = str(clone.path)
    transcript.write_bytes(b"".join(tale.lines()))
    agent = Agent(clone=clone.path, transcript=transcript, session=session)
    agent.hook("SessionStart", source="startup")
    agent.hook("UserPromptSubmit")
    return agent


def change(clone: Clone, text: str, *, name: str = "pond.py") -> None:
    (clone.path / name).write_text(text)
    git(clone.path, "add", "-A")


def edits(agent: Agent, path: str, new: str) -> None:
    """Add the record of an edit to the agent's transcript."""
    tale = story(agent.session)
    tale.records.clear()
    tale.edit(str(agent.clone / path), "", new)
    with agent.transcript.open("ab") as file:
        file.write(b"".join(tale.lines()))


def run(instance: Instance, clone: Clone) -> SyncReport:
    return sync(instance, clone.repository, home=Path.home(), wait=lambda _: None)


def copied(clone: Clone, *sessions: str) -> None:
    """Wait until the copies made behind the hook are there."""
    folder = clone.path / ".git/whereof/spool/copies"
    names = [f"claude-code-{session}" for session in sessions]
    until(lambda: all((folder / n).exists() or (folder / f"{n}.sealed").exists() for n in names))
    time.sleep(0.05)


def predicate(instance: Instance, attestation: str) -> dict[str, Any]:
    stored = attestations.by_id(instance.engine, instance.scope, attestation)
    assert stored is not None
    return dict(parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate)


def links(instance: Instance, report: SyncReport) -> dict[str, set[str]]:
    """Give the commits recorded for each session of a run."""
    found = {}
    for one in report.sessions:
        if one.receipt:
            commits: Any = predicate(instance, one.receipt.attestation)["commits"]
            oids = {row["oid"] for row in commits if row["link"] == "recorded"}
            found[one.key.removeprefix("claude-code-")] = oids
    return found


def test_a_commit_that_a_hook_saw_is_recorded_and_says_what_was_seen(
    instance: Instance, hooked: Clone, tmp_path: Path
) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    change(hooked, "ducks_at_dawn = 30\n")
    oid = agent.shell("commit", "-q", "-m", "A third duck")
    agent.hook("Stop")
    report = run(instance, hooked)
    (one,) = report.sessions
    assert one.receipt is not None
    assert one.receipt.commits == (oid,)
    said = predicate(instance, one.receipt.attestation)
    assert said["capture"]["source"] == "hook"
    assert [row["link"] for row in said["commits"]] == ["recorded"]
    seen = said["extensions"]["witness"]
    assert (seen["turns"], seen["evidence"]) == (1, {oid: "call"})


def test_again_is_nothing_and_growth_supersedes_with_every_earlier_commit(
    instance: Instance, hooked: Clone, tmp_path: Path
) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    change(hooked, "ducks_at_dawn = 30\n")
    first = agent.shell("commit", "-q", "-m", "Three")
    agent.hook("Stop")
    one = run(instance, hooked).sessions[0]
    again = run(instance, hooked).sessions[0]
    assert (one.new, again.new, again.failed) == (True, False, "")
    edits(agent, "pond.py", "ducks = 40")
    change(hooked, "ducks = 40\n")
    second = agent.shell("commit", "-q", "-m", "Four")
    agent.hook("Stop")
    grown = run(instance, hooked).sessions[0]
    assert one.receipt is not None
    assert grown.receipt is not None
    assert set(grown.receipt.commits) == {first, second}
    assert grown.receipt.session == one.receipt.session
    assert predicate(instance, grown.receipt.attestation)["supersedes"] == one.receipt.attestation


def test_a_transcript_that_the_agent_deleted_is_recorded_from_its_copy(
    instance: Instance, hooked: Clone, tmp_path: Path
) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    agent.hook("Stop")
    copied(hooked, "sess-0001")
    agent.transcript.unlink()
    (one,) = run(instance, hooked).sessions
    assert one.receipt is not None
    assert not list((hooked.path / ".git/whereof/spool/copies").glob("claude-code-sess-0001"))


def test_a_transcript_that_was_compacted_in_place_is_recorded_both_ways(
    instance: Instance, hooked: Clone, tmp_path: Path
) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    agent.hook("PreCompact", trigger="auto")
    copied(hooked, "sess-0001")
    lines = agent.transcript.read_bytes().splitlines(keepends=True)
    agent.transcript.write_bytes(b"".join(lines[:2]))
    agent.hook("Stop")
    folder = hooked.path / ".git/whereof/spool/copies"
    until(lambda: len(list(folder.glob("claude-code-*"))) == 2)
    report = run(instance, hooked)
    assert [one.new for one in report.sessions] == [True, True]


def test_two_agents_in_one_work_tree_keep_their_own_commits(instance: Instance, hooked: Clone, tmp_path: Path) -> None:
    one, two = begin(hooked, tmp_path, "sess-0001"), begin(hooked, tmp_path, "sess-0002")
    change(hooked, "ducks_at_dawn = 30\n")
    first = one.shell("commit", "-q", "-m", "By one")
    change(hooked, "geese = 1\n", name="geese.py")
    second = two.shell("commit", "-q", "-m", "By two")
    for agent in (one, two):
        agent.hook("Stop")
    assert links(instance, run(instance, hooked)) == {"sess-0001": {first}, "sess-0002": {second}}


def test_a_commit_by_hand_goes_to_the_session_whose_lines_it_holds(
    instance: Instance, hooked: Clone, tmp_path: Path
) -> None:
    one, two = begin(hooked, tmp_path, "sess-0001"), begin(hooked, tmp_path, "sess-0002")
    edits(two, "geese.py", "geese_on_the_pond = 12")
    for agent in (one, two):
        agent.hook("Stop")
    change(hooked, "geese_on_the_pond = 12\n", name="geese.py")
    git(hooked.path, "commit", "-q", "-m", "By hand")
    oid = git(hooked.path, "rev-parse", "HEAD")
    assert links(instance, run(instance, hooked)) == {"sess-0001": set(), "sess-0002": {oid}}


def test_a_persons_own_commit_beside_an_idle_session_is_nobodys(
    instance: Instance, hooked: Clone, tmp_path: Path
) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    agent.hook("Stop")
    change(hooked, "the weather today\n", name="notes.txt")
    git(hooked.path, "commit", "-q", "-m", "My own")
    oid = git(hooked.path, "rev-parse", "HEAD")
    report = run(instance, hooked)
    assert links(instance, report) == {"sess-0001": set()}
    assert report.undecided == (oid,)


def test_a_commit_after_the_session_ended_is_nobodys(instance: Instance, hooked: Clone, tmp_path: Path) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    agent.hook("SessionEnd", reason="exit")
    change(hooked, "ducks_at_dawn = 30\n")
    git(hooked.path, "commit", "-q", "-m", "Later")
    assert links(instance, run(instance, hooked)) == {"sess-0001": set()}


def test_a_resumed_session_is_one_and_a_fork_is_another(instance: Instance, hooked: Clone, tmp_path: Path) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    agent.hook("SessionEnd", reason="exit")
    agent.hook("SessionStart", source="resume")
    edits(agent, "pond.py", "ducks = 5")
    agent.hook("Stop")
    fork = Agent(clone=hooked.path, transcript=tmp_path / "agent/sess-0002.jsonl", session="sess-0002")
    fork.transcript.write_bytes(agent.transcript.read_bytes().replace(b'"sess-0001"', b'"sess-0002"'))
    fork.hook("SessionStart", source="fork")
    fork.hook("Stop")
    report = run(instance, hooked)
    sessions = {one.key: one.receipt.session for one in report.sessions if one.receipt}
    assert len(set(sessions.values())) == len(sessions) == 2


def test_eight_sub_agents_at_once_lose_nothing(instance: Instance, hooked: Clone, tmp_path: Path) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    side = agent.transcript.with_suffix("") / "subagents"
    side.mkdir(parents=True)
    for number in range(8):
        (side / f"agent-{number}.jsonl").write_bytes(b"".join(story("sess-0001").lines()))
    threads = [
        threading.Thread(target=agent.hook, args=("SubagentStop",), kwargs={"agent_id": f"a{n}"}) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    agent.hook("Stop")
    copied(hooked, "sess-0001", *(f"sess-0001+agent-{number}.jsonl" for number in range(8)))
    report = run(instance, hooked)
    assert [one.new for one in report.sessions] == [True]
    sealed = list((hooked.path / ".git/whereof/spool/copies").glob("claude-code-sess-0001+*.sealed"))
    assert len(sealed) == 8
    assert not [
        path for path in (hooked.path / ".git/whereof/spool/copies").rglob("*") if not path.name.endswith(".sealed")
    ]
    seen = predicate(instance, report.sessions[0].receipt.attestation)["extensions"]["witness"]  # type: ignore[union-attr]
    assert seen["lines"] == 2 + 8 + 1
    own = agent.transcript.read_bytes().count(b"\n")
    # Each file comes behind a marker that names it.
    assert predicate(instance, report.sessions[0].receipt.attestation)["capture"]["records"] == own + 8 * (1 + own)  # type: ignore[union-attr]


def test_hours_of_sleep_between_two_turns_change_nothing(instance: Instance, hooked: Clone, tmp_path: Path) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    agent.hook("Stop")
    (events,) = (hooked.path / ".git/whereof/spool").glob("events-*")
    early = []
    for line in events.read_bytes().split(b"\n"):
        row = json.loads(line) if line.strip() else None
        early.append(json.dumps(row | {"t": row["t"] - 50_000}).encode() if row else b"")
    events.write_bytes(b"\n".join(early))
    agent.hook("UserPromptSubmit")
    change(hooked, "ducks_at_dawn = 30\n")
    oid = agent.shell("commit", "-q", "-m", "After the night")
    agent.hook("Stop")
    assert links(instance, run(instance, hooked)) == {"sess-0001": {oid}}


def test_rewritten_commits_are_noted_for_carry(instance: Instance, hooked: Clone, tmp_path: Path) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    change(hooked, "ducks_at_dawn = 30\n")
    first = agent.shell("commit", "-q", "-m", "Three")
    second = agent.shell("commit", "-q", "--amend", "-m", "Three ducks")
    agent.hook("Stop")
    report = run(instance, hooked)
    rewrites = hooked.path / ".git/whereof/rewrites.txt"
    assert rewrites.read_text() == f"{first} {second}\n"
    assert parse_pairs(rewrites.read_text()) == ((first, second),)
    assert links(instance, report) == {"sess-0001": {first, second}}
    run(instance, hooked)
    assert rewrites.read_text() == f"{first} {second}\n"


def test_what_a_person_rewrites_after_the_session_is_carried_as_a_link(
    instance: Instance, hooked: Clone, tmp_path: Path
) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    change(hooked, "ducks_at_dawn = 30\n")
    first = agent.shell("commit", "-q", "-m", "Three")
    agent.hook("Stop")
    agent.hook("SessionEnd")
    recorded = run(instance, hooked)
    git(hooked.path, "commit", "-q", "--amend", "-m", "Three ducks, in other words")
    second = git(hooked.path, "rev-parse", "HEAD")
    report = run(instance, hooked)
    (receipt,) = report.carried
    assert receipt.commits == (second,)
    (linked,) = find_links(hooked.repository, "HEAD", instance).commits
    (link,) = [one for one in linked.links if one.credited]
    assert (link.kind, link.derived_from) == (LinkKind.REWRITTEN, (first,))
    assert recorded.sessions[0].receipt is not None
    assert link.session.id == recorded.sessions[0].receipt.session
    assert run(instance, hooked).carried == ()


def test_what_cannot_be_recorded_stays_sealed_and_is_tried_again(
    instance: Instance, hooked: Clone, tmp_path: Path
) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    good = agent.transcript.read_bytes()
    agent.transcript.write_bytes(b"nothing that any reader knows\n")
    agent.hook("Stop")
    copied(hooked, "sess-0001")
    (one,) = run(instance, hooked).sessions
    assert (one.failed, one.receipt) == ("input.unknown-format", None)
    folder = hooked.path / ".git/whereof/spool/copies"
    assert [path.name for path in folder.iterdir()] == ["claude-code-sess-0001.sealed"]
    assert b"reader" not in (folder / "claude-code-sess-0001.sealed").read_bytes()
    agent.transcript.write_bytes(good)
    assert run(instance, hooked).sessions[0].new


def test_a_transcript_that_the_agent_named_no_path_of_is_found_by_the_sessions_id(
    instance: Instance, hooked: Clone, tmp_path: Path, home: Path
) -> None:
    agent = begin(hooked, tmp_path, "sess-0001")
    kept = home / ".claude" / "projects" / "-pond" / "sess-0001.jsonl"
    kept.parent.mkdir(parents=True)
    agent.transcript.rename(kept)
    (events,) = (hooked.path / ".git/whereof/spool").glob("events-*")
    events.write_bytes(events.read_bytes().replace(b'"transcript":', b'"unknown":'))
    shutil.rmtree(hooked.path / ".git/whereof/spool/copies", ignore_errors=True)
    assert run(instance, hooked).sessions[0].new


def test_what_a_run_that_was_killed_left_plain_is_swept_by_the_next(instance: Instance, hooked: Clone) -> None:
    folder = hooked.path / ".git/whereof/spool/copies"
    (folder / ".claude-code-s1.work" / "s1").mkdir(parents=True)
    for name in (".claude-code-s1.plain", ".claude-code-s1.work/s1.jsonl", ".claude-code-s1.sync"):
        (folder / name).write_text("words")
    run(instance, hooked)
    assert list(folder.iterdir()) == []


def test_a_run_that_is_cut_off_after_logging_makes_no_second_entry(
    instance: Instance, hooked: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(hooked, tmp_path, "sess-0001").hook("Stop")

    def die(*_: object) -> None:
        raise SystemExit

    # No fake stands at this place: it is the moment between the log's commit and the run's own note of it.
    with monkeypatch.context() as patch:
        patch.setattr("attest.usecases.sync.queue_bundle", die)
        with pytest.raises(SystemExit):
            run(instance, hooked)
    size = status_of(instance)["tree_size"]
    (one,) = run(instance, hooked).sessions
    assert one.receipt is not None
    assert status_of(instance)["tree_size"] == size


def test_a_session_without_any_transcript_is_said(instance: Instance, hooked: Clone, tmp_path: Path) -> None:
    agent = Agent(clone=hooked.path, transcript=tmp_path / "never.jsonl", session="sess-0009")
    agent.hook("Stop")
    assert run(instance, hooked).without_transcript == ("claude-code-sess-0009",)


def test_a_pause_is_one_logged_gap(instance: Instance, hooked: Clone, tmp_path: Path) -> None:
    now = int(time.time())
    pause(hooked.repository, now=now - 100, seconds=3600, reason="a doctor's visit")
    agent = Agent(clone=hooked.path, transcript=tmp_path / "t.jsonl", session="sess-0001")
    agent.hook("Stop")
    assert run(instance, hooked).gaps == ()
    assert resume(hooked.repository, now=now)
    (receipt,) = run(instance, hooked).gaps
    said = predicate(instance, receipt.attestation)
    assert said["kind"] == "paused"
    assert b"doctor" not in json.dumps(said).encode()
    assert run(instance, hooked).gaps == ()
    assert run(instance, hooked).without_transcript == ()


def test_silence_of_days_is_a_gap_and_heartbeats_are_signed_and_chained(instance: Instance, hooked: Clone) -> None:
    class Earlier:
        def now(self) -> datetime:
            return instance.clock.now() - timedelta(days=3)

    assert beat(dataclasses.replace(instance, clock=Earlier()), hooked.repository) == ()
    (receipt,) = run(instance, hooked).gaps
    assert predicate(instance, receipt.attestation)["kind"] == "silent"
    rows = [json.loads(line) for line in (hooked.path / ".git/whereof/heartbeats.jsonl").read_bytes().splitlines()]
    assert run(instance, hooked).gaps == ()
    assert rows[0]["previous"] is None
    assert rows[1]["previous"] == hashlib.sha256(canonical_json(rows[0])).hexdigest()
    key = Ed25519PublicKey.from_public_bytes(device_public_key(instance))
    for row in rows:
        key.verify(base64.b64decode(row.pop("signature")), canonical_json(row))


class _Service(BaseHTTPRequestHandler):
    status = 503
    bodies: tuple[bytes, ...] = ()
    tokens: tuple[str, ...] = ()

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        kind = type(self)
        kind.tokens = (*kind.tokens, self.headers.get("Authorization", ""))
        if kind.status == 201:
            kind.bodies = (*kind.bodies, data)
        answer = json.dumps({"code": "service.too-many"} if kind.status != 201 else {"attestation": "att_x"}).encode()
        self.send_response(kind.status)
        self.send_header("Content-Length", str(len(answer)))
        if kind.status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[tuple[type[_Service], str]]:
    kind = type("Service", (_Service,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kind, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def at(instance: Instance, server: str) -> Instance:
    return dataclasses.replace(instance, settings=dataclasses.replace(instance.settings, server=server))


@pytest.mark.loopback
def test_while_the_service_is_away_bundles_wait_and_then_go_in_order(
    instance: Instance,
    hooked: Clone,
    tmp_path: Path,
    service: tuple[type[_Service], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WHEREOF_TOKEN", "t0ken")
    kind, address = service
    waits: list[float] = []
    for session in ("sess-0001", "sess-0002"):
        begin(hooked, tmp_path, session).hook("Stop")
    away = at(instance, "http://127.0.0.1:1")
    report = sync(away, hooked.repository, home=Path.home(), wait=waits.append)
    assert (report.sent.queued, report.sent.sent) == (2, ())
    assert waits == sorted(waits)
    assert waits
    report = run(at(instance, address), hooked)
    assert (report.sent.queued, report.sent.reason) == (2, "service.too-many")
    kind.status = 302
    assert run(at(instance, address), hooked).sent.queued == 2
    kind.status = 201
    report = run(at(instance, address), hooked)
    assert (report.sent.queued, len(report.sent.sent), len(kind.bodies)) == (0, 2, 2)
    assert set(kind.tokens) == {"Bearer t0ken"}
    assert run(at(instance, address), hooked).sent.sent == ()
    for name in report.sent.sent:
        assert (hooked.path / f".git/whereof/receipts/{name}.server.json").exists()


def test_session_end_records_behind_the_agents_back(
    data: Path, clone: Clone, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    init(clone.path, sync=True)
    agent = begin(clone, tmp_path, "sess-0001")
    change(clone, "ducks = 7\n")
    oid = agent.shell("commit", "-q", "-m", "Seven")
    start = time.monotonic()
    agent.hook("SessionEnd", reason="exit")
    assert time.monotonic() - start < 2
    until(
        lambda: list((data / "bundles" / oid).glob("*.json")) if (data / "bundles" / oid).exists() else False,
        seconds=60,
    )
    lock = clone.path / ".git/whereof/spool/sync.lock"
    until(
        lambda: (
            subprocess.run(["flock", "-n", str(lock), "true"], check=False).returncode == 0
            if shutil.which("flock")
            else True
        )
    )


def test_the_commands_do_all_of_it(data: Path, clone: Clone, tmp_path: Path, new_home: Callable[[str], Path]) -> None:
    done = whereof("init", "--yes", "--json", home=data, cwd=clone.path)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["written"]) == 9
    agent = begin(clone, tmp_path, "sess-0001")
    change(clone, "ducks = 8\n")
    oid = agent.shell("commit", "-q", "-m", "Eight")
    agent.hook("Stop")
    done = whereof("sync", "--json", home=data, cwd=clone.path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sessions"][0]["commits"] == [oid]
    assert whereof("verify", "HEAD", home=data, cwd=clone.path).returncode == 0
    shown = whereof("show", "HEAD", home=data, cwd=clone.path).stdout
    assert "recorded: a hook saw this commit" in " ".join(shown.split())
    assert whereof("pause", "--for", "2h", home=data, cwd=clone.path).returncode == 0
    done = whereof("uninstall", "--json", home=data, cwd=clone.path)
    assert json.loads(done.stdout)["kept_in"].startswith(str(data))
    assert not (clone.path / ".claude").exists()
    assert whereof("sync", home=data, cwd=clone.path).returncode == 2


def test_without_anyone_to_ask_init_writes_nothing(data: Path, clone: Clone) -> None:
    done = whereof("init", home=data, cwd=clone.path)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert not (clone.path / ".claude").exists()
    assert not (clone.path / ".git/whereof").exists()
