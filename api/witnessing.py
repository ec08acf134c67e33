"""The service's witnesses: asked in the background for the newest head, by the policy file of the data directory."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.ledger.witness_policy import MAX_POLICY_BYTES, parse_policy
from attest.usecases.witness_heads import ask_witnesses, witnessed_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.ledger.witness_policy import WitnessPolicy
    from attest.usecases.instance import Instance

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
        every_s: float = EVERY_S,
    ) -> None:
        self._instance = instance
        self._policy = policy
        self._on_failure = on_failure
        self._every_s = every_s
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
                ask_witnesses(self._instance, self._policy)
            except AttestError as err:
                self._on_failure(err)


def witnessing_of(instance: Instance, *, on_failure: Callable[[AttestError], None]) -> Witnessing | None:
    """Give the witnesses of an instance that has a policy file; None where it has none.

    Raises:
        InvalidInput: `trust.policy`.
    """
    policy = witness_policy(instance.settings.home)
    return None if policy is None else Witnessing(instance, policy, on_failure=on_failure)
