"""The command line run in this process, for tests whose promise is what it prints and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from attest.cli.main import main


def whereof(*arguments: str | Path, home: Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command from its arguments to its exit code, without loading it once more.

    What it prints is taken where the system prints it, so that native code and processes it forks are heard too.
    """
    words = ["whereof", *map(str, arguments)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with pytest.MonkeyPatch.context() as patch, _printed(1, "stdout", out), _printed(2, "stderr", err):
            for name, value in {"WHEREOF_HOME": str(home), **env}.items():
                patch.setenv(name, value)
            patch.chdir(cwd)
            patch.setattr(sys, "argv", words)
            with pytest.raises(SystemExit) as ended:
                main()
        printed, told = (_text(file) for file in (out, err))
    return subprocess.CompletedProcess(words, int(ended.value.code or 0), printed, told)


@contextmanager
def _printed(descriptor: int, name: str, file: BinaryIO) -> Iterator[None]:
    kept = os.dup(descriptor)
    os.dup2(file.fileno(), descriptor)
    try:
        with open(descriptor, "w", encoding="utf-8", closefd=False) as stream, pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, name, stream)
            yield
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode()
