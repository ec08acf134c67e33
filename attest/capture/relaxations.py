"""Whether later words of a person end a demand: they need only speak of the thing without a denial before it."""

from __future__ import annotations

import posixpath
import re

from attest.capture.demand_verbs import ANY_TESTS
from attest.capture.demands import Demand, negated_at
from attest.capture.named_paths import Match, matches, paths_in
from attest.capture.sentences import sentences_of
from attest.model.constraints import ConstraintKind as Kind

_EDITING = r"(?:updat|chang|edit|modif|add|fix|writ|delet|remov|renam|mov|refactor|touch|revert|implement|adjust|rewrit|clean|improv|creat|chang)"
_ABOUT = {
    Kind.NO_COMMIT: re.compile(
        r"\bcommit|\bpush\b|\bpr\b|pull request|\bmerge|\bship\b|\bsave (?:it|this|the work) in git", re.IGNORECASE
    ),
    Kind.NO_PUSH: re.compile(r"\bpush|\bpr\b|pull request|\bmerge|\bship\b|\bpublish", re.IGNORECASE),
    Kind.NO_NEW_FILES: re.compile(
        r"\b(?:new|separate|another|own)\b.{0,40}\b(?:file|doc|document|script|module|test|page|component|class|package)|"
        r"\b(?:creat|add|writ|extract|generat|split|put|sav|scaffold)\w*\b",
        re.IGNORECASE,
    ),
    Kind.NO_DEPENDENCIES: re.compile(
        r"\binstall|\bdependenc|\bpackages?\b|\blibrar|\badd\b|\buse\b|\bupgrade", re.IGNORECASE
    ),
    Kind.NO_DELETION: re.compile(
        r"\b(?:delet|remov|drop|clean|get rid|rm\b|prun|discard|revert|undo|renam|mov)", re.IGNORECASE
    ),
    Kind.KEEP_TESTS: re.compile(
        rf"\b{_EDITING}\w*\b.{{0,80}}\btests?\b|\btests?\b.{{0,60}}\b{_EDITING}|\btests?\b.{{0,40}}\b(?:fail|wrong|broken|outdated)",
        re.IGNORECASE,
    ),
}
_STEM_CHARS = 3
"""A shorter name without its extension is too common to be one."""
_YES = re.compile(
    r"(?:(?:yes|yep|yeah|yup|y|ok|okay|sure|go ahead|go for it|do it|do that|please do|please|proceed|continue|sounds good|lgtm|"
    r"perfect|great|looks good|approved|fine|go|do so|make it so|exactly|correct|agreed|1|2|3|a|b)[\s.,!]*){1,5}",
    re.IGNORECASE,
)
_GO_ON = re.compile(
    r"\b(?:go ahead|proceed|you (?:can|may)|feel free|allowed to|ignore (?:my|that|the)|never ?mind|on second thought)\b",
    re.IGNORECASE,
)


def affirmed(words: str, about: str = "") -> tuple[str, ...]:
    """Give what words speak of without a denial before it, by sentence; `about` is the question that they answer."""
    heads = (sentence[: negated_at(sentence)] for sentence in sentences_of(words))
    return tuple(head for head in (about, *heads) if head.strip())


def is_bare_yes(words: str) -> bool:
    """Tell whether words only agree to what the agent said last, whatever that was."""
    return _YES.fullmatch(words.strip()) is not None


def ends(demand: Demand, heads: tuple[str, ...]) -> bool:
    """Tell whether words that came later, as `affirmed` gives them, end a demand."""
    return demand.for_now or any(_mentions(demand, head) for head in heads)


def takes_back(demand: Demand, words: str) -> bool:
    """Tell whether another sentence of the very same words asks for what the demand forbids: then it has a condition."""
    return any(
        sentence != demand.words
        and _mentions(demand, sentence[: negated_at(sentence)])
        and (demand.kind not in (Kind.LEAVE, Kind.ONLY) or re.search(rf"\b{_EDITING}", sentence, re.IGNORECASE))
        and demand.kind not in (Kind.NO_NEW_FILES, Kind.NO_DEPENDENCIES, Kind.NO_EDITS)
        for sentence in sentences_of(words)
    )


def _mentions(demand: Demand, words: str) -> bool:
    if not words.strip():
        return False
    if demand.kind in _ABOUT:
        return _ABOUT[demand.kind].search(words) is not None
    if demand.kind is Kind.LEAVE:
        return any(_names(one, words.lower()) for one in demand.targets)
    if demand.kind is Kind.ONLY:
        others = [
            name for name, _, _ in paths_in(words) if all(matches(name, one) is Match.NO for one in demand.targets)
        ]
        return (
            bool(others)
            or _GO_ON.search(words) is not None
            or re.search(r"\balso\b|\bnow\b|\bnext\b", words, re.IGNORECASE) is not None
        )
    if demand.kind is Kind.NO_COMMAND:
        return any(_command_name(one) in words.lower() for one in demand.targets)
    return False


def _names(path: str, words: str) -> bool:
    """Tell whether words speak of a path: by its name, or by the name without its extension where that is a word."""
    name = posixpath.basename(path.rstrip("/")).lower() or path.lower()
    stem = name.rpartition(".")[0] if not name.startswith(".") else ""
    spoken = [name, *((stem,) if len(stem) >= _STEM_CHARS else ())]
    return any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", words) for one in spoken)


def _command_name(words: str) -> str:
    if words == ANY_TESTS:
        return "test"
    plain = [word for word in words.lower().split() if not word.startswith("-")]
    return " ".join(plain[:2]) if plain[:1] == ["git"] else plain[0] if plain else words.lower()
