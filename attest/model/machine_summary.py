"""What a machine wrote about a session: words of a program that an operator named. Never evidence, and nothing counts it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from attest.canonical import canonical_json
from attest.errors import CannotVerify, InvalidInput, NotVerified
from attest.model.plain import from_plain, to_plain

MARK: Final = "machine summary, not evidence"
"""Stands wherever the words are shown."""
MAX_TEXT_CHARS: Final = 8_000
MAX_ANSWER_BYTES: Final = 64 * 1024
"""Longest answer of a program, with its frame."""
NAME: Final = re.compile(r"[A-Za-z0-9._:/@-]{1,128}")
"""What a program, a model and a version may be called."""
_MEMBERS: Final = frozenset({"model", "version", "text"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The answer of a program; which model it asked is its own word."""

    model: str
    version: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSummary:
    """A summary as it is kept: whose words it is, of what, and when they were made."""

    session: str
    attestation: str
    """The capture whose events were given."""
    name: str
    """As the operator calls the program."""
    model: str
    version: str
    text: str
    """Hostile: to be escaped wherever it is shown."""
    made_at: datetime
    input_sha256: str
    """Of the bytes that the program was given."""
    events: int
    whole: bool
    """Whether those were all events of the capture."""

    @property
    def title(self) -> str:
        """Give the mark, with whose words follow."""
        return f"{MARK}, by {self.name}"

    @property
    def source(self) -> str:
        """Give what the words were made of, as far as somebody says so."""
        given = f"{self.events:,} events" if self.whole else f"the first {self.events:,} events, not all"
        return f"Model {self.model}, version {self.version} (as the program says), from {given}"


def parse_answer(data: bytes) -> Said:
    """Read what a program answered: `{"model": …, "version": …, "text": …}`, and nothing else.

    Raises:
        CannotVerify: `summary.failed`; nothing of the answer is in the error.
    """
    try:
        value = json.loads(data.decode("utf-8")) if len(data) <= MAX_ANSWER_BYTES else None
    except (ValueError, RecursionError) as err:
        raise _failed("one JSON object in UTF-8") from err
    if not isinstance(value, dict) or value.keys() != _MEMBERS:
        raise _failed("members " + ", ".join(sorted(_MEMBERS)) + f" in at most {MAX_ANSWER_BYTES:,} bytes")
    model, version, text = value["model"], value["version"], value["text"]
    if not all(isinstance(one, str) and NAME.fullmatch(one) for one in (model, version)):
        raise _failed("model and version of " + NAME.pattern)
    if not isinstance(text, str) or not 1 <= len(text.strip()) <= MAX_TEXT_CHARS or not _is_text(text):
        raise _failed(f"a text of 1 to {MAX_TEXT_CHARS:,} characters")
    return Said(model=model, version=version, text=text.strip())


def summary_json(summary: MachineSummary) -> dict[str, object]:
    """Give the JSON form for readers, which begins with the mark."""
    return {"mark": MARK, **to_plain(summary)}


def summary_bytes(summary: MachineSummary) -> bytes:
    """Give the bytes that are sealed."""
    return canonical_json(to_plain(summary))


def parse_summary(data: bytes) -> MachineSummary:
    """Read what `summary_bytes` gave.

    Raises:
        NotVerified: `ledger.corrupt`: it is of another form.
    """
    try:
        found: MachineSummary = from_plain(MachineSummary, json.loads(data), "machine summary")
    except (ValueError, InvalidInput) as err:
        raise NotVerified("ledger.corrupt", "a machine summary of another form") from err
    return found


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half of a character, which JSON can spell and nothing can keep
        return False
    return True


def _failed(expected: str) -> CannotVerify:
    return CannotVerify("summary.failed", "the answer is of another form", expected=expected)
