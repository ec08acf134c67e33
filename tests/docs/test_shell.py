"""Promise: what the tutorial tells people to type works as it stands, and every command of every page exists."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import typer
from typer._click.core import Command, Context
from typer.core import TyperGroup

from attest.cli.commands import app

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^(?:<!-- (run|shows) -->\n)?```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = sorted(
    [
        ROOT / "README.md",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs/how-to").glob("*.md"),
        *(ROOT / "docs/runbooks").glob("*.md"),
    ]
)


def blocks(page: Path) -> list[tuple[str, str, str]]:
    return BLOCK.findall(page.read_text())


@pytest.mark.timeout(300)
def test_the_tutorial_works_as_it_stands_and_prints_what_it_shows(
    tmp_path: Path, compiled: Path, require: Callable[..., None]
) -> None:
    for program in ("sed", "tar", "sha256sum"):
        require(program)
    told = [(kind, text) for kind, _, text in blocks(ROOT / "docs/tutorial.md") if kind]
    (tmp_path / "tour/home").mkdir(parents=True)
    shutil.copytree(compiled, tmp_path / "tour/home/cache")
    script = "set -eu\n" + "".join(text if kind == "run" else "echo '---8<---'\n" for kind, text in told)
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("WHEREOF_", "GIT_"))},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    parts = done.stdout.split("---8<---\n")
    shown = [text for kind, text in told if kind == "shows"]
    assert len(shown) >= 6
    for printed, expected in zip(parts, shown, strict=False):
        for line in expected.splitlines():
            assert line in printed, f"{line!r} is not in:\n{printed}"


def commands_of(page: Path) -> Iterator[list[str]]:
    for _, language, text in blocks(page):
        if language not in {"", "sh", "console", "shell"}:
            continue
        for line in text.replace("\\\n", " ").splitlines():
            bare = re.sub(r"\s#\s.*$", "", line.removeprefix("$ ").strip())
            for piece in re.split(r"\s(?:\|\|?|&&|;)\s", bare):
                match = re.match(r"(?:[A-Z_]+=\S* )*whereof( .*)?$", piece)
                if match and "…]" not in piece:
                    yield words_in((match[1] or "").replace("[", "").replace("]", ""))


@cache
def whereof() -> Command:
    return typer.main.get_command(app)


def words_in(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:  # a quotation that goes on in the next line
        return text.split()


def fault(words: list[str]) -> str | None:
    command: Command = whereof()
    rest = list(words)
    while isinstance(command, TyperGroup) and rest and rest[0] in command.commands:
        command = command.commands[rest.pop(0)]
    if isinstance(command, TyperGroup) and not (command.invoke_without_command or (rest and rest[0].startswith("-"))):
        return f"no such command: {words}"
    params = command.get_params(Context(command))
    flags = {word.partition("=")[0] for word in rest if word.startswith("-")}
    for one in params:
        if one.required and one.param_type_name == "option" and flags and not flags & {*one.opts, "--help"}:
            return f"{one.opts[0]} is missing in {words}"
    known = {name for one in params for name in (*one.opts, *one.secondary_opts)}
    for word in rest:
        if word == "--":
            return None
        if word.startswith("--") and word.partition("=")[0] not in {*known, "--version"}:
            return f"no such option: {word} in {words}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_and_option_that_a_page_names_exists(page: Path) -> None:
    assert [one for words in commands_of(page) if (one := fault(words))] == []


def test_commands_are_found_in_pages_and_a_wrong_one_is_seen() -> None:
    assert sum(len(list(commands_of(page))) for page in PAGES) > 80
    assert fault(["verify", "HEAD", "--trust", "x"]) is None
    assert (
        fault(["verify", "HEAD", "--trusted", "x"])
        == "no such option: --trusted in ['verify', 'HEAD', '--trusted', 'x']"
    )
    assert fault(["privacy", "export", "--subject", "x"]) == "-o is missing in ['privacy', 'export', '--subject', 'x']"
    assert fault(["vouch"]) == "no such command: ['vouch']"


def test_no_command_has_one_name_for_two_options() -> None:
    groups: list[tuple[str, Command]] = [("whereof", whereof())]
    twice, seen = [], 0
    while groups:
        path, command = groups.pop()
        if isinstance(command, TyperGroup):
            groups += [(f"{path} {name}", one) for name, one in command.commands.items()]
        names = Counter(
            name for one in command.get_params(Context(command)) for name in (*one.opts, *one.secondary_opts)
        )
        seen += len(names)
        twice += [f"{path} {name}" for name, times in names.items() if times > 1]
    assert twice == []
    assert seen > 200
