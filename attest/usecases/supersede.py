"""Which earlier capture of a session a new one stands for (decision D4). Superseding hides nothing: both stay logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.ledger.index import KeyKind
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.sign import actor_of

if TYPE_CHECKING:
    from attest.usecases.instance import Instance


def superseded_by(instance: Instance, session_id: str, commits: tuple[str, ...]) -> str | None:
    """Give the newest capture of a session that one with these commits supersedes; None when there is none.

    Only a capture by the same identity is superseded, and only when every commit it named is named again: otherwise
    a new capture could take away what an earlier one said.
    """
    rows = attestations.about(instance.engine, instance.scope, KeyKind.SESSION.value, session_id).rows
    newest = next((row for row in rows if row.predicate_type == SESSION_V1), None)
    if newest is None or newest.identity != actor_of(instance):
        return None
    earlier = parse_statement(parse_envelope(newest.leaf.envelope).payload)
    named = {s.git_commit for s in earlier.subjects if s.git_commit}
    return newest.id if named <= set(commits) else None
