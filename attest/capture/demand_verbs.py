"""What a denied or restricted verb is about: its kind and its objects, as far as rules can compare them with acts."""

from __future__ import annotations

import re

from attest.capture.demand_objects import Objects, command_objects, path_objects
from attest.capture.demand_words import (
    ALL_CODE,
    DELETING,
    DOCUMENTS,
    EDITING,
    GIT_ACTS,
    INSTALL,
    IT,
    JOINED,
    MAKING,
    NEW_DEPENDENCIES,
    NEW_FILES,
    NOT_YET,
    OUTSIDE,
    RUNNING,
    TAIL,
    TESTS,
    VERB,
)
from attest.model.constraints import ConstraintKind as Kind

ANY_TESTS = "(tests)"
"""Stands among the targets for every command that runs tests."""

Found = tuple[Kind, Objects, bool]
"""A kind, its objects, and whether only taking them away breaks it."""


def forbidden(rest: str) -> Found:
    """Give what stands behind a denial, which begins with a verb."""
    for shape, commands in GIT_ACTS:
        act = shape.fullmatch(rest)
        if act and TAIL.match(act["tail"]):
            return Kind.NO_COMMAND, Objects(commands, ""), False
    if (
        (early := NOT_YET.fullmatch(rest))
        and TAIL.match(early["tail"])
        and (early["tail"].strip(" .!,;") or rest.lower().startswith(("edit", "implement")))
    ):
        return Kind.NO_EDITS, Objects((), ""), False
    return _by_verb(_one_verb(rest))


def _one_verb(rest: str) -> str:
    """Two verbs with one object (`edit or delete X`) are the one that forbids more."""
    joined = JOINED.match(rest)
    if joined is None or joined["two"].lower() not in EDITING | DELETING | {"skip", "disable", "create", "run"}:
        return rest
    verb = joined["two"] if joined["two"].lower() in EDITING else joined["one"]
    return verb + rest[joined.end() :]


def _by_verb(rest: str) -> Found:
    found = VERB.match(rest)
    if found is None:
        return Kind.OTHER, Objects((), rest), False
    verb, objects = found["verb"].lower(), found["object"]
    if verb == "git" and (second := VERB.match(objects.strip())):
        verb, objects = second["verb"].lower(), second["object"]
    if verb in ("commit", "push"):
        return (*_git(verb, objects), False)
    if verb in EDITING:
        return _edits(objects)
    if verb in DELETING:
        return _deleting(objects)
    if verb in MAKING:
        return (*_making(verb, objects), False)
    if verb in RUNNING:
        return (*_running(verb, objects), False)
    return Kind.OTHER, Objects((), rest), False


def _git(verb: str, objects: str) -> tuple[Kind, Objects]:
    found = IT.match(objects)
    if found and TAIL.match(found["tail"]):
        return (Kind.NO_COMMIT if verb == "commit" else Kind.NO_PUSH), Objects((), "")
    return Kind.OTHER, Objects((), objects)


def _deleting(objects: str) -> Found:
    if _is_tests(objects):
        return Kind.KEEP_TESTS, Objects((), ""), True
    if re.match(r"\s*(?:any|the)?\s*files?\s*\Z", objects.rstrip(".! ")):
        return Kind.NO_DELETION, Objects((), ""), True
    named = path_objects(objects)
    return (Kind.NO_DELETION if named.targets else Kind.OTHER), named, True


def _running(verb: str, objects: str) -> tuple[Kind, Objects]:
    if _is_tests(objects) and verb in ("run", "execute"):
        return Kind.NO_COMMAND, Objects((ANY_TESTS,), "")
    named = command_objects(objects, must_be_known=verb in ("use", "call"))
    return (Kind.NO_COMMAND if named.targets else Kind.OTHER), named


def _is_tests(objects: str) -> bool:
    found = TESTS.match(objects)
    return found is not None and TAIL.match(found["tail"]) is not None


def _edits(objects: str) -> Found:
    if _is_tests(objects):
        return Kind.KEEP_TESTS, Objects((), ""), False
    if outside := OUTSIDE.match(objects):
        return (*only_paths(outside["rest"]), False)
    named = path_objects(objects)
    if named.targets:
        return Kind.LEAVE, named, False
    code = re.match(
        r"\s+(?:any(?:thing| code| files?| of the (?:code|files))|the code|code|files)(?P<tail>.*)\Z",
        objects,
        re.IGNORECASE,
    )
    if code and TAIL.match(code["tail"]):
        return Kind.NO_EDITS, Objects((), ""), False
    return Kind.OTHER, Objects((), objects), False


