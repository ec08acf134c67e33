"""Promise: the pipelines of the how-to page are the files that are shipped, and what they run gives the gate's answer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema  # type: ignore[import-untyped]
from jsonschema import Draft7Validator

from tests.support.history import make_history
from tests.support.recording import MAIN, ROOT
from tests.support.repository import GitRepository
from tests.support.workflow import checkout

POLICY = b"version: 1\nmode: enforce\ndefaults: {tier: all}\ntiers: [{id: all, unattributed: session, require: {}}]\n"
PAGE = ROOT / "docs/how-to/pipelines.md"
PLACEHOLDER = ("OWNER/whereof@COMMIT", "owner/whereof@" + "0" * 40)


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def template() -> dict[str, object]:
    text = (ROOT / "templates/gate/template.yml").read_text().partition("---\n")[2]
    found = yaml.safe_load(re.sub(r"\$\[\[ inputs\.(\w+) \]\]", r"\1", text))
    assert isinstance(found, dict)
    return found


@pytest.fixture
def place(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[GitRepository, Path]:
    """Give a server's repository, with a policy and a change on `topic`, and a clone of it at that change."""
    commands = home / "bin"
    commands.mkdir()
    (commands / "whereof").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -c "{MAIN}" "$@"\n')
    (commands / "whereof").chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    repo = make_history(tmp_path / "origin", 3)
    repo.write(".attest/policy.yaml", POLICY)
    repo.write(".attest/gate.txt", b"of the default branch\n")
    repo.commit("Policy")
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("src/a", b"1")
    repo.write(".attest/gate.txt", b"of the change\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    checkout(workspace, repo.path, "refs/heads/topic", depth=100)
    return repo, workspace


def run(script: str, workspace: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", script, "sh", *arguments],
        cwd=workspace, env={**os.environ, **env}, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def judged(done: subprocess.CompletedProcess[str], workspace: Path) -> None:
    assert done.returncode == 4, done.stdout + done.stderr
    assert "fix: whereof record" in done.stdout
    assert "| unmarked | 1 |" in (workspace / "whereof.md").read_text()
    assert ET.fromstring((workspace / "whereof.xml").read_text()).get("failures") == "1"


def test_page_shows_the_files_that_are_shipped() -> None:
    github, gitlab = blocks("yaml")
    assert github == (ROOT / "examples/ci/github/whereof.yml").read_text()
    assert gitlab == (ROOT / "examples/ci/gitlab/.gitlab-ci.yml").read_text()


def test_shell_of_the_page_and_of_the_example(place: tuple[GitRepository, Path]) -> None:
    judged(run(blocks("sh")[0], place[1]), place[1])
    (place[1] / "whereof.md").unlink()
    judged(run('sh "$@"', place[1], str(ROOT / "examples/ci/shell/gate.sh"), "main"), place[1])


def test_jenkins_stage(place: tuple[GitRepository, Path], tmp_path: Path) -> None:
    (script,) = re.findall(r"sh '''(.*?)'''", (ROOT / "examples/ci/jenkins/Jenkinsfile").read_text(), re.DOTALL)
    env = {"JENKINS_URL": "x", "CHANGE_TARGET": "main", "WORKSPACE_TMP": str(tmp_path)}
    judged(run(script, place[1], **env), place[1])


def gitlab(repo: GitRepository, **env: str) -> dict[str, str]:
    return {
        "GITLAB_CI": "true", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_SHA": repo.git("rev-parse", "topic"),
        "REQUIREMENTS": "", **env,
    }  # fmt: skip


def test_gitlab_component_judges_a_merge_request(place: tuple[GitRepository, Path]) -> None:
    repo, workspace = place
    (job,) = template().values()
    (script,) = job["script"]  # type: ignore[index]
    judged(run(script, workspace, **gitlab(repo, CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main")), workspace)


def test_gitlab_component_installs_by_the_hash_file_of_the_default_branch(
    place: tuple[GitRepository, Path], home: Path
) -> None:
    repo, workspace = place
    # A python that makes an environment whose pip keeps what it was asked to install.
    kept, pip = home / "asked", home / "pip"
    pip.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" > "{kept}"\nfor last; do :; done\ncat "$last" >> "{kept}"\n')
    pip.chmod(0o755)
    python = home / "bin/python3"
    python.write_text(f'#!/bin/sh\n[ "$1 $2 $3" = "-I -m venv" ] && mkdir -p "$4/bin" && cp "{pip}" "$4/bin/python"\n')
    python.chmod(0o755)
    (job,) = template().values()
    (script,) = job["script"]  # type: ignore[index]
    asked = gitlab(repo, CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main", REQUIREMENTS=".attest/gate.txt")
    judged(run(script, workspace, **asked), workspace)
    options, *lines = kept.read_text().splitlines()
    assert {"-I", "--require-hashes", "--no-deps", "--only-binary"} <= set(options.split())
    assert lines == ["of the default branch"]


def test_branch_name_of_a_change_is_no_command_and_no_option(place: tuple[GitRepository, Path], tmp_path: Path) -> None:
    repo, workspace = place
    (job,) = template().values()
    (gitlab_script,) = job["script"]  # type: ignore[index]
    (jenkins,) = re.findall(r"sh '''(.*?)'''", (ROOT / "examples/ci/jenkins/Jenkinsfile").read_text(), re.DOTALL)
    for name in ("--upload-pack=touch owned", "$(touch owned)", "`touch owned`", "x;touch owned"):
        for script, env in (
            (gitlab_script, gitlab(repo, CI_MERGE_REQUEST_TARGET_BRANCH_NAME=name)),
            (jenkins, {"JENKINS_URL": "x", "CHANGE_TARGET": name, "WORKSPACE_TMP": str(tmp_path)}),
        ):
            assert run(script, workspace, **env).returncode
    assert not list(tmp_path.rglob("owned"))


def test_hook_is_installed_by_the_commands_of_the_page(home: Path, tmp_path: Path) -> None:
    bare = GitRepository.make(tmp_path / "r.git", "--bare")
    done = run(blocks("sh")[1].replace("REPOSITORY.git", str(bare.path)), ROOT)
    assert done.returncode == 0, done.stderr
    assert os.access(bare.path / "hooks/pre-receive", os.X_OK)
    assert bare.git("config", "whereof.timeout") == "60"


def test_files_fit_the_schemas_of_their_servers() -> None:
    def faults(schema: str, document: object) -> list[str]:
        found = Draft7Validator(get_builtin_schema(schema)).iter_errors(document)
        return [f"{list(one.path)}: {one.message[:200]}" for one in found]

    files = {
        "vendor.github-actions": yaml.safe_load((ROOT / "action.yml").read_text()),
        "vendor.github-workflows": _true_as_on(yaml.safe_load((ROOT / "examples/ci/github/whereof.yml").read_text())),
        "vendor.gitlab-ci": template(),
    }
    for schema, document in files.items():
        assert faults(schema, document) == []
        assert faults(schema, {"jobs": 1, "runs": 1, "stages": 1})


def _true_as_on(workflow: dict[object, object]) -> dict[object, object]:
    return {"on" if key is True else key: value for key, value in workflow.items()}


def test_no_finding_of_an_auditor_of_workflows(tmp_path: Path, require: Callable[..., None]) -> None:
    program = Path(sys.executable).parent / "zizmor"
    require("zizmor", program.exists())
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    workflow = (ROOT / "examples/ci/github/whereof.yml").read_text()
    assert PLACEHOLDER[0] in workflow
    (folder / "whereof.yml").write_text(workflow.replace(*PLACEHOLDER))
    (tmp_path / "action.yml").write_text((ROOT / "action.yml").read_text())

    def audit() -> subprocess.CompletedProcess[str]:
        asked = [str(program), "--offline", "--no-progress", str(tmp_path)]
        return subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)

    done = audit()
    assert done.returncode == 0, done.stdout
    (tmp_path / "action.yml").write_text((ROOT / "action.yml").read_text().replace('"$RANGE"', "${{ inputs.range }}"))
    assert "template-injection" in audit().stdout


def test_gate_packages_are_rows_of_the_lock() -> None:
    from tools.gate_requirements import gate_lock

    assert (ROOT / "requirements/gate.txt").read_text() == gate_lock((ROOT / "requirements/run.txt").read_text())
