"""Which trust roots are pinned, and from where: named by the caller, else kept at the policy's base, else this machine's.

The first place that holds any root decides; a root inside a bundle or beside evidence is never one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify
from attest.signing.trust import parse_trusted_root

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.signing.bundle import Bundle
    from attest.signing.trust import TrustedRoot

FOLDER: Final = ".attest/trust"
MAX_ROOTS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedRoot:
    """One trust root and where it was pinned."""

    source: str
    root: TrustedRoot

    @property
    def label(self) -> str:
        """Source and digest, for naming it in a verdict."""
        return f"{self.source} (sha256:{self.root.digest.hex()[:16]})"


def pinned_roots(
    named: Path | None, repository: Repository, base: str | None, home_trust: Path
) -> tuple[PinnedRoot, ...]:
    """Give the roots that evidence is judged under; empty when nobody pinned any.

    Raises:
        CannotVerify: `trust.unreadable`, a pinned root does not parse: nothing can be judged under it.
    """
    if named is not None:
        return (_read(named),)
    files = [f for f in repository.files_below(base, FOLDER) if f.endswith(".json")][:MAX_ROOTS] if base else []
    if base and files:
        return tuple(_parse(f"{base[:12]}:{name}", repository.tree_blob(base, name) or b"") for name in files)
    kept = home_trust / "trusted_root.json"
    return (_read(kept),) if kept.is_file() else ()


def root_for(bundle: Bundle, roots: tuple[PinnedRoot, ...]) -> PinnedRoot | None:
    """Give the pinned root that a bundle claims to be under, by the log id of its entry; None when it claims none.

    A claim is not a check: whether it holds is for the verifier to say.
    """
    if bundle.entry is None:
        return None
    return next((pinned for pinned in roots if pinned.root.log(bundle.entry.log_id) is not None), None)


def _read(path: Path) -> PinnedRoot:
    try:
        return _parse(str(path), path.read_bytes())
    except OSError as err:
        raise CannotVerify("trust.unreadable", where=str(path)) from err


def _parse(source: str, raw: bytes) -> PinnedRoot:
    try:
        return PinnedRoot(source=source, root=parse_trusted_root(raw))
    except AttestError as err:
        raise CannotVerify("trust.unreadable", err.what, where=source) from err
