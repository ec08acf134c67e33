"""A canary through the real path: the hook as the agent calls it, the spool, redaction, signature, log, and back.

1. write    a transcript of one prompt that holds a made-up secret, in a private folder
2. call     the agent's own hook entry of this clone, with the payload that the agent would give
3. wait     for the copy that the hook leaves, then take the transcript away, as agents do
4. sync     as a hook would start it
5. look     the session's statement verifies under the pinned root, its prompt is there, the secret is in no part

The canary stays in the log for good, as one session more: a check that left no trace would not have been the real path.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.capture.hook.agents import AGENTS, MARK, hook_command
from attest.errors import AttestError
from attest.signing.bundle import parse_bundle
from attest.signing.verify import AnyIdentity, verify_bundle
from attest.store import attestations
from attest.store.sessions import known_session
from attest.store.told_of import SESSION
from attest.usecases.doctor import Finding, Health
from attest.usecases.hooks_plan import work_tree
from attest.usecases.pinned_trust import cut_root, read_revocations
from attest.usecases.read_parts import open_parts, parts_kept
from attest.usecases.receipts import bundle_of
from attest.usecases.sync import sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.git import Repository
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

EVENTS: Final = ("SessionStart", "UserPromptSubmit", "Stop")
HOOK_TIMEOUT_S: Final = 10
COPY_WAIT_S: Final = 10.0
_POLL_S: Final = 0.05
_FORMAT: Final = "claude-code/jsonl"
_AGENT: Final = next(one for one in AGENTS if one.agent == "claude-code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """What is sent through. The secret is drawn for this run, leads nowhere, and has a provider's form."""

    session: str
    prompt: str
    secret: str = field(repr=False)


def roundtrip(
    instance: Instance, repository: Repository, *, wait: Callable[[float], object] = time.sleep
) -> tuple[Finding, ...]:
    """Send a canary and give a finding for each step; a step that fails ends the run."""
    folder = Path(tempfile.mkdtemp(prefix="whereof-canary-"))
    try:
        return tuple(_Run(instance, repository, folder, wait).findings())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _canary(instance: Instance) -> Canary:
    drawn = instance.entropy.bytes(32).hex()
    session = f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-8{drawn[17:20]}-{drawn[20:32]}"
    # A key of a well-known provider's form; put together here so that no scanner of sources takes it for one.
    secret = "AK" + "IA" + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[int(c, 16) * 2] for c in drawn[32:48])
    return Canary(session=session, prompt=f"whereof canary {drawn[48:56]}", secret=secret)


