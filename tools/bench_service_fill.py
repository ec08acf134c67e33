"""What the service is loaded with before it is measured: many small sessions, one of many events, one of a long transcript.

The small ones are signed under one certificate and appended with all their rows by the code that the service itself appends
with; nothing of them is checked on the way, so that loading takes minutes. They have no parts. The two large ones are recorded
by `whereof record` from transcripts made from a seed, as anyone would.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from attest.clock import SystemClock, SystemEntropy, ulid
from attest.ledger.index import index_keys
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Subject, build_statement, commit_subject
from attest.signing.embedded.direct import DirectSigner
from attest.store import attestations
from attest.store.database import writing
from attest.store.log_store import Submission
from attest.store.new_attestation import NewAttestation
from attest.store.tables import ClaimRow
from attest.usecases.instance import open_instance
from attest.usecases.receipts import attestation_id
from tests.support.evidence import PREDICATE
from tools.bench_load import ROOT
from tools.bench_stream import record, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attest.model.statement import Statement
    from attest.settings import Settings
    from attest.usecases.instance import Instance

BATCH: Final = 512
AGENTS: Final = ("claude-code", "codex", "gemini-cli", "openhands")
MODELS: Final = ("model-a", "model-b", "model-c")
REPOSITORIES: Final = tuple(f"git+https://git.example/pond-{number}" for number in range(20))


def fill(settings: Settings, count: int) -> None:
    """Append small sessions until the instance holds so many attestations."""
    instance = open_instance(settings, clock=SystemClock(), entropy=SystemEntropy())
    signer = DirectSigner(
        instance=instance.services,
        identity=f"https://{instance.services.host}/actor/bench",
        clock=instance.clock,
        entropy=instance.entropy,
    )
    held = attestations.count(instance.engine, instance.scope)
    while held < count:
        batch = [_recorded(instance, signer, held + number) for number in range(min(BATCH, count - held))]
        with writing(instance.engine) as session:
            for new, _ in batch:
                session.add(
                    ClaimRow(
                        tenant=instance.scope.tenant,
                        write_key=new.write_key,
                        holder="bench",
                        claimed_at=0,
                        attestation=None,
                    )
                )
        instance.append([submission for _, submission in batch])
        held += len(batch)
    instance.engine.dispose()


def _recorded(instance: Instance, signer: DirectSigner, number: int) -> tuple[NewAttestation, Submission]:
    name = ulid("ses", instance.clock, instance.entropy)
    statement = _statement(name, number)
    leaf = signer.leaf(statement.raw)
    new = NewAttestation(
        scope=instance.scope,
        log=instance.log.name,
        id=attestation_id(leaf.envelope),
        statement=statement,
        session_id=name,
        identity=f"https://{instance.services.host}/actor/bench",
        issuer=instance.services.issuer,
        recorded_at=int(instance.clock.now().timestamp()),
        write_key=secrets.token_hex(32),
    )
    keys = index_keys(statement.document)
    return new, Submission(leaf=leaf, keys=keys, payload_hash=statement.digest, within=new.write)


def _statement(name: str, number: int) -> Statement:
    predicate = copy.deepcopy(PREDICATE) | {
        "session": {"id": name, "format": "claude-code"},
        "nonce": secrets.token_hex(16),
        "parts": {"count": 0, "bytes": 0, "root": "1" * 64, "list": "1" * 64},
    }
    facts = {
        "agent": {"value": AGENTS[number % len(AGENTS)], "basis": "observed"},
        "models": [{"value": MODELS[number % len(MODELS)], "basis": "reported"}],
    }
    predicate["facts"] = dict(PREDICATE["facts"]) | facts  # type: ignore[call-overload]
    repository = REPOSITORIES[number % len(REPOSITORIES)]
    tree = hashlib.sha256(b"tree %d" % number).hexdigest()[:40]
    commit = commit_subject(repository, secrets.token_hex(20), tree, secrets.token_bytes(32))
    return build_statement(SESSION_V1, (commit, Subject(name=name, sha256="1" * 64)), predicate)


def write_events(path: Path, events: int) -> None:
    """Write a transcript of about so many events: prompts, reads, edits, and runs of which some fail."""
    with path.open("wb") as file:
        for number, one in enumerate(_events(events)):
            one |= {"uuid": f"u{number}", "parentUuid": f"u{number - 1}" if number else None, "sessionId": "events"}
            file.write(json.dumps(one).encode() + b"\n")


def _events(events: int) -> Iterator[dict[str, object]]:
    number = 0
    while number < events:
        turn = number // 8
        if turn % 25 == 0:
            yield record("user", number, f"Make room for duck {turn} in the pond, and do not touch the reeds.")
        yield record("assistant", number, [text(f"I will look at row {turn} of the plan and change what is there.")])
        fails = turn % 9 == 0
        yield from _call(number, "Read", {"file_path": f"/home/ada/pond/src/row_{turn % 300}.py"}, "depth = 1")
        change = {"file_path": f"/home/ada/pond/src/row_{turn % 300}.py", "old_string": "1", "new_string": str(turn)}
        yield from _call(number + 2, "Edit", change, "updated")
        told = "1 failed, 8 passed in 0.30s" if fails else "9 passed in 0.31s"
        yield from _call(
            number + 4, "Bash", {"command": f"pytest -q tests/test_row_{turn % 300}.py"}, told, fails=fails
        )
        number += 8


def _call(
    number: int, tool: str, arguments: dict[str, str], told: str, *, fails: bool = False
) -> Iterator[dict[str, object]]:
    name = f"t{number}-{tool}"
    yield record("assistant", number, [{"type": "tool_use", "id": name, "name": tool, "input": arguments}])
    content = f"Exit code 1\n{told}" if fails else told
    yield record("user", number, [{"type": "tool_result", "tool_use_id": name, "content": content, "is_error": fails}])


def recorded(settings: Settings, transcript: Path) -> str:
    """Record a transcript as anyone would, in a process of its own; gives its `ses_…`."""
    environment = {**os.environ, "WHEREOF_HOME": str(settings.home), "PYTHONPATH": str(ROOT)}
    if settings.database_url:
        environment["WHEREOF_DATABASE_URL"] = settings.database_url
    command = [sys.executable, "-c", "from attest.cli.main import main; main()", "record", "--json"]
    done = subprocess.run(
        [*command, "--transcript", str(transcript)],
        env=environment,
        cwd=transcript.parent,
        check=True,
        capture_output=True,
    )
    return str(json.loads(done.stdout)["session"])
