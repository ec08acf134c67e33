"""Recognisers that an operator writes in Presidio's YAML, as rules of the first pass.

Presidio's own loader compiles patterns with a backtracking engine and drops one that times out. Here each pattern is
compiled by both linear-time engines, or the file is refused with the line. As in Presidio, letter case does not matter,
`.` matches a line feed, and context is looked for before a match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import re2

from redaction.rules import Rule
from redaction.yaml_border import Node

GROUP: Final = "user"
SURE_SCORE: Final = 0.5
"""A pattern with a lower score is believed only after one of its recogniser's context words, if it names any."""
CONTEXT_CHARS: Final = 80
"""Most characters between a context word and the match, on one line."""
MAX_RECOGNIZERS: Final = 200
MAX_PATTERNS: Final = 50
MAX_PATTERN_CHARS: Final = 1000
MAX_DENIED: Final = 10_000
MAX_CONTEXT: Final = 50
MIN_DENIED_CHARS: Final = 3
_ENTITY: Final = re.compile(r"[A-Z][A-Z_]{1,30}")
_NAME: Final = re.compile(r"[\w .()/-]{1,80}")
_RECOGNIZER_KEYS: Final = frozenset(
    "name type enabled supported_language supported_languages supported_entity patterns deny_list deny_list_score context".split()
)
_PATTERN_KEYS: Final = frozenset({"name", "regex", "score"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRules:
    """What the recognisers of a file come to."""

    rules: tuple[Rule, ...] = ()
    denied: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """(entity, value) of every deny list, whole words in any letter case."""


def user_rules(recognizers: Node) -> UserRules:
    """Give the rules of a list of recognisers.

    Raises:
        ConfigRefused: a recogniser that cannot be carried out as written; the message names file and line.
    """
    rules: list[Rule] = []
    denied: list[tuple[str, str]] = []
    seen: set[str] = set()
    for node in recognizers.items(MAX_RECOGNIZERS):
        members = node.mapping(_RECOGNIZER_KEYS)
        if _flag(members.get("enabled")):
            name = _name(node, members, seen)
            entity = _entity(node, members)
            found = _patterns(members, name, entity)
            words = members["deny_list"].items(MAX_DENIED) if "deny_list" in members else ()
            if not found and not words:
                node.refuse("a recogniser needs patterns or a deny_list")
            rules += found
            denied += [(entity, _denied(word)) for word in words]
    return UserRules(rules=tuple(rules), denied=tuple(sorted(set(denied))))


def _flag(node: Node | None) -> bool:
    if node is None:
        return True
    if not isinstance(node.value, bool):
        node.refuse("expected true or false")
    return node.value


def _name(node: Node, members: dict[str, Node], seen: set[str]) -> str:
    kind = members.get("type")
    if kind is not None and kind.text() != "custom":
        kind.refuse("only recognisers of type custom are read; what is built in is set by the profile")
    if "name" not in members or not _NAME.fullmatch(members["name"].text()):
        node.refuse("a recogniser needs a plain name")
    name = members["name"].text()
    if name in seen:
        members["name"].refuse("this name stands twice")
    seen.add(name)
    return name


def _entity(node: Node, members: dict[str, Node]) -> str:
    entity = members.get("supported_entity")
    if entity is None or not _ENTITY.fullmatch(entity.text()):
        (entity or node).refuse("supported_entity: 2 to 31 capital letters and underscores")
    return entity.text()


def _denied(node: Node) -> str:
    word = node.text().strip()
    if len(word) < MIN_DENIED_CHARS:
        node.refuse(f"a word of a deny list has at least {MIN_DENIED_CHARS} characters")
    return word


def _patterns(members: dict[str, Node], name: str, entity: str) -> list[Rule]:
    context = members["context"].texts(MAX_CONTEXT) if "context" in members else ()
    rules: list[Rule] = []
    for node in members["patterns"].items(MAX_PATTERNS) if "patterns" in members else ():
        pattern = node.mapping(_PATTERN_KEYS)
        if not {"name", "regex"} <= pattern.keys() or not _NAME.fullmatch(pattern["name"].text()):
            node.refuse("a pattern needs a plain name and a regex")
        score = _score(pattern.get("score"))
        body = f"(?is:{_regex(pattern['regex'])})"
        if context and score < SURE_SCORE:
            words = "|".join(re.escape(word) for word in context)
            body = rf"(?i:\b(?:{words}))[^\n]{{0,{CONTEXT_CHARS}}}?({body})"
        else:
            body = f"({body})"
        _require_compiled(pattern["regex"], body)
        rules.append(
            Rule(name=f"user/{name}/{pattern['name'].text()}", group=GROUP, entity=entity, pattern=body, capture=1)
        )
    return rules


def _score(node: Node | None) -> float:
    if node is None:
        return 1.0
    if isinstance(node.value, bool) or not isinstance(node.value, int | float) or not 0 <= node.value <= 1:
        node.refuse("a score is a number from 0 to 1")
    return float(node.value)


def _regex(node: Node) -> str:
    text = node.text(MAX_PATTERN_CHARS)
    if not text.isascii():
        node.refuse("a regex is written in ASCII; words with other letters go into a deny_list")
    if re.search(r"\\[pPCX]", text):
        node.refuse("character classes of Unicode are not known here")
    return text


def _require_compiled(node: Node, pattern: str) -> None:
    """Refuse what either engine does not take, and what matches nothing at all."""
    import hyperscan

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    try:
        compiled = re2.compile(f"(?m){pattern}".encode(), options)
    except re2.error:
        node.refuse("RE2 does not take this regex (no look-around, no back references, bounded counts)")
    if compiled.search(b"") or compiled.search(b"\n"):
        node.refuse("this regex matches an empty text")
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_MULTILINE | hyperscan.HS_FLAG_SINGLEMATCH
    try:
        database.compile(expressions=[pattern.encode()], ids=[0], flags=[flags])
    except hyperscan.error:
        node.refuse("the many-pattern engine does not take this regex")
