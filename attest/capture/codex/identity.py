"""Who the session is and what it started from: `session_meta`, of which the first is the file's own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from attest.capture.lines import Fields
from attest.capture.records import field, maybe_text
from attest.capture.text import target
from attest.model.basis import Basis, Evidence
from attest.model.changes import BaseState

RULE_BASE = "codex/base.session-meta@1"
_OID = re.compile(r"\A(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")


@dataclass(slots=True)
class Identity:
    """Facts of the first `session_meta`; a later one with another id names the session that this one continues."""

    native_id: str | None = None
    parent_id: str | None = None
    version: str | None = None
    cwd: str | None = None
    branch: str | None = None
    commit: str | None = None
    evidence: Evidence | None = None

    def meta(self, payload: Fields, evidence: Evidence) -> bool:
        """Take a `session_meta`; True where it is the first."""
        native = _word(payload, "id") or _word(payload, "session_id")
        if self.evidence is not None:
            if native is not None and native != self.native_id and self.parent_id is None:
                self.parent_id = native
            return False
        git = field(payload, "git")
        self.native_id, self.parent_id = native, _word(payload, "forked_from_id")
        self.version, self.cwd, self.branch = _word(payload, "cli_version"), _word(payload, "cwd"), _word(git, "branch")
        commit = _word(git, "commit_hash")
        self.commit = commit if commit and _OID.match(commit) else None
        self.evidence = evidence
        return True

    def base(self) -> BaseState:
        """Give what the work started from, on Codex's word; whether the worktree was clean it does not say."""
        if self.commit is None or self.evidence is None:
            return BaseState(commit=None, tree=None, dirty=None, evidence=(), rule=RULE_BASE, basis=Basis.UNKNOWN)
        return BaseState(
            commit=self.commit,
            tree=None,
            dirty=None,
            evidence=(self.evidence,),
            rule=RULE_BASE,
            basis=Basis.REPORTED,
        )


def _word(fields: Fields, name: str) -> str | None:
    value = maybe_text(fields, name)
    return target(value) if value else None
