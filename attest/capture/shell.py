"""A shell command line taken apart: its simple commands, and what hides each one's exit code.

Not a shell: quoting, operators, groups, here-documents and the common control words are understood; words are not
expanded. What is not understood makes a command masked, never clear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from attest.model.checks import Mask

MAX_COMMAND_CHARS = 32_768
MAX_COMMANDS = 256
_MAX_DEPTH = 8

_OPERATORS = ("&&", "||", ";;", "|&", "&>>", "&>", "<<<", "<<-", "<<", ">>", ">&", "<&", "|", "&", ";", "(", ")", ">", "<", "\n")
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


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    operator: bool


@dataclass(slots=True)
class _Part:
    """A simple command, and what stands behind it in its list."""

    words: list[str]
    redirects: list[str]
    inputs: list[str]
    masks: set[Mask]


def split_command(command: str) -> tuple[SimpleCommand, ...]:
    """Give the simple commands of a line, at most `MAX_COMMANDS`, in order."""
    tokens = _tokens(command[:MAX_COMMAND_CHARS])
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


def _parse(tokens: list[_Token], options: _Options, depth: int, start: int = 0) -> tuple[list[_Part], int]:
    """Give the parts of a list up to its closing parenthesis, and the place behind it."""
    units: list[_Unit] = []
    current = _new_part()
    group: list[_Part] = []
    control = 0
    place = start
    while place < len(tokens):
        token = tokens[place]
        if token.operator and token.text == "(" and depth < _MAX_DEPTH and not current.words:
            inner, place = _parse(tokens, options, depth + 1, place + 1)
            group.extend(inner)
            continue
        if token.operator and token.text == ")":
            place += 1
            if depth:
                break
            continue
        if token.operator and token.text in ("&&", "||", ";", ";;", "|", "|&", "&", "\n"):
            units.append(_Unit([*group, current], token.text, options.errexit, options.pipefail))
            _note_options(current.words, options)
            current, group = _new_part(), []
            place += 1
            continue
        if token.operator and token.text == "(":
            inner, place = _parse(tokens, options, depth + 1, place + 1)
            continue  # an array or the head of a function: nothing in it runs here
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


def _redirect(tokens: list[_Token], place: int, current: _Part) -> int:
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


def _note_options(words: list[str], options: _Options) -> None:
    """Follow `set -e` and `set -o pipefail`, which undo masks of what stands behind them."""
    if words[:1] != ["set"]:
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
        alone = unit.operator in (";", "\n") and unit.errexit and (not place or units[place - 1].operator in (";", "\n"))
        if place and units[place - 1].operator == "||":
            own.add(Mask.OR)
        for part in unit.parts:
            part.masks |= own | (set() if alone else behind)


def _drop_empty_tail(units: list[_Unit]) -> None:
    """A `;` or line end with nothing behind it hides nothing."""
    while units and not units[-1].operator and not any(part.words for part in units[-1].parts):
        tail = units.pop()
        if units and units[-1].operator in (";", "\n"):
            units[-1].operator = ""
        for part in tail.parts:
            if part.redirects and units:
                units[-1].parts.append(part)


def _forces_failure(units: list[_Unit], place: int) -> bool:
    """Tell whether what stands behind `||` always fails, as in `|| exit 1`."""
    words = units[place].parts[-1].words if place < len(units) else []
    if place + 1 < len(units):
        return False
    return words[:1] == ["false"] or (words[:1] == ["exit"] and len(words) == 2 and words[1].isdigit() and words[1] != "0")


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


def _tokens(text: str) -> list[_Token]:
    """Split into words and operators; comments and here-document bodies are left out."""
    tokens: list[_Token] = []
    word: list[str] = []
    open_word = False
    heredocs: list[str] = []
    place = 0
    while place < len(text):
        char = text[place]
        if char in " \t\r":
            if open_word:
                tokens.append(_Token("".join(word), operator=False))
                word, open_word = [], False
            place += 1
            continue
        if char == "#" and not open_word:
            end = text.find("\n", place)
            place = len(text) if end < 0 else end
            continue
        operator = _operator_at(text, place)
        if operator:
            if open_word:
                tokens.append(_Token("".join(word), operator=False))
                word, open_word = [], False
            place += len(operator)
            tokens.append(_Token(operator, operator=True))
            if operator in ("<<", "<<-"):
                delimiter, place = _delimiter(text, place)
                heredocs.append(delimiter)
                tokens.pop()
            elif operator == "\n" and heredocs:
                place = _skip_heredocs(text, place, heredocs)
            continue
        piece, place = _piece(text, place)
        word.append(piece)
        open_word = True
    if open_word:
        tokens.append(_Token("".join(word), operator=False))
    return tokens


def _operator_at(text: str, place: int) -> str:
    return next((operator for operator in _OPERATORS if text.startswith(operator, place)), "")


def _piece(text: str, place: int) -> tuple[str, int]:
    """Give the next piece of a word, quotes taken off, and the place behind it."""
    char = text[place]
    if char == "\\":
        return ("" if text[place + 1 : place + 2] == "\n" else text[place + 1 : place + 2]), place + 2
    if char == "'":
        end = text.find("'", place + 1)
        end = len(text) if end < 0 else end
        return text[place + 1 : end], end + 1
    if char == '"':
        end = _quoted_end(text, place + 1)
        return text[place + 1 : end].replace('\\"', '"'), end + 1
    if char == "`":
        end = text.find("`", place + 1)
        end = len(text) if end < 0 else end
        return text[place : end + 1], end + 1
    if text.startswith(("$(", "${", "<(", ">("), place):
        end = _balanced_end(text, place + 1)
        return text[place:end], end
    return char, place + 1


def _quoted_end(text: str, place: int) -> int:
    while place < len(text) and text[place] != '"':
        if text[place] == "\\":
            place += 2
        elif text.startswith("$(", place):
            place = _balanced_end(text, place + 1)
        else:
            place += 1
    return min(place, len(text))


def _balanced_end(text: str, place: int) -> int:
    """Give the place behind the bracket that closes the one at `place`; quotes inside are skipped."""
    opening = text[place]
    closing = ")" if opening == "(" else "}"
    depth = 0
    while place < len(text):
        char = text[place]
        if char == "\\":
            place += 1
        elif text.startswith("<<", place) and not text.startswith("<<<", place):
            place = _behind_heredoc(text, place)
            continue
        elif char == "'":
            end = text.find("'", place + 1)
            place = len(text) if end < 0 else end
        elif char == opening:
            depth += 1
        elif char == closing:
            depth -= 1
            if not depth:
                return place + 1
        place += 1
    return len(text)


def _behind_heredoc(text: str, place: int) -> int:
    """Give the place of the line end behind the body of the here-document that starts at `place`."""
    delimiter, place = _delimiter(text, place + (3 if text.startswith("<<-", place) else 2))
    line_end = text.find("\n", place)
    if not delimiter or line_end < 0:
        return place
    return max(place, _skip_heredocs(text, line_end + 1, [delimiter]) - 1)


def _delimiter(text: str, place: int) -> tuple[str, int]:
    while place < len(text) and text[place] in " \t":
        place += 1
    found = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"|([^\s;&|<>()]+)").match(text, place)
    if not found:
        return "", place
    return next(group for group in found.groups() if group is not None).replace("\\", ""), found.end()


def _skip_heredocs(text: str, place: int, heredocs: list[str]) -> int:
    """Give the place behind the bodies of the waiting here-documents."""
    for delimiter in heredocs:
        while place < len(text):
            end = text.find("\n", place)
            end = len(text) if end < 0 else end
            line = text[place:end]
            place = end + 1
            if line.strip() == delimiter:
                break
    heredocs.clear()
    return min(place, len(text))
