"""What an auditor meets: a service of the demo's repository with two sessions, marks, gaps and pull requests in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.support.claude import Transcript
from tools.example import Example, build_example

Git = Callable[..., str]
_MARK = "Co-Authored-By: Claude <noreply@anthropic.com>"


@dataclass(frozen=True, kw_only=True)
class Audited:
    """The names of what is there."""

    session: str
    """The demo's: asked, refused, overridden, failed, then passed."""
    attestation: str
    recorded: str
    """Its commit."""
    second: str
    """A small session about a commit of its own."""
    unmarked: str
    """A commit that nobody recorded."""
    marked: str
    """A commit with an agent's mark and no session."""
    base: str


def audited_repository(folder: Path, git: Git) -> Example:
    """Build the demo's repository and go on in it: a marked commit, a landed pull request, and an open one."""
    example = build_example(folder, seed=7)
    repo = example.repo
    git(repo, "remote", "add", "origin", "https://git.payments.example/shop/payments.git")
    git(repo, "commit", "-q", "--allow-empty", "-m", f"Tidy the ledger export\n\n{_MARK}")
    git(repo, "checkout", "-q", "-b", "rounding")
    (repo / "ROUNDING.md").write_text("Amounts are whole cents.\n\nHalf a cent goes to the even neighbour.\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "Say how amounts are rounded")
    git(repo, "update-ref", "refs/pull/7/head", "HEAD")
    git(repo, "checkout", "-q", "main")
    git(repo, "merge", "-q", "--no-ff", "-m", "Merge pull request #7 from shop/rounding", "rounding")
    git(repo, "checkout", "-q", "-b", "limits")
    git(repo, "commit", "-q", "--allow-empty", "-m", "Ask for a limit per card")
    git(repo, "update-ref", "refs/pull/8/head", "HEAD")
    git(repo, "checkout", "-q", "main")
    return example


def audited(example: Example, git: Git, client: httpx2.Client) -> Audited:
    """Hand in the sessions and give the names."""
    repo = example.repo
    rounding = git(repo, "rev-parse", "rounding")
    work = Transcript(cwd=str(repo)).prompt("Write down how amounts are rounded. Do not touch the code.")
    work.says("I look at what the code does and write it down.").shell("grep -rn round .", "ledger.py: round(amount)")
    words = (repo / "ROUNDING.md").read_text()
    work.call("Write", file_path=str(repo / "ROUNDING.md"), content=words).result("written")
    work.shell("curl -s https://rates.example/eur", "0.92").shell("pytest -q", "9 passed in 0.31s")
    receipts = [
        _hand_in(client, repo, example.transcript.read_bytes(), example.commit_with_session),
        _hand_in(client, repo, b"".join(work.lines()), rounding),
    ]
    return Audited(
        session=receipts[0]["session"],
        attestation=receipts[0]["attestation"],
        recorded=example.commit_with_session,
        second=receipts[1]["session"],
        unmarked=example.commit_without_session,
        marked=git(repo, "rev-parse", "main~1"),
        base=git(repo, "rev-list", "--max-parents=0", "main"),
    )


def _hand_in(client: httpx2.Client, repo: Path, transcript: bytes, commit: str) -> dict[str, str]:
    reply = client.post(
        "/v1/sessions",
        params={"commit": commit, "repository": str(repo)},
        content=transcript,
        headers={"Content-Type": "application/octet-stream"},
    )
    assert reply.status_code == 201, reply.text
    receipt: dict[str, str] = reply.json()
    return receipt
