"""Which trust roots are pinned, and from where: named by the caller, else kept at the policy's base, else this machine's.

The first place that holds any root decides; a root inside a bundle or beside evidence is never one. Revocations add up over
all three places, because they can only take away: a list that was named does not hide the one of this machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify
from attest.signing.revocation import parse_revocations, without_revoked
from attest.signing.trust import parse_trusted_root

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.signing.bundle import Bundle
    from attest.signing.revocation import Revoked
    from attest.signing.trust import TrustedRoot

ROOT: Final = "trusted_root.json"
REVOCATIONS: Final = "revocations.json"
"""The list of revoked authorities, in each of the places where roots are."""
FOLDER: Final = ".attest/trust"
MAX_ROOTS: Final = 32
_LIST: Final = f"{FOLDER}/{REVOCATIONS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedRoot:
    """One trust root and where it was pinned."""

    source: str
    root: TrustedRoot

    @property
    def label(self) -> str:
        """Source and digest, for naming it in a verdict; and how many authorities of it are revoked."""
        found = sum(one.revoked is not None for one in (*self.root.authorities, *self.root.timestamp_authorities))
        told = f", {found} of its authorities revoked" if found else ""
        return f"{self.source} (sha256:{self.root.digest.hex()[:16]}{told})"


def pinned_roots(
    named: Path | None, repository: Repository, base: str | None, home_trust: Path, *, revocations: Path | None = None
) -> tuple[PinnedRoot, ...]:
    """Give the roots that evidence is judged under, as revocations leave them; empty when nobody pinned any.

    Raises:
        CannotVerify: `trust.unreadable`, a pinned root or a list of revocations does not parse: nothing can be judged.
    """
    below = [f for f in repository.files_below(base, FOLDER) if f.endswith(".json")] if base else []
    files = [] if named is not None else [f for f in below if f != _LIST][:MAX_ROOTS]
    if base and files:
        found = [_kept(repository, base, name) for name in files]
    else:
        home = home_trust / ROOT
        found = [_read(named)] if named is not None else [_read(home)] if home.is_file() else []
    roots = tuple(_parse(*one) for one in found)
    lists = [_kept(repository, base, _LIST)] if base and _LIST in below else []
    lists += [_read(revocations)] if revocations is not None else []
    kept = home_trust / REVOCATIONS
    # A link that leads nowhere is missed, not passed over.
    lists += [_read(kept)] if kept.exists() or kept.is_symlink() else []
    revoked = tuple(each for one in lists for each in _listed(*one))
    return tuple(replace(one, root=without_revoked(one.root, revoked)) for one in roots)


def root_for(bundle: Bundle, roots: tuple[PinnedRoot, ...]) -> PinnedRoot | None:
    """Give the pinned root that a bundle claims to be under, by the log id of its entry; None when it claims none.

    A claim is not a check: whether it holds is for the verifier to say.
    """
    if bundle.entry is None:
        return None
    return next((pinned for pinned in roots if pinned.root.log(bundle.entry.log_id) is not None), None)


def _kept(repository: Repository, base: str, name: str) -> tuple[str, bytes]:
    return f"{base[:12]}:{name}", repository.tree_blob(base, name) or b""


def _read(path: Path) -> tuple[str, bytes]:
    try:
        return str(path), path.read_bytes()
    except OSError as err:
        raise CannotVerify("trust.unreadable", where=str(path)) from err


def _parse(source: str, raw: bytes) -> PinnedRoot:
    try:
        return PinnedRoot(source=source, root=parse_trusted_root(raw))
    except AttestError as err:
        raise CannotVerify("trust.unreadable", err.what, where=source) from err


def _listed(source: str, raw: bytes) -> tuple[Revoked, ...]:
    try:
        return parse_revocations(raw)
    except AttestError as err:
        raise CannotVerify("trust.unreadable", err.what, where=source) from err
