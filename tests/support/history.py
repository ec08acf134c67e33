"""Repositories of many commits, made by one stream to git."""

from __future__ import annotations

from pathlib import Path

from tests.support.repository import GitRepository

MARK = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"


def make_history(path: Path, commits: int, *, marked_every: int = 3) -> GitRepository:
    """Make a repository of so many commits on `main`; every so manieth bears an agent's mark."""
    repo = GitRepository.make(path)
    stream = bytearray()
    for number in range(commits):
        message = f"Change {number}{MARK if number % marked_every == 0 else ''}".encode()
        who = f"Kim Tester <kim@example.test> {1_700_000_000 + number} +0000"
        stream += f"commit refs/heads/main\ncommitter {who}\ndata {len(message)}\n".encode() + message
        stream += f"\nM 100644 inline f{number % 50}\ndata {len(str(number))}\n{number}\n".encode()
    repo.git("fast-import", "--quiet", data=bytes(stream))
    repo.git("reset", "-q", "--hard")
    return repo
