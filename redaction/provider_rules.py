"""The rule texts that the package `kingfisher-secret-scanner` ships, as first-pass rules.

Only texts and filters are read: no validation and no revocation of that package is ever called, both use the network.
A filter is judged here with three values; a match is left out only where its filter surely says so, so that this
reading of a rule finds at least what the package's own scanner finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import re2

from redaction.rules import Rule

if TYPE_CHECKING:
    from kingfisher_sdk import Rules

GROUP = "provider"
_Node = Mapping[str, object]
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@lru_cache(maxsize=2)
def load_catalogue(cache_dir: Path | None) -> Rules:
    """Load the package's own rules at their lowest confidence; with a directory its compiled form is kept there.

    The catalogue never changes, so a process loads it once.
    """
    from kingfisher_sdk import Rules

    return Rules(confidence="low", cache=cache_dir is not None, cache_dir=cache_dir)


def provider_rules(catalogue: Rules) -> tuple[Rule, ...]:
    """Give the visible rules as first-pass rules, sorted by name."""
    details = (catalogue.detail(str(row["id"])) for row in catalogue.metadata())
    return tuple(sorted((_rule(detail) for detail in details if detail["visible"]), key=lambda rule: rule.name))


def _rule(detail: Mapping[str, object]) -> Rule:
    name = str(detail["id"])
    group = cast("int", detail["betterleaks_secret_group"]) or -1
    entity = "PRIVATE_KEY" if "private-key" in name and "polymarket" not in name else "SECRET"
    tree = cast("_Node | None", detail["betterleaks_filter"])
    return Rule(
        name=name,
        group=GROUP,
        entity=entity,
        pattern=_portable(str(detail["detection_regex"])),
        capture=group,
        accept=None if tree is None else lambda value, match: _truth(tree, value, match) is not True,
    )


_RE2_MOST_REPEATS = 1000


def _portable(pattern: str) -> str:
    """Give a pattern in RE2 syntax: no extended-syntax flag, no count above RE2's limit (it then has no upper end)."""
    pattern = re.sub(r"\{(\d+),(\d+)\}", lambda m: m[0] if int(m[2]) <= _RE2_MOST_REPEATS else f"{{{m[1]},}}", pattern)
    if not pattern.startswith("(?x)"):
        return pattern
    kept, in_class, index = [], False, 4
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            kept.append(pattern[index : index + 2])
            index += 2
            continue
        in_class = (in_class or char == "[") and char != "]"
        if in_class or not char.isspace():
            kept.append(char)
        index += 1
    return "".join(kept)


def _truth(node: _Node, value: str, match: str) -> bool | None:
    """Judge a filter: True, False, or None where it asks something this reading does not know."""
    kind = node.get("kind")
    if kind == "bool":
        return bool(node.get("value"))
    if kind == "unary" and node.get("operator") == "!":
        inner = _truth(_child(node, "node"), value, match)
        return None if inner is None else not inner
    if kind == "call":
        return _call(node, value, match)
    if kind != "binary":
        return None
    operator = str(node.get("operator"))
    if operator in ("||", "&&"):
        sides = (_truth(_child(node, "left"), value, match), _truth(_child(node, "right"), value, match))
        decisive = operator == "||"
        if decisive in sides:
            return decisive
        return None if None in sides else not decisive
    return _comparison(operator, node, value)


def _comparison(operator: str, node: _Node, value: str) -> bool | None:
    compare = _COMPARE.get(operator)
    left, right = _child(node, "left"), _child(node, "right")
    if compare is None or _callee(left) != "entropy" or right.get("kind") not in ("float", "integer"):
        return None
    if _subject(_arguments(left), value, "") != value:
        return None
    from kingfisher_sdk import shannon_entropy

    return compare(shannon_entropy(value.encode("utf-8", "replace")), float(str(right["value"])))


def _call(node: _Node, value: str, match: str) -> bool | None:
    arguments = _arguments(node)
    subject = _subject(arguments, value, match)
    words = _words(arguments[1]) if len(arguments) > 1 else None
    if subject is None or words is None:
        return None
    called = _callee(node)
    if called == "containsAny":
        return any(word in subject for word in words)
    if called == "matchesAny":
        return any(regex is not None and regex.search(subject) is not None for regex in map(_regex, words))
    return None


def _subject(arguments: list[_Node], value: str, match: str) -> str | None:
    if not arguments or arguments[0].get("kind") != "member":
        return None
    owner, member = _child(arguments[0], "node"), _child(arguments[0], "property")
    if owner.get("value") != "finding":
        return None
    return {"secret": value, "match": match}.get(str(member.get("value")))


def _words(node: _Node) -> tuple[str, ...] | None:
    nodes = cast("list[_Node]", node.get("nodes") or [])
    if node.get("kind") != "array" or any(item.get("kind") != "string" for item in nodes):
        return None
    return tuple(str(item["value"]) for item in nodes)


@lru_cache(maxsize=4096)
def _regex(pattern: str) -> re.Pattern[str] | None:
    options = re2.Options()
    options.log_errors = False
    try:
        return cast("re.Pattern[str]", re2.compile(pattern, options))
    except re2.error:
        return None


def _callee(node: _Node) -> str:
    return str(_child(node, "callee").get("value")) if node.get("kind") == "call" else ""


def _arguments(node: _Node) -> list[_Node]:
    return cast("list[_Node]", node.get("arguments") or [])


def _child(node: _Node, name: str) -> _Node:
    return cast("_Node", node.get(name) or {})
