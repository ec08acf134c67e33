"""Where `verify` gets complete answers from: this machine's own ledger, and the service that is named.

Nothing here is imported, opened or asked before a policy has a rule that needs an answer.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.settings import Settings


def answer_source(
    settings: Settings, *, offline: bool
) -> Callable[[tuple[str, ...]], tuple[tuple[str, bytes], ...]] | None:
    """Give what answers for commits; None where there is no ledger here and nobody may be asked."""
    here = settings.database_url is not None or (settings.home / "whereof.db").is_file()
    server = None if offline else settings.server
    if not here and server is None:
        return None

    def ask(oids: tuple[str, ...]) -> tuple[tuple[str, bytes], ...]:
        found = _from_ledger(oids) if here else ()
        return (*found, *(_from_server(server, oids) if server is not None else ()))

    return ask


def proof_source(settings: Settings, *, offline: bool) -> Callable[[str, int], bytes | None] | None:
    """Give what answers with the newest cosigned proof of an entry; None where nobody can be asked.

    Nothing it gives is believed: `verify` holds each proof against the pinned log and witnesses.
    """
    here = settings.database_url is not None or (settings.home / "whereof.db").is_file()
    server = None if offline else settings.server
    if not here and server is None:
        return None

    def ask(log: str, index: int) -> bytes | None:
        found = _proof_here(log, index) if here else None
        return found if found is not None or server is None else _proof_there(server, index)

    return ask


def _proof_here(log: str, index: int) -> bytes | None:
    from attest.cli.wiring import local_instance  # the store is loaded only here
    from attest.usecases.entry_proof import cosigned_text

    return cosigned_text(local_instance(), log, index)


def _proof_there(address: str, index: int) -> bytes | None:
    from attest.client import fetch_proof
    from attest.usecases.signed_in import server_for

    return fetch_proof(server_for(address, os.environ), index)


def _from_ledger(oids: tuple[str, ...]) -> tuple[tuple[str, bytes], ...]:
    from attest.cli.wiring import local_instance  # the store is loaded only here
    from attest.usecases.complete_answer import complete_answers

    return tuple(("the ledger of this machine", one) for one in complete_answers(local_instance(), oids))


def _from_server(address: str, oids: tuple[str, ...]) -> tuple[tuple[str, bytes], ...]:
    from attest.client import fetch_answer
    from attest.usecases.signed_in import server_for

    server = server_for(address, os.environ)
    return tuple((address, fetch_answer(server, oid)) for oid in oids)
