"""Which commands verify something, by their words. Shared by every reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from attest.capture.check_options import (
    ALWAYS_ZERO,
    FAILS_ONLY_WITH,
    FORCES_SUCCESS,
    FORCES_SUCCESS_WITH_ZERO,
    MODULES,
    NOT_A_RUN,
    NOT_A_RUN_OF,
    RUN_OPTIONS_WITH_VALUE,
    RUNNERS,
    SCRIPT_ENDINGS,
    SCRIPT_RUNNERS,
    SCRIPTS,
    SYNTAX_ONLY,
    TARGETS,
    WITH_CHECK,
    WITHOUT_TESTS,
)
from attest.capture.check_prefixes import name_of, started_in_container, unwrapped
from attest.capture.check_words import ALWAYS, FIRST_ARGUMENT
from attest.model.checks import CheckKind

__all__ = ["CheckCommand", "classify", "unwrapped"]

_T, _L, _Y, _B = CheckKind.TEST, CheckKind.LINT, CheckKind.TYPE, CheckKind.BUILD
_PACKAGE_RUNNERS = ("npm", "pnpm", "yarn", "bun", "mise", "deno", "composer", "pixi", "lerna", "rush", "nx", "moon")
_PYTHON = re.compile(r"python[0-9.]*|py|pypy[0-9.]*")
_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})
_INTERPRETERS = _SHELLS | {"node", "ruby", "perl", "tsx", "ts-node", "bun", "pwsh"}
_LOSE_THE_EXIT = frozenset({"unbuffer", "watch", "parallel"})
_LIMITERS = frozenset({"timeout", "gtimeout"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCommand:
    """A command that verifies."""

    kind: CheckKind
    tool: str
    forced: bool
    """True where an option makes it succeed whatever it finds, or its exit is nobody's to see."""
    limited: bool = False
    """True under `timeout`: exit 124 means that it did not end in time."""
    script: bool = False
    """True for a script that an interpreter runs: its exit alone does not show that a test ran."""
    echoed: tuple[str, str] | None = None
    """What the next command prints before and behind this one's exit code; None where none does."""


def classify(argv: tuple[str, ...]) -> CheckCommand | None:
    """Give what a simple command verifies, or None where it verifies nothing that the table knows."""
    words = unwrapped(argv)
    if not words or NOT_A_RUN.intersection(words):
        return None
    if NOT_A_RUN_OF.get(name_of(words[0]), frozenset()).intersection(words):
        return None
    found = _known(words) or _started_script(argv) or _in_container(words)
    if found is None:
        return None
    kind, tool = found
    limited = any(name_of(word) in _LIMITERS for word in argv[:8])
    name = name_of(words[0])
    script = (name in _INTERPRETERS - _SHELLS or _PYTHON.fullmatch(name) is not None) and "." in tool
    return CheckCommand(
        kind=kind, tool=tool[:64], forced=_forced(words, tool, argv), limited=limited, script=script and kind is _T
    )


def _started_script(argv: tuple[str, ...]) -> tuple[CheckKind, str] | None:
    """Read `poetry run test` and the like, where what is run is a script of the project, by its name."""
    words = tuple(word for word in argv if not word.startswith("-"))
    for place, word in enumerate(words[:4]):
        if name_of(word) in SCRIPT_RUNNERS and words[place + 1 : place + 2] == ("run",) and len(words) > place + 2:
            return _by_name(name_of(word), words[place + 2])
    return None


def _in_container(words: tuple[str, ...]) -> tuple[CheckKind, str] | None:
    inner = started_in_container(words)
    return _known(unwrapped(inner)) if inner else None


def _forced(words: tuple[str, ...], tool: str, argv: tuple[str, ...]) -> bool:
    """Tell whether the exit says nothing of what was found."""
    name = name_of(words[0])
    if FORCES_SUCCESS.intersection(words) or name in ALWAYS_ZERO:
        return True
    needed = FAILS_ONLY_WITH.get(tool)
    if needed is not None and not any(word.startswith(needed) for word in words):
        return True
    if name in ("make", "gmake") and any(re.fullmatch(r"-[a-zA-Z]*i[a-zA-Z]*", word) for word in words):
        return True
    if name_of(argv[0]) in _LOSE_THE_EXIT or (name_of(argv[0]) == "find" and ";" in argv):
        return True
    return any(option in FORCES_SUCCESS_WITH_ZERO and value == "0" for option, value in pairwise(words))


def _known(words: tuple[str, ...]) -> tuple[CheckKind, str] | None:
    if not words:
        return None
    name, rest = name_of(words[0]), tuple(word for word in words[1:] if not word.startswith("+"))
    plain = _plain(rest)
    if name in ALWAYS:
        return (_T if name == "xcodebuild" and plain[:1] == ("test",) else ALWAYS[name]), name
    found = _by_option(name, rest, plain) or _by_module(name, rest, plain)
    if found is not None:
        return found
    first = plain[0] if plain else ""
    if first in FIRST_ARGUMENT.get(name, {}):
        return FIRST_ARGUMENT[name][first], f"{name} {first}"
    if name in RUNNERS:
        return _by_target(name, plain)
    return _by_script(name, words[0], rest, plain)


