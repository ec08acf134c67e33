"""From a log to the one it follows: a complete answer holds for a chain of logs only as a whole (decision D4).

Which log is followed, with which keys and up to which head, the successor's genesis says. An ended log's head is final:
its answer must be at exactly that head.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, NotVerified
from attest.model.succession import succession_of
from attest.signing.keys import key_from_der
from attest.signing.trust import LogKey, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.evidence.complete_answer import CompleteAnswer
    from attest.evidence.reached import Key
    from attest.model.succession import Succession

MAX_CHAIN: Final = 16
"""Logs of one chain; of a longer one nothing is called complete."""
_KEY_DETAILS: Final = "PKIX_ECDSA_P256_SHA_256"
_ALWAYS: Final = Window(start=datetime.fromtimestamp(0, UTC), end=None)


def chain_of(newest: CompleteAnswer, given: Iterable[CompleteAnswer], key: Key) -> tuple[CompleteAnswer, ...]:
    """Give the answers of a log and of all that it follows, newest first, each linked to the next.

    Raises:
        CannotVerify: `evidence.chain`, an answer shows no genesis, or a log that is followed has no answer for `key` at its
            final head, or there are more than `MAX_CHAIN`.
        NotVerified: `evidence.chain`, two logs name different keys, heads or successors.
    """
    found, answers = [newest], tuple(given)
    while (step := _step(found[-1])) is not None:
        if len(found) == MAX_CHAIN:
            raise CannotVerify("evidence.chain", f"the chain has more than {MAX_CHAIN} logs")
        older = [one for one in answers if one.log.name == step.origin and key in one.rows]
        if not older:
            what = f"it follows the log {step.origin}, of which no answer for {key[1]} is here"
            raise CannotVerify("evidence.chain", what, where=found[-1].log.name)
        # Several answers of one log may be here: the one at the final head counts.
        chosen = next((one for one in older if one.size == step.tree_size), max(older, key=lambda one: one.size))
        _require_link(found[-1], chosen, step)
        found.append(chosen)
    return tuple(found)


def require_newest(answer: CompleteAnswer) -> None:
    """Refuse the answer of a log that says who went on, where no answer of that one follows it.

    Raises:
        CannotVerify: `evidence.chain`.
    """
    if answer.last is not None and answer.last.get("event") == "successor":
        what = f"the log has ended, and no answer of {str(answer.last.get('origin'))[:200]}, which goes on, is here"
        raise CannotVerify("evidence.chain", what, where=answer.log.name)


def _step(answer: CompleteAnswer) -> Succession | None:
    if answer.genesis is None:
        what = "the answer does not show the log's first entry, so nobody can tell whether it follows another"
        raise CannotVerify("evidence.chain", what, where=answer.log.name)
    if answer.genesis["origin"] != answer.log.name:
        raise NotVerified("evidence.chain", "the first entry is of another log", where=answer.log.name)
    return succession_of(answer.genesis, None)


def _require_link(newer: CompleteAnswer, older: CompleteAnswer, step: Succession) -> None:
    if older.log.key is None or older.log.key.spki != named_key(step):
        raise NotVerified("evidence.chain", "the successor names another key than this log has", where=step.origin)
    if older.size != step.tree_size:
        # Smaller: an old answer. Larger: the log went on, or its successor was not told of its last head.
        what = "the answer is not at the head where its successor says that the log ended"
        raise CannotVerify(
            "evidence.chain", what, expected=f"size {step.tree_size}", got=f"size {older.size}", where=step.origin
        )
    if older.root != step.root:
        raise NotVerified(
            "evidence.chain",
            "the log signed another head than the final one that its successor names: a fork",
            expected=step.root.hex(),
            got=older.root.hex(),
            where=step.origin,
        )
    if older.last is None:
        raise CannotVerify("evidence.chain", "the answer does not show the last entry of the log", where=step.origin)
    if older.last.get("event") == "successor" and newer.genesis is not None:
        try:
            succession_of(newer.genesis, older.last)
        except AttestError as err:
            raise NotVerified("evidence.chain", err.what, got=err.got, where=step.origin) from err


def named_key(step: Succession) -> bytes:
    """Give the SPKI that a successor names for the log it follows; empty where it is none."""
    try:
        return base64.b64decode(str(step.keys.get("sigstore", "")), validate=True)
    except (binascii.Error, ValueError):
        return b""


def log_key(step: Succession) -> LogKey | None:
    """Give the followed log as if it were pinned: a pinned log vouches for its key. None where the key is none."""
    spki = named_key(step)
    key = key_from_der(spki, _KEY_DETAILS)
    if key is None:
        return None
    log_id = hashlib.sha256(spki).digest()
    return LogKey(base_url=f"https://{step.origin}", log_id=log_id, checkpoint_id=log_id, key=key, window=_ALWAYS)
