"""Hand-made labels against what the readers extract: matched items, and checks by outcome."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as member
from pathlib import Path

from attest.model.constraints import ConstraintSource, ConstraintState
from attest.model.decisions import PlanKind
from attest.model.session import Session

GOAL_KINDS = ("override", "rejected-path", "constraint-break", "plan-revision", "task-list-revision")
"""The kinds with a goal: precision at least .95, recall at least .90."""
BEFORE_RULES = "before-rules"
UNSEEN = "rules-existed-unseen"
DECISION_KINDS = frozenset({*GOAL_KINDS, "plan", "task-list", "check", "constraint"})
_EARLY_KINDS = DECISION_KINDS - {"task-list", "task-list-revision"}
"""What a file without `kinds` was read for, of the kinds compared here; constraints were looked for later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One thing a person found."""

    kind: str
    places: tuple[int | str, ...]
    """Records (or pointers) at which it may be found."""
    outcome: str | None
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFile:
    """What a person found in one sample."""

    name: str
    sample: Path
    digest: str
    labelled: str
    kinds: frozenset[str]
    items: tuple[Label, ...]

    def holds(self) -> bool:
        """Tell whether the sample is there, byte for byte as it was labelled."""
        return self.sample.is_file() and hashlib.sha256(self.sample.read_bytes()).hexdigest() == self.digest


@dataclass(slots=True)
class Tally:
    """Agreement on one kind."""

    agreed: int = 0
    extracted: int = 0
    labelled: int = 0

    def precision(self) -> float:
        """Give the share of what was extracted that a person found too; 1 where nothing was extracted."""
        return self.agreed / self.extracted if self.extracted else 1.0

    def recall(self) -> float:
        """Give the share of what a person found that was extracted; 1 where there was nothing to find."""
        return self.agreed / self.labelled if self.labelled else 1.0


@dataclass(slots=True)
class Agreement:
    """Agreement of one or more samples."""

    kinds: dict[str, Tally] = member(default_factory=dict)
    outcomes: Counter[tuple[str, str]] = member(default_factory=Counter)
    """How often a check a person gave the first outcome was given the second."""
    stale: Counter[tuple[bool, bool]] = member(default_factory=Counter)
    differences: list[str] = member(default_factory=list)

    def false_passes(self) -> int:
        """Give the number of checks said to have passed that a person did not see pass."""
        return sum(count for (told, got), count in self.outcomes.items() if got == "passed" and told != "passed")


def label_files(folder: Path, samples: Path) -> list[LabelFile]:
    """Give the label files of a folder in order of their names; the samples need not be there."""
    return [_label_file(path, samples) for path in sorted(folder.glob("*.json"))]


def _label_file(path: Path, samples: Path) -> LabelFile:
    told = json.loads(path.read_text())
    items = (
        Label(
            kind=item["kind"],
            places=(item["record"] if "record" in item else item["pointer"], *item.get("also", ())),
            outcome=item.get("outcome"),
            stale=item.get("stale", False),
        )
        for item in told["items"]
    )
    return LabelFile(
        name=path.stem,
        sample=samples / told["sample"],
        digest=told["sha256"],
        labelled=told["labelled"],
        kinds=frozenset(told.get("kinds", _EARLY_KINDS)),
        items=tuple(items),
    )


def compare(labels: LabelFile, session: Session, into: Agreement, places: dict[int, str] | None = None) -> None:
    """Match what a reader extracted with the labels of the sample, kind by kind, each item once.

    `places` gives the pointer of each record of a sample that is one document.
    """
    for kind in sorted(labels.kinds & DECISION_KINDS):
        found = [(_place(record, places), outcome, stale) for record, outcome, stale in _extracted(session, kind)]
        tally = into.kinds.setdefault(kind, Tally())
        wanted = [label for label in labels.items if label.kind == kind]
        tally.extracted += len(found)
        tally.labelled += len(wanted)
        for label in _outcomes_first(wanted, found):
            match = _match(label, found)
            if match is None:
                into.differences.append(f"{labels.name}: {kind} at {label.places[0]} not found")
                continue
            found.remove(match)
            tally.agreed += 1
            if label.outcome is not None:
                into.outcomes[label.outcome, match[1]] += 1
                if labels.labelled == UNSEEN:
                    into.stale[label.stale, match[2]] += 1
                if match[1] != label.outcome:
                    into.differences.append(
                        f"{labels.name}: check at {label.places[0]}: {label.outcome}, read {match[1]}"
                    )
        for place, outcome, _ in found:
            into.differences.append(f"{labels.name}: {kind} {outcome} at {place} is not labelled".replace("  ", " "))
            if kind == "check":
                into.outcomes["none", outcome] += 1


def _outcomes_first(wanted: list[Label], found: list[tuple[int | str, str, bool]]) -> list[Label]:
    """Order labels so that those whose outcome agrees take their match first."""
    return sorted(
        wanted, key=lambda label: not any(one[0] in label.places and one[1] == label.outcome for one in found)
    )


def _match(label: Label, found: list[tuple[int | str, str, bool]]) -> tuple[int | str, str, bool] | None:
    near = [one for one in found if one[0] in label.places]
    return next((one for one in near if one[1] == (label.outcome or "")), near[0] if near else None)


def _place(record: int, places: dict[int, str] | None) -> int | str:
    return places.get(record, record) if places is not None else record


def _extracted(session: Session, kind: str) -> Iterator[tuple[int, str, bool]]:
    """Give (record, outcome, stale) of each extracted item of a kind."""
    match kind:
        case "override":
            yield from ((one.evidence[0].record, "", False) for one in session.overrides)
        case "rejected-path":
            yield from ((one.evidence[0].record, "", False) for one in session.rejected_paths)
        case "check":
            yield from ((one.evidence[0].record, one.status.value, bool(one.stale_after)) for one in session.checks)
        case "plan" | "plan-revision" | "task-list" | "task-list-revision":
            wanted = PlanKind.TASK_LIST if kind.startswith("task") else PlanKind.PROPOSAL
            later = kind.endswith("revision")
            plans = (one for one in session.plans if one.kind is wanted and (one.revision > 1) is later)
            yield from ((one.evidence[0].record, "", False) for one in plans)
        case _:
            yield from _constraints(session, kind)


def _constraints(session: Session, kind: str) -> Iterator[tuple[int, str, bool]]:
    """Give one item a record: where one was stated, or where one was broken. Standing instructions are not labelled."""
    found = [one for one in session.constraints or () if one.source is not ConstraintSource.INSTRUCTIONS]
    if kind == "constraint":
        records = {one.evidence[0].record for one in found}
    else:
        broken = (one for one in found if one.state is ConstraintState.BROKEN)
        records = {spot.record for one in broken for spot in one.evidence[1 : 1 + one.breaks]}
    yield from ((record, "", False) for record in sorted(records))
