"""Whether a command changes files of the work tree, as far as its words tell: what was checked before is stale then."""

from __future__ import annotations

import re

from attest.capture.check_prefixes import name_of, unwrapped
from attest.capture.check_table import classify
from attest.capture.scratch import is_below, is_scratch
from attest.capture.shell import SimpleCommand

_NOT_SOURCE = re.compile(r"\.(?:log|out|tmp|bak|pid|html|xml)\Z|(?:\A|/)(?:coverage|dist|build|target|node_modules)/")
_ALWAYS = frozenset({"mv", "cp", "rm", "patch", "truncate", "tee", "rustfmt", "dos2unix", "unzip", "ln"})
_BY_FIRST: dict[str, frozenset[str]] = {
    "git": frozenset(
        {
            "restore",
            "apply",
            "am",
            "pull",
            "merge",
            "rebase",
            "cherry-pick",
            "revert",
            "stash",
            "checkout",
            "switch",
            "mv",
            "rm",
        }
    ),
    "go": frozenset({"get", "generate", "fix", "fmt"}),
    "cargo": frozenset({"add", "remove", "fix", "update", "upgrade"}),
    "npm": frozenset({"install", "i", "ci", "add", "uninstall", "remove", "update"}),
    "pnpm": frozenset({"install", "i", "add", "remove", "update"}),
    "yarn": frozenset({"install", "add", "remove", "upgrade"}),
    "bun": frozenset({"install", "add", "remove", "update"}),
    "uv": frozenset({"add", "remove", "sync", "lock"}),
    "poetry": frozenset({"add", "remove", "install", "update", "lock"}),
    "bundle": frozenset({"install", "update", "add"}),
    "mix": frozenset({"format", "deps.get"}),
    "dotnet": frozenset({"format", "add"}),
    "terraform": frozenset({"fmt"}),
    "ruff": frozenset({"format"}),
    "hg": frozenset({"revert", "update"}),
    "jj": frozenset({"restore", "abandon", "undo", "new", "edit"}),
}
_WITH_OPTION: dict[str, tuple[str, ...]] = {
    "sed": ("-i", "--in-place"),
    "perl": ("-i", "-pi"),
    "gofmt": ("-w",),
    "goimports": ("-w",),
    "gofumpt": ("-w",),
    "prettier": ("--write", "-w"),
    "eslint": ("--fix",),
    "ruff": ("--fix",),
    "biome": ("--write", "--apply", "--fix"),
    "stylelint": ("--fix",),
    "clang-format": ("-i",),
    "rubocop": ("-a", "-A", "--autocorrect"),
    "golangci-lint": ("--fix",),
    "shfmt": ("-w",),
}
_UNLESS_CHECKED = frozenset({"black", "isort", "autoflake", "yapf", "swiftformat", "stylua"})
_RUNNERS = frozenset({"make", "just", "task", "mise", "npm", "pnpm", "yarn", "bun", "poe", "nox", "tox", "rake"})
_TARGET = re.compile(r"(?:^|[:_./-])(?:fmt|format|fix|autofix|generate|codegen|gen|tidy)(?:$|[:_./-])")
_WRITERS = frozenset({"cat", "echo", "printf", "sed", "awk", "jq", "sort", "head", "tail", "envsubst", "git", "curl"})


def changes_the_tree(command: SimpleCommand, worktree: str | None) -> bool:
    """Tell whether a command changes files that are not temporary. Misses what programs of the project do."""
    words = unwrapped(command.argv)
    if not words:
        return False
    name = name_of(words[0])
    if name in _WRITERS and any(_is_source(path, worktree) for path in command.redirects):
        return True
    plain = [word for word in words[1:] if not word.startswith("-")]
    if name in _ALWAYS:
        named = plain[-1:] if name == "cp" else plain
        return any(_is_source(path, worktree) for path in named)
    if any(word.startswith(option) for option in _WITH_OPTION.get(name, ()) for word in words[1:]):
        return True
    if name in _RUNNERS and any(_TARGET.search(word) and "check" not in word for word in plain[:3]):
        return True
    if name in _UNLESS_CHECKED:
        return classify(command.argv) is None and "--version" not in words
    return _by_first(name, words, plain)


def _by_first(name: str, words: tuple[str, ...], plain: list[str]) -> bool:
    first = plain[0] if plain else ""
    if {"--check", "-check", "--dry-run", "-n", "--list", "--verify-no-changes", "--check-formatted"} & set(words):
        return False
    match name, first:
        case ("git", "reset"):
            return "--hard" in words
        case ("git", "stash"):
            return plain[1:2] not in (["list"], ["show"], ["drop"], ["clear"])
        case ("git", "checkout" | "switch"):
            return not {"-b", "-B", "-c", "-C"} & set(words)
        case ("go", "mod"):
            return plain[1:2] in (["tidy"], ["edit"], ["vendor"])
        case ("cargo", "fmt"):
            return True
        case _:
            return first in _BY_FIRST.get(name, frozenset())


def _is_source(path: str, worktree: str | None) -> bool:
    if not path or path[0] == "&" or is_scratch(path, worktree):  # `&1` is a stream, no file
        return False
    below = path[len(worktree) :] if worktree and is_below(path, worktree) else path
    return _NOT_SOURCE.search(below) is None
