"""Small git repositories made in a test's folder, with git itself."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class GitRepository:
    """A repository on disk; ask for the `home` fixture first, so that no identity of this machine is used."""

    path: Path

    @classmethod
    def make(cls, path: Path, *options: str) -> GitRepository:
        path.mkdir(parents=True)
        repository = cls(path)
        repository.git("init", "-q", "-b", "main", *options)
        return repository

    def git(self, *arguments: str, data: bytes | None = None) -> str:
        return self.git_bytes(*arguments, data=data).decode("utf-8", "replace").strip()

    def git_bytes(self, *arguments: str, data: bytes | None = None) -> bytes:
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, input=data, capture_output=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def write(self, path: str | bytes, data: bytes) -> None:
        target = os.fsencode(self.path) + b"/" + os.fsencode(path)
        Path(os.fsdecode(target)).parent.mkdir(parents=True, exist_ok=True)
        Path(os.fsdecode(target)).write_bytes(data)

    def commit(self, message: str = "Change", *options: str) -> str:
        """Commit everything in the work tree; gives the oid."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, *options)
        return self.git("rev-parse", "HEAD")

    def commit_object(self, raw: bytes) -> str:
        """Write a raw commit object that git itself might refuse to make; gives its oid."""
        return self.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", data=raw)
