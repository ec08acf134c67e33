"""Every data directory begins with a copy of the rules that were compiled once for the run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from attest.usecases.instance import Instance
from tests.support.recording import Clone, make_clone, open_home


@pytest.fixture
def new_home(compiled: Path, home: Path) -> Callable[[str], Path]:
    """Give `new_home(name)`: an empty data directory with compiled rules in it; the environment is isolated."""

    def make(name: str = "whereof") -> Path:
        folder = home / name
        shutil.copytree(compiled, folder / "cache")
        return folder

    return make


@pytest.fixture
def data(new_home: Callable[[str], Path]) -> Path:
    """Give the one data directory of a test."""
    return new_home("whereof")


@pytest.fixture
def instance(data: Path) -> Iterator[Instance]:
    """Give the opened instance of the test's data directory."""
    opened = open_home(data)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def clone(home: Path, tmp_path: Path) -> Clone:
    """Give a small clone whose second commit is what sessions led to."""
    return make_clone(tmp_path / "clone")