def _by_option(name: str, rest: tuple[str, ...], plain: tuple[str, ...]) -> tuple[CheckKind, str] | None:
    """Read programs that check only with an option."""
    told = frozenset(rest)
    first = plain[0] if plain else ""
    for table in (WITH_CHECK, SYNTAX_ONLY, ALWAYS_ZERO):
        if name in table:
            found = any(word == option or word.startswith(f"{option}=") for word in rest for option in table[name])
            return (_L, name) if found else None
    match name, first:
        case ("ruff", "format") | ("cargo", "fmt") | ("rome" | "hatch", "fmt") | ("uv", "lock"):
            return (_L, f"{name} {first}") if "--check" in told else None
        case ("terraform" | "tofu", "fmt"):
            return (_L, f"{name} fmt") if {"-check", "--check"} & told else None
        case ("dart" | "dotnet" | "mix", "format"):
            wanted = {"--set-exit-if-changed", "--verify-no-changes", "--check-formatted"}
            return (_L, f"{name} format") if wanted & told else None
        case ("git", "diff"):
            return (_L, "git diff --check") if "--check" in told else None
        case "clang-format", _:
            return (_L, name) if {"--dry-run", "-n", "-Werror", "--Werror"} & told else None
        case _:
            return None


def _by_module(name: str, rest: tuple[str, ...], plain: tuple[str, ...]) -> tuple[CheckKind, str] | None:
    """Read what `python -m` starts, and programs whose meaning hangs on more than one word."""
    if name in MODULES:
        return MODULES[name], name
    if name == "tsc":
        return (_Y if {"--noEmit", "-noEmit"} & set(rest) else _B), name
    if name == "unittest" or (name == "node" and "--test" in rest):
        return _T, name
    if name == "build" and not rest:
        return _B, name
    if name == "cmake":
        return (_B, name) if "--build" in rest else None
    if name == "php" and plain[:2] == ("artisan", "test"):
        return _T, "artisan test"
    if name in ("docker", "podman") and plain[:2] in (("compose", "build"), ("buildx", "build")):
        return _B, f"{name} {plain[0]} build"
    if name == "nix" and plain[:2] == ("flake", "check"):
        return _T, "nix flake check"
    if _PYTHON.fullmatch(name) and plain[:1] and plain[0].endswith("manage.py"):
        return (_T, "manage.py test") if plain[1:2] == ("test",) else None
    return None


def _by_target(name: str, plain: tuple[str, ...]) -> tuple[CheckKind, str] | None:
    """Read a runner's target by its name: what it really does is the repository's choice."""
    if name in _PACKAGE_RUNNERS and plain[:1] in (("run",), ("run-script",), ("task",), ("r",), ("run-many",)):
        plain = plain[1:]
    elif name == "yarn" and plain[:1] == ("workspace",):
        plain = plain[2:]
    elif name in ("npm", "bun", "deno") or (
        name == "mise" and plain[:1] in (("install",), ("use",), ("trust",), ("set",))
    ):
        return None
    if name in ("make", "gmake") and not plain:
        return _B, name
    if name in ("yarn", "pnpm", "composer") and plain[:1] in (
        ("add",),
        ("remove",),
        ("install",),
        ("why",),
        ("require",),
    ):
        return None
    for target in plain[:8]:
        found = _by_name(name, target)
        if found is not None:
            return _without_tests(found, plain, name)
        if name in _PACKAGE_RUNNERS:
            return None
    return None


def _without_tests(found: tuple[CheckKind, str], plain: tuple[str, ...], name: str) -> tuple[CheckKind, str]:
    """A run that leaves its tests out is a build."""
    if name in ("mvn", "mvnw") and any(WITHOUT_TESTS.match(word) for word in plain):
        return _B, found[1]
    return found


def _by_name(name: str, target: str) -> tuple[CheckKind, str] | None:
    kind = next((kind for kind, pattern in TARGETS if pattern.search(target)), None)
    return (kind, f"{name} {target}") if kind is not None else None


def _by_script(name: str, word: str, rest: tuple[str, ...], plain: tuple[str, ...]) -> tuple[CheckKind, str] | None:
    """Read a script of the project by its file's name: `./scripts/test.sh`, `bash ci/lint.sh`, `python test_all.py`."""
    path = word
    if name in _INTERPRETERS or _PYTHON.fullmatch(name):
        path = plain[0] if plain and plain[0] in rest else ""
    elif not (name.count(".") or "/" in word):
        return None
    stem, _, ending = path.rsplit("/", 1)[-1].partition(".")
    if not stem or ending not in SCRIPT_ENDINGS or (not ending and "/" not in path):
        return None
    kind = next((kind for kind, pattern in SCRIPTS if pattern.search(stem)), None)
    return (kind, path[:64]) if kind is not None else None


def _plain(rest: tuple[str, ...]) -> tuple[str, ...]:
    """Give the words that are neither options, nor their values, nor `NAME=value`."""
    plain: list[str] = []
    skip = False
    for word in rest:
        if skip:
            skip = False
        elif WITHOUT_TESTS.match(word):
            plain.append(word)
        elif word.startswith("-"):
            skip = word in RUN_OPTIONS_WITH_VALUE
        elif not re.match(r"[A-Za-z_]\w*=", word):
            plain.append(word)
    return tuple(plain)
