"""Records of an unrolled chat history of Aider as steps."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.accounts import here_of
from attest.capture.aider import lines as said
from attest.capture.aider.edits import edits_of
from attest.capture.aider.sniff import FORMAT
from attest.capture.lines import Fields, Record
from attest.capture.normaliser import MAX_OPEN_CALLS, Profile, SessionFacts, Skip, Tokens, TokenSums
from attest.capture.records import below, text_of
from attest.capture.steps import (
    Abandoned,
    AgentText,
    Attachment,
    Call,
    Committed,
    HumanPrompt,
    Injected,
    Interrupt,
    Mode,
    Notice,
    Place,
    Rejected,
    Result,
    Step,
)
from attest.capture.tool_kinds import ToolKind
from attest.capture.unroll.document import UNROLLED_TYPE
from attest.model.basis import Evidence
from attest.model.decisions import RejectedPathKind

PROFILE = Profile(
    format=FORMAT,
    agent="aider",
    not_told=("permission-mode", "sandbox", "network", "allow-rules", "directory"),
    exits="none",
)
EDIT_TOOL, SHELL_TOOL = "edit", "shell"
_TALKS = ("/ask", "/code", "/architect", "/context", "/ok")
_RUNS = ("/run", "/test")
_BLANK = "<blank>"
_MAX_COMMITS = 10_000


@dataclass(slots=True)
class AiderNormaliser:
    """Turns records into steps."""

    facts: SessionFacts = member(default_factory=SessionFacts)
    tokens: TokenSums = member(default_factory=TokenSums)
    open_calls: OrderedDict[str, Call] = member(default_factory=OrderedDict)
    """Edits by `edit:path`; others by their place."""
    results_without_call: list[Evidence] = member(default_factory=list)
    started: str = ""
    model: str = ""
    line_before: str = ""
    """The last line of the program: what a question is about stands on a line of its own before it."""
    after_agent: bool = False
    """True right behind the agent's text: a line there that looks like the program's may still be the agent's."""
    may_run: bool = False
    """True after a person let shell commands run."""
    always_yes: bool = False
    """True where the command line says so: then nobody is asked."""
    commits: OrderedDict[str, Evidence] = member(default_factory=OrderedDict)

    def steps(self, record: Record, seq: int) -> tuple[Step, ...] | Skip:
        """Give the steps of a record, or why there is none."""
        fields, here = record.fields, here_of(record)
        kind, text = text_of(fields, "type"), text_of(fields, "text")
        place = Place(evidence=below(here, "text"), ts=None, native_id=None, parent=None, sidechain=False)
        match kind:
            case "session":
                return self._start(fields, _whole(place, here))
            case "user":
                return tuple(self._user(text, place, seq)) or Skip("no-content")
            case "tool":
                found = tuple(self._program(text, place, seq))
                self.line_before, self.after_agent = text, False
                return found
            case "assistant":
                return tuple(self._agent(text, place, seq)) or Skip("no-content")
            case _:
                return Skip(kind or "(no type)", known=kind == UNROLLED_TYPE)

    def _start(self, fields: Fields, place: Place) -> tuple[Step, ...]:
        self.started = self.started or text_of(fields, "started")
        self.line_before, self.may_run, self.always_yes = "", False, False
        return (Notice(place=place, kind="session", text=text_of(fields, "started"), fields={}),)

    def _user(self, text: str, place: Place, seq: int) -> list[Step]:
        words = text.strip()
        self.may_run, self.line_before, self.after_agent = False, "", False
        if not words or words == _BLANK:
            return []
        if self.facts.native_id is None:
            # Two folders may start in the same second: the first words tell them apart.
            mark = hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:12]
            self.facts.native_id = f"aider-{self.started.replace(' ', 'T')}-{mark}"
        if said.QUESTION.match(words):
            return [Injected(place=place, kind="answer", text=words)]
        name, _, rest = words.partition(" ")
        if name.startswith("!"):
            name, rest = "/run", words[1:]
        if name in _TALKS:
            return [HumanPrompt(place=place, text=rest.strip() or words, carried_plan=None)]
        if not name.startswith("/") or name.count("/") > 1:
            return [HumanPrompt(place=place, text=words, carried_plan=None)]
        steps: list[Step] = [Injected(place=place, kind="command", text=words)]
        if name in _RUNS and rest.strip():
            steps.append(self._shell(name, rest.strip(), place, seq + 1))
        elif name == "/web" and rest.strip():
            url, call_id = rest.strip(), f"{place.evidence.record}:{seq + 1}"
            made = Call(
                place=place, call_id=call_id, tool=name, arguments={"url": url}, seq=seq + 1, kind=ToolKind.FETCH
            )
            steps.append(self._wait(made))
        return steps

    def _agent(self, text: str, place: Place, seq: int) -> list[Step]:
        self.may_run, self.line_before, self.after_agent = False, "", True
        if not text.strip():
            return []
        steps: list[Step] = [AgentText(place=place, text=text)]
        for path, blocks in edits_of(text).items():
            edits = [{"old_string": old, "new_string": new} for old, new in blocks]
            steps.append(self._edit(path, {"edits": edits}, place, seq + len(steps)))
        return steps

    def _program(self, text: str, place: Place, seq: int) -> list[Step]:
        """A line of the program that no rule knows is a notice."""
        steps = self._outcome(text, place, seq) or self._asked(text, place, seq)
        return steps or self._told(text, place)

    def _outcome(self, text: str, place: Place, seq: int) -> list[Step]:
        if applied := said.APPLIED.match(text) or said.NOT_APPLIED.match(text):
            failed = text.startswith("Did not")
            return self._edited(applied["path"].strip(), place, seq, failed=failed)
        if (commit := said.COMMIT.match(text)) and not self.after_agent:
            self.commits[commit["oid"]] = place.evidence
            if len(self.commits) > _MAX_COMMITS:
                self.commits.popitem(last=False)
            return [Committed(place=place, oid=commit["oid"], branch=None, how="committed", inferred=True)]
        if removed := said.REMOVED.match(text):
            first = self.commits.get(removed["oid"], place.evidence)
            return [Abandoned(place=place, first=first, text=text, kind=RejectedPathKind.DISCARD)]
        if self.may_run and (running := said.RUNNING.match(text)):
            return [self._shell(SHELL_TOOL, running["command"], place, seq)]
        if text.strip().startswith(said.INTERRUPTED):
            return [Interrupt(place=place, during_tool=False)]
        return []

    def _edited(self, path: str, place: Place, seq: int, *, failed: bool) -> list[Step]:
        steps: list[Step] = []
        call = self.open_calls.pop(f"edit:{path}", None)
        if call is None:  # the answer had the edit in another form: its lines are not known
            call = self._edit(path, {"replace_all": True}, place, seq)
            self.open_calls.pop(call.call_id)
            steps.append(call)
        edits = call.arguments.get("edits") or []
        created = bool(edits) and all(not edit["old_string"].strip() for edit in edits)
        return [*steps, self._result(call, place, seq + len(steps), failed=failed, created=created)]

    def _asked(self, text: str, place: Place, seq: int) -> list[Step]:
        """A question with its answer. Where the command line says yes to everything no person answered."""
        found = said.QUESTION.match(text)
        if found is None:
            return []
        question, yes, about = found["question"], found["answer"] in "ya", self.line_before.strip()
        notice = Notice(place=place, kind="question", text=text, fields={})
        if said.RUN_QUESTION.match(question):
            self.may_run = yes
            if yes or not about:
                return [notice]
            call = self._shell(SHELL_TOOL, about, place, seq)
            return [call, self._refused(call, place, seq + 1)]
        if editing := said.EDIT_QUESTION.match(question):
            call_id = f"edit:{about}" if f"edit:{about}" in self.open_calls else f"edit:{editing['rest'].strip()}"
            refused = None if yes else self.open_calls.get(call_id)
            return [notice] if refused is None else [self._refused(refused, place, seq)]
        if adding := said.ADD_QUESTION.match(question):
            path = adding["path"] if adding["path"] not in ("", "file") else about
            return [_in_context(path, place)] if yes and path else [notice]
        return [notice]

    def _told(self, text: str, place: Place) -> list[Step]:
        if version := said.VERSION.match(text):
            self.facts.version = self.facts.version or version["version"]
        elif model := said.MODEL.match(text):
            self.model = model["model"]
            self.facts.models.setdefault(self.model)
        elif tokens := said.TOKENS.match(text):
            self._count(tokens["told"])
        elif (added := said.ADDED.match(text)) and not said.LINES_ADDED.match(added["path"]):
            return [_in_context(added["path"], place)]
        elif said.COMMAND_LINE.match(text) and said.YES.search(text):
            self.always_yes = True
            return [Mode(place=place, mode="yes-always")]
        return [Notice(place=place, kind="program", text=text, fields={})]

    def _count(self, told: str) -> None:
        found = said.token_counts(told)
        counts = Tokens(
            input=found.get("sent", 0),
            output=found.get("received", 0),
            cache_read=found.get("cache hit", 0),
            cache_write=found.get("cache write", 0),
        )
        self.tokens.add(self.model or "(not told)", counts)

    def _edit(self, path: str, arguments: Fields, place: Place, seq: int) -> Call:
        call = Call(
            place=place,
            call_id=f"edit:{path}",
            tool=EDIT_TOOL,
            arguments={"file_path": path} | arguments,
            seq=seq,
            kind=ToolKind.EDIT,
        )
        return self._wait(call)

    def _shell(self, tool: str, command: str, place: Place, seq: int) -> Call:
        call_id = f"{place.evidence.record}:{seq}"
        return self._wait(
            Call(place=place, call_id=call_id, tool=tool, arguments={"command": command}, seq=seq, kind=ToolKind.SHELL)
        )

    def _wait(self, call: Call) -> Call:
        self.open_calls[call.call_id] = call
        if len(self.open_calls) > MAX_OPEN_CALLS:
            self.open_calls.popitem(last=False)
        return call

    def _refused(self, call: Call, place: Place, seq: int) -> Result:
        self.open_calls.pop(call.call_id, None)
        refused = None if self.always_yes else Rejected(reason=None, stop=False)
        return self._result(call, place, seq, failed=True, rejected=refused)

    def _result(
        self,
        call: Call,
        place: Place,
        seq: int,
        *,
        failed: bool,
        created: bool = False,
        rejected: Rejected | None = None,
    ) -> Result:
        return Result(
            place=place,
            call=call,
            call_id=call.call_id,
            text="",
            is_error=failed,
            rejected=rejected,
            structured={"ran": not failed, "created": created},
            seq=seq,
        )


def _in_context(path: str, place: Place) -> Attachment:
    return Attachment(place=place, kind="file", fields={"path": path})


def _whole(place: Place, here: Evidence) -> Place:
    return Place(evidence=here, ts=place.ts, native_id=None, parent=None, sidechain=False)
