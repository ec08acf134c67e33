"""A witness at work: judge, remember durably, then sign, one request at a time."""

from __future__ import annotations

from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Final

from attest.errors import Refused
from attest.ledger.cosigned import cosignatures_on
from attest.ledger.note import NoteSignature, cosignature, cosigned_message
from attest.witness.rules import Answer, Seen, judge, read_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.clock import Clock
    from attest.ledger.note import NoteKey
    from attest.witness.request import AddCheckpoint
    from attest.witness.state import WitnessState

MOST_BACK_S: Final = 60
"""How far the clock may step back: the last time is then signed again. Further back, nothing is signed."""


class Witness:
    """Cosigns the heads of the logs that it was told of."""

    def __init__(self, state: WitnessState, logs: Mapping[str, tuple[NoteKey, ...]], clock: Clock) -> None:
        self._state = state
        self._logs = logs
        self._clock = clock
        self._lock = Lock()
        self._stopped: Refused | None = None

    @property
    def stopped(self) -> Refused | None:
        """Why this witness signs nothing more; None while it does."""
        return self._stopped

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer one `add-checkpoint`.

        1. Read it: 400, 404, 403 (nothing is locked: anyone can send this).
        2. Stop for good where it carries a cosignature of ours beyond our state: the state was put back.
        3. Judge it against the head cosigned last: 400, 409, 422.
        4. Remember the head in both folders, durably.
        5. Sign.
        """
        request = read_request(body, self._logs)  # 1
        if isinstance(request, Answer):
            return request
        with self._lock:
            if self._stopped or self._is_behind(request):  # 2
                return Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, body=b"this witness has lost its state\n")
            refusal = judge(request, self._state.latest)  # 3
            if refusal is None:
                return self._cosign(request)
            if refusal.suspicious is not None:
                self._state.keep_suspicious(body)
            return refusal

    def _is_behind(self, request: AddCheckpoint) -> bool:
        head, seen = request.head, self._state.latest(request.head.origin)
        if not cosignatures_on(request.note.text, request.note.signatures, (self._state.key,)):
            return False
        if seen is not None and (seen.size > head.size or (seen.size, seen.root) == (head.size, head.root)):
            return False
        self._stopped = Refused(
            "witness.state", "a log shows a cosignature that is not in the state", where=head.origin
        )
        return True

    def _cosign(self, request: AddCheckpoint) -> Answer:
        head, seen = request.head, self._state.latest(request.head.origin)
        now, last = int(self._clock.now().timestamp()), seen.at if seen else 0
        if now < last - MOST_BACK_S:
            return Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, body=b"the clock of this witness went back\n")
        at = max(now, last)
        try:
            self._state.remember(Seen(origin=head.origin, size=head.size, root=head.root, at=at))  # 4
        except OSError:
            # What is on disk is not known: another head must not be judged against it.
            self._stopped = Refused("witness.state", "a head could not be kept", where=head.origin)
            return Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, body=b"this witness cannot keep its state\n")
        key = self._state.key
        signature = self._state.secret.sign(cosigned_message(request.note.text.encode(), at))  # 5
        line = NoteSignature(name=key.name, key_id=key.key_id, signature=cosignature(at, signature))
        return Answer(status=HTTPStatus.OK, body=line.encode().encode())
