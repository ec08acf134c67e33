"""What Aider's own lines say."""

from __future__ import annotations

import re

COMMIT = re.compile(r"\ACommit (?P<oid>[0-9a-f]{7,40})\b ?(?P<message>.*)\Z", re.DOTALL)
APPLIED = re.compile(r"\AApplied edit to (?P<path>.{1,512})\Z")
NOT_APPLIED = re.compile(r"\ADid not apply edit to (?P<path>.{1,512}?)(?: \(--dry-run\))?\Z")
REMOVED = re.compile(r"\ARemoved: (?P<oid>[0-9a-f]{7,40})\b ?(?P<message>.*)\Z", re.DOTALL)
VERSION = re.compile(r"\A[Aa]ider v(?P<version>\d[0-9A-Za-z.+-]{0,40})\Z")
MODEL = re.compile(r"\A(?:Main model|Model|Models): (?P<model>\S{1,128}) with .{1,64} edit format")
ADDED = re.compile(r"\AAdded (?P<path>\S.{0,500}?) to (?:the chat|read-only files)\.?\Z")
LINES_ADDED = re.compile(r"\A\d+ lines? of output\Z")
RUNNING = re.compile(r"\ARunning (?P<command>.+)\Z", re.DOTALL)
QUESTION = re.compile(
    r"\A(?P<question>.{1,400}?\?) \(Y\)es/\(N\)o.{0,80}\]:? ?(?P<answer>[a-z])[a-z']{0,5}\Z", re.DOTALL
)
RUN_QUESTION = re.compile(r"\ARun shell commands?\?")
EDIT_QUESTION = re.compile(
    r"\A(?:Create new file|Allow creation of new file|Allow edits to file)\b(?P<rest>.*)\?\Z", re.DOTALL
)
ADD_QUESTION = re.compile(r"\AAdd (?P<path>.{0,400}?) ?(?:file )?to the chat\?\Z")
INTERRUPTED = ("^C again to exit", "^C KeyboardInterrupt", "Keyboard interrupt")
COMMAND_LINE = re.compile(r"\A(?:\S*/)?(?:aider|aider-chat|python\S* -m aider|\S*__main__\.py)(?: |\Z)")
YES = re.compile(r"(?:\A| )--yes(?:-always)?(?: |\Z)")
TOKENS = re.compile(r"\ATokens: (?P<told>.{1,200}?)(?: Cost:.*)?\Z", re.DOTALL)
_AMOUNT = re.compile(r"([\d.,]{1,16})\s?([kKmM]?) (sent|received|cache write|cache hit)\b")
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000}


def token_counts(told: str) -> dict[str, int]:
    """Give the amounts of a line on tokens, by what they are; Aider rounds them."""
    found: dict[str, int] = {}
    for number, scale, name in _AMOUNT.findall(told):
        try:
            found[name] = min(int(float(number.rstrip(".").replace(",", "")) * _SCALE[scale.lower()]), 2**53 - 1)
        except ValueError:
            continue
    return found
