"""Have the log's newest head cosigned, and say what a policy makes of the cosignatures it has.

1. head      the newest published head, and the proof that it extends what each witness cosigned last
2. ask       every witness of the policy that has an address; one that is away does not keep the others
3. keep      each verified cosignature with the head, durably
4. remember  the head outside the database: a restored one must not forget it
5. publish   the checkpoint with its cosignatures, in place of the bare one of the same size
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.ledger.cosigned import open_cosigned, with_lines
from attest.ledger.note import decode_vkey, encode_vkey
from attest.ledger.proof import consistency_proof
from attest.store.cosignatures import keep_cosignatures, lines_on, newest_size
from attest.store.cosigned_files import publish_cosigned
from attest.store.log_reader import LogReader
from attest.usecases.published_head import published_head
from attest.witness.client import WitnessAhead, ask

if TYPE_CHECKING:
    from attest.ledger.cosigned import Cosignature
    from attest.ledger.witness_policy import Standing, Witness, WitnessPolicy
    from attest.store.log_reader import StoredHead
    from attest.usecases.instance import Instance

WITNESSED: Final = "witnessed"
"""Name of the newest cosigned head among the known heads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of one question to a witness."""

    witness: str
    at: int | None
    """Time of its cosignature; None where it gave none."""
    code: str = ""
    """Catalogue code of why not."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedHead:
    """One head with the cosignatures kept for it."""

    tree_size: int
    note: str
    """The C2SP note with one line per cosignature."""
    standing: Standing
    asked: tuple[Asked, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Give it for `--json`."""
        return {
            "tree_size": self.tree_size,
            "state": "witnessed" if self.standing.met and self.standing.asked else "published",
            "counted": list(self.standing.counted),
            "same_operator": list(self.standing.same_operator),
            "asked": [
                {"witness": one.witness, "at": one.at, "code": one.code, "detail": one.detail} for one in self.asked
            ],
            "checkpoint": self.note,
        }


def ask_witnesses(instance: Instance, policy: WitnessPolicy) -> WitnessedHead:
    """Ask every witness of a policy to cosign the newest published head, and publish it with what came back.

    Raises:
        Absent: nothing is published yet.
        Refused: the log is behind what it has shown: nothing is asked.
    """
    instance.guard.require()
    head = published_head(instance)  # 1
    asked = [_ask(instance, witness, head) for witness in policy.witnesses if witness.url]  # 2
    found = tuple(one for one in asked if not isinstance(one, Asked))
    keep_cosignatures(  # 3
        instance.engine, instance.scope, instance.log.name, tree_size=head.tree_size, cosignatures=[c for _, c in found]
    )
    done = [Asked(witness=one[0].name, at=one[1].at) if not isinstance(one, Asked) else one for one in asked]
    note = noted(instance, head)
    if found:
        instance.guard.heads.keep(WITNESSED, note, decode_vkey(instance.services.log.verifier_key))  # 4
        publish_cosigned(instance.log.publisher, head.tree_size, note)  # 5
    return _standing(instance, policy, head.tree_size, note, tuple(done))


def witnessed_head(instance: Instance, policy: WitnessPolicy, *, at_least: int = 0) -> WitnessedHead | None:
    """Give the newest head, of at least this size, whose kept cosignatures meet a policy; None where there is none.

    `?wait=witnessed` asks this with the tree size of the receipt: an entry is witnessed when a later head is.
    """
    reader, size = LogReader(instance.engine, instance.scope, instance.log.name), None
    while size := newest_size(instance.engine, instance.scope, instance.log.name, up_to=size):
        if size < at_least:
            return None
        head = reader.head(size)
        if head is not None:
            found = _standing(instance, policy, size, noted(instance, head), ())
            if found.standing.met and found.standing.asked:
                return found
        size -= 1
    return None


def noted(instance: Instance, head: StoredHead) -> str:
    """Give a head's C2SP note with the cosignatures that are kept for it."""
    return with_lines(head.c2sp_note, lines_on(instance.engine, instance.scope, instance.log.name, head.tree_size))


def _ask(instance: Instance, witness: Witness, head: StoredHead) -> Asked | tuple[Witness, Cosignature]:
    read = instance.log.publisher.reader(head.tree_size).read
    place = (instance.engine, instance.scope, instance.log.name)
    known = newest_size(*place, vkey=encode_vkey(witness.key), up_to=head.tree_size)
    try:
        found = ask(
            witness,
            head.c2sp_note,
            head.tree_size,
            lambda old: consistency_proof(old, head.tree_size, read),
            known=known,
        )
    except WitnessAhead as err:
        newest = LogReader(*place).head()
        # Another process may have grown the log since; only what exceeds all we have is a sign of an old copy.
        if newest is None or err.size > newest.tree_size:
            instance.guard.heads.keep_claim(witness.name, err.size)
        return Asked(witness=witness.name, at=None, code=err.code, detail=f"it cosigned {err.size} entries")
    except AttestError as err:
        return Asked(witness=witness.name, at=None, code=err.code, detail=err.what)
    return witness, found


def _standing(  # noqa: PLR0917  # one head, and what is said of it
    instance: Instance, policy: WitnessPolicy, size: int, note: str, asked: tuple[Asked, ...]
) -> WitnessedHead:
    log = decode_vkey(instance.services.log.verifier_key)
    signed = [one.key for one in open_cosigned(note, log, policy.keys).cosignatures]
    return WitnessedHead(tree_size=size, note=note, standing=policy.standing(signed, log=log), asked=asked)
