"""What two readings of one session must agree in: the events."""

from __future__ import annotations

import hashlib
import json

from attest.model.session import Session


def event_digest(session: Session) -> str:
    """Give SHA-256 over the events in order: kind, actor, tool, id of the call, and the text as it is shown.

    Times, places in the transcript and the format's own ids are left out: another document has others.
    """
    digest = hashlib.sha256()
    for event in session.events:
        row = [event.kind.value, event.actor.value, event.tool, event.call_id, event.preview]
        digest.update(json.dumps(row, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()
