"""Runs a GitHub workflow's steps in a shell: the checkout by git, a composite action's `run` steps by bash.

As the runner does, as far as these need: expressions in `env`, `with` and outputs only (one inside a script is an
error here), files for outputs and summary, a step that fails ends the job.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")


@dataclass
class Job:
    """What a job left behind."""

    code: int = 0
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A machine that runs jobs: `action` is the folder of the action that is not the checkout."""

    folder: Path
    action: Path
    env: dict[str, str]

    def run(self, workflow: Path, *, origin: Path, ref: str, name: str, event: dict[str, object]) -> Job:
        """Run the one job of a workflow for an event; `ref` is what the event checks out."""
        asked = yaml.safe_load(workflow.read_text().replace("OWNER/whereof@COMMIT", "owner/whereof@" + "0" * 40))
        assert asked["permissions"] == {"contents": "read"}
        assert name in asked[True]  # YAML 1.1 reads `on` as true
        workspace = self.folder / "workspace"
        workspace.mkdir()
        (self.folder / "event.json").write_text(json.dumps(event))
        job = Job()
        (steps,) = (one["steps"] for one in asked["jobs"].values())
        for step in steps:
            assert _PINNED.fullmatch(step["uses"])
            if step["uses"].startswith("actions/checkout@"):
                checkout(workspace, origin, ref, depth=step["with"].get("fetch-depth", 1))
            else:
                self._composite(job, step.get("with", {}), workspace, name)
            if job.code:
                break
        return job

    def _composite(self, job: Job, given: dict[str, str], workspace: Path, name: str) -> None:
        action = yaml.safe_load((self.action / "action.yml").read_text())
        assert set(given) <= set(action["inputs"])
        known = {f"inputs.{key}": str(given.get(key, row["default"])) for key, row in action["inputs"].items()}
        for number, step in enumerate(action["runs"]["steps"]):
            assert "${{" not in step["run"], "a script takes values from its environment only"
            output, summary = self.folder / f"output{number}", self.folder / "summary"
            output.touch()
            script = self.folder / f"step{number}.sh"
            script.write_text(step["run"])
            values = {key: _filled(value, known) for key, value in step.get("env", {}).items()}
            server = {
                "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": self.folder / "event.json",
                "GITHUB_ACTION_PATH": self.action, "GITHUB_OUTPUT": output, "GITHUB_STEP_SUMMARY": summary,
                "RUNNER_TEMP": self.folder / "temp", "CI": "true",
            }  # fmt: skip
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                cwd=workspace,
                env={**os.environ, **self.env, **{k: str(v) for k, v in server.items()}, **values},
                capture_output=True,
                text=True,
                timeout=110,
                check=False,
            )
            job.code, job.log = done.returncode, job.log + done.stdout + done.stderr
            for line in output.read_text().splitlines():
                known[f"steps.{step.get('id')}.outputs.{line.split('=', 1)[0]}"] = line.split("=", 1)[1]
            if job.code:
                break
        job.summary = summary.read_text() if summary.exists() else ""
        job.outputs = {key: _filled(row["value"], known) for key, row in action["outputs"].items()}


def checkout(workspace: Path, origin: Path, ref: str, *, depth: int) -> None:
    """Fetch as actions/checkout does: depth 0 is all branches and the ref, else the ref alone, cut off."""
    everything = ["+refs/heads/*:refs/remotes/origin/*"] if depth == 0 else []
    cut = [] if depth == 0 else [f"--depth={depth}"]
    for command in (
        ["init", "-q", "-b", "main"],
        ["remote", "add", "origin", f"file://{origin}"],
        ["fetch", "-q", "--no-tags", *cut, "origin", *everything, f"+{ref}:refs/remotes/checked/out"],
        ["checkout", "-q", "--detach", "refs/remotes/checked/out"],
    ):
        subprocess.run(["git", *command], cwd=workspace, check=True, capture_output=True, timeout=60)


def _filled(value: str, known: dict[str, str]) -> str:
    return _EXPRESSION.sub(lambda found: known.get(found[1], ""), value)
