"""Paths that a person names in a sentence, and whether a path of the record is one of them."""

from __future__ import annotations

import posixpath
import re
from enum import Enum
from fnmatch import fnmatchcase

MAX_NAMED = 12

_EXTENSIONS = (
    "py|pyi|js|jsx|mjs|cjs|ts|tsx|go|rs|java|kt|kts|rb|php|c|h|cc|cpp|hpp|cs|swift|m|scala|ex|exs|erl|hs|clj|lua|pl|r|"
    "jl|dart|vue|svelte|html|htm|css|scss|sass|less|sql|graphql|proto|tf|hcl|sh|bash|zsh|fish|ps1|bat|md|mdx|rst|txt|"
    "json|jsonl|json5|yaml|yml|toml|ini|cfg|conf|lock|xml|gradle|properties|env|ipynb|csv|tsv|snap|svg|png|jpg|mod|sum"
)
_NAMES = "README|CHANGELOG|LICENSE|CONTRIBUTING|Makefile|Dockerfile|Procfile|Gemfile|Rakefile|Justfile|Vagrantfile|CODEOWNERS"
_TOKEN = re.compile(
    rf"`(?P<code>[^`\s]{{1,200}})`"
    rf"|(?<![\w@])@(?P<at>[\w./-]{{2,200}}[\w/])"
    rf"|(?<![\w./@:-])(?P<path>(?:~/|\.{{1,2}}/|/)?(?:[\w.*@+-]+/)+[\w.*@+-]*"
    rf"|[\w*-][\w.*-]*\.(?:{_EXTENSIONS})\b|\.(?:env|git[a-z]+|github|vscode|claude|codex|cursor|npmrc|eslintrc|prettierrc)[\w.]*"
    rf"|(?:{_NAMES})\b)(?![\w(]|://)"
    rf"|\b(?P<folder>[A-Za-z][\w-]{{1,60}})(?= (?:folder|directory|dir)\b)"
)
_LIKE_PATH = re.compile(r"\A[\w./*~@+-]+\Z")
_HAS_PATH_FORM = re.compile(rf"/|\.(?:{_EXTENSIONS})\Z|\A\.[a-z]|\A(?:{_NAMES})\Z|\*")
_REPEATED = frozenset(
    {
        *(
            "readme.md",
            "__init__.py",
            "index.ts",
            "index.js",
            "index.tsx",
            "package.json",
            "mod.rs",
            "lib.rs",
            "main.rs",
        ),
        *(
            "makefile",
            "main.py",
            "main.go",
            "conftest.py",
            "claude.md",
            "agents.md",
            "go.mod",
            "cargo.toml",
            "setup.py",
        ),
        *(
            "dockerfile",
            "pyproject.toml",
            ".gitignore",
            "readme",
            "license",
            "tsconfig.json",
            "changelog.md",
            "types.ts",
        ),
    }
)
_TEST = re.compile(
    r"(?:\A|/)(?:tests?|__tests__|specs?|e2e)/|(?:\A|/)test_[^/]+\Z|[^/]+(?:_test|_spec|\.test|\.spec|Tests?)\.[A-Za-z]{1,4}\Z"
)


class Match(Enum):
    """Whether a path is one that was named."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


def paths_in(text: str) -> tuple[tuple[str, int, int], ...]:
    """Give the paths a text names as (path, start, end), at most `MAX_NAMED`; a folder ends in `/`."""
    found: list[tuple[str, int, int]] = []
    for token in _TOKEN.finditer(text):
        name = token["code"] or token["at"] or token["path"] or ""
        if token["folder"]:
            if token["folder"].lower() in _NOT_FOLDERS:
                continue
            name = token["folder"] + "/"
        elif token["code"] and re.match(r" (?:folder|directory|dir)\b", text[token.end() :]):
            name = name.rstrip("/") + "/"
        end = token.end()
        if not token["code"] and name.endswith("."):
            name, end = name.rstrip("."), end - (len(name) - len(name.rstrip(".")))
        if name and _LIKE_PATH.match(name) and (token["at"] or _HAS_PATH_FORM.search(name)) and len(found) < MAX_NAMED:
            found.append((name, token.start(), end))
    return tuple(found)


_NOT_FOLDERS = frozenset(
    {
        "the",
        "this",
        "that",
        "any",
        "a",
        "an",
        "your",
        "my",
        "same",
        "current",
        "working",
        "root",
        "whole",
        "entire",
        "other",
    }
)


def relative(path: str, root: str | None) -> str:
    """Give a path below the session's directory as seen from there; any other as it is, cleaned."""
    clean = posixpath.normpath(path) if path else path
    top = root.rstrip("/") + "/" if root else ""
    return clean.removeprefix(top) if top else clean


def matches(path: str, named: str) -> Match:
    """Tell whether a cleaned path (`relative`) is the named one, or lies below it."""
    wanted = named.removeprefix("./")
    folder = wanted.endswith("/")
    wanted = wanted.rstrip("/")
    if "*" in wanted:
        hit = fnmatchcase(path, wanted) or fnmatchcase(posixpath.basename(path), wanted)
        return Match.YES if hit or fnmatchcase(path, "*/" + wanted) else Match.NO
    if re.fullmatch(_NAMES, wanted) and path.partition(".")[0] == wanted:
        return Match.YES
    if path == wanted or path.startswith(wanted + "/"):
        return Match.YES
    if wanted.startswith(("/", "~")):
        return Match.NO
    if f"/{path}/".endswith(f"/{wanted}/"):
        alone = "/" not in wanted and (folder or wanted.lower() in _REPEATED)
        return Match.MAYBE if alone else Match.YES
    if f"/{wanted}/" in f"/{path}/":
        return Match.YES if "/" in wanted and path.startswith("/") else Match.MAYBE
    return Match.NO


def is_test(path: str) -> bool:
    """Tell whether a path is that of a test by its folder or name."""
    return _TEST.search(path) is not None
