"""Who controls a record: apart from what records are, because the command line names it before anything is read."""

from __future__ import annotations

from enum import StrEnum


class Control(StrEnum):
    """Who controls a record: only a record out of the runner's hands can corroborate."""

    RUNNER = "runner"
    """Whoever ran the session."""
    VENDOR = "vendor"
    """The company whose model or service the agent is."""
    HOST = "host"
    """Whoever hosts the repository."""
    ORGANISATION = "organisation"
    """The runner's organisation, where the runner cannot write or delete."""
