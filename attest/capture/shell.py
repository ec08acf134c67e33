"""A shell command line taken apart: its simple commands, and what hides each one's exit code.

Not a shell: quoting, operators, groups, here-documents and the common control words are understood; words are not
expanded. What is not understood makes a command masked, never clear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from attest.capture.shell_words import Token, tokens_of
from attest.model.checks import Mask

MAX_COMMAND_CHARS = 32_768
MAX_COMMANDS = 256
_MAX_DEPTH = 8

_OPENERS = frozenset({"if", "while", "until", "for", "case", "select"})
_CLOSERS = frozenset({"fi", "done", "esac"})
_CONTROL_WORDS = frozenset({"then", "else", "elif", "do", "!", "in"})
_ASSIGNMENT = re.compile(r"\A[A-Za-z_][A-Za-z0-9_]*\+?=")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleCommand:
    """One command of a line."""

    assignments: tuple[str, ...]
    """Names of variables set for this command alone."""
    argv: tuple[str, ...]
    """Words with their quotes taken off; substitutions stay as written."""
    masks: tuple[Mask, ...]
    """Why the exit of the whole line is not this command's; empty: exit 0 of the line means exit 0 of this one."""
    redirects: tuple[str, ...]
    """Files its output is sent to."""
    inputs: tuple[str, ...]
    """Files its input comes from."""


@dataclass(slots=True)
class _Part:
    """A simple command, and what stands behind it in its list."""

    words: list[str]
    redirects: list[str]
    inputs: list[str]
    masks: set[Mask]


@lru_cache(maxsize=64)
def split_command(command: str) -> tuple[SimpleCommand, ...]:
    """Give the simple commands of a line, at most `MAX_COMMANDS`, in order.

    Several rules ask for the same line one after the other: the last few answers are kept.
    """
    tokens = tokens_of(command[:MAX_COMMAND_CHARS])
    parts = _parse(tokens, _Options(), depth=0)[0]
    if len(command) > MAX_COMMAND_CHARS:
        for part in parts:
            part.masks.add(Mask.TRUNCATION)
    return tuple(_simple(part) for part in parts[:MAX_COMMANDS] if part.words or part.redirects)


@dataclass(slots=True)
class _Options:
    errexit: bool = False
    pipefail: bool = False


@dataclass(slots=True)
class _Unit:
    """One element of a list: a simple command with the groups it stands with, and the options in force there."""

    parts: list[_Part]
    operator: str
    """What stands behind it."""
    errexit: bool
    pipefail: bool


def _parse(tokens: list[Token], options: _Options, depth: int, start: int = 0) -> tuple[list[_Part], int]:
    """Give the parts of a list up to its closing parenthesis, and the place behind it."""
    units: list[_Unit] = []
    current = _new_part()
    group: list[_Part] = []
    control = 0
    place = start
    while place < len(tokens):
        token = tokens[place]
        if token.operator and token.text == "(" and depth < _MAX_DEPTH and not current.words:
            inner, place = _parse(tokens, replace(options), depth + 1, place + 1)
            group.extend(_within(inner, {Mask.CONTROL} if control else current.masks))
            continue
        if token.operator and token.text == ")":
            place += 1
            if depth:
                break
            continue
        if token.operator and token.text in ("&&", "||", ";", ";;", "|", "|&", "&", "\n"):
            units.append(_Unit([*group, current], token.text, options.errexit, options.pipefail))
            _note_options(current, token.text, options)
            current, group = _new_part(), []
            place += 1
            continue
        if token.operator and token.text == "(":
            # an array or the head of a function: nothing in it runs here
            place = _parse(tokens, replace(options), depth + 1, place + 1)[1] if depth < _MAX_DEPTH else place + 1
            continue
        if token.operator:
            place = _redirect(tokens, place, current)
            continue
        control = _word(token.text, current, control)
        place += 1
    units.append(_Unit([*group, current], "", options.errexit, options.pipefail))
    _mask(units)
    return [part for unit in units for part in unit.parts], place


