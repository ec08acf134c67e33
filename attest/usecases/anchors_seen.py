"""The anchors of this log's heads, each held against pinned keys of whoever made it.

1. say      the log's own statements about its anchors, the newest first
2. head     the note that was anchored is the log's own, of the size and root that the statement names
3. own      a stamp by this instance's own authority, or an entry of its own log, is no outside anchor
4. proof    a token under a pinned time-stamp authority, not a revoked one; a log's answer under a pinned log: SET, and its
            inclusion proof

Pinned are the trusted roots in `trust/anchors/` of the instance. What is not verified under them is told of as not
verified and gives no time; a repository that keeps heads has no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, NotVerified
from attest.ledger.checkpoint import open_c2sp_note
from attest.ledger.note import decode_vkey
from attest.model.session_predicate import LOG_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.signing.memo import Memo
from attest.signing.rekor_answer import entered_at
from attest.signing.timestamp import verify_timestamp
from attest.store import attestations
from attest.usecases.pinned_trust import cut_root, read_revocations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attest.signing.trust import TrustedRoot
    from attest.usecases.instance import Instance

MAX_ANCHORS: Final = 200
"""Newest statements of the log about itself that are looked at."""
MAX_ROOTS: Final = 32
KEPT: Final = 512
"""Outcomes that are kept, with the few kB each depends on."""
_OTHER: Final = "another head than the statement names"


class AnchorState(StrEnum):
    """What was found of one anchor."""

    VERIFIED = "verified"
    """Its maker's key is pinned here and its signature holds."""
    NOT_VERIFIED = "not-verified"
    """No key of its maker is pinned, or what came back is not at hand: nothing is known."""
    SAME_OPERATOR = "same-operator"
    """This instance's own authority or log made it: it bounds nothing."""
    NO_CLOCK = "no-clock"
    """A repository holds the head; when it did, nobody outside says."""
    BAD = "bad"
    """It does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidAnchor:
    """What the log says of one anchor. Nothing is verified."""

    attestation: str
    kind: str
    where: str
    tree_size: int
    root: str
    time: str | None
    checkpoint: str
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One anchor, and what was found of it."""

    said: SaidAnchor
    state: AnchorState
    at: datetime | None
    """The outside clock's time; None unless it is verified."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """What anchors are held against."""

    log: str
    """The log's own key."""
    own: bytes
    """The instance's trusted root: what it made itself is no outside anchor."""
    roots: tuple[bytes, ...]
    """Trusted roots that were pinned."""
    revocations: bytes = b""
    """Which of their authorities are revoked; empty: none."""


def said_anchors(instance: Instance, *, at_least: int = 0) -> tuple[SaidAnchor, ...]:
    """Give what the log says of anchors of heads of at least this size, the newest statement first."""
    listed = attestations.newest(instance.engine, instance.scope, before=None, limit=MAX_ANCHORS, predicate_type=LOG_V1)
    said = ((row.id, parse_statement(parse_envelope(row.leaf.envelope).payload).predicate) for row in listed.rows)
    found = [_said(name, dict(predicate)) for name, predicate in said]
    return tuple(one for one in found if one is not None and one.tree_size >= at_least)


def pins_of(instance: Instance) -> Pins:
    """Give what anchors are held against; no roots where nobody pinned any.

    Raises:
        CannotVerify: `trust.unreadable`, a root or the list of revocations is there and cannot be read.
    """
    return Pins(
        log=instance.services.log.verifier_key,
        own=instance.services.trusted_root,
        roots=tuple(map(_read_root, _pinned(instance))),
        revocations=read_revocations(instance.settings.trust_dir),
    )


def check_anchor(instance: Instance, said: SaidAnchor, pins: Pins) -> Anchor:
    """Hold one anchor against the log's own key, then against what is pinned."""
    try:
        note, proof = instance.objects.get(said.checkpoint), instance.objects.get(said.proof)
    except AttestError as err:
        return Anchor(said=said, state=AnchorState.NOT_VERIFIED, at=None, why=f"what came back is not at hand: {err}")
    return _checked(said, note, proof, pins)


