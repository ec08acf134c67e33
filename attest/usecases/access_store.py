"""Where the access log is kept: the same instance, with the log `access` and that log's keys in place of the tenant's own.

All that reads, checks or publishes a log does so with this one too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attest.signing.embedded.instance import open_second_log, second_log_exists
from attest.store.attestations import ACCESS_LOG
from attest.store.log_store import LogStore
from attest.usecases.instance import open_files

if TYPE_CHECKING:
    from attest.usecases.instance import Instance


def has_access_log(instance: Instance) -> bool:
    """Tell whether anything was ever read here that is recorded: its keys are made at the first record."""
    return second_log_exists(instance.keys, ACCESS_LOG)


def access_instance(instance: Instance) -> Instance:
    """Give the instance with its access log in the place of its log; keys are made at first use."""
    authority = open_second_log(instance.keys, instance.services, ACCESS_LOG)
    _, files = open_files(instance.settings)
    log = LogStore(
        instance.engine,
        instance.scope,
        ACCESS_LOG,
        authority=authority,
        clock=instance.clock,
        directory=instance.settings.logs_dir,
        files=files,
    )
    return replace(instance, services=replace(instance.services, log=authority), log=log, append=log.append)