def _word(text: str, current: _Part, control: int) -> int:
    """Add a word; give the depth of control structures after it."""
    if not current.words:
        if text in _OPENERS:
            control += 1
            current.masks.add(Mask.CONTROL)
            return control
        if text in _CLOSERS:
            return max(0, control - 1)
        if text in _CONTROL_WORDS:
            current.masks.add(Mask.CONTROL)
            return control
        if text in ("{", "}"):
            return control
    if control:
        current.masks.add(Mask.CONTROL)
    current.words.append(text)
    return control


def _redirect(tokens: list[Token], place: int, current: _Part) -> int:
    """Take a redirection and its word."""
    operator = tokens[place].text
    if place + 1 < len(tokens) and not tokens[place + 1].operator:
        name = tokens[place + 1].text
        if operator in (">", ">>", "&>", "&>>") and not name.startswith("&"):
            current.redirects.append(name)
        elif operator == "<":
            current.inputs.append(name)
        if current.words and operator in (">", ">>", ">&", "<", "<&") and re.fullmatch(r"[0-9]", current.words[-1]):
            current.words.pop()
        return place + 2
    return place + 1


def _within(parts: list[_Part], masks: set[Mask]) -> list[_Part]:
    """What stands in a group in a loop or a condition is as hidden as the group."""
    for part in parts:
        part.masks |= masks & {Mask.CONTROL}
    return parts


def _note_options(current: _Part, operator: str, options: _Options) -> None:
    """Follow `set -e` and `set -o pipefail`, which undo masks of what stands behind them, where they surely took hold."""
    words = current.words
    if words[:1] != ["set"] or Mask.CONTROL in current.masks or operator in ("|", "|&", "&", "||"):
        return
    text = " ".join(words[1:])
    if re.search(r"(?:^|\s)[-][a-z]*e", text):
        options.errexit = True
    if re.search(r"(?:^|\s)[-][a-z]*o pipefail", text):
        options.pipefail = True
    if "+" in text:
        options.errexit = options.pipefail = False


def _mask(units: list[_Unit]) -> None:
    """Walk from the end and add what hides the exit of each unit.

    Under `set -e` a `;` hides nothing of the command right before it, but still hides what `&&` joins to that one.
    """
    _drop_empty_tail(units)
    behind: set[Mask] = set()
    for place in range(len(units) - 1, -1, -1):
        unit = units[place]
        own: set[Mask] = set()
        match unit.operator:
            case "|" | "|&":
                own = set() if unit.pipefail else {Mask.PIPE}
            case "||":
                behind = behind if _forces_failure(units, place + 1) else behind | {Mask.OR}
            case ";" | "\n" | ";;":
                behind = {Mask.SEMICOLON}
            case "&":
                behind = {Mask.BACKGROUND}
            case _:  # `&&` and the end hide nothing
                pass
        alone = (
            unit.operator in (";", "\n") and unit.errexit and (not place or units[place - 1].operator in (";", "\n"))
        )
        if place and units[place - 1].operator == "||":
            own.add(Mask.OR)
        for part in unit.parts:
            part.masks |= own | (set() if alone else behind)


def _drop_empty_tail(units: list[_Unit]) -> None:
    """A `;` or line end with nothing behind it hides nothing."""
    while units and not units[-1].operator and not any(part.words for part in units[-1].parts):
        tail = units.pop()
        last = units[-1] if units else None
        if last is not None:
            last.operator = "" if last.operator in (";", "\n") else last.operator
            last.parts.extend(part for part in tail.parts if part.redirects)


def _forces_failure(units: list[_Unit], place: int) -> bool:
    """Tell whether what stands behind `||` always fails, as in `|| exit 1`."""
    words = units[place].parts[-1].words if place < len(units) else []
    if place + 1 < len(units):
        return False
    return words[:1] == ["false"] or (
        words[:1] == ["exit"] and len(words) == 2 and words[1].isdigit() and words[1] != "0"
    )


def _new_part() -> _Part:
    return _Part([], [], [], set())


def _simple(part: _Part) -> SimpleCommand:
    words = list(part.words)
    names: list[str] = []
    while words and _ASSIGNMENT.match(words[0]):
        names.append(words.pop(0).split("=", 1)[0].rstrip("+"))
    order = [mask for mask in Mask if mask in part.masks]
    return SimpleCommand(
        assignments=tuple(names),
        argv=tuple(words),
        masks=tuple(order),
        redirects=tuple(part.redirects),
        inputs=tuple(part.inputs),
    )
