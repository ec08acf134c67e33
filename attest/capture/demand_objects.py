"""The objects of a demand, where its words name nothing else: paths, or commands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from attest.capture.named_paths import paths_in

_PATH_FILLER = re.compile(
    r"(?:\b(?:the|any|anything|any of|in|inside|under|within|of|files?|code|contents?|my|our|existing|folder|directory|dir|"
    r"either|both|or|and|nor|all|everything|file|itself|other than this|component|module|script|config|yet|for now|right now|at all|"
    r"please|ever|again|now|ok|in this (?:pr|task|session|change|step|phase)|until (?:i|we|told|further|my)\b.*|before (?:i|we|my)\b.*)\b"
    r"|under any circumstances|in any way|[\s,.:;!()`'\"&*]|(?<=\s)-(?=\s))*",
    re.IGNORECASE,
)
_KNOWN = frozenset(
    {
        *(
            "npm",
            "yarn",
            "pnpm",
            "bun",
            "npx",
            "pip",
            "pip3",
            "poetry",
            "uv",
            "pipenv",
            "conda",
            "make",
            "docker",
            "curl",
        ),
        *(
            "wget",
            "grep",
            "rg",
            "find",
            "sed",
            "awk",
            "cat",
            "jest",
            "mocha",
            "vitest",
            "pytest",
            "unittest",
            "tox",
            "nox",
        ),
        *(
            "git",
            "gh",
            "kubectl",
            "terraform",
            "cargo",
            "go",
            "gradle",
            "mvn",
            "rm",
            "sudo",
            "ssh",
            "black",
            "ruff",
            "eslint",
        ),
        *(
            "prettier",
            "tsc",
            "mypy",
            "brew",
            "apt",
            "apt-get",
            "psql",
            "mysql",
            "redis-cli",
            "node",
            "deno",
            "python",
            "ruby",
        ),
    }
)
_CODE = re.compile(r"\s*(?:the |any |command |commands )*`(?P<words>[^`\n]{2,120})`(?P<tail>.*)\Z", re.IGNORECASE)
_BARE = re.compile(
    r"\s*(?P<words>[a-z][\w-]*(?: (?!for\b|yet\b|now\b|and\b|or\b|to\b|in\b|on\b|as\b|at\b)[a-z-][\w:./=-]*){0,4})(?P<tail>.*)\Z"
)
_QUIET_TAIL = re.compile(
    r"\A[\s.!,;)*]*(?:(?:yet|for now|right now|please|at all|ever|anymore|again|here|command|commands|until (?:i|we|told|further|my)\b.*|"
    r"in this (?:pr|task|session|repo|repository|project|change|step|phase))[\s.!,;)*]*)*\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Objects:
    """What a demand names, and the words behind it that were not understood."""

    targets: tuple[str, ...]
    """Empty where any word is left that is neither an object nor filler: then nothing is known for sure."""
    tail: str


def path_objects(text: str) -> Objects:
    """Give the paths of an object list made of nothing but paths and filler, such as ` the files in src/ and a.py yet`."""
    found = paths_in(text)
    place = 0
    for _, start, end in found:
        if not _PATH_FILLER.fullmatch(text[place:start].removesuffix("@")) or text[end : end + 2] in ("'s", "’s"):
            return Objects((), text)
        place = end
    if not found or not _PATH_FILLER.fullmatch(text[place:]):
        return Objects((), text)
    return Objects(tuple(name for name, _, _ in found), text[place:])


def command_objects(text: str, *, must_be_known: bool) -> Objects:
    """Give the one command that stands first, in backticks or as plain words.

    `must_be_known`: plain words (`use npm`), and words in backticks, count only where the first is a known program.
    """
    code = _CODE.match(text)
    found = code or _BARE.match(text)
    if found is None or not _QUIET_TAIL.match(found["tail"]):
        return Objects((), text)
    words = re.sub(r"(?<=\w) commands?\Z", "", found["words"].strip())
    first = words.split()[0]
    if first not in _KNOWN and (code is None or must_be_known):
        return Objects((), text)
    return Objects((words,), found["tail"])
