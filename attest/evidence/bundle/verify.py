"""Check an evidence bundle, in the order of docs/spec/evidence-bundle.md, section 8; offline, and nothing is unpacked.

1. archive, manifest, question: what is there, and what it says it answers
2. trust: which root everything is checked under, and whether it comes from outside
3. head and window: the log's signed tree, and every leaf of the window in it
4. entries, one by one: the Sigstore bundle, its place, its leaf
5. complete: the log's own index lists these entries and no other; or the interval has no gap
6. parts, and what else is there
7. witnesses and anchors of the head, where the caller pins some
"""

from __future__ import annotations

import hashlib
import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, Final

from attest.errors import AttestError, CannotVerify, InvalidInput
from attest.evidence.bag import is_volume, open_bag, open_volumes
from attest.evidence.bag.volumes import MAX_VOLUMES
from attest.evidence.bundle import layout
from attest.evidence.bundle.case import Case
from attest.evidence.bundle.check_anchors import check_anchors
from attest.evidence.bundle.check_complete import check_complete, check_interval
from attest.evidence.bundle.check_entries import check_entries
from attest.evidence.bundle.check_head import check_head, check_window
from attest.evidence.bundle.check_parts import check_parts
from attest.evidence.bundle.check_witnesses import check_witnesses
from attest.evidence.bundle.question import MAX_QUESTION_BYTES, Asked, parse_facts
from attest.evidence.bundle.result import BundleResult
from attest.ledger.index import NO_KEYS, IndexKeys
from attest.signing.revocation import MAX_REVOCATIONS_BYTES, Revoked, parse_revocations, without_revoked
from attest.signing.trust import MAX_TRUSTED_ROOT_BYTES, parse_trusted_root

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attest.evidence.bag import BagReader
    from attest.evidence.bundle.question import BundleFacts
    from attest.ledger.witness_policy import WitnessPolicy
    from attest.signing.trust import TrustedRoot