class _Run:
    def __init__(
        self, instance: Instance, repository: Repository, folder: Path, wait: Callable[[float], object]
    ) -> None:
        self._instance, self._repository, self._wait = instance, repository, wait
        self._canary = canary = _canary(instance)
        self._top = work_tree(repository)
        self._transcript = folder / f"{canary.session}.jsonl"

    def findings(self) -> list[Finding]:
        found: list[Finding] = []
        for step in (self._call, self._copied, self._sync, self._logged, self._clean):
            found.append(step())
            if found[-1].health is Health.FAILED:
                break
        return found

    def _call(self) -> Finding:
        self._transcript.write_bytes(self._lines())  # 1
        own_entry = self._entry_is_installed()
        took = []
        for event in EVENTS:  # 2
            started = time.monotonic()
            done = self._hook(event)
            took.append(time.monotonic() - started)
            if done.returncode != 0 or done.stdout:
                return Finding(
                    check="hook",
                    health=Health.FAILED,
                    against=event,
                    detail=f"exit {done.returncode}, {len(done.stdout)} bytes printed; it must be 0 and nothing",
                    next="run `whereof init` again",
                )
        detail = "" if own_entry else "Claude Code's own entry is not installed: the hook itself was called"
        return Finding(
            check="hook",
            health=Health.OK if own_entry else Health.WARN,
            against=f"{len(EVENTS)} events, {max(took) * 1000:.0f} ms at most",
            detail=detail,
            next="" if own_entry else "run `whereof init`",
        )

    def _copied(self) -> Finding:
        copy = self._repository.common_dir / "whereof" / "spool" / "copies" / f"claude-code-{self._canary.session}"
        size = self._transcript.stat().st_size
        for _ in range(int(COPY_WAIT_S / _POLL_S)):  # 3
            if copy.is_file() and copy.stat().st_size == size:
                mode = copy.stat().st_mode & 0o777
                self._transcript.unlink()
                return Finding(
                    check="copy",
                    health=Health.OK if mode == 0o600 else Health.FAILED,
                    against=f"{size} bytes, mode {mode:04o}; the transcript was then taken away",
                    next="" if mode == 0o600 else "look at the umask and the file system of the git directory",
                )
            self._wait(_POLL_S)
        return Finding(
            check="copy",
            health=Health.FAILED,
            against=str(copy),
            detail=f"no whole copy after {COPY_WAIT_S:.0f} s",
            next="is the git directory writable, is its disk full, is capture paused?",
        )

    def _sync(self) -> Finding:
        try:
            report = sync(self._instance, self._repository, wait=self._wait)  # 4
        except AttestError as err:
            return Finding(check="sync", health=Health.FAILED, against="whereof sync", detail=str(err), next=err.hint)
        own = [one for one in report.sessions if one.key.endswith(self._canary.session)]
        failed = next((one.failed for one in own if one.failed), "")
        return Finding(
            check="sync",
            health=Health.FAILED if failed or not own else Health.OK,
            against=f"{len(report.sessions)} sessions worked off",
            detail=failed or ("" if own else "the canary was not among them"),
            next="run `whereof sync` and read what it says" if failed or not own else "",
        )

    def _logged(self) -> Finding:
        stored = self._stored()
        if stored is None:
            return Finding(check="log", health=Health.FAILED, against="the canary's session", detail="it is not logged")
        folder = self._instance.settings.trust_dir
        root = cut_root((folder / "trusted_root.json").read_bytes(), read_revocations(folder))
        try:
            verify_bundle(parse_bundle(bundle_of(stored)), root, AnyIdentity(), None)  # 5
        except AttestError as err:
            return Finding(check="log", health=Health.FAILED, against=stored.id, detail=str(err), next=err.hint)
        return Finding(
            check="log",
            health=Health.OK,
            against=f"entry {stored.receipt.index}, every signature and the inclusion proof",
            detail=f"{stored.session} stays in the log for good",
        )

    def _clean(self) -> Finding:
        stored = self._stored()
        if stored is not None and not parts_kept(stored):
            return Finding(
                check="redaction", health=Health.OK, against="the canary's statement", detail="no parts are kept"
            )
        parts = open_parts(self._instance, stored.id) if stored else {}
        text = b"".join(parts.values())
        there, leaked = self._canary.prompt.encode() in text, self._canary.secret.encode() in text
        return Finding(
            check="redaction",
            health=Health.OK if there and not leaked else Health.FAILED,
            against=f"{len(parts)} parts, opened",
            detail="the secret was left in" if leaked else "" if there else "the canary's prompt is not there",
            next="" if there and not leaked else "record nothing more here, and report it",
        )

    def _stored(self) -> StoredAttestation | None:
        instance = self._instance
        session = known_session(instance.engine, instance.scope, (_FORMAT, self._canary.session))
        rows = attestations.about(instance.engine, instance.scope, SESSION, session).rows if session else ()
        return rows[0] if rows else None

    def _entry_is_installed(self) -> bool:
        try:
            return MARK.encode() in (self._top / _AGENT.path).read_bytes()
        except OSError:
            return False

    def _hook(self, event: str) -> subprocess.CompletedProcess[bytes]:
        payload = {
            "session_id": self._canary.session,
            "transcript_path": str(self._transcript),
            "cwd": str(self._top),
            "hook_event_name": event,
            "permission_mode": "default",
        }
        return subprocess.run(
            ["/bin/sh", "-c", hook_command(_AGENT.agent, event, _AGENT.project_variable)],
            input=json.dumps(payload).encode(),
            cwd=self._top,
            env=os.environ | {"CLAUDE_PROJECT_DIR": str(self._top)},
            capture_output=True,
            timeout=HOOK_TIMEOUT_S,
            check=False,
        )

    def _lines(self) -> bytes:
        now = self._instance.clock.now().astimezone(UTC).isoformat().replace("+00:00", "Z")
        common = {"sessionId": self._canary.session, "cwd": str(self._top), "timestamp": now, "version": "0.0.0"}
        said = {"role": "user", "content": f"{self._canary.prompt}, with key {self._canary.secret}"}
        answer = {
            "role": "assistant",
            "id": "msg_canary",
            "model": "none",
            "content": [{"type": "text", "text": "Done."}],
        }
        rows = (
            {"type": "user", "uuid": "1", "parentUuid": None, "message": said},
            {"type": "assistant", "uuid": "2", "parentUuid": "1", "message": answer},
        )
        return b"".join(json.dumps(common | row).encode() + b"\n" for row in rows)
