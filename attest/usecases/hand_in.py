"""Objects that are handed in by digest: hashed again here, kept once, never changed.

Nothing looks into an object: it may be ciphertext. So nothing says that it was redacted, and the service takes objects
from its own machine only, unless the operator says otherwise.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from attest.errors import NotVerified
from attest.store.uploads import (
    Upload,
    bytes_of,
    end_upload,
    handed_in,
    note_handed_in,
    require_room,
    take_block,
)

if TYPE_CHECKING:
    from attest.usecases.instance import Instance


def hand_in(instance: Instance, sha256: str, data: bytes, *, most: int) -> bool:
    """Keep an object; False where this tenant handed it in before.

    Raises:
        NotVerified: `service.digest`, these are other bytes; `ledger.corrupt`, see `ObjectStore.put`.
        Refused: `service.too-many`, see `require_room`.
        CannotVerify: `store.away`.
    """
    if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), sha256):
        raise NotVerified("service.digest")
    engine, scope = instance.engine, instance.scope
    if handed_in(engine, scope, sha256) is not None:
        return False
    require_room(engine, scope, len(data), most=most)
    # The bytes first: what is said to be here is here.
    instance.objects.put(data)
    return note_handed_in(engine, scope, sha256, len(data), now=int(instance.clock.now().timestamp()))


def take_next(instance: Instance, upload: Upload, data: bytes, *, at: int, most: int) -> Upload:
    """Keep the next bytes of an upload, and the object when they are the last; an empty block ends one that is whole.

    Raises:
        Conflict: `service.offset`; InvalidInput: `input.too-large`; Absent: `service.not-found`: see `take_block`.
        NotVerified: `service.digest`, the whole is not what was announced: it is thrown away.
        Refused: `service.too-many`, see `require_room`; the bytes stay until the upload expires.
    """
    now = take_block(instance.engine, instance.scope, upload, data, at=at)
    if now.taken < now.size:
        return now
    try:
        hand_in(instance, now.sha256, bytes_of(instance.engine, instance.scope, now), most=most)
    except NotVerified as err:
        if err.code == "service.digest":
            end_upload(instance.engine, instance.scope, now)
        raise
    end_upload(instance.engine, instance.scope, now)
    return now
