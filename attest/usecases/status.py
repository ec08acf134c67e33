"""What an instance holds, in numbers and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import CannotVerify
from attest.store import attestations
from attest.store.claims import unfulfilled
from attest.store.database import reading

if TYPE_CHECKING:
    from attest.usecases.instance import Instance


def status_of(instance: Instance) -> dict[str, object]:
    """Give the state of an instance; counts are of its tenant."""
    with reading(instance.engine) as session:
        head = attestations.head_as_of(session, instance.scope)
    return {
        "home": str(instance.settings.home),
        "tenant": instance.scope.tenant,
        "log": head.log,
        "tree_size": head.tree_size,
        "root": head.root.hex(),
        "published_size": published_size(instance),
        "attestations": attestations.count(instance.engine, instance.scope),
        "begun_and_not_logged": unfulfilled(instance.engine, instance.scope),
    }


def published_size(instance: Instance) -> int | None:
    """Give the size of the published head; None where the object store does not answer.

    Raises:
        Refused: `ledger.corrupt`, what is published is no checkpoint.
    """
    try:
        published = instance.log.publisher.published()
    except CannotVerify as err:
        if err.code != "store.away":
            raise
        return None
    return published.size if published else 0
