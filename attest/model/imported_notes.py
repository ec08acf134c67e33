"""Notes that other tools leave on commits, read into what they claim: git-ai, memento, whogitit. Text in, values out.

Every one is a claim by whoever could push notes. Members of another type, and notes that do not parse, give nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MAX_NOTE_BYTES: Final = 32 * 1024 * 1024
MAX_SESSIONS: Final = 64
_ATTESTED: Final = re.compile(
    r"[ \t]+(s_[0-9a-f]{14}|h_[0-9a-f]{14}|[0-9a-f]{7,40})(?:::t_[0-9a-f]{14})?[ \t]+([0-9,-]+)"
)
_MEMENTO_START: Final = "<!-- git-memento-session:start -->"
_MEMENTO_FIELD: Final = re.compile(r"- (Provider|Session ID|Session Kind): (\S.{0,127})")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedSession:
    """One session that a note names."""

    source: str
    """`git-ai`, `memento` or `whogitit`."""
    session: str
    """The id as the tool writes it; for git-ai `s_` and 14 digits, or the id of its old form."""
    agent: str | None
    native_id: str | None
    """The agent's own session id, where the note holds it in clear."""
    model: str | None
    paths: frozenset[str]
    """Files the note attributes to it; empty where the note has no files."""
    lines: int
    """Lines it attributes; a count the tool made, by its own method."""


def git_ai_session(tool: str, conversation: str) -> str:
    """Give the name that git-ai gives a session of an agent: `s_` and 14 digits of SHA-256 over `tool:id`."""
    return "s_" + hashlib.sha256(f"{tool}:{conversation}".encode()).hexdigest()[:14]


def parse_git_ai(text: str) -> tuple[NotedSession, ...]:
    """Read a note of git-ai: attestation lines, `---`, a JSON document. Lines of known people are no sessions."""
    head, _, tail = text.partition("\n---\n")
    if text.startswith("---\n"):
        head, tail = "", text[4:]
    document = _json(tail) if tail else _json(text)
    if not tail and document:
        return _git_ai_old(document)
    by_id: dict[str, tuple[set[str], int]] = {}
    path = ""
    for line in head.split("\n"):
        match = _ATTESTED.fullmatch(line)
        if match is None:
            path = line.strip().strip('"') if line and line[0] not in " \t" else path
        elif not match[1].startswith("h_"):
            paths, count = by_id.get(match[1], (set(), 0))
            by_id[match[1]] = (paths | {path}, count + _count(match[2]))
    named = {**_members(document, "prompts"), **_members(document, "sessions")}
    out = []
    for name in list(dict.fromkeys([*by_id, *named]))[:MAX_SESSIONS]:
        agent = _members(_as_object(named.get(name)), "agent_id")
        paths, count = by_id.get(name, (set(), 0))
        out.append(
            NotedSession(
                source="git-ai", session=name, agent=_text(agent.get("tool")), native_id=_text(agent.get("id")),
                model=_text(agent.get("model")), paths=frozenset(paths), lines=count,
            )
        )  # fmt: skip
    return tuple(out)


def _git_ai_old(document: Mapping[str, object]) -> tuple[NotedSession, ...]:
    """Read the form before 1.0: authors of lines by name. A person and an agent look alike there unless it has metadata."""
    found: dict[str, tuple[set[str], int, Mapping[str, object]]] = {}
    for path, file in _members(document, "files").items():
        authors = _as_object(file).get("authors")
        for author in authors if isinstance(authors, list) else []:
            row = _as_object(author)
            name, meta = _text(row.get("author")), _members(row, "agent_metadata")
            if name is None or not (meta or _OLD_AGENTS.search(name)):
                continue
            paths, count, known = found.get(name, (set(), 0, {}))
            lines = row.get("lines")
            amount = sum(_old_count(item) for item in lines) if isinstance(lines, list) else 0
            found[name] = (paths | {path}, count + amount, meta or known)
    return tuple(
        NotedSession(
            source="git-ai", session=_text(meta.get("id")) or name, agent=_text(meta.get("tool")) or name,
            native_id=_text(meta.get("id")), model=_text(meta.get("model")), paths=frozenset(paths), lines=count,
        )
        for name, (paths, count, meta) in list(found.items())[:MAX_SESSIONS]
    )  # fmt: skip


_OLD_AGENTS: Final = re.compile(r"\b(?:claude|codex|cursor|copilot|gemini|aider|windsurf|opencode)\b", re.IGNORECASE)


def parse_memento(text: str) -> tuple[NotedSession, ...]:
    """Read a note of memento: one or more sessions in Markdown, each headed by provider and session id."""
    pieces = text.split(_MEMENTO_START)[1:] or ([text] if text.lstrip().startswith("# Git Memento Session") else [])
    out = []
    for piece in pieces[:MAX_SESSIONS]:
        # Only the head counts: the words of the session below it may hold lines of the same form.
        fields: dict[str, str] = {}
        for line in piece.split("\n")[:24]:
            match = _MEMENTO_FIELD.fullmatch(line.rstrip())
            if match:
                fields.setdefault(match[1], match[2].strip())
        session = fields.get("Session ID")
        if session:
            out.append(
                NotedSession(
                    source="memento", session=session, agent=fields.get("Provider"), native_id=session, model=None,
                    paths=frozenset(), lines=0,
                )
            )  # fmt: skip
    return tuple({one.session: one for one in out}.values())


def parse_whogitit(text: str) -> tuple[NotedSession, ...]:
    """Read a note of whogitit (version 2): one session, and every line of every file with where it came from."""
    document = _json(text)
    session = _members(document, "session")
    name = _text(session.get("session_id"))
    if name is None:
        return ()
    files = document.get("files")
    paths: set[str] = set()
    count = 0
    for file in files if isinstance(files, list) else []:
        row = _as_object(file)
        summary = _members(row, "summary")
        written = sum(value for key in ("ai_lines", "ai_modified_lines") if isinstance(value := summary.get(key), int))
        path = _text(row.get("path"))
        if path is not None and written:
            paths.add(path)
            count += written
    model = _members(session, "model")
    return (
        NotedSession(
            source="whogitit", session=name, agent=_text(model.get("provider")), native_id=name,
            model=_text(model.get("id")), paths=frozenset(paths), lines=count,
        ),
    )  # fmt: skip


def _count(ranges: str) -> int:
    total = 0
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        if first.isdigit() and len(first) < 9:
            total += int(last) - int(first) + 1 if last.isdigit() and len(last) < 9 else 1
    return max(total, 0)


def _old_count(item: object) -> int:
    if isinstance(item, int):
        return 1
    match item:
        case [int(first), int(last)]:
            return max(0, last - first + 1)
        case _:
            return 0


def _json(text: str) -> Mapping[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _members(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    return _as_object(value.get(name))


def _as_object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
