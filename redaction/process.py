"""The process that holds values while they are looked for: nothing of its memory may reach a disk."""

from __future__ import annotations

import contextlib
import ctypes
import resource
import sys
from functools import lru_cache
from typing import Final

_PR_SET_DUMPABLE: Final = 4


@lru_cache(maxsize=1)
def forbid_core_dumps() -> None:
    """Make a crash of this process leave no core dump, once and for good; also none that is piped to a collector.

    Limits: swap and hibernation are the machine's affair. A process of the same user can no longer attach to this one.
    """
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # The limit does not hold for a core that is piped to a program; the flag does.
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
