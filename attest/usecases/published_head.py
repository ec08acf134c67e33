"""The head that others see: signed, and with every file that it is proved from published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import Absent
from attest.store.log_reader import LogReader

if TYPE_CHECKING:
    from attest.store.log_reader import StoredHead
    from attest.usecases.instance import Instance


def published_head(instance: Instance, tree_size: int | None = None) -> StoredHead:
    """Give the newest head whose files are published, or an earlier one of a size.

    Raises:
        Absent: nothing is published yet, or no such head was signed.
    """
    published = instance.log.publisher.published()
    reader = LogReader(instance.engine, instance.scope, instance.log.name)
    head = reader.head(tree_size or published.size) if published else None
    if published is None or head is None or head.tree_size > published.size:
        raise Absent("service.not-found", "no such head is published")
    return head
