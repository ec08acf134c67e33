"""Step 4 of an erasure: everything of a session that this instance holds and that a proof does not need, again if need be.

1. keys       the session's secret (data key, nonce key, salt) and the vault's, written over and removed
2. sealed     redacted values kept beside the parts, the vault's values
3. objects    the ciphertext of each part; the list of commitments stays
4. search     its touches and words
5. copies     spooled exports and transcript copies, and the line cache, which is of all sessions
6. summary    what a machine wrote about it
7. name       the agent's own id of the session: a keyed digest stands in its place, so that it is not recorded again
8. settle     freed rows leave SQLite's write-ahead log

Of a transcript that goes by itself those are 3, for its own parts, 5 and 6. Nothing here is logged, and every step may be done twice.
"""

from __future__ import annotations

import hmac
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.capture.spool.folder import drop_copies
from attest.errors import CannotVerify, Refused
from attest.model.erasure_predicate import ErasureScope
from attest.store import attestations, search_rows
from attest.store.durable import create_file, remove_file
from attest.store.engine import settle_removed
from attest.store.sessions import forget_native, known_session, native_of, recordings_of
from attest.store.uploads import forget_handed_in
from attest.usecases import spool_exports, vault, withheld
from attest.usecases.chain_at_hand import readers_of
from attest.usecases.erased import erasure_mark
from attest.usecases.kept_summaries import holds_summary, remove_summary
from attest.usecases.read_transcript import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from attest.usecases.instance import Instance

_ERASED: Final = "erased-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    """What is still here of a session."""

    session: str
    secret: bool
    """The key of its parts, with their salts."""
    vault: bool
    sealed: bool
    objects: int
    """Ciphertexts in the object store; without the secret they open for nobody."""
    parts: int
    """Parts ever recorded: tombstones, once they are erased."""
    name: bool
    """The agent's own id of the session."""
    summary: bool
    """What a machine wrote about it."""

    @property
    def anything(self) -> bool:
        """Whether something is left to destroy."""
        return self.secret or self.vault or self.sealed or self.name or self.summary or self.objects > 0

    def beside(self, other: Destroyed) -> Destroyed:
        """Give what is here in either of two data directories."""
        return Destroyed(
            session=self.session,
            secret=self.secret or other.secret,
            vault=self.vault or other.vault,
            sealed=self.sealed or other.sealed,
            objects=self.objects + other.objects,
            parts=self.parts + other.parts,
            name=self.name or other.name,
            summary=self.summary or other.summary,
        )

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "session": self.session,
            "parts": self.parts,
            "secret": self.secret,
            "vault": self.vault,
            "sealed_values": self.sealed,
            "objects": self.objects,
            "agents_id": self.name,
            "machine_summary": self.summary,
        }


def destroy(instance: Instance, session: str, scope: ErasureScope, *, spools: Iterable[Path] = ()) -> None:
    """Destroy what this instance holds of a session; `spools` are folders of clones that hold copies of transcripts.

    Raises:
        CannotVerify: `store.away`: the object store did not remove everything. The keys are gone all the same.
    """
    home, named = instance.settings.home, _named(instance, session)
    remove_summary(home, session)
    if scope is ErasureScope.SESSION:
        for name in _key_names(session):
            instance.keys.destroy(name)
        for folder in _sealed_folders(home, session):
            _remove_folder(folder)
        search_rows.forget_session(instance.engine, instance.scope, session)
    if named is not None:
        remove_file(home / spool_exports.FOLDER / spool_exports.file_name(named[1]))
        for folder in (*spools, *sorted((home / "clones").glob("*/spool"))):
            drop_copies(folder, named[1])
    shutil.rmtree(home / "cache" / "lines", ignore_errors=True)
    if scope is ErasureScope.SESSION:
        if named is not None:  # after its copies, which are found by it
            forget_native(instance.engine, instance.scope, session, erased_native(instance, named))
        settle_removed(instance.engine)
    _remove_objects(instance, session, scope)


def remaining(instance: Instance, session: str, scope: ErasureScope, *, quick: bool = False) -> Destroyed:
    """Say what is still here of a session. `quick` takes the mark of an earlier look for the objects being gone."""
    whole = scope is ErasureScope.SESSION
    home = instance.settings.home
    parts = _parts(instance, session, scope)
    marked = quick and erasure_mark(home, session, scope).exists()
    return Destroyed(
        session=session,
        secret=whole and instance.keys.holds(f"session/{session}"),
        vault=whole and (instance.keys.holds(f"vault/{session}") or (home / vault.FOLDER / session).exists()),
        sealed=whole and (home / withheld.FOLDER / session).exists(),
        objects=0 if marked else sum(1 for address in parts if instance.objects.holds(address)),
        parts=len(parts),
        name=whole and _named(instance, session) is not None,
        summary=holds_summary(home, session),
    )


def _named(instance: Instance, session: str) -> tuple[str, str] | None:
    """Give the agent's format and its own id of a session; None where there is none, or a digest stands in its place."""
    native = native_of(instance.engine, instance.scope, session)
    return None if native is None or native[1].startswith(_ERASED) else native


def erased_native(instance: Instance, native: tuple[str, str]) -> str:
    """Give what stands in the place of an agent's own id after an erasure; without the tenant's secret no guess is tested."""
    return _erased_under(instance.tenant_secret(), native)


def _erased_under(secret: bytes, native: tuple[str, str]) -> str:
    message = b"whereof erased session v1\0" + "\0".join(native).encode("utf-8", "surrogatepass")
    return _ERASED + hmac.digest(secret, message, "sha256").hex()


def is_erased_native(instance: Instance, native: tuple[str, str]) -> bool:
    """Tell whether the session of an agent was erased here, or in a log before that is at hand."""
    return any(
        known_session(one.engine, one.scope, (native[0], _erased_under(secret, native))) is not None
        for one in readers_of(instance)
        for secret in one.tenant_secrets()
    )


def require_not_erased(instance: Instance, native: tuple[str, str]) -> None:
    """Refuse to record again what was erased: its transcript may still lie where the agent keeps it.

    Raises:
        Refused: `erasure.erased`.
    """
    if is_erased_native(instance, native):
        raise Refused("erasure.erased", "this session was erased here, and is not recorded again")


def _remove_objects(instance: Instance, session: str, scope: ErasureScope) -> None:
    failed: CannotVerify | None = None
    gone = []
    for address in _parts(instance, session, scope):
        try:
            instance.objects.delete(address)
            gone.append(address)
        except CannotVerify as err:  # a lock on the bucket, or no answer: the others are tried all the same
            failed = failed or err
    forget_handed_in(instance.engine, instance.scope, gone)
    if failed is not None:
        raise failed
    create_file(erasure_mark(instance.settings.home, session, scope), b"")


def _parts(instance: Instance, session: str, scope: ErasureScope) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for attestation, _ in recordings_of(instance.engine, instance.scope, session):
        for part in attestations.parts_of(instance.engine, instance.scope, attestation):
            if scope is ErasureScope.SESSION or part.name.startswith(PREFIX):
                found[part.ciphertext] = None
    return tuple(found)


def _key_names(session: str) -> tuple[str, str]:
    return f"session/{session}", f"vault/{session}"


def _sealed_folders(home: Path, session: str) -> tuple[Path, Path]:
    return home / withheld.FOLDER / session, home / vault.FOLDER / session


def _remove_folder(folder: Path) -> None:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        remove_file(path)
    if folder.is_dir():
        folder.rmdir()
