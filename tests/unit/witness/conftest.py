"""A log of five entries, and a witness that knows its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.small_log import SmallLog, SmallWitness


@pytest.fixture
def log() -> SmallLog:
    return SmallLog().add(5)


@pytest.fixture
def witness(tmp_path: Path, log: SmallLog) -> SmallWitness:
    return SmallWitness(tmp_path, logs=(log.key,))
