"""What a sentence forbids or requires: only plain, unconditional imperatives get a kind that can be compared with acts.

Everything else that demands something is `other`. A sentence that asks, reports, or sets a condition is never given a
kind that can be broken: saying less is right more often.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from attest.capture.demand_objects import Objects, command_objects, path_objects
from attest.capture.demand_words import (
    ALL_CODE,
    ASK,
    AVOID,
    BEGIN,
    CONDITION,
    DELETING,
    DEMANDING,
    DOCUMENTS,
    EDITING,
    FOR_NOW,
    GIT_ACTS,
    INSTALL,
    INSTEAD,
    IT,
    JOINED,
    KEEP_TESTS,
    LEAVE,
    MAKING,
    NEGATED,
    NEW_DEPENDENCIES,
    NEW_FILES,
    NO_NEW,
    NOT,
    NOT_YET,
    ONLY,
    OUTSIDE,
    PASSIVE,
    RUNNING,
    TAIL,
    TESTS,
    VERB,
    WITHOUT,
)
from attest.capture.sentences import sentences_of
from attest.model.constraints import ConstraintKind as Kind

MAX_DEMANDS = 100
"""Of one text."""
ANY_TESTS = "(tests)"
"""Stands among the targets for every command that runs tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One demand of one sentence."""

    words: str
    kind: Kind
    targets: tuple[str, ...]
    for_now: bool
    """True where it holds only until the person speaks again."""
    deletion_only: bool = False
    """True where only taking the targets away breaks it."""


def demands_in(text: str) -> tuple[Demand, ...]:
    """Give the demands of a text, at most `MAX_DEMANDS`, in order."""
    found: list[Demand] = []
    for sentence in sentences_of(text):
        if sentence.endswith("?"):
            continue
        found += _of_sentence(sentence)
        if len(found) >= MAX_DEMANDS:
            break
    return tuple(found[:MAX_DEMANDS])


def negated_at(sentence: str) -> int:
    """Give where the first denial of a sentence begins; its length where there is none."""
    found = re.search(rf"\b(?:{NOT}|without|no|not|avoid|nothing|neither|except)\b", sentence, re.IGNORECASE)
    return found.start() if found else len(sentence)


def _of_sentence(sentence: str) -> list[Demand]:
    found: list[Demand] = []
    for clause in _clauses(sentence):
        one = _of_clause(clause, sentence)
        if one is not None:
            found.append(one)
    if not found and ASK.search(sentence):
        return [Demand(words=sentence, kind=Kind.ASK_FIRST, targets=(), for_now=False)]
    if not found and DEMANDING.search(sentence):
        return [Demand(words=sentence, kind=Kind.OTHER, targets=(), for_now=False)]
    return found


def _clauses(sentence: str) -> list[str]:
    """Parted before each new denial or restriction, so that one object list belongs to one verb."""
    sentence = re.sub(rf"({NOT}\s+commit)\s+(?:or|and|nor)\s+push\b", r"\1, never push", sentence, flags=re.IGNORECASE)
    parts = re.split(
        r",\s*(?=(?:just|instead|then|i|we|it|they|that|this|the|because|since|as|let|use|keep)\b)"
        rf"|(?:,\s*|\s+(?:and|but|so)\s+|\s*\(\s*|:\s+)(?=(?:please\s+|also\s+|just\s+)?(?:{NOT}\s|only\s+(?:change|edit|modify|touch|update)\b|leave\s|no new\s))",
        sentence,
        flags=re.IGNORECASE,
    )
    return [part for part in parts if part.strip()]


def _of_clause(clause: str, sentence: str) -> Demand | None:
    kind: Kind | None = None
    objects = Objects((), "")
    deletion = False
    negated = NEGATED.search(clause)
    if negated and (BEGIN.match(clause[: negated.start()]) or negated["not"].lower().startswith("i ")):
        kind, objects, deletion = _forbidden(negated["rest"])
    elif (plain := ONLY.search(clause)) and BEGIN.match(clause[: plain.start()]):
        kind, objects = _only(plain["rest"])
    elif (plain := LEAVE.search(clause)) and BEGIN.match(clause[: plain.start()]):
        kind, objects = _left(plain["rest"], plain["tail"])
    elif (plain := WITHOUT.search(clause)) or (plain := NO_NEW.search(clause)) or (plain := AVOID.search(clause)):
        kind, objects, deletion = _noun_or_gerund(plain["rest"].split(",")[0])
    elif (plain := KEEP_TESTS.search(clause)) and TAIL.match(plain["tail"]):
        kind, deletion = Kind.KEEP_TESTS, True
    elif plain := PASSIVE.fullmatch(clause):
        kind, objects = _left(plain["rest"], plain["tail"])
        deletion = plain["verb"].lower() in ("deleted", "removed")
    elif (plain := INSTEAD.search(clause)) and TAIL.match(plain["tail"]):
        kind, objects = Kind.NO_COMMAND, command_objects(plain["rest"], must_be_known=True)
        kind = kind if objects.targets else None
    if kind is None:
        return None
    if kind is not Kind.OTHER and (CONDITION.search(objects.tail) or _conditional(sentence, clause)):
        kind = Kind.OTHER
    now = kind is Kind.NO_EDITS or FOR_NOW.search(clause) is not None
    return Demand(words=sentence, kind=kind, targets=objects.targets, for_now=now, deletion_only=deletion)


def _conditional(sentence: str, clause: str) -> bool:
    return re.search(
        r"\b(?:if|unless|when|whenever|except|until (?!i\b|we\b|told|further|my\b))\b", sentence, re.IGNORECASE
    ) is not None and (clause in sentence)


def _forbidden(rest: str) -> tuple[Kind, Objects, bool]:
    """What stands behind a denial: a verb and its objects."""
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


def _by_verb(rest: str) -> tuple[Kind, Objects, bool]:
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


def _deleting(objects: str) -> tuple[Kind, Objects, bool]:
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


def _edits(objects: str) -> tuple[Kind, Objects, bool]:
    if _is_tests(objects):
        return Kind.KEEP_TESTS, Objects((), ""), False
    if outside := OUTSIDE.match(objects):
        return (*_only(outside["rest"]), False)
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
            return _left(to["rest"], "")
    return Kind.OTHER, Objects((), objects)


def _named_file(verb: str, objects: str) -> Objects:
    """A file that is not to be made, such as `create a README`."""
    if verb not in ("create", "add", "write", "generate"):
        return Objects((), objects)
    if (documents := DOCUMENTS.match(objects)) and TAIL.match(documents["tail"]):
        return Objects(("*.md", "*.mdx"), "")
    return path_objects(re.sub(r"\A\s+(?:an?|new)\s+(?=\S)", " ", objects))


def _noun_or_gerund(rest: str) -> tuple[Kind | None, Objects, bool]:
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
        kind, objects, deletion = _forbidden(verb + found["object"])
        return (None if kind is Kind.OTHER else kind), objects, deletion
    for shape, kind in ((NEW_FILES, Kind.NO_NEW_FILES), (NEW_DEPENDENCIES, Kind.NO_DEPENDENCIES)):
        noun = shape.match(" " + rest)
        if noun and TAIL.match(noun["tail"]):
            return kind, Objects((), ""), False
    if (noun := re.match(r"(?:code |file )?(?:changes|edits)\b(?P<tail>.*)\Z", rest, re.IGNORECASE)) and TAIL.match(
        noun["tail"]
    ):
        return Kind.NO_EDITS, Objects((), ""), False
    if (noun := re.match(r"commits?\b(?P<tail>.*)\Z", rest, re.IGNORECASE)) and TAIL.match(noun["tail"]):
        return Kind.NO_COMMIT, Objects((), ""), False
    return None, Objects((), ""), False


def _only(rest: str) -> tuple[Kind, Objects]:
    named = path_objects(" " + rest)
    return (Kind.ONLY if named.targets else Kind.OTHER), named


def _left(rest: str, tail: str) -> tuple[Kind, Objects]:
    tests = TESTS.match(" " + rest)
    if tests and not tests["tail"].strip() and TAIL.match(tail):
        return Kind.KEEP_TESTS, Objects((), "")
    named = path_objects(" " + rest)
    return (Kind.LEAVE if named.targets and TAIL.match(tail) else Kind.OTHER), named
