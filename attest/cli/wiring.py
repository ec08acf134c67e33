"""Opens the embedded instance for commands that need the store; `verify` and `--help` never come here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from attest.clock import SystemClock, SystemEntropy
from attest.settings import read_settings
from attest.usecases.instance import assemble_instance, open_instance

if TYPE_CHECKING:
    from attest.usecases.instance import Instance


def local_instance() -> Instance:
    """Open this machine's instance, making it at first use."""
    return open_instance(read_settings(os.environ), clock=SystemClock(), entropy=SystemEntropy())


def instance_to_check() -> Instance:
    """Open this machine's instance without judging it first, so that a broken one can be looked at."""
    return assemble_instance(read_settings(os.environ), clock=SystemClock(), entropy=SystemEntropy())
