"""Sign and log links as `commit-link/v1`: the commits are the subjects, and the sessions that are recorded here.

A link that is logged already, with the same session, commit, kind and rule, is not logged again; nothing is ever
changed. Links without credit are not logged: a hint in a permanent leaf would outlive the reason to doubt it.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Final

from attest.ledger.index import KeyKind
from attest.model.link import Link, LinkKind
from attest.model.link_predicate import COMMIT_LINK_V1, link_to_predicate, links_predicate
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import commit_subject, parse_statement
from attest.model.times import rfc3339
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.commit_context import repository_name
from attest.usecases.log_statement import log_statement
from attest.usecases.stored_links import StoredLinks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.model.statement import Subject
    from attest.usecases.instance import Instance

LINKS_PER_STATEMENT: Final = 256


def log_links(
    instance: Instance, repository: Repository, links: Sequence[Link], *, maker: str
) -> tuple[tuple[Receipt, ...], int]:
    """Log the links that are new; gives the receipts, and how many links were logged before.

    `maker` is the command: `carry`, `link`, `import` or `hook`. Links to commits that the clone does not hold, and
    those without credit, are passed over, but for what takes something back.
    """
    worth = [link for link in dict.fromkeys(links) if _is_worth(link) and repository.has_commit(link.commit)]
    stored = StoredLinks(instance)
    known = {_identity(old) for oid in {link.commit for link in worth} for old in stored.of(oid, None)}
    new = [link for link in worth if _identity(link) not in known]
    receipts = tuple(
        _log(instance, repository, new[start : start + LINKS_PER_STATEMENT], maker)
        for start in range(0, len(new), LINKS_PER_STATEMENT)
    )
    return receipts, len(worth) - len(new)


def _is_worth(link: Link) -> bool:
    return link.confidence.credited and link.kind not in {LinkKind.CONTENT, LinkKind.RECORDED}


def _identity(link: Link) -> tuple[object, ...]:
    session = link.session
    name = session.id or (session.source, session.source_id, session.native_id)
    return name, link.commit, link.kind, link.relation, link.method, link.derived_from


def _log(instance: Instance, repository: Repository, links: list[Link], maker: str) -> Receipt:
    name = repository_name(repository, links[0].commit)
    commits = [repository.commit_facts(oid) for oid in dict.fromkeys(link.commit for link in links)]
    subjects = [commit_subject(name, c.oid, c.tree, c.object_sha256) for c in commits]
    for session in dict.fromkeys(link.session.id for link in links if link.session.id):
        subjects += _session_subject(instance, session)
    now = instance.clock.now().astimezone(UTC)
    rows = sorted(json.dumps(link_to_predicate(link), sort_keys=True) for link in links)
    return log_statement(
        instance,
        COMMIT_LINK_V1,
        tuple(subjects),
        links_predicate(links, linked_at=rfc3339(now), maker=maker),
        write_key_material="\0".join((maker, *rows)).encode(),
        repository=repository,
    )


def _session_subject(instance: Instance, session: str) -> list[Subject]:
    """Give the session's own subject, as its newest statement here has it: the link is then found by session too."""
    rows = attestations.about(instance.engine, instance.scope, KeyKind.SESSION.value, session).rows
    newest = next((row for row in rows if row.predicate_type == SESSION_V1), None)
    if newest is None:
        return []
    statement = parse_statement(parse_envelope(newest.leaf.envelope).payload)
    return [subject for subject in statement.subjects if subject.name == session][:1]
