"""Commands as a user runs them: recording, the gate beside `sigstore verify`, the survey, a question over HTTP."""

from __future__ import annotations

import json
import secrets
import statistics
import subprocess
from typing import TYPE_CHECKING, Final

from tools.bench_figure import Figure, best_of, seconds
from tools.demo_stage import Stage, require
from tools.example import build_example

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.example import Example

SEED: Final = 11
REQUESTS: Final = 200


def command_figures(folder: Path, *, rounds: int, commits: int) -> Iterator[Figure]:
    """Measure each command as a process of its own, the best of `rounds`; the survey over `commits` commits."""
    home = folder / "commands"
    home.mkdir()
    stage = Stage(home)
    example = build_example(home, seed=SEED)
    yield from _record(stage, example)
    yield from _verify(stage, example, rounds)
    yield _question(stage, example)
    yield survey_figure(stage, home / "history", commits)


def _record(stage: Stage, example: Example) -> Iterator[Figure]:
    def record(commit: str) -> float:
        arguments = ("whereof", "record", "--transcript", str(example.transcript), "--commit", commit)
        return seconds(lambda: stage.must(*arguments, cwd=example.repo))

    size = example.transcript.stat().st_size / 1000
    yield Figure(
        what=f"record, first of a machine: rules compiled, keys made (transcript of {size:.0f} KB)",
        value=record(example.commit_with_session),
        unit="s",
    )
    yield Figure(what="record, from then on", value=record(example.commit_without_session), unit="s", goal="<= 2")


def _verify(stage: Stage, example: Example, rounds: int) -> Iterator[Figure]:
    commit = example.commit_with_session
    bundle = stage.must("whereof", "show", commit, "--bundle", cwd=example.repo).encode().splitlines()[0]
    (stage.home / "bundle.json").write_bytes(bundle)
    stage.must("whereof", "export", "trust", "-o", "trust")
    raw = stage.must("git", "--no-replace-objects", "cat-file", "commit", commit, cwd=example.repo)
    (stage.home / "commit").write_bytes(raw.encode())
    judged = json.loads(stage.must("whereof", "verify", commit, "--json", cwd=example.repo))["evidence"][0]
    stock = (
        *("sigstore", "--trust-config", "trust/trust_config.json", "verify", "identity", "--offline"),
        *("--cert-identity", judged["identity"], "--cert-oidc-issuer", judged["issuer"]),
        *("--bundle", "bundle.json", "commit"),
    )
    yield Figure(
        what=f"verify, cold, one commit, offline, best of {rounds}",
        value=best_of(rounds, lambda: stage.must("whereof", "verify", commit, cwd=example.repo)),
        unit="s",
        goal="<= 0.20",
        peer="sigstore verify identity --offline",
        peer_value=best_of(rounds, lambda: stage.must(*stock)),
    )


def _question(stage: Stage, example: Example) -> Figure:
    with stage.service(example.repo) as service:
        service.answer(example.commit_with_session)
        times = sorted(seconds(lambda: service.answer(example.commit_with_session)) * 1000 for _ in range(REQUESTS))
    worst = times[int(len(times) * 0.99) - 1]
    return Figure(
        what=f"answer for a commit over HTTP, median (p99 {worst:.0f} ms), log of few entries",
        value=statistics.median(times),
        unit="ms",
        goal="p99 <= 25 at 1 M entries",
        note="each on a new connection, with the clone read and every signature checked again",
    )


def make_history(stage: Stage, repository: Path, commits: int, *, marked: bool = True) -> None:
    """Make a repository of so many commits; with marks, every third bears an agent's."""
    stage.must("git", "init", "-q", str(repository))
    # One stream for git: a commit a second.
    stream = bytearray()
    for number in range(commits):
        mark = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n" if marked and number % 3 == 0 else "\n"
        message = f"Change {number}{mark}".encode()
        who = f"Kim <kim@payments.example> {1_700_000_000 + number} +0000"
        stream += f"commit refs/heads/main\ncommitter {who}\ndata {len(message)}\n".encode() + message
        content = secrets.token_hex(16)
        stream += f"M 100644 inline file{number % 50}.txt\ndata {len(content)}\n{content}\n".encode()
    subprocess.run(
        ("git", "fast-import", "--quiet"), cwd=repository, env=stage.environment(), input=bytes(stream), check=True
    )


def survey_figure(stage: Stage, repository: Path, commits: int) -> Figure:
    """Measure the survey over a repository that is made for it."""
    make_history(stage, repository, commits)
    arguments = ("whereof", "survey", "main", "--json")
    found = json.loads(stage.must(*arguments, cwd=repository))
    require(found["commits"] == commits, "the survey sees every commit")
    return Figure(
        what=f"survey of {commits:,} commits",
        value=best_of(3, lambda: stage.must(*arguments, cwd=repository)),
        unit="s",
        goal="<= 10 at 5,000",
        peer="git log --numstat",
        peer_value=best_of(3, lambda: stage.must("git", "log", "--numstat", "main", cwd=repository)),
    )
