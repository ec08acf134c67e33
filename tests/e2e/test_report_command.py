"""Report, replay and trail of what was really recorded: from the command line, on a real clone."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from attest.cli.commands import app
from attest.errors import Absent, InvalidInput
from attest.evidence.report.forms import written
from attest.usecases.instance import Instance
from attest.usecases.read_parts import open_parts
from attest.usecases.read_transcript import PREFIX
from attest.usecases.replay import replay
from attest.usecases.report_facts import gather
from attest.usecases.trail import trail_of
from attest.usecases.verify import VerifyRequest
from tests.support.recording import Clone, git, record_file, story, write_story

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def recorded(instance: Instance, clone: Clone, tmp_path: Path) -> str:
    tale = story()
    tale.call("Bash", command="rm -r pond").refused("No. Leave the pond as it is.")
    return record_file(instance, write_story(tmp_path / "s.jsonl", tale), clone).attestation


def request(instance: Instance, clone: Clone) -> VerifyRequest:
    return VerifyRequest(
        repository=clone.repository,
        revision=f"{git(clone.path, 'rev-list', '--max-parents=0', 'HEAD')}..HEAD",
        bundles_dir=instance.settings.bundles_dir,
        trust_dir=instance.settings.trust_dir,
        now=NOW,
    )


def test_a_report_tells_of_what_was_recorded_and_a_replay_gives_the_stored_bytes_back(
    instance: Instance, clone: Clone, recorded: str, tmp_path: Path
) -> None:
    facts = gather(request(instance, clone), instance)
    assert facts == gather(request(instance, clone), instance)
    (change,) = facts.changes
    (session,) = facts.sessions
    assert (change.oid, change.state, change.verdict) == (clone.oid, "covered", "pass")
    assert change.log_indices == (session.entry.log_index,)
    assert facts.head is not None
    assert session.entry.attestation == recorded
    assert not facts.many_people
    assert "1 with a recorded session" in written(facts, "html").decode()
    assert change.landing is not None
    assert (change.landing.outcome, change.landing.why) == (
        "not-known",
        "the clone knows no default branch of a remote",
    )
    _replays(instance, session.session, recorded)
    _trails(instance, clone, session.session)
    _commands(request(instance, clone).revision, clone, session.session, tmp_path)


def _commands(revisions: str, clone: Clone, session: str, folder: Path) -> None:
    repo = ("--repo", str(clone.path))
    for name in ("r.html", "r.csv", "r.jsonl", "r.json"):
        printed = json.loads(whereof("report", revisions, "-o", str(folder / name), "--json", *repo))
        assert printed["changes"] == 1
        assert printed["bytes"] == (folder / name).stat().st_size
    saved = json.loads(whereof("population", "create", revisions, "--json", *repo))
    name = next(value for value in saved.values() if isinstance(value, str) and value.startswith("pop_"))
    whereof("report", name, "-o", str(folder / "p.html"), *repo)
    assert f"Held to population {name}" in (folder / "p.html").read_text()
    whereof("controls", "report", "soc2", revisions, "-o", str(folder / "c.html"), *repo)
    assert "does not show" in (folder / "c.html").read_text()
    assert "PCI DSS" in whereof("controls", "list")
    assert "does not show" in whereof("controls", "show", "dora")
    assert "| intent |" in whereof("trail", "HEAD", "--format", "markdown", *repo)
    assert "A person overruled" in whereof("trail", "HEAD", *repo)
    assert json.loads(whereof("replay", session, "--at", "1", "--json"))["at"] == 1
    assert "each as signed" in whereof("replay", session)


def whereof(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return done.output


def _replays(instance: Instance, session: str, attestation: str) -> None:
    whole = replay(instance, session, None)
    parts = open_parts(instance, attestation, lambda name: name.startswith(PREFIX))
    stored = b"".join(parts.values())
    assert whole.transcript_sha256 == hashlib.sha256(stored[: whole.transcript_bytes]).hexdigest()
    assert whole.at == whole.of - 1
    for one in whole.events:
        record = stored[one.event.evidence.byte_start : one.event.evidence.byte_end]
        assert one.sha256 == hashlib.sha256(record).hexdigest()
    early = replay(instance, session, 0)
    assert early.counts["told"] == 1
    assert early.counts["called"] == 0
    assert early.transcript_bytes < whole.transcript_bytes
    assert early.transcript_sha256 == hashlib.sha256(stored[: early.transcript_bytes]).hexdigest()
    with pytest.raises(InvalidInput):
        replay(instance, session, whole.of)
    with pytest.raises(Absent):
        replay(instance, "ses_" + "0" * 26, None)


def _trails(instance: Instance, clone: Clone, session: str) -> None:
    found = trail_of(instance, clone.oid)
    assert found.items[0].kind == "intent"
    assert {one.kind for one in found.items} >= {"override", "rejected path"}
    assert "No. Leave the pond as it is." in {one.quote for one in found.items if one.kind == "override"}
    assert {one.session for one in found.items} == {session}
    assert all(one.log_index is not None and one.event is not None for one in found.items)
    assert found.complete
    assert trail_of(instance, "e" * 40).items == ()


def test_what_was_erased_is_said_and_not_reconstructed(instance: Instance, clone: Clone, recorded: str) -> None:
    name = replay(instance, recorded, None).session
    instance.keys._path(f"session/{name}").unlink()
    gone = replay(instance, name, 0)
    assert gone.closed
    assert gone.events == ()
    assert trail_of(instance, clone.oid).closed[0][0] == name
    facts = gather(request(instance, clone), instance)
    assert facts.changes[0].verdict == "pass"
    assert json.loads(written(facts, "jsonl").splitlines()[1])["log_indices"]
