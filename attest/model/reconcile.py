"""Whether the names around a commit agree: git author, committer, signer, OIDC subject, agent. Pairs, never a verdict.

A name that git holds is signed by nobody; a certificate names whom its authority authenticated. What a pseudonym hides is
not known here: its disclosure would settle it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from attest.model.answer import Mark, Row
from attest.model.basis import Basis
from attest.model.pointer import Pointer

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_PSEUDONYM: Final = re.compile(r"https?://[^/]+/actor/[0-9a-f]{64}")
_FORGES: Final = frozenset({"noreply@github.com", "noreply@gitlab.com"})


class Agreement(StrEnum):
    """Whether two names are the same."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names around one commit. None: not known."""

    author_name: str | None
    author_email: str | None
    committer_name: str | None
    committer_email: str | None = None
    signer: str | None = None
    """The SAN of the certificate, exactly as certified; None where nothing is signed."""
    issuer: str | None = None
    subject: str | None = None
    """The `sub` that the issuer gave, where it was disclosed."""
    agent: str | None = None
    """As the session reports it, such as `claude-code`."""
    author_mark: str | None = None
    """The agent whose known name the author line bears; None: the line bears no agent's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two names compared."""

    pair: str
    """Such as `author, signer`."""
    agreement: Agreement
    why: str


def reconcile(names: Names) -> tuple[Pair, ...]:
    """Give the pairs in a fixed order."""
    return (
        _pair("author, committer", _author_committer(names)),
        _pair("author, signer", _person_signer(names.author_email, names)),
        _pair("committer, signer", _person_signer(names.committer_email, names)),
        _pair("signer, OIDC subject", _signer_subject(names)),
        _pair("author, agent", _author_agent(names)),
    )


def reconciled_row(pairs: tuple[Pair, ...], pointers: tuple[Pointer, ...]) -> Row:
    """Give the row of section 1: which pairs agree, which differ and why, which are not known."""
    parts = []
    for word in Agreement:
        found = [one for one in pairs if one.agreement is word]
        if found:
            told = "; ".join(f"{one.pair} ({one.why})" for one in found)
            parts.append(f"{'not known' if word is Agreement.UNKNOWN else word.value}: {told}")
    known = any(one.agreement is not Agreement.UNKNOWN for one in pairs)
    return Row(
        term="names",
        mark=Mark.NONE if known else Mark.NOT_KNOWN,
        text=". ".join(parts),
        pointers=pointers,
        basis=Basis.REPORTED if known else Basis.UNKNOWN,
    )


_Found = tuple[Agreement, str]


def _pair(pair: str, found: _Found) -> Pair:
    return Pair(pair=pair, agreement=found[0], why=found[1])


def _author_committer(names: Names) -> _Found:
    if not names.author_name or not names.committer_name:
        return Agreement.UNKNOWN, "one of the lines is not at hand"
    if (names.committer_email or "").casefold() in _FORGES or names.committer_name in ("GitHub", "GitLab"):
        return Agreement.DIFFERS, "the forge made the commit"
    if names.author_email and names.committer_email:
        same = names.author_email.casefold() == names.committer_email.casefold()
        return (Agreement.AGREES, "the same address") if same else (Agreement.DIFFERS, "two addresses")
    same = names.author_name.strip().casefold() == names.committer_name.strip().casefold()
    return (Agreement.AGREES, "the same name, unsigned") if same else (Agreement.DIFFERS, "two names")


def _person_signer(email: str | None, names: Names) -> _Found:
    signer = names.signer
    if not signer:
        return Agreement.UNKNOWN, "nothing is signed"
    if _PSEUDONYM.fullmatch(signer):
        return Agreement.UNKNOWN, "the certificate holds a pseudonym; a disclosure would settle it"
    if not _EMAIL.fullmatch(signer):
        return Agreement.DIFFERS, "a workload signed, not a person"
    if not email:
        return Agreement.UNKNOWN, "the address is not at hand"
    if signer.casefold() == email.casefold():
        return Agreement.AGREES, "the certified address"
    if email.casefold().endswith("users.noreply.github.com"):
        return Agreement.UNKNOWN, "git holds an address of the forge that hides the person’s own"
    return Agreement.DIFFERS, "another address is certified"


def _signer_subject(names: Names) -> _Found:
    if not names.signer:
        return Agreement.UNKNOWN, "nothing is signed"
    if names.subject is not None:
        same = names.subject.casefold() == names.signer.casefold()
        return (Agreement.AGREES, "the same name") if same else (Agreement.DIFFERS, "two names")
    if _PSEUDONYM.fullmatch(names.signer):
        return Agreement.UNKNOWN, "the certificate holds a pseudonym; a disclosure would settle it"
    if names.issuer:
        return Agreement.AGREES, f"the certificate names what {names.issuer} authenticated"
    return Agreement.UNKNOWN, "the issuer is not known"


def _author_agent(names: Names) -> _Found:
    if not names.author_name:
        return Agreement.UNKNOWN, "the author line is not at hand"
    if not names.agent:
        return Agreement.UNKNOWN, "no session reports an agent"
    if names.author_mark is None:
        return Agreement.DIFFERS, "the author line bears no agent’s name"
    same = _folded(names.author_mark) in _folded(names.agent) or _folded(names.agent) in _folded(names.author_mark)
    if same:
        return Agreement.AGREES, "the author line bears the agent’s name"
    return Agreement.DIFFERS, "the author line bears another agent’s name"


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())
