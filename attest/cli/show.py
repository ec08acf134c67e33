"""`whereof show`: the answer for a commit, a session or an attestation."""

from __future__ import annotations
def show() -> None: ...
