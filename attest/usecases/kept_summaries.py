"""Machine summaries as they are kept: apart from evidence, and gone with the session's texts.

Each is a file of its own, sealed under the session's own secret: whoever destroys the secret ends it. Nothing of it is logged,
signed, indexed or bundled, and no verdict, answer, population or export of evidence reads it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.errors import Absent
from attest.model.machine_summary import parse_summary, summary_bytes
from attest.model.parts import SessionKeys
from attest.model.session_predicate import SESSION_ID
from attest.store.durable import make_folder, remove_file, replace_file
from attest.usecases.erased import closed

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.machine_summary import MachineSummary
    from attest.usecases.instance import Instance

FOLDER: Final = "machine-summaries"
_PART: Final = "machine-summary"
_COMMITMENT_BYTES: Final = 32


def keep_summary(instance: Instance, summary: MachineSummary) -> None:
    """Keep a summary in the place of an earlier one of the session, durably.

    Raises:
        Absent, CannotVerify: the session's secret is gone: `erasure.erased` as the log says, or `key.missing`.
    """
    sealed = _keys(instance, summary.session).seal(_PART, summary_bytes(summary))
    path = _file(instance.settings.home, summary.session)
    make_folder(path.parent, mode=0o700)
    replace_file(path, sealed.commitment + sealed.ciphertext, mode=0o600)


def kept_summary(instance: Instance, session: str) -> MachineSummary | None:
    """Give the summary that is kept of a session; None where there is none.

    Raises:
        Absent, CannotVerify: as above.
        NotVerified: `ledger.corrupt`: the file is not what was kept.
    """
    try:
        sealed = _file(instance.settings.home, session).read_bytes()
    except FileNotFoundError:
        return None
    return parse_summary(_keys(instance, session).open(_PART, sealed[_COMMITMENT_BYTES:], sealed[:_COMMITMENT_BYTES]))


def holds_summary(home: Path, session: str) -> bool:
    """Say whether a summary of a session is kept."""
    return _file(home, session).exists()


def remove_summary(home: Path, session: str) -> bool:
    """Remove the summary of a session; False where there is none."""
    return remove_file(_file(home, session))


def _keys(instance: Instance, session: str) -> SessionKeys:
    secret = instance.keys.load(f"session/{session}")
    if secret is None:
        raise closed(instance, session, "its machine summary cannot be opened")
    return SessionKeys.from_secret(secret)


def _file(home: Path, session: str) -> Path:
    if not re.fullmatch(SESSION_ID.pattern, session):  # it is a name in a folder
        raise Absent("service.not-found", where="the session")
    return home / FOLDER / f"{session}.sealed"
