"""Promise: the files for one machine are well formed, hardened, and start commands that exist."""

from __future__ import annotations

import configparser
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MOST_EXPOSED = 15
"""Tenths of systemd's exposure level, from 0 to 100."""


def _unit(path: Path) -> dict[str, str]:
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return dict(parser["Service"])


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_has_no_right_and_writes_its_state_alone(path: Path) -> None:
    unit = _unit(path)
    assert unit["CapabilityBoundingSet"] == ""
    assert unit["NoNewPrivileges"] == unit["ProtectHome"] == unit["PrivateTmp"] == "yes"
    assert unit["ProtectSystem"] == "strict"
    assert unit["LimitCORE"] == "0"
    assert unit["User"] not in {"", "root"}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_finds_a_unit_little_exposed(path: Path, require: Callable[..., None]) -> None:
    require("systemd-analyze")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={MOST_EXPOSED}", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_units_start_commands_that_exist() -> None:
    from typer.main import get_command

    from attest.cli.witness import app

    starts = {path.stem: _unit(path)["ExecStart"].split() for path in UNITS}
    assert starts["whereof"][1:4] == ["-m", "api", "serve"]
    words = starts["whereof-witness"][1:]
    assert words[:2] == ["witness", "serve"]
    options = {name for parameter in get_command(app).commands["serve"].params for name in parameter.opts}  # type: ignore[attr-defined]
    assert {word for word in words if word.startswith("--")} <= options


def _compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_compose_runs_our_image_without_rights_and_opens_loopback_alone() -> None:
    services = _compose()["services"]
    for name in ("api", "migrate"):
        assert services[name]["user"] == "10001:10001"
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8417:8417"]
    assert _compose()["networks"]["inside"] == {"internal": True}


def test_compose_sets_no_variable_that_the_service_does_not_read() -> None:
    read = (DEPLOY.parent / "attest" / "settings.py").read_text()
    for name in ("api", "migrate"):
        assert {key for key in _compose()["services"][name]["environment"] if f'"{key}"' not in read} == set()


def test_no_file_holds_a_password_or_an_unpinned_address() -> None:
    for path in (*UNITS, DEPLOY / "compose.yaml"):
        text = path.read_text()
        assert not re.search(r"(?i)password\s*[:=]\s*['\"]?[A-Za-z0-9]{6,}", text), path.name
        assert ":latest" not in text, path.name