def _making(verb: str, objects: str) -> tuple[Kind, Objects]:
    for shape, kind in ((NEW_FILES, Kind.NO_NEW_FILES), (NEW_DEPENDENCIES, Kind.NO_DEPENDENCIES)):
        found = shape.match(objects)
        if found and TAIL.match(found["tail"]):
            return kind, Objects((), "")
    if verb == "install":
        found = INSTALL.match(objects)
        if found and TAIL.match(found["tail"]):
            return Kind.NO_DEPENDENCIES, Objects((), "")
    named = _named_file(verb, objects)
    if named.targets:
        return Kind.NO_NEW_FILES, named
    if verb in ("make", "create") and (
        commits := re.match(r"\s+(?:a |any |the |more )*commits?\b(?P<tail>.*)\Z", objects)
    ):
        return (Kind.NO_COMMIT if TAIL.match(commits["tail"]) else Kind.OTHER), Objects((), "")
    if verb in ("make", "write"):
        found = ALL_CODE.match(objects)
        if found and found.end("tail") > found.start("tail") - 1 and objects.strip() and TAIL.match(found["tail"]):
            return Kind.NO_EDITS, Objects((), "")
        to = re.match(r"\s+(?:any )?(?:changes|edits|modifications) (?:to|in)\s(?P<rest>.*)", objects, re.IGNORECASE)
        if to:
            return left_paths(to["rest"], "")
    return Kind.OTHER, Objects((), objects)


def _named_file(verb: str, objects: str) -> Objects:
    """A file that is not to be made, such as `create a README`."""
    if verb not in ("create", "add", "write", "generate"):
        return Objects((), objects)
    if (documents := DOCUMENTS.match(objects)) and TAIL.match(documents["tail"]):
        return Objects(("*.md", "*.mdx"), "")
    return path_objects(re.sub(r"\A\s+(?:an?|new)\s+(?=\S)", " ", objects))


def noun_or_gerund(rest: str) -> Found | None:
    """Give what stands behind `without`, `no` or `avoid`; None where no rule can compare it with acts."""
    found = re.match(r"(?P<stem>\w+?)ing\b(?P<object>.*)", rest, re.IGNORECASE)
    if found and not re.match(r"\w+\s+(?:it|them|that|this)\b", rest):
        stem = found["stem"].lower()
        verb = {
            "chang": "change",
            "creat": "create",
            "introduc": "introduce",
            "delet": "delete",
            "remov": "remove",
            "runn": "run",
        }.get(stem, stem)
        kind, objects, deletion = forbidden(verb + found["object"])
        return None if kind is Kind.OTHER else (kind, objects, deletion)
    for shape, kind in ((NEW_FILES, Kind.NO_NEW_FILES), (NEW_DEPENDENCIES, Kind.NO_DEPENDENCIES)):
        noun = shape.match(" " + rest)
        if noun and TAIL.match(noun["tail"]):
            return kind, Objects((), ""), False
    noun = re.match(r"(?P<of>code |file )?(?:changes|edits)\b(?P<tail>.*)\Z", rest, re.IGNORECASE)
    # `No changes.` alone may report what is.
    if noun and TAIL.match(noun["tail"]) and (noun["of"] or noun["tail"].strip(" .!,;")):
        return Kind.NO_EDITS, Objects((), ""), False
    if (noun := re.match(r"commits?\b(?P<tail>.*)\Z", rest, re.IGNORECASE)) and TAIL.match(noun["tail"]):
        return Kind.NO_COMMIT, Objects((), ""), False
    return None


def only_paths(rest: str) -> tuple[Kind, Objects]:
    """Give the paths that alone are to be changed."""
    named = path_objects(" " + rest)
    return (Kind.ONLY if named.targets else Kind.OTHER), named


def left_paths(rest: str, tail: str) -> tuple[Kind, Objects]:
    """Give the paths, or the tests, that are to stay as they are; `tail` is what stands behind the words for that."""
    tests = TESTS.match(" " + rest)
    if tests and not tests["tail"].strip() and TAIL.match(tail):
        return Kind.KEEP_TESTS, Objects((), "")
    named = path_objects(" " + rest)
    return (Kind.LEAVE if named.targets and TAIL.match(tail) else Kind.OTHER), named
