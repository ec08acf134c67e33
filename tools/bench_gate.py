"""The action's steps over a repository without a record: install, then the gate, as a runner's shell runs them.

    python -m tools.bench_gate [--quick] [--write FILE]

Clock time of one job's steps: a clone as actions/checkout makes it, the install by hash, the gate. "Warm" is the gate where the install is done. A wheel of this checkout is built first; nothing is timed of that.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from tools.bench_commands import make_history
from tools.bench_figure import Figure, machine, seconds, table
from tools.demo_stage import CHECKOUT, Stage, require
from tools.gate_requirements import wheel_line

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS: Final = 5
FULL: Final = 5000
QUICK: Final = 500


class Job:
    """A workspace with the clone, and the steps of the action in it."""

    def __init__(self, folder: Path, commits: int) -> None:
        self.folder, self.commits = folder, commits
        self.action, self.workspace = folder / "action", folder / "workspace"
        stage = Stage(folder)
        make_history(stage, folder / "origin", commits)
        self.environment = stage.environment() | {"RUNNER_TEMP": str(folder / "tmp"), "WHEREOF_PYTHON": sys.executable}
        self.environment |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))}
        self._release()

    def _release(self) -> None:
        shutil.copytree(CHECKOUT / "deploy/ci", self.action / "deploy/ci")
        shutil.copytree(CHECKOUT / "requirements", self.action / "requirements")
        build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(self.folder / "dist"), "."]
        subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
        (wheel,) = (self.folder / "dist").glob("*.whl")
        (self.action / "requirements/gate-wheel.txt").write_text(wheel_line(wheel), encoding="utf-8")
        self.environment["PIP_FIND_LINKS"] = str(wheel.parent)

    def checkout(self) -> None:
        """Clone the way actions/checkout does with fetch-depth 0."""
        shutil.rmtree(self.workspace, ignore_errors=True)
        clone = [
            "git",
            "clone",
            "-q",
            "--no-local",
            "--branch",
            "main",
            str(self.folder / "origin"),
            str(self.workspace),
        ]
        subprocess.run(clone, check=True, env=self.environment)

    def step(self, number: int) -> None:
        """Run one step's script in bash, as the runner does; stop where it fails."""
        steps = yaml.safe_load((CHECKOUT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
        oids = self._git("rev-list", "--max-count=2", "main").split()
        event = {
            "ref": "refs/heads/main",
            "before": oids[1],
            "after": oids[0],
            "repository": {"default_branch": "main"},
        }
        (self.folder / "event.json").write_text(json.dumps(event), encoding="utf-8")
        told = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_ACTION_PATH": str(self.action),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
        }
        given = dict.fromkeys(steps[number]["env"], "")
        subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps[number]["run"]],
            cwd=self.workspace,
            env=self.environment | told | given,
            check=True,
            capture_output=True,
        )

    def require_table(self) -> None:
        """Check that the summary counts every commit."""
        summary = (self.folder / "summary").read_text(encoding="utf-8")
        require(f"| all | 1 | {self.commits:,} |" in summary, "the summary counts every commit")

    def _git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=self.folder / "origin", check=True, capture_output=True, text=True
        ).stdout


def figures(folder: Path, commits: int) -> Iterator[Figure]:
    """Measure the steps of a job over a repository of so many commits."""
    job = Job(folder, commits)
    yield Figure(what=f"checkout of {commits:,} commits, all of it", value=seconds(job.checkout), unit="s")
    yield Figure(
        what="install, a new environment, every file by its hash", value=seconds(lambda: job.step(0)), unit="s"
    )
    times = [seconds(lambda: job.step(1)) for _ in range(ROUNDS)]
    job.require_table()
    yield Figure(
        what=f"gate, warm, {commits:,} commits, no policy, median of {ROUNDS}",
        value=statistics.median(times),
        unit="s",
        goal="<= 30 at 5,000",
    )


def main() -> None:
    """Measure, print, and write the page when asked."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_gate")
    parser.add_argument("--quick", action="store_true", help="a tenth of the commits")
    parser.add_argument("--write", type=Path, help="also write the result to this file, as Markdown")
    asked = parser.parse_args()
    lines = machine()
    with tempfile.TemporaryDirectory(prefix="bench-gate-") as name:
        found = list(figures(Path(name), QUICK if asked.quick else FULL))
    head = "\n".join(f"- {line}" for line in lines)
    page = f"""# The gate in a pipeline

Measured on {datetime.now(UTC).date().isoformat()} by `make bench-gate`: the steps of the composite action, run in bash.

{head}

{table(found)}

The repository is generated, one commit a second, every third with an agent's mark, none recorded. The install takes the
packages from the index that pip is set up for, or from its cache.
"""
    print(page)
    if asked.write:
        asked.write.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
