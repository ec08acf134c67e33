"""The pages that are made from the command line and from the predicates: what stands in code stands in them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Final

import typer
from typer._click.core import Command, Context  # typer carries its own since 0.24
from typer.core import TyperGroup

from attest.cli.commands import app
from attest.cli.version import options
from attest.model.predicates import PREDICATES
from tools.make_schemas import SCHEMAS

_EXIT: Final = (
    ("0", "what was asked holds, or was done"),
    ("1", "the policy is not met; or redaction had doubts, and nothing was stored"),
    ("2", "the call is wrong: an option, a file, a name"),
    ("3", "evidence is invalid: keep it, and report it"),
    ("4", "evidence is absent"),
    ("5", "it could not be decided, or this program could not do it"),
)
_HEAD: Final = """# Commands

Made from the program by `python -m tools.gen_docs`; `whereof COMMAND --help` says the same.

| exit code | meaning |
|---|---|
"""


def cli_page() -> str:
    """Give the page of every command: its words, its arguments and its options."""
    app.callback()(options)
    root = typer.main.get_command(app)
    found = tuple(_commands(root, ("whereof",)))
    rows = [f"| {code} | {words} |" for code, words in _EXIT]
    index = ["", "| command | what it does |", "|---|---|"]
    index += [f"| [`{' '.join(words[1:])}`](#{'-'.join(words)}) | {_cell(_first(one))} |" for words, one in found]
    body = [line for words, one in found for line in _section(words, one)]
    return _HEAD + "\n".join([*rows, *index, *body]) + "\n"


def _commands(command: Command, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Command]]:
    if isinstance(command, TyperGroup):
        if getattr(command, "invoke_without_command", False) and len(words) > 1:
            yield words, command
        for name, one in command.commands.items():
            yield from _commands(one, (*words, name))
        return
    if not command.hidden:
        yield words, command


def _first(command: Command) -> str:
    return _paragraphs(command)[0]


def _paragraphs(command: Command) -> tuple[str, ...]:
    text = inspect.cleandoc(command.help or "").split("\f", maxsplit=1)[0]
    return tuple(" ".join(one.split()) for one in text.split("\n\n") if one.strip()) or ("",)


def _section(words: tuple[str, ...], command: Command) -> Iterator[str]:
    context = Context(command, info_name=words[-1])
    yield from ("", f"## {' '.join(words)}", "")
    pieces = " ".join(command.collect_usage_pieces(context))
    yield from ("```", f"{' '.join(words)} {pieces}", "```")
    for paragraph in _paragraphs(command):
        yield from ("", _plain(paragraph))
    rows = [
        one
        for param in command.get_params(context)
        if (one := param.get_help_record(context)) and "--help" not in one[0]
    ]
    if rows:
        yield from ("", "| | |", "|---|---|")
        yield from (f"| `{_code(name)}` | {_cell(words)} |" for name, words in rows)


def _code(text: str) -> str:
    return text.strip().replace("|", "\\|")


def _plain(text: str) -> str:
    """Give words in which nothing is HTML or a mark of Markdown by accident."""
    return re.sub(r"([<*_\[])", r"\\\1", text) if "`" not in text else text.replace("<", "\\<")


def _cell(text: str) -> str:
    return _plain(" ".join(text.split())).replace("|", "\\|")


def predicates_page() -> str:
    """Give the page of every predicate: its type, what it says, its schema."""
    known = {uri: (name, title) for name, (uri, title, _) in SCHEMAS.items()}
    lines = [
        "# Predicates",
        "",
        "Made from the code by `python -m tools.gen_docs`. Each is the predicate of a signed [statement](../spec/statement.md), with a",
        "strict schema: an unknown member is refused. A published one does not change; what must change gets a new number, and",
        "readers of every published one stay.",
        "",
        "| predicate | says | schema |",
        "|---|---|---|",
    ]
    for uri in PREDICATES:
        name, title = known.get(uri, ("", ""))
        schema = f"[{name}](../spec/{name})" if name else "-"
        lines.append(f"| `{uri}` | {title} | {schema} |")
    return "\n".join(lines) + "\n"
