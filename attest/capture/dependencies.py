"""Dependencies that a command or an edit of a manifest adds: never a changed version of one that was there."""

from __future__ import annotations

import posixpath
import re

from attest.capture.check_prefixes import unwrapped
from attest.capture.records import items_of
from attest.capture.steps import Call, Result
from attest.capture.tool_changes import files_of
from attest.capture.tool_kinds import ToolKind

_ADDERS = {
    "npm": ("install", "i", "add"),
    "pnpm": ("add", "install", "i"),
    "yarn": ("add",),
    "bun": ("add",),
    "pip": ("install",),
    "pip3": ("install",),
    "uv": ("add",),
    "poetry": ("add",),
    "pipenv": ("install",),
    "cargo": ("add",),
    "composer": ("require",),
    "bundle": ("add",),
    "gem": ("install",),
    "go": ("get",),
}
_WITH_VALUE = frozenset(
    {
        "-r",
        "--requirement",
        "-c",
        "--constraint",
        "-e",
        "--editable",
        "--index-url",
        "-i",
        "-t",
        "--target",
        "--prefix",
        "-C",
    }
)
_OF_ALL = frozenset({"-g", "--global", "-r", "--requirement", "-e", "--editable", "--upgrade", "-U", "-u"})
_JSON = re.compile(r'^\s*"(?P<name>@?[A-Za-z0-9][\w./-]*)"\s*:\s*"(?:[~^<>=]|\d+\.|\*|latest|workspace:|npm:|git)')
_NOT_NAMES = frozenset(
    {
        "version",
        "node",
        "npm",
        "pnpm",
        "yarn",
        "vscode",
        "lockfileVersion",
        "target",
        "lib",
        "engines",
        "packageManager",
    }
)
_LINES = {
    "package.json": _JSON,
    "go.mod": re.compile(r"^\s*(?:require\s+)?(?P<name>[a-z0-9][\w.-]*\.[a-z]{2,}/[\w./-]+)\s+v\d"),
    "requirements.txt": re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?\s*(?:[=<>~!]=|[<>])"),
    "pyproject.toml": re.compile(r"""^\s*["'](?P<name>[A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?\s*(?:[=<>~!]=|[<>])"""),
    "Gemfile": re.compile(r"""^\s*gem\s+["'](?P<name>[\w-]+)["']"""),
}


def added_by_command(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Give the dependencies that a command adds to a project; installing what is already listed adds none."""
    words = unwrapped(argv)
    if len(words) < 3 and words[:1] != ("uv",):
        return ()
    if words[:3] == ("uv", "pip", "install"):
        words = ("pip", *words[2:])
    if len(words) < 3 or words[1] not in _ADDERS.get(words[0], ()):
        return ()
    if words[0] == "go" and any(word.endswith("...") or word in (".", "./") for word in words[2:]):
        return ()
    if _OF_ALL & set(words[2:]):
        return ()
    found: list[str] = []
    skip = False
    for word in words[2:]:
        if skip or word.startswith("-"):
            skip = not skip and word in _WITH_VALUE
            continue
        if not word.startswith((".", "/", "$", "~")) and re.match(r"@?[A-Za-z0-9]", word):
            found.append(word)
    return tuple(found)


def added_dependencies(call: Call, result: Result) -> tuple[str, ...]:
    """Give the dependencies that an edit of a manifest adds, as far as both its old and its new lines are recorded."""
    found: list[str] = []
    for path, added, removed in _lines(call, result):
        shape = _shape(path)
        if shape is None:
            continue
        before = {one["name"] for line in removed if (one := shape.match(line))}
        names = [one["name"] for line in added if (one := shape.match(line))]
        found += [name for name in names if name not in before and name not in _NOT_NAMES]
    return tuple(found)


def _shape(path: str) -> re.Pattern[str] | None:
    name = posixpath.basename(path)
    if re.fullmatch(r"requirements[\w.-]*\.txt", name):
        name = "requirements.txt"
    return _LINES.get(name)


def _lines(call: Call, result: Result) -> list[tuple[str, list[str], list[str]]]:
    """Give (path, added, removed) per file; nothing for a whole file written without a record of what was there."""
    hunks = [hunk for hunk in items_of(result.structured, "structuredPatch") if isinstance(hunk, dict)]
    path = call.arguments.get("file_path")
    if hunks and isinstance(path, str):
        lines = [line for hunk in hunks for line in items_of(hunk, "lines") if isinstance(line, str)]
        return [(path, [one[1:] for one in lines if one[:1] == "+"], [one[1:] for one in lines if one[:1] == "-"])]
    if call.kind is ToolKind.WRITE:
        return []
    return [(one.path, list(one.added), list(one.removed)) for one in files_of(call, result)]
