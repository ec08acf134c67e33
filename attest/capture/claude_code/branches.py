"""Abandoned branches of the conversation: a person went back and went on anew from an earlier place."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from dataclasses import field as member

from attest.capture.lines import Fields
from attest.capture.records import maybe_text
from attest.capture.steps import HumanPrompt
from attest.capture.text import preview
from attest.model.basis import Basis
from attest.model.decisions import RejectedPath, RejectedPathKind

RULE = "claude-code/rejected.branch@2"
MAX_PROMPTS = 10_000
MAX_RECORDS = 1_000_000
"""Records whose parents are followed."""


@dataclass(slots=True)
class Branches:
    """Follows parents of records. The last record's line of parents is the conversation that was kept.

    A prompt that is not on it, but whose own line of parents meets it, began a branch that was left. A prompt whose line
    ends without meeting it (records are missing) tells nothing. Sub-agents have lines of their own.
    """

    numbers: dict[str, int] = member(default_factory=dict)
    """Number of each record by its id, those that are only named as a parent included."""
    parents: array[int] = member(default_factory=lambda: array("q"))
    """By number: the parent's number, -1 for none or not known."""
    prompts: list[HumanPrompt] = member(default_factory=list)
    leaf: int = -1
    full: bool = False
    """True once there were more records than are followed: then no branch is told."""

    def note(self, fields: Fields) -> None:
        """Take the links of one record."""
        native = maybe_text(fields, "uuid")
        if native is None or fields.get("isSidechain") is True:
            return
        if len(self.parents) >= MAX_RECORDS:
            self.full = True
            return
        parent = maybe_text(fields, "parentUuid") or maybe_text(fields, "logicalParentUuid")
        above = self._number(parent) if parent is not None else -1
        self.leaf = self._number(native)
        self.parents[self.leaf] = above

    def feed(self, step: HumanPrompt) -> None:
        """Take one prompt."""
        if step.place.native_id is not None and len(self.prompts) < MAX_PROMPTS:
            self.prompts.append(replace(step, text=preview(step.text)))

    def left(self) -> list[RejectedPath]:
        """Give the branches that were left, each by the prompt that began it."""
        if self.full:
            return []
        kept = self._line(self.leaf)
        known = {self.numbers.get(prompt.place.native_id or "", -1): prompt for prompt in self.prompts}
        went_on = [prompt for number, prompt in known.items() if number in kept]
        ends: dict[int, bool] = {}
        return [
            _branch(prompt, went_on)
            for number, prompt in known.items()
            if number >= 0 and number not in kept and self._meets(number, kept, known, ends)
        ]

    def _number(self, name: str) -> int:
        number = self.numbers.setdefault(name, len(self.parents))
        if number == len(self.parents):
            self.parents.append(-1)
        return number

    def _line(self, number: int) -> set[int]:
        """Give a record and all before it; a parent that is not in the transcript is the last of them."""
        line: set[int] = set()
        while number >= 0 and number not in line:
            line.add(number)
            number = self.parents[number]
        return line

    def _meets(self, number: int, kept: set[int], known: dict[int, HumanPrompt], ends: dict[int, bool]) -> bool:
        """Tell whether the line of a prompt meets the kept one before it comes to another prompt.

        `ends` keeps what was found for records on the way, so that each is walked once.
        """
        way: list[int] = []
        above = self.parents[number]
        met = False
        while above >= 0 and above not in known:
            if above in kept or above in ends:
                met = above in kept or ends[above]
                break
            ends[above] = False
            way.append(above)
            above = self.parents[above]
        else:
            met = above in kept
        ends.update(dict.fromkeys(way, met))
        return met


def _branch(prompt: HumanPrompt, went_on: list[HumanPrompt]) -> RejectedPath:
    here = prompt.place.evidence
    later = next((one.place for one in went_on if one.place.evidence.record > here.record), None)
    return RejectedPath(
        kind=RejectedPathKind.BRANCH,
        tool=None,
        target=None,
        detail=prompt.text,
        ts=later.ts if later is not None else prompt.place.ts,
        evidence=(here, later.evidence) if later is not None else (here,),
        rule=RULE,
        basis=Basis.OBSERVED,
    )