@lru_cache(maxsize=KEPT)
def _checked(said: SaidAnchor, note: bytes, proof: bytes, pins: Pins) -> Anchor:
    # All that the outcome depends on is given, no clock among it: every answer asks again for the same anchors.
    try:
        _require_head(said, note, pins.log)
        if said.kind == "git":
            return Anchor(said=said, state=AnchorState.NO_CLOCK, at=None, why="a repository has no clock")
        if _verified(said.kind, proof, note, (cut_root(pins.own, b""),)) is not None:
            why = "made by this instance's own authority"
            return Anchor(said=said, state=AnchorState.SAME_OPERATOR, at=None, why=why)
        found = _verified(said.kind, proof, note, tuple(cut_root(raw, pins.revocations) for raw in pins.roots))
    except (NotVerified, CannotVerify) as err:
        return Anchor(said=said, state=AnchorState.BAD, at=None, why=str(err))
    if found is None:
        why = "no key of its maker is pinned in trust/anchors, or it is revoked, or did not sign this"
        return Anchor(said=said, state=AnchorState.NOT_VERIFIED, at=None, why=why)
    return Anchor(said=said, state=AnchorState.VERIFIED, at=found, why="under a pinned key")


def _said(name: str, predicate: dict[str, object]) -> SaidAnchor | None:
    match predicate:
        case {
            "event": "anchor",
            "kind": str(kind),
            "where": str(where),
            "head": {"treeSize": int(size), "root": str(root)},
            "checkpoint": str(checkpoint),
            "proof": str(proof),
        }:
            time = predicate.get("time")
            return SaidAnchor(
                attestation=name,
                kind=kind,
                where=where,
                tree_size=size,
                root=root,
                time=time if isinstance(time, str) else None,
                checkpoint=checkpoint,
                proof=proof,
            )
        case _:
            return None


def _require_head(said: SaidAnchor, note: bytes, vkey: str) -> None:
    head, _ = open_c2sp_note(note, decode_vkey(vkey))
    if (head.size, head.root.hex()) != (said.tree_size, said.root):
        raise NotVerified("evidence.checkpoint", _OTHER, where=said.attestation)


def _verified(kind: str, proof: bytes, note: bytes, roots: tuple[TrustedRoot, ...]) -> datetime | None:
    for root in roots:
        try:
            if kind == "rfc3161":
                return verify_timestamp(proof, note, root, Memo())[0]
            return entered_at(proof, note, root)
        except (NotVerified, CannotVerify):
            continue  # not by a key of this root
    return None


def anchors_seen(instance: Instance, *, limit: int) -> Iterator[Anchor]:
    """Give the newest anchors of this log's heads, each with what was found of it.

    Raises:
        CannotVerify: `trust.unreadable`.
    """
    pins = pins_of(instance)
    for said in said_anchors(instance)[:limit]:
        yield check_anchor(instance, said, pins)


def first_verified(instance: Instance, tree_size: int) -> Anchor | None:
    """Give the verified anchor with the earliest time of a head of at least this size; None where there is none."""
    said = said_anchors(instance, at_least=tree_size) if _pinned(instance) else ()
    if not said:
        return None
    pins = pins_of(instance)
    found = (check_anchor(instance, one, pins) for one in said if one.time is not None)
    # What a statement says of the time is its signer's word: verified times alone are compared.
    known = [one for one in found if one.at is not None]
    return min(known, key=lambda one: one.at.timestamp() if one.at else 0.0, default=None)


def _pinned(instance: Instance) -> list[Path]:
    return sorted((instance.settings.trust_dir / "anchors").glob("*.json"))[:MAX_ROOTS]


def _read_root(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        cut_root(raw, b"")
    except (OSError, AttestError) as err:
        raise CannotVerify("trust.unreadable", where=str(path)) from err
    return raw
