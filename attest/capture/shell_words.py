"""A shell command line as words and operators: quotes, substitutions, comments and here-documents understood."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_SUBSTITUTIONS = 32
_OPERATORS = (
    "&&",
    "||",
    ";;",
    "|&",
    "&>>",
    "&>",
    "<<<",
    "<<-",
    "<<",
    ">>",
    ">&",
    "<&",
    "|",
    "&",
    ";",
    "(",
    ")",
    ">",
    "<",
    "\n",
)
_OPERATOR_STARTS = frozenset(operator[0] for operator in _OPERATORS)
_PLAIN = re.compile(r"[^ \t\r\n&|;()<>\\'\"`$#]+")
"""Characters that mean nothing to the shell: they are taken together."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, its quotes taken off, or an operator."""

    text: str
    operator: bool


def tokens_of(text: str) -> list[Token]:
    """Split into words and operators; comments and here-document bodies are left out."""
    tokens: list[Token] = []
    word: list[str] = []
    open_word = False
    heredocs: list[str] = []
    place = 0
    while place < len(text):
        char = text[place]
        if char in " \t\r":
            if open_word:
                tokens.append(Token("".join(word), operator=False))
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
                tokens.append(Token("".join(word), operator=False))
                word, open_word = [], False
            place += len(operator)
            tokens.append(Token(operator, operator=True))
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
        tokens.append(Token("".join(word), operator=False))
    return tokens


def substitutions(text: str) -> list[str]:
    """Give the command lines inside `$(...)` and back quotes, outermost only, at most `MAX_SUBSTITUTIONS`.

    Quoted text keeps its substitutions, as the shell runs them there; single-quoted text does not.
    """
    found: list[str] = []
    place = 0
    while place < len(text) and len(found) < MAX_SUBSTITUTIONS:
        char = text[place]
        if char == "\\":
            place += 2
        elif char == "'":
            end = text.find("'", place + 1)
            place = len(text) if end < 0 else end + 1
        elif text.startswith("$((", place):
            place = _balanced_end(text, place + 1)
        elif text.startswith("$(", place):
            end = _balanced_end(text, place + 1)
            found.append(text[place + 2 : end - 1])
            place = end
        elif char == "`":
            end = text.find("`", place + 1)
            end = len(text) if end < 0 else end
            found.append(text[place + 1 : end])
            place = end + 1
        elif char == '"':
            place = _in_quotes(text, place + 1, found)
        elif text.startswith("<<", place) and not text.startswith("<<<", place):
            place = max(place + 2, _behind_heredoc(text, place))
        elif char == "#" and (not place or text[place - 1] in " \t\n;"):
            end = text.find("\n", place)
            place = len(text) if end < 0 else end
        else:
            place += 1
    return found


def _in_quotes(text: str, place: int, found: list[str]) -> int:
    """Collect the substitutions of a double-quoted piece; give the place behind it."""
    while place < len(text) and text[place] != '"':
        if text[place] == "\\":
            place += 2
        elif text.startswith("$(", place):
            end = _balanced_end(text, place + 1)
            if not text.startswith("$((", place):
                found.append(text[place + 2 : end - 1])
            place = end
        else:
            place += 1
    return place + 1


def _operator_at(text: str, place: int) -> str:
    if text[place] not in _OPERATOR_STARTS:
        return ""
    return next((operator for operator in _OPERATORS if text.startswith(operator, place)), "")


def _piece(text: str, place: int) -> tuple[str, int]:
    """Give the next piece of a word, quotes taken off, and the place behind it."""
    plain = _PLAIN.match(text, place)
    if plain:
        return plain[0], plain.end()
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
