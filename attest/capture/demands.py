"""What a sentence forbids or requires: only plain, unconditional imperatives get a kind that can be compared with acts.

Everything else that demands something is `other`. A sentence that asks, reports, or sets a condition is never given a
kind that can be broken: saying less is right more often.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from attest.capture.demand_objects import Objects, command_objects, path_objects
from attest.capture.sentences import sentences_of
from attest.model.constraints import ConstraintKind as Kind

MAX_DEMANDS = 100
"""Of one text."""
TESTS = "(tests)"
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


_NOT = r"(?:do\s+not|don['’]?t|never|must\s+not|mustn['’]?t|should\s+not|shouldn['’]?t|(?:you\s+)?(?:may|can)\s?not|you\s+can['’]t)"
_LEAD = (
    r"(?:please|pls|plz|also|and|but|so|just|ok|okay|then|now|again|important|critical|note|remember|rule|warning|caution|"
    r"you|claude|codex|agents?|always|that|make sure|be sure|ensure|i want you to|i need you to|i['’]d like you to|still|"
    r"however|instead|first|second|for now|right now|yet|to|you (?:must|should)|at (?:this|any) (?:point|stage|time)|"
    r"in this (?:step|phase|session|pr|task|repo|repository|change)|under no circumstances|absolutely|definitely|no|yes|stop|"
    r"hey|one (?:more )?thing|careful|attention|constraints?|requirements?|wait|do it|go ahead)"
)
_HEAD = rf"(?:^|[,:(]\s*|\b(?:and|but|so|then|also|please)\s+)(?:[\W_]*{_LEAD}\b[\W_]*){{0,6}}"
_BEGIN = re.compile(rf"\A(?:[\W_]*{_LEAD}\b[\W_]*){{0,8}}\Z", re.IGNORECASE)
_NEGATED = re.compile(
    rf"(?P<not>{_NOT}|\bi\s+(?:do\s+not|don['’]?t)\s+want\s+(?:you\s+)?to)\s+"
    rf"(?:ever\s+|even\s+|actually\s+|try to\s+|attempt to\s+|start to\s+|just\s+)?(?P<rest>\S.*)",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    r"\bwithout\s+(?P<rest>(?:chang|modify|touch|edit|alter|add|creat|introduc|install|delet|remov|commit|push|runn)ing\b.*)",
    re.IGNORECASE,
)
_NO_NEW = re.compile(
    rf"{_HEAD}(?:with\s+)?no\s+(?P<rest>(?:new|additional|extra|more|code|file|edits?\b|changes?\b|commits?\b).*)",
    re.IGNORECASE,
)
_AVOID = re.compile(r"\b(?:avoid|refrain from)\s+(?P<rest>\w+ing\b.*)", re.IGNORECASE)
_ONLY = re.compile(
    r"(?:only\s+(?:ever\s+)?(?:change|edit|modify|touch|update|alter)|(?:change|edit|modify|touch|update)\s+only|"
    r"(?:limit|restrict|confine|scope)\s+(?:all\s+|any\s+)?(?:your\s+|the\s+)?(?:changes|edits|work|yourself|modifications)\s+(?:only\s+)?to)"
    r"\s+(?P<rest>.*)",
    re.IGNORECASE,
)
_LEAVE = re.compile(
    r"\b(?:leave|keep)\s+(?P<rest>.{1,200}?)\s+(?:as[- ]is|untouched|unchanged|unmodified|alone|intact)\b(?P<tail>.*)",
    re.IGNORECASE,
)
_KEEP_TESTS = re.compile(
    r"\b(?:must|always|please|should)\s+keep\s+(?:all\s+|the\s+|our\s+|existing\s+|any\s+){0,3}tests\s*(?P<tail>.*)\Z",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"(?P<rest>.{1,200}?)\s+(?:must|should|may|shall)\s*(?:not|n['’]t)\s+be\s+(?P<verb>changed|modified|touched|edited|altered|deleted|removed)\b(?P<tail>.*)",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"\buse\s+`?[\w -]{2,30}`?,?\s+(?:instead of|rather than|and not|but not|not|never)\s+(?P<rest>`[^`]{2,60}`|[a-z][\w-]{1,20})(?P<tail>.*)",
    re.IGNORECASE,
)
_ASK = re.compile(
    r"\b(?:ask|check with|confirm with|consult)\s+(?:me|with me)\b.{0,40}\b(?:before|first)\b|\bwait for my\b|\bask (?:first|before)\b",
    re.IGNORECASE,
)
_DEMANDING = re.compile(
    rf"\b(?:must|always|never|make sure|ensure|be sure to|required to)\b|{_HEAD}{_NOT}\s", re.IGNORECASE
)
_CONDITION = re.compile(
    r"\b(?:if|unless|when|whenever|while|except|other than|besides|apart from|beyond|more than|too much|"
    r"unnecessar\w+|needless\w+|directly|explicitly|asked|permission|approval|necessary|needed|possible|only when|in case|"
    r"instead of|just|blindly|simply|merely|otherwise|until (?!i\b|we\b|told|further|my\b)|before (?!i\b|we\b|my\b)|without|because of)\b",
    re.IGNORECASE,
)
_FOR_NOW = re.compile(
    r"\b(?:yet|for now|right now|at this (?:point|stage|time)|until (?:i|we|told|further|my)|before (?:i|we|my)|first|in this (?:step|phase)|"
    r"just (?:plan|research|investigate|analy[sz]e|look|read|explore)|only (?:plan|research|investigate|analy[sz]e|explore))\b",
    re.IGNORECASE,
)
_VERB = re.compile(r"(?P<verb>[a-z]+(?:\s+with(?=\s))?)(?P<object>\b.*)", re.IGNORECASE)
_EDITING = frozenset(
    {"touch", "modify", "change", "edit", "alter", "update", "rewrite", "refactor", "overwrite", "reformat", "format"}
)
_DELETING = frozenset({"delete", "remove", "drop"})
_RUNNING = frozenset({"run", "execute", "invoke", "use", "call", "launch"})
_MAKING = frozenset({"create", "add", "make", "introduce", "write", "install", "generate", "pull"})
_TESTS = re.compile(
    r"\s*(?:any |the |our |my |all |existing |of |those |these |current |unit |integration )*(?:tests?|test (?:files?|cases?|suites?|code))\s*(?P<tail>.*)\Z",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\A[\s.!,)*]*(?:(?:yet|for now|right now|please|at all|ever|anymore|again|though|ok|okay|until (?:i|we|told|further|my)\b.*|before (?:i|we|my)\b.*|in this (?:pr|task|session|change|step|phase))[\s.!,)*]*)*\Z",
    re.IGNORECASE,
)
_ALL_CODE = re.compile(
    r"\s*(?:any(?:thing)?|the|some)?\s*(?:actual |real |source |production )?(?:code(?: changes)?|changes|files?|edits|modifications|implementation|anything)?"
    r"(?P<tail>.*)\Z",
    re.IGNORECASE,
)
_NEW_FILES = re.compile(
    r"\s*(?:any |a |more |extra |additional |other )*(?:new |extra |additional )(?:source |code |doc |documentation |test |markdown )?files?\b(?P<tail>.*)\Z",
    re.IGNORECASE,
)
_NEW_DEPENDENCIES = re.compile(
    r"\s*(?:any |a |more |extra |other )*(?:(?:new |additional |extra |external |third[- ]party |npm |python |pip |runtime )+(?:dependenc(?:y|ies)|packages?|librar(?:y|ies)|deps)|dependencies|deps)\b(?P<tail>.*)\Z",
    re.IGNORECASE,
)
_INSTALL = re.compile(
    r"\s*(?:any(?:thing)?|new|additional|extra|more|other|third[- ]party)?\s*(?:new )?(?:packages?|dependenc(?:y|ies)|librar(?:y|ies)|deps|modules)?(?P<tail>.*)\Z",
    re.IGNORECASE,
)
_IT = re.compile(
    r"\s*(?:anything|any of (?:it|this|that)|it|this|that|these|them|(?:any |the |your |these |those |my )?(?:changes|work|code))?(?: to (?:git|the remote|remote|origin|github))?(?P<tail>.*)\Z",
    re.IGNORECASE,
)


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
    found = re.search(rf"\b(?:{_NOT}|without|no|not|avoid|nothing|neither|except)\b", sentence, re.IGNORECASE)
    return found.start() if found else len(sentence)


def _of_sentence(sentence: str) -> list[Demand]:
    found: list[Demand] = []
    for clause in _clauses(sentence):
        one = _of_clause(clause, sentence)
        if one is not None:
            found.append(one)
    if not found and _ASK.search(sentence):
        return [Demand(words=sentence, kind=Kind.ASK_FIRST, targets=(), for_now=False)]
    if not found and _DEMANDING.search(sentence):
        return [Demand(words=sentence, kind=Kind.OTHER, targets=(), for_now=False)]
    return found


def _clauses(sentence: str) -> list[str]:
    """Parted before each new denial or restriction, so that one object list belongs to one verb."""
    sentence = re.sub(rf"({_NOT}\s+commit)\s+(?:or|and|nor)\s+push\b", r"\1, never push", sentence, flags=re.IGNORECASE)
    parts = re.split(
        r",\s*(?=(?:just|instead|then|i|we|it|they|that|this|the|because|since|as|let|use|keep)\b)"
        rf"|(?:,\s*|\s+(?:and|but|so)\s+|\s*\(\s*|:\s+)(?=(?:please\s+|also\s+|just\s+)?(?:{_NOT}\s|only\s+(?:change|edit|modify|touch|update)\b|leave\s|no new\s))",
        sentence,
        flags=re.IGNORECASE,
    )
    return [part for part in parts if part.strip()]


def _of_clause(clause: str, sentence: str) -> Demand | None:
    kind: Kind | None = None
    objects = Objects((), "")
    deletion = False
    negated = _NEGATED.search(clause)
    if negated and (_BEGIN.match(clause[: negated.start()]) or negated["not"].lower().startswith("i ")):
        kind, objects, deletion = _forbidden(negated["rest"])
    elif (plain := _ONLY.search(clause)) and _BEGIN.match(clause[: plain.start()]):
        kind, objects = _only(plain["rest"])
    elif (plain := _LEAVE.search(clause)) and _BEGIN.match(clause[: plain.start()]):
        kind, objects = _left(plain["rest"], plain["tail"])
    elif (plain := _WITHOUT.search(clause)) or (plain := _NO_NEW.search(clause)) or (plain := _AVOID.search(clause)):
        kind, objects, deletion = _noun_or_gerund(plain["rest"].split(",")[0])
    elif (plain := _KEEP_TESTS.search(clause)) and _TAIL.match(plain["tail"]):
        kind, deletion = Kind.KEEP_TESTS, True
    elif plain := _PASSIVE.fullmatch(clause):
        kind, objects = _left(plain["rest"], plain["tail"])
        deletion = plain["verb"].lower() in ("deleted", "removed")
    elif (plain := _INSTEAD.search(clause)) and _TAIL.match(plain["tail"]):
        kind, objects = Kind.NO_COMMAND, command_objects(plain["rest"], must_be_known=True)
        kind = kind if objects.targets else None
    if kind is None:
        return None
    if kind is not Kind.OTHER and (_CONDITION.search(objects.tail) or _conditional(sentence, clause)):
        kind = Kind.OTHER
    now = kind is Kind.NO_EDITS or _FOR_NOW.search(clause) is not None
    return Demand(words=sentence, kind=kind, targets=objects.targets, for_now=now, deletion_only=deletion)


def _conditional(sentence: str, clause: str) -> bool:
    return re.search(
        r"\b(?:if|unless|when|whenever|except|until (?!i\b|we\b|told|further|my\b))\b", sentence, re.IGNORECASE
    ) is not None and (clause in sentence)


def _forbidden(rest: str) -> tuple[Kind, Objects, bool]:
    """What stands behind a denial: a verb and its objects."""
    found = _VERB.match(rest)
    if found is None:
        return Kind.OTHER, Objects((), rest), False
    verb, objects = found["verb"].lower(), found["object"]
    if verb in ("commit", "push"):
        tail = _IT.match(objects)
        kind = Kind.NO_COMMIT if verb == "commit" else Kind.NO_PUSH
        if tail and _TAIL.match(tail["tail"]):
            return kind, Objects((), ""), False
        return Kind.OTHER, Objects((), rest), False
    if verb in _EDITING:
        return _edits(objects)
    if verb in _DELETING:
        tests = _TESTS.match(objects)
        if tests and _TAIL.match(tests["tail"]):
            return Kind.KEEP_TESTS, Objects((), ""), True
        if re.match(r"\s*(?:any|the)?\s*files?\s*\Z", objects):
            return Kind.NO_DELETION, Objects((), ""), True
        named = path_objects(objects)
        return (Kind.NO_DELETION if named.targets else Kind.OTHER), named, True
    if verb in _MAKING:
        return (*_making(verb, objects), False)
    if verb in _RUNNING:
        tests = _TESTS.match(objects)
        if tests and _TAIL.match(tests["tail"]) and verb in ("run", "execute"):
            return Kind.NO_COMMAND, Objects((TESTS,), ""), False
        named = command_objects(objects, must_be_known=verb in ("use", "call"))
        return (Kind.NO_COMMAND if named.targets else Kind.OTHER), named, False
    return Kind.OTHER, Objects((), rest), False


def _edits(objects: str) -> tuple[Kind, Objects, bool]:
    tests = _TESTS.match(objects)
    if tests and _TAIL.match(tests["tail"]):
        return Kind.KEEP_TESTS, Objects((), ""), False
    named = path_objects(objects)
    if named.targets:
        return Kind.LEAVE, named, False
    code = re.match(
        r"\s+(?:any(?:thing| code| files?| of the (?:code|files))|the code|code|files)(?P<tail>.*)\Z",
        objects,
        re.IGNORECASE,
    )
    if code and _TAIL.match(code["tail"]):
        return Kind.NO_EDITS, Objects((), ""), False
    return Kind.OTHER, Objects((), objects), False


def _making(verb: str, objects: str) -> tuple[Kind, Objects]:
    for shape, kind in ((_NEW_FILES, Kind.NO_NEW_FILES), (_NEW_DEPENDENCIES, Kind.NO_DEPENDENCIES)):
        found = shape.match(objects)
        if found and _TAIL.match(found["tail"]):
            return kind, Objects((), "")
    if verb == "install":
        found = _INSTALL.match(objects)
        if found and _TAIL.match(found["tail"]):
            return Kind.NO_DEPENDENCIES, Objects((), "")
    if verb in ("make", "write"):
        found = _ALL_CODE.match(objects)
        if found and found.end("tail") > found.start("tail") - 1 and objects.strip() and _TAIL.match(found["tail"]):
            return Kind.NO_EDITS, Objects((), "")
        to = re.match(r"\s+(?:any )?(?:changes|edits|modifications) (?:to|in)\s(?P<rest>.*)", objects, re.IGNORECASE)
        if to:
            return _left(to["rest"], "")
    return Kind.OTHER, Objects((), objects)


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
    for shape, kind in ((_NEW_FILES, Kind.NO_NEW_FILES), (_NEW_DEPENDENCIES, Kind.NO_DEPENDENCIES)):
        noun = shape.match(" " + rest)
        if noun and _TAIL.match(noun["tail"]):
            return kind, Objects((), ""), False
    if (noun := re.match(r"(?:code |file )?(?:changes|edits)\b(?P<tail>.*)\Z", rest, re.IGNORECASE)) and _TAIL.match(
        noun["tail"]
    ):
        return Kind.NO_EDITS, Objects((), ""), False
    if (noun := re.match(r"commits?\b(?P<tail>.*)\Z", rest, re.IGNORECASE)) and _TAIL.match(noun["tail"]):
        return Kind.NO_COMMIT, Objects((), ""), False
    return None, Objects((), ""), False


def _only(rest: str) -> tuple[Kind, Objects]:
    named = path_objects(" " + rest)
    return (Kind.ONLY if named.targets else Kind.OTHER), named


def _left(rest: str, tail: str) -> tuple[Kind, Objects]:
    tests = _TESTS.match(" " + rest)
    if tests and not tests["tail"].strip() and _TAIL.match(tail):
        return Kind.KEEP_TESTS, Objects((), "")
    named = path_objects(" " + rest)
    return (Kind.LEAVE if named.targets and _TAIL.match(tail) else Kind.OTHER), named
