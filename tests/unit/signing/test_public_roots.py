"""The public trusted roots, as sigstore-python ships them: every key is known, every authority can vouch."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import pytest

from attest.signing.chain import is_issued_in_turn
from attest.signing.trust import parse_trusted_root

if TYPE_CHECKING:
    from attest.signing.trust import TrustedRoot

INSTANCES = ("sigstore.dev", "sigstage.dev")
each_instance = pytest.mark.parametrize("instance", INSTANCES)


def raw_root(instance: str) -> bytes:
    folder = files("sigstore").joinpath("_store", f"https%3A%2F%2Ftuf-repo-cdn.{instance}", "trusted_root.json")
    with as_file(folder) as path:
        return path.read_bytes()


def public_root(instance: str) -> TrustedRoot:
    return parse_trusted_root(raw_root(instance))


@each_instance
def test_every_key_of_a_public_log_is_known(instance: str) -> None:
    root = public_root(instance)
    assert root.logs
    assert root.ct_logs
    assert all(log.key is not None and root.holds(log, log.window.start) for log in (*root.logs, *root.ct_logs))


@each_instance
def test_log_ids_lead_to_their_logs_and_hosts_to_their_names(instance: str) -> None:
    root = public_root(instance)
    assert [root.log(log.log_id) for log in root.logs] == list(root.logs)
    assert all(log.name and "/" not in log.name and f"https://{log.name}" == log.base_url for log in root.logs)


@each_instance
def test_public_authorities_lead_to_their_roots(instance: str) -> None:
    root = public_root(instance)
    held = (*root.authorities, *root.timestamp_authorities)
    assert all(is_issued_in_turn(list(authority.chain)) for authority in held)
    assert all(len(authority.chain) >= 2 for authority in root.timestamp_authorities)


@each_instance
def test_a_public_root_is_read_inside_a_client_trust_config_too(instance: str) -> None:
    config = {
        "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
        "trustedRoot": json.loads(raw_root(instance)),
        "signingConfig": {},
    }
    found = parse_trusted_root(json.dumps(config).encode())
    assert [log.log_id for log in found.logs] == [log.log_id for log in public_root(instance).logs]
