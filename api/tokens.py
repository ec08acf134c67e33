"""Bearer tokens for the command line and for pipelines: one small file each in the data directory, named by digest.

The token itself is shown once and kept nowhere. Deleting its file takes it back, at once and for every process.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Final

from api.sign_in import digest_of, new_secret
from attest.store.durable import create_file

if TYPE_CHECKING:
    from pathlib import Path

    from attest.clock import Clock, Entropy

PREFIX: Final = "wht_"
"""Lets secret scanners know one of ours."""
_TOKEN: Final = re.compile(r"wht_[A-Za-z0-9_-]{43}", re.ASCII)


class TokenFiles:
    """The tokens of one data directory and tenant."""

    def __init__(self, home: Path, tenant: str) -> None:
        self._home = home
        self._directory = home / "tokens" / tenant

    def create(self, clock: Clock, entropy: Entropy) -> str:
        """Make a token; this is the only time it is seen."""
        token = PREFIX + new_secret(entropy)
        record = {"created_at": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), "version": 1}
        # Each level by itself: the parents that mkdir makes on the way would be open to others.
        for directory in (self._home, self._directory.parent, self._directory):
            directory.mkdir(parents=directory is self._home, exist_ok=True, mode=0o700)
        create_file(self._path(token), json.dumps(record).encode(), mode=0o600)
        return token

    def holds(self, token: str) -> bool:
        """Tell whether a token was made here and is still there."""
        # Asked at every request: a path of its own is not made for it.
        return _TOKEN.fullmatch(token) is not None and os.path.isfile(f"{self._directory}/{digest_of(token)}.json")  # noqa: PTH113

    def _path(self, token: str) -> Path:
        return self._directory / f"{digest_of(token)}.json"
