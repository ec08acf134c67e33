"""Promise: a session with eight agents at the same time goes the whole way with all their records, each once."""

from __future__ import annotations

import json
from pathlib import Path

from attest.usecases.instance import Instance
from attest.usecases.read_parts import session_of
from tests.support.claude import Transcript
from tests.support.recording import record_file

AGENTS = tuple(f"a975e1355b9b18c{number}" for number in range(8))
SESSION = "5f0c1d2e-3a4b-4c5d-8e6f-7a8b9c0d1e2f"


def main_lines() -> list[bytes]:
    log = Transcript().prompt("Measure the ponds")
    for number in range(len(AGENTS)):
        log.call("Task", subagent_type="Explore", description=f"pond {number}", prompt="measure")
    for number, agent in enumerate(AGENTS, start=1):
        log.result("done", told={"agentId": agent, "status": "completed"}, call=number)
    return of_session(log.says("Measured."))


def side_lines(number: int, agent: str) -> list[bytes]:
    log = Transcript(calls=100 + number).prompt(f"Measure pond {number}").shell("pytest -q", "3 passed in 0.1s")
    found = []
    for line in of_session(log):
        record = json.loads(line)
        record |= {"uuid": f"{record['uuid']}-{number}", "isSidechain": True, "agentId": agent}
        found.append(json.dumps(record).encode())
    return found


def of_session(log: Transcript) -> list[bytes]:
    return [json.dumps(json.loads(line) | {"sessionId": SESSION}).encode() for line in log.records]


def test_eight_agents_at_the_same_time_are_recorded_with_their_session(tmp_path: Path, instance: Instance) -> None:
    path = tmp_path / f"{SESSION}.jsonl"
    path.write_bytes(b"\n".join(main_lines()) + b"\n")
    folder = tmp_path / SESSION / "subagents"
    folder.mkdir(parents=True)
    for number, agent in enumerate(AGENTS):
        (folder / f"agent-{agent}.jsonl").write_bytes(b"\n".join(side_lines(number, agent)) + b"\n")
    receipt = record_file(instance, path)
    session = session_of(instance, receipt.attestation)
    assert [(one.native_id, one.transcript_present) for one in session.subagents] == [(one, True) for one in AGENTS]
    assert [one.status.value for one in session.checks] == ["passed"] * 8
    assert "subagent-transcript" not in {gap.kind for gap in session.gaps}
    assert session.native_id == SESSION
    assert record_file(instance, path).index == receipt.index
