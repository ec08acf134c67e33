"""Promise: a file of the operator's that is named and cannot be read is never taken for one that is not there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from api.access_config import FILE_NAME as ACCESS
from api.access_config import load_access
from attest.errors import AttestError
from attest.usecases.allow_rules import read_allow_rules
from attest.usecases.home_file import home_bytes
from attest.usecases.keeping import read_keeping
from attest.usecases.key_store import read_key_store
from attest.usecases.redaction_settings import read_redaction_settings
from attest.usecases.retain import read_retention
from attest.usecases.second_person import APPROVERS, read_approvers
from attest.usecases.summarizer import read_summarizer

READ: dict[str, Callable[[Path], object]] = {
    "redaction-allow.json": read_allow_rules,
    "redaction-keep.json": read_keeping,
    "redaction.yaml": read_redaction_settings,
    "key-store.json": read_key_store,
    "retention.json": read_retention,
    "summarizer.json": read_summarizer,
    APPROVERS: read_approvers,
    ACCESS: load_access,
}


def link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def hostile_json(path: Path) -> None:
    path.write_bytes(b'{"name": "n", "command": ["/bin/\\ud800"], "x": [' + b"[" * 5000)


PLANTS: dict[str, Callable[[Path], None]] = {
    "link to nothing": link_to_nothing,
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "deep": hostile_json,
    "too long": lambda path: path.write_bytes(b" " * 1024 * 1024),
}


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("plant", PLANTS)
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str, plant: str) -> None:
    PLANTS[plant](tmp_path / name)
    with pytest.raises(AttestError) as err:
        READ[name](tmp_path)
    assert err.value.code in {"input.malformed", "identity.access"}


@pytest.mark.parametrize("name", READ)
def test_what_is_not_there_is_no_fault_and_a_link_to_a_file_is_followed(tmp_path: Path, name: str) -> None:
    READ[name](tmp_path)
    (tmp_path / "real").write_bytes(b"{")
    (tmp_path / name).symlink_to("real")
    with pytest.raises(AttestError):
        READ[name](tmp_path)


def test_a_command_that_no_system_can_be_given_is_refused_when_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "summarizer.json").write_bytes(b'{"name": "n", "command": ["/bin/\\ud800"]}')
    with pytest.raises(AttestError, match="malformed"):
        read_summarizer(tmp_path)


def test_no_more_is_read_than_may_be(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no file"):
        home_bytes(Path("/dev/zero"), 10)
    (tmp_path / "f").write_bytes(b"0123456789")
    assert home_bytes(tmp_path / "f", 10) == b"0123456789"
    with pytest.raises(ValueError, match="longer"):
        home_bytes(tmp_path / "f", 9)
