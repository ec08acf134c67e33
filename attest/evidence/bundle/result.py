"""The result of checking an evidence bundle: one line for each claim, then each thing that failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

CLAIMS: Final = (
    "archive",
    "manifest",
    "question",
    "trust",
    "head",
    "window",
    "entries",
    "signatures",
    "certificates",
    "times",
    "complete",
    "parts",
    "witnesses",
    "anchors",
)
NEEDED: Final = frozenset(CLAIMS) - {"parts", "witnesses", "anchors"}
"""Claims without which nothing is decided; what the caller pinned more of is needed too."""
MAX_FAILURES_SHOWN: Final = 100
_STATE_COLUMNS: Final = 11


class State(Enum):
    """What became of a claim."""

    CHECKED = "checked"
    FAILED = "FAILED"
    NOT_CHECKED = "not checked"
    NONE = "none"


@dataclass(slots=True)
class BundleResult:
    """What was found so far; claims are said in any order and shown in the fixed one."""

    said: dict[str, tuple[State, str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    """The first 100."""
    failed: dict[str, int] = field(default_factory=dict)
    """How often each claim failed."""
    needed: set[str] = field(default_factory=lambda: set(NEEDED))
    identities: dict[tuple[str, str], int] = field(default_factory=dict)
    """Signers as certified (name, issuer), and how many entries each signed."""

    def fail(self, claim: str, place: str, what: str) -> None:
        """Note one failure of a claim."""
        self.failed[claim] = self.failed.get(claim, 0) + 1
        if len(self.failures) < MAX_FAILURES_SHOWN:
            self.failures.append(f"{claim}: {place}: {what}")

    def close(self, claim: str, detail: str, *, open_because: str = "") -> None:
        """End a claim: failed when something did, else not checked with its reason, else checked."""
        if count := self.failed.get(claim, 0):
            self.said[claim] = (State.FAILED, f"{count} failed")
        elif open_because:
            self.said[claim] = (State.NOT_CHECKED, open_because)
        else:
            self.said[claim] = (State.CHECKED, detail)

    def none(self, claim: str, detail: str) -> None:
        """Say that there is nothing to be claimed."""
        self.said[claim] = (State.NONE, detail)

    def state(self, claim: str) -> State:
        """What became of a claim; `not checked` when nothing was said."""
        return self.said.get(claim, (State.NOT_CHECKED, ""))[0]

    @property
    def exit_code(self) -> int:
        """0, 3 or 5 (decision D8)."""
        if any(self.state(one) is State.FAILED for one in CLAIMS):
            return 3
        return 5 if any(self.state(one) is State.NOT_CHECKED for one in self.needed) else 0

    def lines(self) -> list[str]:
        """Give the result as text."""
        shown = [
            f"{state.value:<{_STATE_COLUMNS}} {claim}: {detail}"
            for claim, (state, detail) in ((one, self._said(one)) for one in CLAIMS)
        ]
        signers = [
            f"  signer: {name} by {issuer}: {count} entries"
            for (name, issuer), count in sorted(self.identities.items())[:MAX_FAILURES_SHOWN]
        ]
        return [*shown, *(f"  {one}" for one in self.failures), *signers, self._verdict()]

    def to_json(self) -> dict[str, object]:
        """Give the result as JSON."""
        return {
            "verdict": {0: "valid", 3: "invalid", 5: "not decided"}[self.exit_code],
            "exit_code": self.exit_code,
            "claims": [
                {"claim": one, "state": self._said(one)[0].value.lower(), "detail": self._said(one)[1]}
                for one in CLAIMS
            ],
            "failures": list(self.failures),
            "failed": sum(self.failed.values()),
            "signers": [
                {"identity": name, "issuer": issuer, "entries": count}
                for (name, issuer), count in sorted(self.identities.items())
            ],
        }

    def _said(self, claim: str) -> tuple[State, str]:
        return self.said.get(claim, (State.NOT_CHECKED, "an earlier claim failed or could not be checked"))

    def _verdict(self) -> str:
        if self.exit_code == 3:
            failed = ", ".join(one for one in CLAIMS if self.state(one) is State.FAILED)
            return f"INVALID: {failed}: do not rely on this evidence; keep it and report it"
        if self.exit_code == 5:
            missing = ", ".join(one for one in CLAIMS if one in self.needed and self.state(one) is State.NOT_CHECKED)
            return f"not decided: {missing}"
        return "valid: every claim that is needed was checked and holds"
