"""Whether a reviewer is a person, and another one than the runner, the author and the agent (decisions D3 and D9).

Identities are compared as certified: (issuer, SAN). The git author line is signed by nobody, so who the author is, is
known only through a disclosure. What is not known is never counted as independent.

Not checked: whether two identities of different names belong to one person. Whoever may sign under a pinned root may hold
several; a policy names the identities that it accepts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from attest.policy.finding import Finding, Known, all_of

_PSEUDONYM: Final = re.compile(r"https?://[^/\s]+/actor/[0-9a-f]{64}")
_EMAIL: Final = re.compile(r"[^@\s/]+@[^@\s/]+\.[^@\s/.]+")
_WORKLOAD_ISSUERS: Final = frozenset(
    {
        "https://token.actions.githubusercontent.com",
        "https://agent.buildkite.com",
        "https://app.codefresh.io",
        "https://oidc.circleci.com",
    }
)
"""Issuers that certify jobs and never people."""
_WORKLOAD_NAMES: Final = re.compile(
    r"spiffe://.*"
    r"|.*/\.github/workflows/.*"
    r"|.*//\.gitlab-ci\.ya?ml@.*"
    r"|system:serviceaccount:.*"
    r"|.*@[^@]*\.gserviceaccount\.com"
    r"|https://kubernetes\.io/namespaces/.*/serviceaccounts/.*",
    re.IGNORECASE | re.DOTALL,
)
_BOT_NAMES: Final = re.compile(
    r".*\[bot\](?:@.*)?"
    r"|(?:[^@]*[+._-])?(?:bot|no-?reply|agent|ci|automation)@.*"
    r"|[^@]*(?:copilot|cursoragent|devin-ai|gemini-code-assist|openhands)[^@]*@.*",
    re.IGNORECASE | re.DOTALL,
)
MAX_NAME_CHARS: Final = 2048
"""Longer names are not read: what they are is not known."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed: issuer and SAN, exactly as certified."""

    issuer: str
    name: str


class Party(StrEnum):
    """Whom a reviewer must not be."""

    RUNNER = "runner"
    AUTHOR = "author"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who had a hand in the change. None always means not known, an empty tuple that there is nobody."""

    runners: tuple[Signer, ...] | None
    """Signers of the change's sessions. None: the sessions are not all known."""
    author_email: str | None = None
    """As the commit object says, signed by nobody."""
    author: tuple[Signer, ...] | None = None
    """Identities that a disclosure shows to be the git author's."""
    agents: tuple[Signer, ...] = ()
    """Identities that the policy says agents sign with."""


ALL_PARTIES: Final = (Party.RUNNER, Party.AUTHOR, Party.AGENT)


def is_person(signer: Signer, capacity: str = "person", *, agents: tuple[Signer, ...] = ()) -> Finding:
    """Say whether a signer counts as a person. A bot, an agent, or the identity of a workload never does.

    `capacity` is the signer's own word: it can only take away. An e-mail address or a pseudonym of an instance is a person;
    what any other name stands for is not known.
    """
    if capacity != "person":
        return Finding(known=Known.NO, why=(f"the reviewer signs as {_article(capacity)}",))
    if signer in agents:
        return Finding(known=Known.NO, why=("the policy names this identity as an agent's",))
    if not signer.issuer or not signer.name or len(signer.name) > MAX_NAME_CHARS:
        return Finding(known=Known.NOT_KNOWN, why=("no identity that can be read is certified",))
    if signer.issuer.rstrip("/") in _WORKLOAD_ISSUERS or _WORKLOAD_NAMES.fullmatch(signer.name):
        return Finding(known=Known.NO, why=("the certificate is that of a workload",))
    if _BOT_NAMES.fullmatch(signer.name):
        return Finding(known=Known.NO, why=("the certified name is that of a bot",))
    if _PSEUDONYM.fullmatch(signer.name):
        return Finding(known=Known.YES, why=("a person's pseudonym, by the word of the instance that certified it",))
    if _EMAIL.fullmatch(signer.name):
        return Finding(known=Known.YES, why=("an e-mail address, by the word of the issuer that certified it",))
    return Finding(known=Known.NOT_KNOWN, why=("whether the certified name is a person's is not known",))


def independence(
    reviewer: Signer, parties: Parties, *, capacity: str = "person", apart_from: tuple[Party, ...] = ALL_PARTIES
) -> Finding:
    """Say whether a reviewer is a person and none of the parties asked for; each reason is a plain sentence."""
    findings = [is_person(reviewer, capacity, agents=parties.agents)]
    if Party.RUNNER in apart_from:
        findings.append(_not_runner(reviewer, parties))
    if Party.AUTHOR in apart_from:
        findings.append(_not_author(reviewer, parties))
    return all_of(findings)


def _not_runner(reviewer: Signer, parties: Parties) -> Finding:
    runners = parties.runners
    if reviewer in (runners or ()):
        return Finding(known=Known.NO, why=("the reviewer is the session’s runner",))
    if runners is None:
        return Finding(known=Known.NOT_KNOWN, why=("who ran the sessions is not known",))
    if _same_name(reviewer, runners):
        why = "the runner bears the same name under another issuer: whether it is the same person is not known"
        return Finding(known=Known.NOT_KNOWN, why=(why,))
    if not runners:
        return Finding(known=Known.YES, why=("no session has a runner",))
    return Finding(known=Known.YES, why=("issuer and name differ from the runner’s",))


def _not_author(reviewer: Signer, parties: Parties) -> Finding:
    email = parties.author_email
    if reviewer in (parties.author or ()):
        return Finding(known=Known.NO, why=("the reviewer is the git author, as disclosed",))
    if email and reviewer.name.casefold() == email.strip().casefold():
        return Finding(known=Known.NO, why=("the reviewer’s certified address is the git author’s",))
    if not parties.author:
        return Finding(known=Known.NOT_KNOWN, why=("who the git author is, is disclosed by nobody",))
    if _same_name(reviewer, parties.author):
        why = "the git author bears the same name under another issuer: whether it is the same person is not known"
        return Finding(known=Known.NOT_KNOWN, why=(why,))
    return Finding(known=Known.YES, why=("issuer and name differ from the git author’s, as disclosed",))


def _same_name(reviewer: Signer, others: tuple[Signer, ...]) -> bool:
    return any(reviewer.name.casefold() == other.name.casefold() for other in others)


def _article(word: str) -> str:
    return f"an {word}" if word[:1] in "aeiou" else f"a {word}"