_HEX: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ALWAYS: Final = (
    layout.CHECKPOINT,
    layout.SIGSTORE_NOTE,
    layout.OUTSIDE,
    layout.TRUSTED_ROOT,
    layout.VKEY,
    layout.WINDOW,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the caller trusts, from outside the bundle; neither is possible, and then nothing is decided."""

    trust: Path | None = None
    digest: str | None = None
    index_keys: IndexKeys = NO_KEYS
    """Those of private logs."""
    revoked: tuple[Revoked, ...] = ()
    """Authorities that are revoked; those that the bundle names count as well, because they can only take away."""
    witnesses: WitnessPolicy | None = None
    """Whose cosignatures of the head count; without it none are checked."""
    anchors: TrustedRoot | None = None
    """Authorities whose stamps of heads count; without it none are checked."""


def verify_file(path: Path, outside: Outside, on_progress: Callable[[int, int], None], *more: Path) -> BundleResult:
    """Check the bundle in a file, or in volumes: `path` is the first and `more` are the others, in order.

    Raises:
        InvalidInput: a file cannot be opened, there are too many, or the digest is none.
    """
    if len(more) >= MAX_VOLUMES:
        raise InvalidInput("input.usage", "there are too many volumes", expected=f"<= {MAX_VOLUMES}")
    digest = outside.digest.replace(" ", "").lower() if outside.digest else None
    if digest is not None and not _HEX.fullmatch(digest):
        raise InvalidInput("input.usage", "a trust digest", expected="64 hex digits")
    result = BundleResult()
    with ExitStack() as stack:
        files: list[BinaryIO] = []
        for one in (path, *more):
            try:
                files.append(stack.enter_context(one.open("rb")))
            except OSError as err:
                raise InvalidInput("input.not-found", where=str(one)) from err
        _check(files, replace(outside, digest=digest), result, on_progress)
    return result


def _check(
    files: list[BinaryIO], outside: Outside, result: BundleResult, on_progress: Callable[[int, int], None]
) -> None:
    try:
        bag = open_bag(open_volumes(files) if len(files) > 1 or is_volume(files[0]) else files[0])
    except AttestError as err:
        result.fail("archive", err.where or "", err.what)
        result.close("archive", "")
        return
    result.close("archive", f"{len(bag.members)} files")
    for path, what in bag.manifest_faults(on_progress):
        result.fail("manifest", f"file {path}", what)
    result.close("manifest", "every file has the digest that the manifests say")
    facts = None if "manifest" in result.failed else _facts(bag, result)
    if facts is None:
        return
    root = _trust(bag, facts, outside, result)
    if root is None:
        return
    case = Case(bag=bag, facts=facts, root=root, result=result, index_keys=outside.index_keys)
    check_head(case)
    check_window(case)
    check_entries(case, on_progress)
    (check_interval if facts.question.kind is Asked.INTERVAL else check_complete)(case)
    check_parts(case)
    check_witnesses(case, outside.witnesses)
    anchors = outside.anchors and without_revoked(outside.anchors, (*outside.revoked, *_revoked(bag)))
    check_anchors(case, anchors)


def _facts(bag: BagReader, result: BundleResult) -> BundleFacts | None:
    open_because, facts = "", None
    try:
        facts = parse_facts(bag.read(layout.FACTS, MAX_QUESTION_BYTES))
        own = layout.OWN if facts.question.kind is Asked.INTERVAL else layout.ANSWERS
        for path in (*_ALWAYS, own):
            if not bag.has(path):
                result.fail("question", f"file {path}", "it is missing")
        if bag.has(layout.TRUSTED_ROOT) and bag.sha256(layout.TRUSTED_ROOT) != facts.trust:
            result.fail("question", f"file {layout.TRUSTED_ROOT}", "it is not the root that the bundle says")
    except CannotVerify as err:
        open_because = err.what
    except AttestError as err:
        result.fail("question", f"file {layout.FACTS}", err.what)
    result.close("question", facts.question.words() if facts else "", open_because=open_because)
    return facts if not open_because and "question" not in result.failed else None


def _trust(bag: BagReader, facts: BundleFacts, outside: Outside, result: BundleResult) -> TrustedRoot | None:
    """Give the root that everything is checked under; None where it cannot be read."""
    inside, trust, digest = facts.trust.hex(), outside.trust, outside.digest
    try:
        own = parse_trusted_root(bag.read(layout.TRUSTED_ROOT, MAX_TRUSTED_ROOT_BYTES))
        root = own if trust is None else parse_trusted_root(trust.read_bytes())
        root = without_revoked(root, (*outside.revoked, *_revoked(bag)))
    except (AttestError, OSError) as err:
        result.close("trust", "", open_because=f"trusted root or revocations cannot be read: {type(err).__name__}")
        return None
    if digest is not None and digest != inside:
        result.fail("trust", f"file {layout.TRUSTED_ROOT}", "it has another digest than the one given")
    if all(log.name != facts.log for log in root.logs):
        result.close("trust", "", open_because="the root does not pin this log")
        return None
    if trust is not None:
        keys = [{log.key.spki for log in each.logs if log.key and log.name == facts.log} for each in (root, own)]
        unknown = "" if keys[0] and keys[0] == keys[1] else "the root given does not pin this log with this key"
        result.close(
            "trust", f"{trust.name}, sha256:{hashlib.sha256(trust.read_bytes()).hexdigest()}", open_because=unknown
        )
        return None if unknown else root
    if digest is not None:
        result.close("trust", f"sha256:{inside}, as it was given")
    else:
        result.close("trust", "", open_because=f"the root comes from the bundle alone: compare sha256:{inside}")
    return root


def _revoked(bag: BagReader) -> tuple[Revoked, ...]:
    return parse_revocations(bag.read(layout.REVOCATIONS, MAX_REVOCATIONS_BYTES)) if bag.has(layout.REVOCATIONS) else ()
