"""No command has two options of one name: the later would take the word from the earlier, and nobody would be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import typer
from typer.core import TyperGroup

from attest.cli.commands import app


def commands(command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, list[str]]]:
    if isinstance(command, TyperGroup):
        for name, one in command.commands.items():
            yield from commands(one, (*words, name))
    yield " ".join(words), [name for one in command.params for name in (*one.opts, *one.secondary_opts)]


def test_each_name_of_an_option_stands_for_one_option() -> None:
    found = dict(commands(typer.main.get_command(app)))
    twice = {words: [name for name, count in Counter(names).items() if count > 1] for words, names in found.items()}
    assert {words: names for words, names in twice.items() if names} == {}
    assert "--to" in found["bundle create"]
