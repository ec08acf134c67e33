"""Whether one act contradicts one demand. Only what plainly does is a break; what may is `MAYBE` and keeps it unknown."""

from __future__ import annotations

import posixpath
import re
import shlex

from attest.capture.acts import Act, ActKind
from attest.capture.check_table import classify
from attest.capture.conflicts import git_words
from attest.capture.demand_verbs import ANY_TESTS
from attest.capture.demands import Demand
from attest.capture.named_paths import Match, is_test, matches
from attest.model.basis import Basis
from attest.model.checks import CheckKind
from attest.model.constraints import ConstraintKind as Kind

_DOCUMENTS = (".md", ".mdx", ".txt", ".rst", ".adoc")
_SOURCES = (
    *(
        ".py",
        ".js",
        ".jsx",
        ".mjs",
        ".ts",
        ".tsx",
        ".go",
        ".rs",
        ".java",
        ".kt",
        ".rb",
        ".php",
        ".c",
        ".h",
        ".cc",
        ".cpp",
    ),
    *(".hpp", ".cs", ".swift", ".scala", ".ex", ".exs", ".vue", ".svelte", ".css", ".scss", ".sql", ".sh"),
)
_FILE_ACTS = frozenset({ActKind.EDIT, ActKind.CREATE, ActKind.DELETE})


def breaks(demand: Demand, act: Act, made_here: frozenset[str]) -> Match:
    """Tell whether an act breaks a demand. `made_here`: paths that the session itself had made before the act."""
    match demand.kind:
        case Kind.LEAVE | Kind.ONLY | Kind.NO_EDITS | Kind.KEEP_TESTS | Kind.NO_DELETION | Kind.NO_NEW_FILES:
            return _file(demand, act, made_here) if act.kind in _FILE_ACTS else Match.NO
        case Kind.NO_DEPENDENCIES:
            return Match.YES if act.kind is ActKind.DEPENDENCY else Match.NO
        case Kind.NO_COMMIT | Kind.NO_PUSH:
            return _git(act, ("commit",) if demand.kind is Kind.NO_COMMIT else ("push",))
        case Kind.NO_COMMAND:
            return _command(demand, act)
        case Kind.ASK_FIRST:
            return _about(demand, act)
        case _:
            return Match.NO


def _file(demand: Demand, act: Act, made_here: frozenset[str]) -> Match:
    path, deleted = act.path, act.kind is ActKind.DELETE
    inside = not path.startswith(("/", "~", ".."))
    match demand.kind:
        case Kind.NO_EDITS:
            # Who asks for no code may well have asked for a plan in a file.
            return _surely(act) if inside and not path.endswith(_DOCUMENTS) else Match.MAYBE
        case Kind.NO_NEW_FILES:
            return _made(demand, act, made_here) if inside and not deleted else Match.NO
        case Kind.KEEP_TESTS:
            return _test(demand, act, made_here)
        case Kind.NO_DELETION:
            if not deleted or not inside or path in made_here:
                return Match.NO
            return _named(demand, path) if demand.targets or "." in posixpath.basename(path) else Match.MAYBE
        case Kind.ONLY:
            found = _any(demand, path)
            other = _surely(act) if inside else Match.MAYBE
            return {Match.YES: Match.NO, Match.NO: other}.get(found, found)
        case _:
            return Match.NO if demand.deletion_only and not deleted else _any(demand, path)


def _surely(act: Act) -> Match:
    """A file that a command line writes may be a log or a scratch file, unless it is source by its name."""
    return Match.YES if act.basis is not Basis.INFERRED or act.path.endswith(_SOURCES) else Match.MAYBE


def _made(demand: Demand, act: Act, made_here: frozenset[str]) -> Match:
    """Whether a command line made the file that it writes, or found it there, is not known."""
    if act.kind is ActKind.CREATE:
        return _named(demand, act.path)
    return Match.MAYBE if act.basis is Basis.INFERRED and act.path not in made_here else Match.NO


def _test(demand: Demand, act: Act, made_here: frozenset[str]) -> Match:
    """A test that the session made itself may be changed again."""
    if not is_test(act.path) or act.path in made_here or act.kind is ActKind.CREATE:
        return Match.NO
    return _surely(act) if act.kind is ActKind.DELETE or not demand.deletion_only else Match.MAYBE


def _named(demand: Demand, path: str) -> Match:
    """A demand that names no path is about all of them."""
    return _any(demand, path) if demand.targets else Match.YES


def _any(demand: Demand, path: str) -> Match:
    found = {matches(path, named) for named in demand.targets}
    return Match.YES if Match.YES in found else Match.MAYBE if Match.MAYBE in found else Match.NO


def _about(demand: Demand, act: Act) -> Match:
    """Whether the act is what was to be asked about; whether it was asked is not decided here."""
    if act.kind is ActKind.DEPENDENCY and "install" in demand.targets:
        return Match.YES
    return _git(act, demand.targets) if demand.targets in (("commit",), ("push",)) else Match.NO


def _git(act: Act, names: tuple[str, ...]) -> Match:
    argv = act.bare
    if act.kind is not ActKind.RUN or argv[:1] != ("git",):
        return Match.NO
    words = git_words(argv)
    if words[:1] != names or {"--dry-run", "-n", "--help", "-h"} & set(words):
        return Match.NO
    return Match.MAYBE if act.failed else Match.YES


def _command(demand: Demand, act: Act) -> Match:
    if act.kind is not ActKind.RUN or not act.argv:
        return Match.NO
    for words in demand.targets:
        if words == ANY_TESTS:
            check = classify(act.argv)
            if check is not None and check.kind is CheckKind.TEST:
                return Match.YES
        elif any(_is_command(_split(words), argv) for argv in dict.fromkeys((act.argv, act.bare))):
            return Match.YES
    return Match.NO


def _is_command(wanted: tuple[str, ...], argv: tuple[str, ...]) -> bool:
    """Tell whether a command is the one named: its plain words first and in order, its options anywhere."""
    if not wanted or not argv:
        return False
    name = _program(argv[0])
    run = (name, *(git_words(argv) if name == "git" else argv[1:]))
    plain = [word for word in wanted if not word.startswith("-")]
    options = {word for word in wanted if word.startswith("-")}
    given = [word for word in run if not word.startswith("-")]
    plain[:1] = [_program(plain[0])] if plain else []
    return given[: len(plain)] == plain and options <= set(run)


def _program(word: str) -> str:
    """The name of a program without its folder and, for those that come in versions, without the version."""
    return re.sub(r"\A(python|pip)[0-9.]+\Z", r"\1", word.rpartition("/")[2])


def _split(words: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(words))
    except ValueError:
        return ()
