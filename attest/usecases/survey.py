"""Survey: which commits of a history bear an agent's mark, from git alone (decision D13).

A mark is a hint anyone can write. Its absence means "not known", never "human". Marks are read from the final
trailer block of a message only, because text in the body can be shaped like one.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.git import Repository

TRAILERS: Final = {
    "claude-session": "Claude Code",
    "agent-logs-url": "Copilot coding agent",
    "entire-checkpoint": "Entire",
    "session-attestation": "Whereof",
    "git-session-id": "git session id",
    "amp-thread-id": "Amp",
    "assisted-by": "assistant named",
}
"""Trailer keys that agents and recorders are known to write, and what they stand for."""

CO_AUTHORS: Final = (
    (re.compile(r"noreply@anthropic\.com|\bclaude\[bot\]", re.IGNORECASE), "Claude Code"),
    (re.compile(r"copilot(?:-swe-agent)?(?:\[bot\])?@", re.IGNORECASE), "Copilot"),
    (re.compile(r"\bcopilot\b.*@users\.noreply\.github\.com", re.IGNORECASE), "Copilot"),
    (re.compile(r"\bcopilot@github\.com", re.IGNORECASE), "Copilot"),
    (re.compile(r"cursoragent@cursor\.com|\bcursor\[bot\]", re.IGNORECASE), "Cursor"),
    (re.compile(r"(?:noreply|codex)@openai\.com|chatgpt-codex-connector\[bot\]", re.IGNORECASE), "Codex"),
    (re.compile(r"gemini-code-assist|gemini-cli", re.IGNORECASE), "Gemini"),
    (re.compile(r"google-labs-jules\[bot\]", re.IGNORECASE), "Jules"),
    (re.compile(r"(?:noreply|aider)@aider\.chat|\(aider\)", re.IGNORECASE), "Aider"),
    (re.compile(r"devin-ai-integration", re.IGNORECASE), "Devin"),
    (re.compile(r"openhands@all-hands\.dev", re.IGNORECASE), "OpenHands"),
    (re.compile(r"noreply@opencode\.ai|opencode-agent\[bot\]", re.IGNORECASE), "OpenCode"),
    (re.compile(r"\bamp@ampcode\.com", re.IGNORECASE), "Amp"),
    (re.compile(r"\bcrush@charm\.land", re.IGNORECASE), "Crush"),
    (re.compile(r"factory-droid\[bot\]", re.IGNORECASE), "Factory"),
    (re.compile(r"qwen-coder@alibabacloud\.com", re.IGNORECASE), "Qwen Code"),
    (re.compile(r"\bagent@warp\.dev", re.IGNORECASE), "Warp"),
    (re.compile(r"grokkybara\[bot\]", re.IGNORECASE), "Grok"),
)
"""Co-author lines that agents are known to write."""

NOTES: Final = (
    ("refs/notes/ai", "git-ai"),
    ("refs/notes/ai-attribution", "Qwen Code"),
    ("refs/notes/memento-full-audit", "memento"),
    ("refs/notes/whogitit", "whogitit"),
)
_FIELDS: Final = ("%H", "%an <%ae>", "%cn <%ce>", "%s", "%(trailers:only=true,unfold=true)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedCommit:
    """One commit and the marks found on it."""

    oid: str
    subject: str
    marks: tuple[str, ...]
    """What bears the mark and where: for example `Claude Code (trailer Claude-Session)`; empty is `unmarked`."""

    @property
    def state(self) -> str:
        """`marked` or `unmarked`; the other states of coverage need a policy or evidence."""
        return "marked" if self.marks else "unmarked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What git alone says of a range."""

    commits: tuple[SurveyedCommit, ...]
    by_mark: tuple[tuple[str, int], ...]
    """Commits per kind of mark, most first; one commit can count for several."""
    shallow: bool
    """The clone hides older history: the numbers are of what is here."""

    @property
    def marked(self) -> int:
        """Commits with at least one mark."""
        return sum(1 for c in self.commits if c.marks)


def survey(repository: Repository, revisions: tuple[str, ...]) -> Survey:
    """Read the marks of every commit of the revisions (`("HEAD",)` or `("A..B",)`), newest first."""
    noted = {name: repository.note_objects(ref) for ref, name in NOTES}
    commits = tuple(_commit(row, noted) for row in repository.log_records(revisions, _FIELDS))
    counts = Counter(name for c in commits for name in dict.fromkeys(mark.split(" (")[0] for mark in c.marks))
    return Survey(commits=commits, by_mark=tuple(counts.most_common()), shallow=repository.is_shallow())


def _commit(row: list[str], noted: dict[str, frozenset[str]]) -> SurveyedCommit:
    oid, author, committer, subject, trailers = (*row, "", "", "", "", "")[:5]
    oid = oid.strip()
    marks = [*_trailer_marks(trailers), *_person_marks(author, "author"), *_person_marks(committer, "committer")]
    marks += [f"{name} (note)" for name, oids in noted.items() if oid in oids]
    return SurveyedCommit(oid=oid, subject=subject, marks=tuple(dict.fromkeys(marks)))


def _trailer_marks(trailers: str) -> Iterator[str]:
    for line in trailers.splitlines():
        key, _, value = line.partition(":")
        known = TRAILERS.get(key.strip().lower())
        if known and value.strip():
            yield f"{known} (trailer {key.strip()})"
        if key.strip().lower() == "co-authored-by":
            yield from _person_marks(value, "co-author")


def _person_marks(person: str, role: str) -> Iterator[str]:
    yield from (f"{name} ({role})" for pattern, name in CO_AUTHORS if pattern.search(person))
