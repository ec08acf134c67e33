"""What only starts another command is taken off: `sudo`, `uv run`, `timeout 60`, `xargs`, `docker compose exec web`."""

from __future__ import annotations

import re

from attest.capture.check_options import BARE_PREFIXES, CONTAINERS, PREFIXES, VALUED, XARGS_VALUED
from attest.capture.check_words import ALWAYS, FIRST_ARGUMENT

_PYTHON = re.compile(r"python[0-9.]*|py|pypy[0-9.]*")
_MOST_LAYERS = 6


def unwrapped(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Give the words of the command that is really run, its name without its folder."""
    words = argv
    for _ in range(_MOST_LAYERS):
        if not words:
            return ()
        name = name_of(words[0])
        inner = _inner(name, words)
        if inner is None:
            return (_kept(words[0]), *words[1:])
        words = inner
    return words


def _inner(name: str, words: tuple[str, ...]) -> tuple[str, ...] | None:
    """Give the command behind one layer; None where the first word is the command itself."""
    if name in BARE_PREFIXES:
        return _behind_options(words[1:], VALUED, number=name in ("timeout", "gtimeout"))
    if name == "xargs":
        return _behind_options(words[1:], XARGS_VALUED, number=False)
    if name == "find":
        return _of_find(words)
    if len(words) > 1 and words[1] in PREFIXES.get(name, ()):
        return _behind_options(words[2:], VALUED, number=False)
    if _PYTHON.fullmatch(name):
        return _module(words)
    return None


def _module(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """Give what `python -m` runs, behind options of the interpreter itself."""
    place = 1
    while place < len(words) and words[place].startswith("-"):
        if words[place] == "-m" and place + 1 < len(words):
            return words[place + 1 :]
        place += 2 if words[place] in ("-X", "-W") else 1
    return None


def _of_find(words: tuple[str, ...]) -> tuple[str, ...] | None:
    place = next((at for at, word in enumerate(words) if word in ("-exec", "-execdir")), None)
    if place is None:
        return None
    rest = words[place + 1 :]
    end = next((at for at, word in enumerate(rest) if word in (";", "+")), len(rest))
    return rest[:end]


def started_in_container(words: tuple[str, ...]) -> tuple[str, ...]:
    """Give the known checking program that is started in a container, with its arguments; nothing where none is."""
    if words[0] not in CONTAINERS or not {"exec", "run"}.intersection(words[1:6]):
        return ()
    for place in range(2, len(words)):
        name = name_of(words[place])
        if name in ALWAYS or (place + 1 < len(words) and words[place + 1] in FIRST_ARGUMENT.get(name, {})):
            return words[place:]
    return ()


def _behind_options(words: tuple[str, ...], valued: frozenset[str], *, number: bool) -> tuple[str, ...]:
    place = 0
    while place < len(words):
        word = words[place]
        if word == "--":
            place += 1
            break
        if word.startswith("-"):
            place += 2 if word in valued else 1
        elif re.match(r"[A-Za-z_]\w*=", word):
            place += 1
        else:
            break
    if number and place < len(words):
        place += 1
    return words[place:]


def _kept(word: str) -> str:
    """Keep the folder of a script of the project: it is told by its file's name, a program by its own."""
    name = name_of(word)
    return word if "/" in word and ("." in name or word.startswith((".", "bin/", "script", "ci/", "tools/"))) else name


def name_of(word: str) -> str:
    """Give the name of a program without its folder."""
    return word.rsplit("/", 1)[-1].removesuffix(".exe").removesuffix(".cmd")
