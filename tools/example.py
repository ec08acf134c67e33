"""Build the demo's raw material: a git repository, and the transcript of the session that made one of its commits.

The story is played, not pasted: each edit is applied to the files, each git command is run, and what they did is what
the transcript says. So every hunk of the commit is explained by the session, but for one that a person edits meanwhile.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.example_records import REJECTED, Transcript
from tools.example_secrets import planted_secrets

STORY = Path(__file__).resolve().parents[1] / "examples" / "payments"
_BASE_TIME = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_SESSION_TIME = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
_LATER_TIME = datetime(2026, 3, 4, 16, 30, tzinfo=UTC)
_PLACE = re.compile(r"\{\{(file:)?([a-z0-9_.]+)\}\}")
_DOTTED = {"gitignore": ".gitignore", "env.test": ".env.test"}

Step = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What was built. `planted` lists (kind, value) of all that must not survive redaction."""

    repo: Path
    transcript: Path
    commit_with_session: str
    commit_without_session: str
    planted: tuple[tuple[str, str], ...]


def build_example(target: Path, *, seed: int) -> Example:
    """Make the example in an empty or missing folder; same seed and same path give the same bytes and oids.

    Needs git. Reads no git configuration of the machine.

    Raises:
        FileExistsError: the folder already holds an example.
    """
    repo = target.resolve() / "payments"
    repo.mkdir(parents=True)
    planted = planted_secrets(seed)
    player = _Player(repo, seed=seed, values=dict(planted))
    player.make_base()
    for line in (STORY / "story.jsonl").read_text(encoding="utf-8").splitlines():
        player.play(json.loads(line))
    transcript = target.resolve() / f"{player.transcript.session_id}.jsonl"
    transcript.write_text(player.transcript.text(), encoding="utf-8")
    with_session = player.head()
    player.change_without_session()
    return Example(
        repo=repo,
        transcript=transcript,
        commit_with_session=with_session,
        commit_without_session=player.head(),
        planted=planted,
    )


