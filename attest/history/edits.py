"""The edits of stored checkpoints, each transcript read once and the newest few kept."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from attest.capture.edit_lines import edit_lines

if TYPE_CHECKING:
    from attest.history.checkpoints import CheckpointStore
    from attest.model.checkpoint import CheckpointSession
    from attest.model.overlap import SessionEdits

KEPT: Final = 48


class EditCache:
    """What sessions of checkpoints wrote."""

    def __init__(self, store: CheckpointStore) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[str, ...], SessionEdits | None] = OrderedDict()

    def of(self, session: CheckpointSession) -> SessionEdits | None:
        """Give what the session wrote; None where its transcript is not stored here."""
        key = (*session.transcript, *session.subagents)
        if not session.transcript:
            return None
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        data = self._store.transcript(session)
        edits = edit_lines(data + self._store.subagents(session)) if data is not None else None
        self._kept[key] = edits
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return edits
