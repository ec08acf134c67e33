"""The service's witnesses: asked in the background for the newest head, by the policy file of the data directory."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.ledger.witness_policy import MAX_POLICY_BYTES, parse_policy
from attest.store.log_reader import LogReader
from attest.usecases.witness_heads import ask_witnesses, witnessed_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.ledger.witness_policy import WitnessPolicy
    from attest.usecases.instance import Instance
    from attest.usecases.witness_heads import WitnessedHead

POLICY_FILE: Final = "witnesses.policy"
"""In the data directory: a C2SP tlog-policy file."""
EVERY_S: Final = 10.0
"""Between two rounds; witnesses of a public network expect no more."""
_STOP_S: Final = 5.0


def witness_policy(home: Path) -> WitnessPolicy | None:
    """Read the instance's own policy; None where it has none.

    Raises:
        InvalidInput: `trust.policy`.
    """
    try:
        with (home / POLICY_FILE).open("rb") as file:
            return parse_policy(file.read(MAX_POLICY_BYTES + 1))
    except FileNotFoundError:
        return None


class Witnessing:
    """Asks the witnesses of a policy from a thread of its own, and knows the newest head that met the quorum."""

    def __init__(
        self,
        instance: Instance,
        policy: WitnessPolicy,
        *,
        on_failure: Callable[[AttestError], None],
        on_witnessed: Callable[[float], None] = lambda _: None,
        every_s: float = EVERY_S,
    ) -> None:
        """Take the policy; `on_witnessed` is told how long each head since now took from its signing to its quorum."""
        self._instance = instance
        self._policy = policy
        self._on_failure = on_failure
        self._on_witnessed = on_witnessed
        self._every_s = every_s
        self._since, self._told = instance.clock.now().timestamp(), 0
        self._end = Event()
        self._thread = Thread(target=self._run, name="witnesses", daemon=True)

    def size(self) -> int | None:
        """Give the size of the newest head that met the quorum; 0 before there is one."""
        found = witnessed_head(self._instance, self._policy)
        return found.tree_size if found else 0

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def close(self) -> None:
        """Ask no more; a question at work is left behind."""
        self._end.set()
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        while not self._end.wait(self._every_s):
            try:
                self._tell(ask_witnesses(self._instance, self._policy))
            except AttestError as err:
                self._on_failure(err)

    def _tell(self, found: WitnessedHead) -> None:
        met = found.standing.met and found.standing.asked and found.tree_size > self._told
        head = LogReader(self._instance.engine, self._instance.scope, self._instance.log.name).head(found.tree_size)
        if not met or head is None:
            return
        self._told = found.tree_size
        if head.signed_at >= int(self._since):
            self._on_witnessed(self._instance.clock.now().timestamp() - head.signed_at)


def witnessing_of(
    instance: Instance,
    *,
    on_failure: Callable[[AttestError], None],
    on_witnessed: Callable[[float], None] = lambda _: None,
) -> Witnessing | None:
    """Give the witnesses of an instance that has a policy file; None where it has none.

    Raises:
        InvalidInput: `trust.policy`.
    """
    policy = witness_policy(instance.settings.home)
    return None if policy is None else Witnessing(instance, policy, on_failure=on_failure, on_witnessed=on_witnessed)
