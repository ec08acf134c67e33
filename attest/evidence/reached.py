"""What a logged statement leads to: the keys whose lists an answer about a commit depends on (decision D5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.ledger.index import KeyKind
from attest.model.link_predicate import COMMIT_LINK_V1, links_of
from attest.model.session_predicate import SESSION_V1

if TYPE_CHECKING:
    from attest.model.statement import Statement

Key = tuple[KeyKind, str]


def following(key: Key, statement: Statement) -> tuple[Key, ...]:
    """Give the keys that a statement, found under a key, leads on to.

    A commit leads to its sessions and, by links, to the commits it was rewritten from. A session leads to many commits,
    which are no part of the answer for one.
    """
    kind, value = key
    if kind is not KeyKind.GIT_COMMIT:
        return ()
    if statement.predicate_type == SESSION_V1:
        session = statement.predicate.get("session")
        name = session.get("id") if isinstance(session, dict) else None
        return ((KeyKind.SESSION, name),) if isinstance(name, str) else ()
    if statement.predicate_type != COMMIT_LINK_V1:
        return ()
    found: list[Key] = []
    for link in links_of(statement.predicate):
        if link.commit == value:
            found += [(KeyKind.GIT_COMMIT, oid) for oid in link.derived_from]
            found += [(KeyKind.SESSION, link.session.id)] if link.session.id else []
    return tuple(found)
