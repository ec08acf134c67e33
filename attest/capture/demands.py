"""What a sentence forbids or requires: only plain, unconditional imperatives get a kind that can be compared with acts.

Everything else that demands something is `other`. A sentence that asks, reports, or sets a condition is never given a
kind that can be broken: saying less is right more often.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from attest.capture.demand_objects import Objects, command_objects
from attest.capture.demand_verbs import Found, forbidden, left_paths, noun_or_gerund, only_paths
from attest.capture.demand_words import (
    ASK,
    ASKED_ABOUT,
    AVOID,
    BEGIN,
    COMPLAINT,
    CONDITION,
    DEMANDING,
    FOR_NOW,
    HOLD,
    INSTEAD,
    KEEP_TESTS,
    LEAVE,
    NEGATED,
    NO_NEW,
    NOT,
    ONLY,
    ORDER,
    PASSIVE,
    REPORTING,
    SENTENCE_CONDITION,
    TAIL,
    WITHOUT,
)
from attest.capture.sentences import sentences_of
from attest.model.constraints import ConstraintKind as Kind

MAX_DEMANDS = 100
"""Of one text."""


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
        about = ASKED_ABOUT.search(sentence)
        named = tuple(name for name, found in about.groupdict().items() if found) if about else ()
        return [Demand(words=sentence, kind=Kind.ASK_FIRST, targets=named, for_now=False)]
    if not found and DEMANDING.search(sentence):
        return [Demand(words=sentence, kind=Kind.OTHER, targets=(), for_now=False)]
    return found


def _clauses(sentence: str) -> list[str]:
    """Parted before each new denial, restriction or plain order, so that one object list belongs to one verb."""
    sentence = re.sub(rf"({NOT}\s+commit)\s+(?:or|and|nor)\s+push\b", r"\1, never push", sentence, flags=re.IGNORECASE)
    parts = re.split(
        r",\s*(?=(?:just|instead|then|i|we|it|they|that|this|the|because|since|as|let|use|keep)\b)"
        rf"|,\s*(?:and\s+(?:then\s+)?|then\s+)(?={ORDER}\b)"
        rf"|(?:,\s*|\s+(?:and|but|so)\s+|\s*\(\s*|:\s+)(?=(?:please\s+|also\s+|just\s+)?(?:{NOT}\s|only\s+(?:change|edit|modify|touch|update)\b|leave\s|no new\s))",
        sentence,
        flags=re.IGNORECASE,
    )
    return [part for part in parts if part.strip()]


def _of_clause(clause: str, sentence: str) -> Demand | None:
    found = _denied(clause) or _restricted(clause) or _excluded(clause, sentence) or _stated(clause)
    if found is None:
        return None
    kind, objects, deletion = found
    if kind is not Kind.OTHER and (CONDITION.search(objects.tail) or _conditional(sentence)):
        kind = Kind.OTHER
    now = kind is Kind.NO_EDITS or FOR_NOW.search(clause) is not None
    return Demand(words=sentence, kind=kind, targets=objects.targets, for_now=now, deletion_only=deletion)


def _denied(clause: str) -> Found | None:
    negated = NEGATED.search(clause)
    return forbidden(negated["rest"]) if negated and _demands(negated, clause) else None


def _restricted(clause: str) -> Found | None:
    if only := _at_beginning(ONLY, clause):
        return (*only_paths(only["rest"]), False)
    if (hold := _at_beginning(HOLD, clause)) and hold.end() == len(clause):
        return Kind.NO_EDITS, Objects((), ""), False
    if left := _at_beginning(LEAVE, clause):
        return (*left_paths(left["rest"], left["tail"]), False)
    return None


def _excluded(clause: str, sentence: str) -> Found | None:
    """`without changing X`, `no new files`, `avoid changing X`: only where the words before it report nothing."""
    found = WITHOUT.search(clause) or NO_NEW.search(clause) or _at_beginning(AVOID, clause)
    if found is None:
        return None
    before = clause[: found.start("rest")]
    if not re.search(r"\w{3,}", before):
        before = sentence[: max(0, sentence.find(clause))]
    return None if REPORTING.search(before) else noun_or_gerund(found["rest"].split(",")[0])


def _stated(clause: str) -> Found | None:
    if (tests := KEEP_TESTS.search(clause)) and TAIL.match(tests["tail"]):
        return Kind.KEEP_TESTS, Objects((), ""), True
    if passive := PASSIVE.fullmatch(clause):
        return (*left_paths(passive["rest"], passive["tail"]), passive["verb"].lower() in ("deleted", "removed"))
    if (instead := _at_beginning(INSTEAD, clause)) and TAIL.match(instead["tail"]):
        named = command_objects(instead["rest"], must_be_known=True)
        return (Kind.NO_COMMAND, named, False) if named.targets else None
    return None


def _demands(negated: re.Match[str], clause: str) -> bool:
    """Tell whether a denial speaks to the agent: `don't touch X`, not `I don't know` nor `you never run the tests`."""
    before, word = clause[: negated.start()], negated["not"].lower()
    if word.startswith("i "):
        return True
    if COMPLAINT.search(before) and word.startswith(("never", "do", "don")):
        return False
    return BEGIN.match(before) is not None


def _at_beginning(shape: re.Pattern[str], clause: str) -> re.Match[str] | None:
    found = shape.search(clause)
    return found if found and BEGIN.match(clause[: found.start()]) else None


def _conditional(sentence: str) -> bool:
    return SENTENCE_CONDITION.search(sentence) is not None
