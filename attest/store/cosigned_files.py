"""The published checkpoint with cosignatures of witnesses: the same head, and lines after the log's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from attest.store.publisher import Publisher

CHECKPOINT: Final = "checkpoint"
WITNESSED: Final = "checkpoint.witnessed"
"""The newest head that any witness cosigned; a log that grows quickly shows a checkpoint that none has seen yet."""


def publish_cosigned(publisher: Publisher, size: int, note: str) -> None:
    """Show a head with its cosignatures: as `checkpoint.witnessed`, and as the checkpoint while it is the newest.

    Raises:
        CannotVerify: `store.away`; the cosignatures are kept, and the next publication shows them.
    """
    files = publisher.files
    seen = files.read(CHECKPOINT)
    shown = publisher.published()
    if seen is not None and shown is not None and shown.size == size and seen.data != note.encode():
        # Replaced meanwhile by a larger head: then that one is shown, and this stands beside it.
        files.replace(CHECKPOINT, note.encode(), seen=seen)
    files.overwrite(WITNESSED, note.encode())
