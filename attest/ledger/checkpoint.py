"""Checkpoints (C2SP tlog-checkpoint): a tree head as text, and the two notes that this log signs over each head.

The Sigstore note goes into bundles: origin line `<origin> - 1`, signed by the name `<origin>` with ECDSA P-256 on
exactly one line. The C2SP note is served at `/checkpoint`: origin line `<origin>`, Ed25519, and cosignatures of
witnesses. Two notes of one size with different roots are a fork: both stay, as evidence.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from attest.errors import InvalidInput, NotVerified
from attest.ledger.note import NoteAlgorithm, NoteKey, NoteSigner, OpenedNote, open_note, parse_note, sign_note
from attest.ledger.tree import EMPTY_ROOT, HASH_BYTES, MAX_TREE_SIZE

MAX_EXTENSION_LINES = 16
"""Lines after the root. Ours have none; Sigstore's public log writes one."""
SIGSTORE_SUFFIX = " - 1"
"""What Sigstore's origin line has after the name (there: the id of its tree)."""
NEWEST = "newest-at "
"""Begins the line with which a log says that a head is its newest, and when: seconds since the epoch follow."""
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_SECONDS = re.compile(r"0|[1-9][0-9]{0,11}", re.ASCII)
_MALFORMED = "evidence.malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A tree head: which log, how large, which root."""

    origin: str
    """The first line, exactly; in a Sigstore note it has a suffix."""
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Lines after the root, kept, of no meaning here."""

    def encode(self) -> str:
        """Give the text that is signed.

        Raises:
            InvalidInput: a field cannot be written so that it is read back the same.
        """
        text = "\n".join((self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions, ""))
        try:
            same = parse_checkpoint(text) == self
        except NotVerified as err:
            raise InvalidInput("input.malformed", "this is not a checkpoint", got=err.what) from err
        if not same:
            raise InvalidInput("input.malformed", "a field of the checkpoint holds a line break")
        return text


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint (not the note around it) strictly: one text per value.

    Raises:
        NotVerified: it is not a checkpoint (`evidence.malformed`).
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):  # origin, size, root, and the end
        raise NotVerified(_MALFORMED, "the checkpoint is cut", expected="origin, size and root, one line each")
    origin, size, root, *extensions = lines[:-1]
    if len(extensions) > MAX_EXTENSION_LINES:
        raise NotVerified(_MALFORMED, "the checkpoint has too many lines", got=str(len(lines) - 1))
    if not _SIZE.fullmatch(size) or int(size) > MAX_TREE_SIZE:
        raise NotVerified(_MALFORMED, "the checkpoint's size is malformed", expected="decimal, no leading zero")
    return Checkpoint(origin=origin, size=int(size), root=_parse_root(root, int(size)), extensions=tuple(extensions))


def _parse_root(text: str, size: int) -> bytes:
    try:
        root = base64.b64decode(text, validate=True)
    except ValueError as err:
        raise NotVerified(_MALFORMED, "the checkpoint's root is not base64") from err
    if len(root) != HASH_BYTES or base64.b64encode(root).decode() != text:
        raise NotVerified(_MALFORMED, "the checkpoint's root is not the base64 of 32 bytes")
    if size == 0 and root != EMPTY_ROOT:
        raise NotVerified(_MALFORMED, "the checkpoint gives an empty tree a root of its own", got=root.hex())
    return root


def sigstore_note(checkpoint: Checkpoint, signer: NoteSigner) -> str:
    """Sign a head for Sigstore bundles: `checkpoint.origin` is the log's origin; the suffix is added here."""
    _require_signer(checkpoint, signer, NoteAlgorithm.ECDSA_P256)
    head = Checkpoint(origin=checkpoint.origin + SIGSTORE_SUFFIX, size=checkpoint.size, root=checkpoint.root)
    return sign_note(head.encode(), (signer,))


def newest_note(checkpoint: Checkpoint, signer: NoteSigner, *, at: int) -> str:
    """Sign that a head is the newest at a moment, for who must know how old an answer is; else as `sigstore_note`."""
    _require_signer(checkpoint, signer, NoteAlgorithm.ECDSA_P256)
    head = Checkpoint(
        origin=checkpoint.origin + SIGSTORE_SUFFIX,
        size=checkpoint.size,
        root=checkpoint.root,
        extensions=(f"{NEWEST}{at}",),
    )
    return sign_note(head.encode(), (signer,))


def newest_at(head: Checkpoint) -> int | None:
    """Give the moment at which a head was signed to be the newest, by the log's clock; None where it does not say."""
    said = [line.removeprefix(NEWEST) for line in head.extensions if line.startswith(NEWEST)]
    return int(said[0]) if len(said) == 1 and _SECONDS.fullmatch(said[0]) else None


def c2sp_note(checkpoint: Checkpoint, signer: NoteSigner) -> str:
    """Sign a head for auditors and witnesses."""
    _require_signer(checkpoint, signer, NoteAlgorithm.ED25519)
    head = Checkpoint(origin=checkpoint.origin, size=checkpoint.size, root=checkpoint.root)
    return sign_note(head.encode(), (signer,))


def open_sigstore_note(note: str | bytes, key: NoteKey) -> Checkpoint:
    """Open a Sigstore note of our own log under its pinned key; the origin given back has no suffix.

    Bundles of other Sigstore logs have other suffixes and more lines: `open_note` and `parse_checkpoint` are for them.

    Raises:
        NotVerified: malformed, badly signed, of another origin, or not exactly one signature line.
        CannotVerify: the note is another log's (`evidence.untrusted`).
    """
    _require_algorithm(key, NoteAlgorithm.ECDSA_P256)
    lines = len(parse_note(note).signatures)
    if lines != 1:
        raise NotVerified("evidence.checkpoint", "the note must have one signature", expected="1", got=str(lines))
    head = parse_checkpoint(open_note(note, (key,)).text)
    _require_origin(head, key.name + SIGSTORE_SUFFIX)
    return Checkpoint(origin=key.name, size=head.size, root=head.root, extensions=head.extensions)


def open_c2sp_note(note: str | bytes, key: NoteKey, witnesses: Sequence[NoteKey] = ()) -> tuple[Checkpoint, OpenedNote]:
    """Open a C2SP note under the log's pinned key; gives the head, and the note for what else was verified on it.

    The log's own signature is always needed; that enough witnesses signed is for the caller's policy.

    Raises:
        NotVerified: malformed, badly signed, or of another origin.
        CannotVerify: the note is another log's (`evidence.untrusted`).
    """
    _require_algorithm(key, NoteAlgorithm.ED25519)
    opened = open_note(note, (key, *witnesses))
    if key not in opened.verified:
        raise NotVerified("evidence.checkpoint", "the log itself has not signed the checkpoint", expected=key.name)
    head = parse_checkpoint(opened.text)
    _require_origin(head, key.name)
    return head, opened


def _require_origin(head: Checkpoint, expected: str) -> None:
    if head.origin != expected:
        raise NotVerified("evidence.checkpoint", "the checkpoint is of another log", expected=expected, got=head.origin)


def _require_signer(checkpoint: Checkpoint, signer: NoteSigner, algorithm: NoteAlgorithm) -> None:
    _require_algorithm(signer.key, algorithm)
    if signer.key.name != checkpoint.origin:
        raise InvalidInput("input.malformed", "a log signs under its origin", expected=checkpoint.origin)


def _require_algorithm(key: NoteKey, algorithm: NoteAlgorithm) -> None:
    if key.algorithm is not algorithm:
        raise InvalidInput("input.malformed", "wrong kind of key", expected=algorithm.value, got=key.algorithm.value)
