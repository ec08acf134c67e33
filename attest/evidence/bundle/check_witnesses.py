"""The witnesses that cosigned a bundle's head, under the caller's own policy and nobody else's.

Not checked: that a witness is independent beyond its name and key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.ledger.note import parse_note

if TYPE_CHECKING:
    from attest.evidence.bundle.case import Case, OpenedHead
    from attest.ledger.note import NoteKey
    from attest.ledger.witness_policy import WitnessPolicy

NO_HEAD = "the head was not checked"


def check_witnesses(case: Case, policy: WitnessPolicy | None) -> None:
    """Check every cosignature that claims a pinned witness, and say whether those that count make the quorum."""
    result, head = case.result, case.head
    if policy is not None:
        result.needed.add("witnesses")
    if head is None:
        if policy is None:
            result.none("witnesses", NO_HEAD)
        else:
            result.close("witnesses", "", open_because=NO_HEAD)
    elif policy is None:
        _count(case, head)
    else:
        _judge(case, head, policy)


def _count(case: Case, head: OpenedHead) -> None:
    own = (head.key.name, head.key.key_id)
    others = sum((one.name, one.key_id) != own for one in parse_note(head.note).signatures)
    if others:
        why = f"{others} signature lines of others, and no witness policy was given"
        case.result.close("witnesses", "", open_because=why)
    else:
        case.result.none("witnesses", "no signature line of others")


def _judge(case: Case, head: OpenedHead, policy: WitnessPolicy) -> None:
    result = case.result
    named = [log.key for log in policy.logs if log.key.name == head.key.name]
    if not named:
        result.close("witnesses", "", open_because="the policy names no key of this log")
        return
    if head.key not in named:
        result.fail("witnesses", "head", "log.vkey is not the key that the policy names")
    note, others = parse_note(head.note), 0
    signed: list[NoteKey] = []
    message = note.text.encode()
    for line in note.signatures:
        pinned = [one for one in policy.witnesses if (one.key.name, one.key.key_id) == (line.name, line.key_id)]
        good = [one.key for one in pinned if one.key.is_signature_of(message, line.signature)]
        if pinned and not good:
            result.fail("witnesses", f"witness {pinned[0].name}", "its cosignature does not hold")
        signed += good
        others += not pinned and (line.name, line.key_id) != (head.key.name, head.key.key_id)
    standing = policy.standing(signed, log=head.key)
    words = f"counted: {', '.join(standing.counted) or 'none'}"
    if standing.same_operator:
        words += f"; of the log's own operator, so not counted: {', '.join(standing.same_operator)}"
    if others:
        words += f"; signature lines of others: {others}"
    enough = standing.met and bool(standing.counted)
    result.close("witnesses", words, open_because="" if enough else f"no quorum; {words}")
