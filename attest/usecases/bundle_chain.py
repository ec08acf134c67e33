"""An evidence bundle is of one log: where a log before it holds entries of the question, none is written unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify
from attest.store.window_rows import logged_between
from attest.usecases.chain_at_hand import NAME_IT, chain_at_hand
from attest.usecases.complete import rows_at

if TYPE_CHECKING:
    from attest.evidence.reached import Key
    from attest.usecases.bundle_request import BundleRequest
    from attest.usecases.chain_at_hand import EarlierLog
    from attest.usecases.instance import Instance

_EACH: Final = (
    "write one bundle in the data directory of each log of the chain; with --one-log a bundle is of this log alone, "
    "and says so"
)
_NAME: Final = f"{NAME_IT}; with --one-log a bundle is of this log alone, and says so"


def require_one_log(instance: Instance, request: BundleRequest, keys: tuple[Key, ...]) -> None:
    """Refuse a bundle that would leave out what a log before this one lists under its keys, or was given in its span.

    Raises:
        CannotVerify: `evidence.chain`, such a log holds entries of it, or cannot be asked.
        NotVerified: as for `chain_at_hand`.
    """
    if request.one_log:
        return
    chain = chain_at_hand(instance)
    if chain.missing:
        raise CannotVerify("evidence.chain", f"what it holds of this is not known: {chain.missing}", hint=_NAME)
    for one in chain.logs:
        if _holds(one, request, keys):
            what = "entries of this stand in the log before, and a bundle is of one log"
            raise CannotVerify("evidence.chain", what, where=one.log.origin, hint=_EACH)


def _holds(one: EarlierLog, request: BundleRequest, keys: tuple[Key, ...]) -> bool:
    log = one.log
    if not keys:  # an interval
        return bool(logged_between(log.engine, log.scope, log.name, since=request.since, until=request.until))
    # One without a state is named by `chain.missing` before.
    state = one.state
    return state is not None and any(rows_at(state, log.keying.key(*key)).rows for key in keys)