class _Player:
    """Plays the story in one repository and keeps the transcript."""

    def __init__(self, repo: Path, *, seed: int, values: dict[str, str]) -> None:
        self._repo = repo
        self._values = {**values, "cwd": str(repo)}
        self.transcript = Transcript(cwd=repo, seed=seed, start=_SESSION_TIME)

    def make_base(self) -> None:
        for source in sorted((STORY / "base").rglob("*")):
            if source.is_file() and "__pycache__" not in source.parts:
                inside = source.relative_to(STORY / "base")
                path = self._repo / inside.with_name(_DOTTED.get(inside.name, inside.name))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(self._fill(source.read_text(encoding="utf-8")), encoding="utf-8")
        self._shell("git init -q -b main && git add -A && git commit -q -m 'Payments service'", _BASE_TIME)

    def change_without_session(self) -> None:
        path = self._repo / "README.md"
        path.write_text(path.read_text(encoding="utf-8") + "\nQuestions: #payments.\n", encoding="utf-8")
        self._shell("git commit -q -am 'Say where to ask'", _LATER_TIME)

    def head(self) -> str:
        return self._shell("git rev-parse HEAD", _LATER_TIME).strip()

    def play(self, raw: Step) -> None:
        """Play one step of the story; exactly one of mode, user, say, outside, tool names its kind."""
        step = self._filled(raw)
        at = int(str(step["s"]))
        if "mode" in step:
            self.transcript.mode(str(step["mode"]))
        elif "user" in step:
            self.transcript.user(at, str(step["user"]))
        elif "say" in step:
            self.transcript.say(at, str(step["say"]), think=str(step.get("think", "")))
        elif "outside" in step:
            edit = _members(step["outside"])
            self._replace(self._repo / edit["file"], edit["old"], edit["new"])
        else:
            self._tool(at, step)

    def _tool(self, at: int, step: Step) -> None:
        tool = str(step["tool"])
        arguments = step["input"]
        if not isinstance(arguments, dict):
            raise TypeError("a step's input is an object")
        call = self.transcript.call(at, tool, arguments)
        if "reject" in step:
            text = REJECTED + str(step["reject"])
            self.transcript.result(at + 2, call, text, f"Error: {text}", error=True)
            return
        if tool == "Bash":
            text, detail, error = self._bash(at, step, str(arguments["command"]))
        else:
            text, detail = self._file_or_plan(tool, arguments)
            error = False
        self.transcript.result(at + 1, call, text, detail, error=error)

    def _bash(self, at: int, step: Step, command: str) -> tuple[str, object, bool]:
        if step.get("exit"):
            text = f"Exit code {step['exit']}\n{step['output']}"
            return text, f"Error: {text}", True
        ran = "run" in step
        out = self._shell(command, self.transcript.moment(at)).rstrip("\n") if ran else str(step["output"])
        detail: Step = {"stdout": out, "stderr": "", "interrupted": False, "isImage": False}
        if "commit" in step:
            short = self._shell("git rev-parse --short HEAD", _LATER_TIME).strip()
            detail["gitOperation"] = {"commit": {"sha": short, "kind": "committed"}}
        return out, detail, False

    def _file_or_plan(self, tool: str, arguments: Step) -> tuple[str, object]:
        if tool == "ExitPlanMode":
            plan = str(arguments["plan"])
            return "User has approved your plan. You can now start coding.", {"plan": plan, "isAgent": False}
        if tool == "TodoWrite":
            return "Todos have been modified successfully.", {"oldTodos": [], "newTodos": arguments["todos"]}
        path = Path(str(arguments["file_path"]))
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if tool == "Read":
            numbered = "\n".join(f"{n:6}→{line}" for n, line in enumerate(before.splitlines(), 1))
            lines = before.count("\n")
            kept = {"filePath": str(path), "content": before, "numLines": lines, "startLine": 1, "totalLines": lines}
            return numbered, {"type": "text", "file": kept}
        if tool == "Write":
            path.write_text(str(arguments["content"]), encoding="utf-8")
            detail = {"type": "create", "filePath": str(path), "content": arguments["content"], "structuredPatch": []}
            return f"File created successfully at: {path}", detail
        old, new = str(arguments["old_string"]), str(arguments["new_string"])
        after = self._replace(path, old, new)
        return f"The file {path} has been updated.", {
            "filePath": str(path),
            "oldString": old,
            "newString": new,
            "originalFile": before,
            "structuredPatch": _patch(before, after),
            "userModified": False,
            "replaceAll": False,
        }

    def _replace(self, path: Path, old: str, new: str) -> str:
        before = path.read_text(encoding="utf-8")
        if before.count(old) != 1:
            raise ValueError(f"the story's edit does not fit {path.name}")
        after = before.replace(old, new)
        path.write_text(after, encoding="utf-8")
        return after

    def _shell(self, command: str, at: datetime) -> str:
        """Run a command of the story in the repository, with fixed identity, dates and no configuration."""
        moment = at.strftime("%Y-%m-%dT%H:%M:%S+0000")
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._repo.parent),
            "LC_ALL": "C",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Sam Okafor",
            "GIT_AUTHOR_EMAIL": "sam.okafor@payments.example",
            "GIT_COMMITTER_NAME": "Sam Okafor",
            "GIT_COMMITTER_EMAIL": "sam.okafor@payments.example",
            "GIT_AUTHOR_DATE": moment,
            "GIT_COMMITTER_DATE": moment,
        }
        ran = subprocess.run(["sh", "-c", command], cwd=self._repo, env=environment, capture_output=True, check=True)
        return ran.stdout.decode()

    def _fill(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            if match[1]:
                return (STORY / "session" / match[2]).read_text(encoding="utf-8")
            return self._values[match[2]]

        return _PLACE.sub(value, text)

    def _filled(self, step: Step) -> Step:
        filled = {name: self._filled_value(value) for name, value in step.items()}
        return dict(filled)

    def _filled_value(self, value: object) -> object:
        if isinstance(value, str):
            return self._fill(value)
        if isinstance(value, list):
            return [self._filled_value(one) for one in value]
        if isinstance(value, dict):
            return {name: self._filled_value(one) for name, one in value.items()}
        return value


def _members(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError("an object was expected in the story")
    return {str(name): str(one) for name, one in value.items()}


def _patch(before: str, after: str) -> list[dict[str, object]]:
    """Give the change as the agent's own tool keeps it: hunks of marked lines."""
    hunks: list[dict[str, object]] = []
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for group in matcher.get_grouped_opcodes(3):
        first, last = group[0], group[-1]
        lines: list[str] = []
        for kind, a_from, a_to, b_from, b_to in group:
            if kind == "equal":
                lines += [" " + line for line in old[a_from:a_to]]
                continue
            lines += ["-" + line for line in old[a_from:a_to]]
            lines += ["+" + line for line in new[b_from:b_to]]
        hunks.append(
            {
                "oldStart": first[1] + 1,
                "oldLines": last[2] - first[1],
                "newStart": first[3] + 1,
                "newLines": last[4] - first[3],
                "lines": lines,
            }
        )
    return hunks


def main() -> None:
    """Make the example in the folder named, and say where its parts are."""
    example = build_example(Path(sys.argv[1]), seed=7)
    (example.repo.parent / "session.jsonl").symlink_to(example.transcript.name)
    print(f"repository  {example.repo}\ntranscript  {example.repo.parent / 'session.jsonl'}")


if __name__ == "__main__":
    main()
