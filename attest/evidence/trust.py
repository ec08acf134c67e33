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


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedRoot:
    """One trust root and where it was pinned."""

    source: str
    root: TrustedRoot

    @property
    def label(self) -> str:
        """Source and digest, for naming it in a verdict; and how many authorities of it are revoked."""
        found = sum(one.revoked is not None for one in (*self.root.authorities, *self.root.timestamp_authorities))
        told = f", {found} authorities revoked" if found else ""
        return f"{self.source} (sha256:{self.root.digest.hex()[:16]}{told})"


def pinned_roots(
    named: Path | None, repository: Repository, base: str | None, home_trust: Path, *, revocations: Path | None = None
) -> tuple[PinnedRoot, ...]:
    """Give the roots that evidence is judged under, as revocations leave them; empty when nobody pinned any.

    Raises:
        CannotVerify: `trust.unreadable`, a pinned root or a list of revocations does not parse: nothing can be judged.
    """
    below = [f for f in repository.files_below(base, FOLDER) if f.endswith(".json")] if base else []

    def kept(name: str) -> tuple[str, bytes]:
        return f"{(base or '')[:12]}:{name}", repository.tree_blob(base or "", name) or b""

    files = [f for f in below if f != f"{FOLDER}/{REVOCATIONS}"][:MAX_ROOTS]
    found = [home_trust / ROOT] if not files and (home_trust / ROOT).is_file() else []
    if named is not None:
        files, found = [], [named]
    roots = tuple(_parse(*one) for one in [*map(kept, files), *map(_read, found)])
    lists = [
        one
        for one in (revocations, home_trust / REVOCATIONS)
        if one is not None and (one is revocations or one.is_file())
    ]
    told = [*map(kept, set(below) & {f"{FOLDER}/{REVOCATIONS}"}), *map(_read, lists)]
    revoked = tuple(each for one in told for each in _listed(*one)) if roots else ()
    return tuple(replace(one, root=without_revoked(one.root, revoked)) for one in roots) if revoked else roots


def root_for(bundle: Bundle, roots: tuple[PinnedRoot, ...]) -> PinnedRoot | None:
    """Give the pinned root that a bundle claims to be under, by the log id of its entry; None when it claims none.

    A claim is not a check: whether it holds is for the verifier to say.
    """
    if bundle.entry is None:
        return None
    return next((pinned for pinned in roots if pinned.root.log(bundle.entry.log_id) is not None), None)


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
