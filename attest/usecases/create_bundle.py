"""Create an evidence bundle: an answer about the log that is checked without this machine (docs/spec/evidence-bundle.md).

1. take     the place beside the target, and what an interrupted creation of the same bundle left there
2. plan     the newest head, read in one transaction; the question followed to keys and entries; the window around them
3. write    everything in the order of the paths, one file at a time; what stands already is passed over
4. name     the whole file, or the volumes that it is cut into

Equal facts give equal bytes, interrupted or not. Only step 2 holds anything that grows with the bundle: keys, indices, and
a line for each file.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest import __version__
from attest.errors import Absent, AttestError
from attest.evidence.bag import BagWriter, write_volumes
from attest.evidence.bundle.question import Asked, BundleFacts, parse_facts
from attest.evidence.shipped import shipped_files
from attest.store.index_state import newest_index
from attest.store.log_reader import LogReader
from attest.store.window_rows import attested_each, attested_in, logged_between
from attest.usecases.bundle_chain import require_one_log
from attest.usecases.bundle_files import BundleFiles
from attest.usecases.bundle_keys import Followed, follow
from attest.usecases.bundle_request import BundleRequest
from attest.usecases.bundle_staged import Plan, Staged
from attest.usecases.bundle_words import verify_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attest.evidence.bag import Written
    from attest.store.index_state import IndexState
    from attest.store.log_reader import StoredHead
    from attest.usecases.bundle_beside import Derive
    from attest.usecases.instance import Instance

__all__ = ["BundleRequest", "CreatedBundle", "create_bundle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedBundle:
    """What was written."""

    facts: BundleFacts
    sha256: str
    """Of the whole archive, also where it was cut into volumes or sealed."""
    bytes: int
    volumes: tuple[tuple[Path, str], ...] = ()
    """Each volume with its digest; none where it is one file."""
    resumed: int = 0
    """Files that an interrupted creation had written already."""
    sealed: str = ""
    """SHA-256 of the file that was written, where recipients alone can open it."""


def create_bundle(instance: Instance, request: BundleRequest, on_progress: Callable[[int, int], None]) -> CreatedBundle:
    """Write the bundle; the name appears only when it is whole. What is interrupted is gone on with by the same request.

    Raises:
        Absent: `service.not-found`, nothing is published yet.
        Conflict: another process is writing the same file.
        InvalidInput: the question leads to too many keys; or the file cannot be written.
        CannotVerify: `evidence.chain`, a log before this one holds entries of it: see `require_one_log`.
    """
    if request.recipients:
        return _create_sealed(instance, request, on_progress)
    staged = Staged(request.output)  # 1
    try:
        return _create(instance, request, staged, on_progress)
    except (KeyboardInterrupt, SystemExit, OSError):
        raise  # what is on disk stays for the next attempt
    except BaseException:
        staged.discard()
        raise
    finally:
        staged.close()


def _create(
    instance: Instance, request: BundleRequest, staged: Staged, on_progress: Callable[[int, int], None]
) -> CreatedBundle:
    made, left = _resume(instance, request, staged)
    if made is None:
        made = _begin(instance, request, on_progress)  # 2
        staged.begin(made.plan)
    else:
        on_progress(len(made.found.entries) // 2, len(made.found.entries))
    bag = BagWriter(staged.file, made.tags, left)  # 3
    _files(instance, request, made).write(bag, lambda: staged.keep(bag), on_progress)
    bag.finish()
    staged.file.flush()
    os.fsync(staged.file.fileno())
    digest = _digest(staged)
    size = staged.file.seek(0, os.SEEK_END)
    volumes: tuple[tuple[Path, str], ...] = ()
    if request.volume_bytes is not None:  # 4
        volumes = tuple(write_volumes(staged.file, request.volumes(size), request.volume_bytes))
        staged.discard()
    else:
        staged.name(request.output)
    resumed = 0 if left is None else left.members
    return CreatedBundle(facts=made.facts, sha256=digest, bytes=size, volumes=volumes, resumed=resumed)


def _create_sealed(
    instance: Instance, request: BundleRequest, on_progress: Callable[[int, int], None]
) -> CreatedBundle:
    from attest.usecases.bundle_sealed import require_recipients, sealing  # noqa: PLC0415 - few ask for it

    require_recipients(request.recipients)
    staged = Staged(request.output)
    try:
        staged.clear()
        made = _begin(instance, request, on_progress)
        with sealing(staged.file, request.recipients) as file:
            bag = BagWriter(file, made.tags)
            # What is half sealed cannot be gone on with: its key is gone.
            _files(instance, request, made).write(bag, lambda: None, on_progress)
            bag.finish()
        staged.file.flush()
        os.fsync(staged.file.fileno())
        sealed = _digest(staged)
        staged.name(request.output)
    except BaseException:
        staged.discard()
        raise
    finally:
        staged.close()
    return CreatedBundle(facts=made.facts, sha256=file.sha256, bytes=file.size, sealed=sealed)


def _digest(staged: Staged) -> str:
    staged.file.seek(0)
    return hashlib.file_digest(staged.file, "sha256").hexdigest()


def _files(instance: Instance, request: BundleRequest, made: _Made) -> BundleFiles:
    published = instance.log.publisher.published()
    if published is None or published.size < made.facts.size:
        raise Absent("service.not-found", "the newest head is not published yet")
    return BundleFiles(
        instance=instance,
        request=request,
        head=made.head,
        found=made.found,
        facts=made.facts,
        read=instance.log.publisher.reader(published.size).read,
        derive=_derive(instance, request),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    plan: Plan
    facts: BundleFacts
    head: StoredHead
    found: Followed
    tags: dict[str, bytes]


def _begin(instance: Instance, request: BundleRequest, on_progress: Callable[[int, int], None]) -> _Made:
    state = newest_index(instance.engine, instance.scope, instance.log)
    found = _found(instance, state, request, on_progress)
    require_one_log(instance, request, found.keys)
    window = (found.entries[0], found.entries[-1] + 1) if found.entries else (state.tree_size - 1, state.tree_size)
    facts = BundleFacts(
        log=instance.services.log.origin,
        size=state.tree_size,
        root=state.root,
        first=window[0],
        end=window[1],
        question=request.question,
        entries=len(found.entries),
        parts=request.parts,
        trust=hashlib.sha256(instance.services.trusted_root).digest(),
    )
    return _made(instance, request, facts, found)


def _resume(instance: Instance, request: BundleRequest, staged: Staged) -> tuple[_Made | None, Written | None]:
    """Give what an interrupted creation had planned, and how far it came; nothing unless all of it is the same today."""
    told = staged.resumed()
    if told is None:
        return None, None
    plan, written = told
    try:
        made = _made(instance, request, parse_facts(plan.facts.encode()), Followed(keys=(), entries=plan.entries))
    except AttestError:
        return None, None  # the log, or the journal, is not what it was: begin again
    if made.plan != plan or made.facts.question != request.question or made.facts.log != instance.services.log.origin:
        return None, None
    if made.facts.trust != hashlib.sha256(instance.services.trusted_root).digest():
        return None, None
    staged.go_on(written)
    return made, written


def _made(instance: Instance, request: BundleRequest, facts: BundleFacts, found: Followed) -> _Made:
    place = (instance.engine, instance.scope, instance.log.name)
    head = LogReader(*place).head(facts.size)
    if head is None or head.root != facts.root:
        raise Absent("service.not-found", "the newest head is not published yet")
    first = next(attested_each(*place, found.entries[:1]), None)
    tags = {
        "VERIFY.md": verify_page(facts, first, instance.log.follows),
        "bag-info.txt": f"Bag-Software-Agent: whereof {__version__}\n".encode(),
        **shipped_files(),
    }
    plan = Plan(request=request.digest(tags), facts=facts.encode().decode(), entries=found.entries)
    return _Made(plan=plan, facts=facts, head=head, found=found, tags=tags)


def _derive(instance: Instance, request: BundleRequest) -> Derive | None:
    if not request.parts or request.redaction != "strict":
        return None
    from attest.usecases.bundle_strict import strict_copies  # noqa: PLC0415 - loads the redaction, which few ask for

    return strict_copies(instance)


def _found(
    instance: Instance, state: IndexState, request: BundleRequest, on_progress: Callable[[int, int], None]
) -> Followed:
    if request.question.kind is not Asked.INTERVAL:
        return follow(instance, state, request.question, on_progress)
    place = (instance.engine, instance.scope, instance.log.name)
    ends = logged_between(*place, since=request.since, until=request.until)
    if not ends or ends[0] >= state.tree_size:
        return Followed(keys=(), entries=())
    return Followed(keys=(), entries=attested_in(*place, first=ends[0], end=min(ends[1] + 1, state.tree_size)))
