"""What is pinned in the trust folder of an instance: trust roots, and the list of revoked authorities that cuts each of them.

Whatever the instance judges under a pinned root is judged under the root as the list leaves it. What comes with evidence is
neither a root nor a list.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify
from attest.signing.revocation import MAX_REVOCATIONS_BYTES, add_revocations, parse_revocations, without_revoked
from attest.signing.trust import MAX_TRUSTED_ROOT_BYTES, parse_trusted_root
from attest.usecases.home_file import home_bytes, is_there

if TYPE_CHECKING:
    from pathlib import Path

    from attest.signing.trust import TrustedRoot
    from attest.usecases.instance import Instance

MAX_ROOTS: Final = 64
REVOCATIONS: Final = "revocations.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Roots and revocations as bytes, so that other processes are handed the same."""

    roots: tuple[bytes, ...]
    revocations: bytes = b""
    """Empty: no authority is said to be revoked."""

    def parsed(self) -> tuple[TrustedRoot, ...]:
        """Give each root as the revocations leave it; what did not change is parsed once.

        Raises:
            CannotVerify: `trust.unreadable`, one of them or the list does not parse.
        """
        return tuple(cut_root(raw, self.revocations) for raw in self.roots)


@lru_cache(maxsize=2 * MAX_ROOTS)
def cut_root(raw: bytes, revocations: bytes) -> TrustedRoot:
    """Give a root as a list of revocations leaves it; an empty list takes nothing away.

    Raises:
        CannotVerify: `trust.unreadable`, either does not parse.
    """
    return without_revoked(parse_trusted_root(raw), parse_revocations(revocations) if revocations else ())


def read_trust(folder: Path) -> Trust:
    """Give all that is pinned in a trust folder; all of it parses.

    Raises:
        CannotVerify: `trust.unreadable`, a root or the list does not parse: nothing can be judged.
    """
    files = [file for file in sorted(folder.glob("*.json")) if file.name != REVOCATIONS]
    roots = tuple(_read(file, MAX_TRUSTED_ROOT_BYTES) for file in files[:MAX_ROOTS])
    trust = Trust(roots=roots, revocations=read_revocations(folder))
    trust.parsed()
    return trust


def read_revocations(folder: Path) -> bytes:
    """Give the list in a trust folder, empty where there is none.

    Raises:
        CannotVerify: `trust.unreadable`, it is there and does not parse; it is never taken for none.
    """
    path = folder / REVOCATIONS
    if not is_there(path):
        return b""
    raw = _read(path, MAX_REVOCATIONS_BYTES)
    try:
        parse_revocations(raw)
    except AttestError as err:
        raise CannotVerify("trust.unreadable", err.what, where=str(path)) from err
    return raw


def _read(path: Path, most_bytes: int) -> bytes:
    try:
        return home_bytes(path, most_bytes)
    except (OSError, ValueError) as err:
        raise CannotVerify("trust.unreadable", where=str(path)) from err


def own_root(instance: Instance) -> TrustedRoot:
    """Give the instance's own trusted root, and no other that is pinned, as the revocations leave it.

    Raises:
        CannotVerify: `trust.unreadable`, as `read_revocations` does.
    """
    return cut_root(instance.services.trusted_root, read_revocations(instance.settings.trust_dir))


def revocations_of(instance: Instance) -> bytes:
    """Give the list to hand out, that of the trust folder and the instance's own keys; empty where nobody is revoked.

    Raises:
        CannotVerify: `trust.unreadable`, as `read_revocations` does.
    """
    raw, own = read_revocations(instance.settings.trust_dir), instance.services.authorities.revoked()
    return add_revocations(parse_revocations(raw) if raw else (), own) if raw or own else b""
