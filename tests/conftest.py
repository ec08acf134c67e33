"""What every test can ask for: an isolated home, the loopback, the shared material, and tools that may be missing."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.postgres import SERVING, TEMPLATE, Postgres, binaries, migrated, running_postgres

REPO_ROOT = Path(__file__).resolve().parents[1]

_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada Tester",
    "GIT_AUTHOR_EMAIL": "ada@example.test",
    "GIT_COMMITTER_NAME": "Ada Tester",
    "GIT_COMMITTER_EMAIL": "ada@example.test",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Turn `loopback` into pytest-socket's own marker, so that the one address is written once."""
    for item in items:
        if item.get_closest_marker("loopback"):
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


@pytest.fixture(scope="session", autouse=True)
def _compiled_modules() -> Iterator[None]:
    """Let processes that tests start keep compiled modules for this run, also where Python is told to keep none.

    Without them most of the time of such a process is the compiling of what it imports.
    """
    if not os.environ.get("PYTHONDONTWRITEBYTECODE"):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="whereof-modules-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE")
        patch.setenv("PYTHONPYCACHEPREFIX", folder)
        yield


def _demanded() -> frozenset[str]:
    return frozenset(filter(None, os.environ.get("WHEREOF_TEST_REQUIRE", "").split(",")))


@pytest.fixture(scope="session")
def require() -> Callable[..., None]:
    """Give `require(name, have=None)`: skip, with the reason, when `name` is not there to test with.

    `have` says whether it is there; None looks for a program of that name. A name listed in WHEREOF_TEST_REQUIRE
    (comma separated) fails instead of skipping.
    """

    def check(name: str, have: bool | None = None) -> None:
        if shutil.which(name) is not None if have is None else have:
            return
        if name in _demanded():
            pytest.fail(f"{name} is required by WHEREOF_TEST_REQUIRE and is not here")
        pytest.skip(f"needs {name}, which is not here")

    return check


@pytest.fixture(scope="session")
def shared(require: Callable[..., None]) -> Path:
    """Give the folder of shared material beside the checkout; skip where there is none."""
    folder = REPO_ROOT.parent / "shared"
    require("shared", folder.is_dir())
    return folder


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of the default rules compiled, once for the run; a test that may change it works on a copy."""
    from redaction.config import Config, Identities
    from redaction.redactor import Engines

    folder = tmp_path_factory.mktemp("compiled")
    folder.chmod(0o700)
    Engines(Config(cache_dir=folder), Identities())
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty home: no file, no git configuration and no identity of this machine is read or written."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith(("GIT_", "WHEREOF_", "XDG_"))]:
        if name != "WHEREOF_TEST_REQUIRE":
            monkeypatch.delenv(name)
    for name, path in {
        "HOME": folder,
        "XDG_STATE_HOME": folder / ".local" / "state",
        "XDG_CONFIG_HOME": folder / ".config",
        "XDG_CACHE_HOME": folder / ".cache",
        "XDG_DATA_HOME": folder / ".local" / "share",
        "WHEREOF_HOME": folder / "whereof",
        "GIT_CONFIG_GLOBAL": folder / ".gitconfig",
    }.items():
        monkeypatch.setenv(name, str(path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name, value in _IDENTITY.items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture(scope="session")
def postgres(require: Callable[..., None]) -> Iterator[Postgres]:
    """Give a PostgreSQL server of this run, with one migrated database to copy and the role that serves."""
    require("postgresql", binaries() is not None)
    with running_postgres() as server:
        server.make_database(TEMPLATE)
        migrated(server, TEMPLATE)
        server.run(f"CREATE ROLE {SERVING} LOGIN IN ROLE whereof_app")
        yield server


@pytest.fixture
def pg_database(postgres: Postgres) -> Callable[[], str]:
    """Give a way to make a fresh migrated database; its URL is that of the serving role."""

    def make() -> str:
        name = f"test_{secrets.token_hex(6)}"
        postgres.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        return postgres.url(name, SERVING)

    return make
