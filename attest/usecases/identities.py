"""Names of this machine and clone that point to a person: they are replaced wherever they stand in a session."""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
from typing import TYPE_CHECKING, Final

from redaction.config import Identities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.git import Repository
    from attest.usecases.commit_context import CommitContext

GENERIC_USERS: Final = frozenset(
    "root admin user ubuntu debian runner node git build builder test ci app vscode codespace nobody daemon jenkins "
    "docker ec2-user dev developer work home".split()
)
"""Account names that point to nobody, and that are ordinary words of code."""


def known_identities(repository: Repository | None, commits: tuple[CommitContext, ...]) -> Identities:
    """Collect git author and committer names and addresses, the OS user, and this host's name."""
    names, emails = set(), set()
    for facts in (c.facts for c in commits):
        names |= {facts.author_name, facts.committer_name}
        emails |= {facts.author_email, facts.committer_email}
    if repository is not None:
        names.add(repository.config("user.name") or "")
        emails.add(repository.config("user.email") or "")
    host = socket.gethostname()
    users = {u for u in _users() if u.lower() not in GENERIC_USERS}
    return Identities(
        names=_kept(n for n in names if " " in n.strip()),
        users=_kept(users),
        emails=_kept(emails),
        hosts=_kept({host} if "." in host or "-" in host else set()),
    )


def _users() -> set[str]:
    users = {os.environ.get("USER", ""), os.environ.get("LOGNAME", "")}
    with contextlib.suppress(KeyError):
        users.add(pwd.getpwuid(os.getuid()).pw_name)
    return users


def _kept(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({v.strip() for v in values} - {""}))
