"""Trials of a policy: made-up changes and the tier each must come to, kept beside the policy as `.attest/tests/*.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.policy.change import Change
from attest.policy.facts import SessionFacts
from attest.policy.independence import Signer
from attest.policy.placing import Placement, place
from redaction.errors import ConfigRefused
from redaction.yaml_border import read_yaml

if TYPE_CHECKING:
    from attest.policy.values import Policy
    from redaction.yaml_border import Node

MAX_TRIALS: Final = 1000
_FILE: Final = "100644"
_LINK: Final = "120000"
_MEMBERS: Final = frozenset({"name", "paths", "symlinks", "touched", "permission_modes", "models", "tier", "rule"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One made-up change, and what the policy must say of it."""

    name: str
    changes: tuple[Change, ...]
    session: SessionFacts | None
    tier: str
    rule: str | None
    """The rule that must place it; None: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What became of one trial."""

    trial: Trial
    placement: Placement

    @property
    def held(self) -> bool:
        """Whether the policy said what the trial expects."""
        return self.placement.tier == self.trial.tier and self.trial.rule in {None, self.placement.rule}


def parse_trials(raw: bytes, name: str) -> tuple[Trial, ...]:
    """Give the trials of a file: a list under `trials`.

    Raises:
        InvalidInput: `policy.malformed`, with file and line.
    """
    try:
        rows = read_yaml(raw, name).mapping(frozenset({"trials"})).get("trials")
        return tuple(_trial(row) for row in rows.items(MAX_TRIALS)) if rows is not None else ()
    except ConfigRefused as err:
        raise InvalidInput("policy.malformed", err.why, where=err.field) from err


def run_trials(policy: Policy, trials: tuple[Trial, ...], today: date) -> tuple[TrialResult, ...]:
    """Place every made-up change under a policy."""
    return tuple(
        TrialResult(trial=one, placement=place(policy, one.changes, (one.session,) if one.session else (), today=today))
        for one in trials
    )


def _trial(row: Node) -> Trial:
    members = row.mapping(_MEMBERS)
    if "name" not in members or "tier" not in members:
        row.refuse("expected a name and a tier")
    words = {name: members[name].texts(256) if name in members else () for name in _MEMBERS - {"name", "tier", "rule"}}
    changes = [Change(path=path.encode(), before=_FILE, after=_FILE) for path in words["paths"]]
    changes += [Change(path=path.encode(), before=_LINK, after=_LINK) for path in words["symlinks"]]
    told = any(words[name] for name in ("touched", "permission_modes", "models"))
    return Trial(
        name=members["name"].text(),
        changes=tuple(changes),
        session=_session(words) if told else None,
        tier=members["tier"].text(64),
        rule=members["rule"].text(64) if "rule" in members else None,
    )


def _session(words: dict[str, tuple[str, ...]]) -> SessionFacts:
    return SessionFacts(
        id="",
        signer=Signer("", ""),
        link="recorded",
        parts=1,
        source="hook",
        agent="",
        models=words["models"],
        modes=words["permission_modes"],
        touched=frozenset(words["touched"]),
        not_known=frozenset(),
        checks=(),
        plans=0,
        gaps=(),
    )
