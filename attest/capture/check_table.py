"""Which commands verify something, by their words. Shared by every reader."""

from __future__ import annotations

import re
from dataclasses import dataclass

from attest.capture.check_words import (
    ALWAYS,
    BARE_PREFIXES,
    FIRST_ARGUMENT,
    FORCES_SUCCESS,
    NOT_A_RUN,
    PREFIXES,
    RUN_OPTIONS_WITH_VALUE,
    RUNNERS,
    TARGETS,
    VALUED,
    WITH_CHECK,
)
from attest.model.checks import CheckKind

_T, _L, _Y, _B = CheckKind.TEST, CheckKind.LINT, CheckKind.TYPE, CheckKind.BUILD


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCommand:
    """A command that verifies."""

    kind: CheckKind
    tool: str
    forced: bool
    """True where an option makes it succeed whatever it finds."""


def classify(argv: tuple[str, ...]) -> CheckCommand | None:
    """Give what a simple command verifies, or None where it verifies nothing that the table knows."""
    words = unwrapped(argv)
    if not words or NOT_A_RUN.intersection(words):
        return None
    found = _known(words)
    if found is None:
        return None
    kind, tool = found
    return CheckCommand(kind=kind, tool=tool[:64], forced=bool(FORCES_SUCCESS.intersection(words)))


def unwrapped(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Give the words without what only starts another command: `sudo`, `uv run`, `npx`, `timeout 60`, `python -m`."""
    words = argv
    for _ in range(6):
        if not words:
            return ()
        name = _name(words[0])
        if name in BARE_PREFIXES:
            words = _behind_options(words[1:], number=name in ("timeout", "gtimeout"))
        elif len(words) > 1 and words[1] in PREFIXES.get(name, ()):
            words = _behind_options(words[2:], number=False)
        elif re.fullmatch(r"python[0-9.]*|py", name) and len(words) > 2 and words[1] == "-m":
            words = words[2:]
        else:
            return (name, *words[1:])
    return words


def _behind_options(words: tuple[str, ...], *, number: bool) -> tuple[str, ...]:
    place = 0
    while place < len(words):
        word = words[place]
        if word == "--":
            place += 1
            break
        if word.startswith("-"):
            place += 2 if word in VALUED else 1
        elif re.match(r"[A-Za-z_]\w*=", word):
            place += 1
        else:
            break
    if number and place < len(words):
        place += 1
    return words[place:]


def _known(words: tuple[str, ...]) -> tuple[CheckKind, str] | None:  # noqa: C901  # a table with exceptions
    name, rest = words[0], words[1:]
    plain = _plain(rest)
    first = plain[0] if plain else ""
    if name in ALWAYS:
        return ALWAYS[name], name
    if name in WITH_CHECK:
        return (_L, name) if any(word.startswith(WITH_CHECK[name]) for word in rest) else None
    if name == "ruff" and first == "format":
        return (_L, name) if "--check" in rest else None
    if name == "cargo" and first == "fmt":
        return (_L, "cargo fmt") if "--check" in rest else None
    if name == "tsc":
        return (_Y if "--noEmit" in rest or "-noEmit" in rest else _B), name
    if name == "unittest" or (name == "node" and "--test" in rest):
        return _T, name
    if name == "build" and not rest:
        return _B, name
    if name == "cmake":
        return (_B, name) if "--build" in rest else None
    if re.fullmatch(r"python[0-9.]*|py", name):
        return (_T, "manage.py test") if first.endswith("manage.py") and plain[1:2] == ("test",) else None
    if first in FIRST_ARGUMENT.get(name, {}):
        return FIRST_ARGUMENT[name][first], f"{name} {first}"
    return _by_target(name, plain) if name in RUNNERS else None


def _by_target(name: str, plain: tuple[str, ...]) -> tuple[CheckKind, str] | None:
    """Read a runner's target by its name: what it really does is the repository's choice."""
    if name in ("npm", "pnpm", "yarn", "bun", "mise", "deno") and plain[:1] in (
        ("run",),
        ("run-script",),
        ("task",),
        ("r",),
    ):
        plain = plain[1:]
    elif name in ("npm", "bun", "deno") or (
        name == "mise" and plain[:1] in (("install",), ("use",), ("trust",), ("set",))
    ):
        return None
    if name in ("make", "gmake") and not plain:
        return _B, name
    for target in plain[:8]:
        for kind, pattern in TARGETS:
            if pattern.search(target):
                return kind, f"{name} {target}"
        if name in ("npm", "pnpm", "yarn", "bun", "mise", "deno"):
            return None
    return None


def _plain(rest: tuple[str, ...]) -> tuple[str, ...]:
    """Give the words that are neither options, nor their values, nor `NAME=value`."""
    plain: list[str] = []
    skip = False
    for word in rest:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in RUN_OPTIONS_WITH_VALUE
        elif not re.match(r"[A-Za-z_]\w*=", word):
            plain.append(word)
    return tuple(plain)


def _name(word: str) -> str:
    return word.rsplit("/", 1)[-1].removesuffix(".exe").removesuffix(".cmd")
