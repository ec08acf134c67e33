"""Agent Trace records as steps: no conversation, only which lines are said to be whose. Read leniently.

Everything here is somebody's report of work done elsewhere. A range names no text, so a change has no lines; ranges of
people and of unknown origin are events and no changes. `vcs.revision` is where the ranges hold, not a commit made then.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as member
from itertools import islice

from attest.capture.agent_trace.sniff import FORMAT, is_flat, is_trace
from attest.capture.lines import Fields, Record
from attest.capture.normaliser import Profile, SessionFacts, Skip, TokenSums
from attest.capture.records import count_of, field, items_of, maybe_text, text_of
from attest.capture.spots import inside, place_of
from attest.capture.steps import Call, Committed, Notice, Place, Step
from attest.model.basis import Evidence
from attest.model.changes import TRACED

AGENT = "agent-trace"
PROFILE = Profile(
    format=FORMAT,
    agent=AGENT,
    not_told=("permission-mode", "approval-per-call", "sandbox", "network", "allowed-tool", "mcp-server"),
    says_whether_edits_happened=False,
    exits="none",
)
MAX_RANGES = 10_000
"""Of one record."""
MAX_SEEN = 10_000
_OID = re.compile(r"\A[0-9a-f]{7,64}\Z")
_OF_AGENTS = frozenset({"ai", "mixed"})


@dataclass(slots=True)
class AgentTraceNormaliser:
    """Turns one record after the other into steps."""

    facts: SessionFacts = member(default_factory=SessionFacts)
    tokens: TokenSums = member(default_factory=TokenSums)
    open_calls: OrderedDict[str, Call] = member(default_factory=OrderedDict)
    results_without_call: list[Evidence] = member(default_factory=list)
    conversations: dict[str, None] = member(default_factory=dict)
    revisions: dict[str, None] = member(default_factory=dict)

    def steps(self, record: Record, seq: int) -> tuple[Step, ...] | Skip:  # noqa: ARG002  # calls alone need it
        """Give the steps of a record, or why there is none."""
        fields = record.fields
        if fields.get("type") == "whereof-unrolled":
            return Skip("whereof-unrolled")
        if not is_trace(fields):
            return Skip(text_of(fields, "type")[:64] or "no-trace", known=False)
        place = place_of(record, fields.get("timestamp"), native_id=maybe_text(fields, "id"))
        found = self._flat(fields, place) if is_flat(fields) else self._record(fields, place)
        return tuple(found) or Skip("no-ranges")

    def _flat(self, fields: Fields, place: Place) -> list[Step]:
        self.facts.format_version = self.facts.format_version or maybe_text(fields, "schema")
        found = self._conversation(text_of(fields, "session_id"), inside(place, "session_id"))
        by_tool = "ai" if maybe_text(fields, "tool_use_id") else "unknown"  # only an agent's calls have such an id
        contributor = field(fields, "contributor") or {"type": text_of(fields, "contributor") or by_tool}
        if maybe_text(fields, "model"):
            contributor = {**contributor, "model_id": text_of(fields, "model")}
        return [*found, self._range(text_of(fields, "file_path"), fields, contributor, place)]

    def _record(self, fields: Fields, place: Place) -> list[Step]:
        self.facts.format_version = self.facts.format_version or maybe_text(fields, "version")
        tool = field(fields, "tool")
        version = " ".join(text for text in (text_of(tool, "name"), text_of(tool, "version")) if text)
        self.facts.version = self.facts.version or version or None
        found = self._revision(field(fields, "vcs"), inside(place, "vcs", "revision"))
        return [*found, *islice(self._files(fields, place), MAX_RANGES)]

    def _files(self, fields: Fields, place: Place) -> Iterator[Step]:
        for at, file in _objects(fields, "files"):
            for number, told in _objects(file, "conversations"):
                spot = inside(place, "files", at, "conversations", number)
                yield from self._conversation(text_of(told, "url"), inside(spot, "url"))
                for which, part in _objects(told, "ranges"):
                    contributor = field(part, "contributor") or field(told, "contributor")
                    yield self._range(text_of(file, "path"), part, contributor, inside(spot, "ranges", which))

    def _range(self, path: str, part: Fields, contributor: Fields, place: Place) -> Step:
        kind, model = text_of(contributor, "type") or "unknown", text_of(contributor, "model_id")
        if model and len(self.facts.models) < 64:
            self.facts.models.setdefault(model)
        start, end = count_of(part, "start_line"), count_of(part, "end_line")
        lines = f"{start}-{end}" if start and end else "(lines not told)"
        return Notice(
            place=place,
            kind="attributed-lines",
            text=" ".join(word for word in (kind, model, path, lines) if word),
            fields={"path": path} if kind in _OF_AGENTS else {},
        )

    def _conversation(self, name: str, place: Place) -> list[Step]:
        """Note a conversation the first time. Records are of several: the file as a whole is none of them."""
        if not name or name in self.conversations or len(self.conversations) >= MAX_SEEN:
            return []
        self.conversations[name] = None
        return [Notice(place=place, kind="conversation", text=name, fields={})]

    def _revision(self, vcs: Fields, place: Place) -> list[Step]:
        revision = text_of(vcs, "revision").lower()
        known = revision in self.revisions or len(self.revisions) >= MAX_SEEN
        if known or text_of(vcs, "type") != "git" or not _OID.match(revision):
            return []
        self.revisions[revision] = None
        return [Committed(place=place, oid=revision, branch=None, how=TRACED)]


def _objects(fields: Fields, name: str) -> Iterator[tuple[int, Fields]]:
    for number, one in enumerate(items_of(fields, name)):
        if isinstance(one, dict):
            yield number, one
