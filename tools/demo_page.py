"""The demo's page: plain text, at most 100 columns."""

from __future__ import annotations

from typing import Final

WIDTH: Final = 100


def title(number: int, text: str) -> None:
    """Begin a screen."""
    say()
    say(f"── {number} of 5  {text} ".ljust(WIDTH, "─"))
    say()


def show(text: str) -> None:
    """Print the lines of a text; a word longer than the page goes on in the next line, below its beginning."""
    for line in text.rstrip("\n").split("\n"):
        rest, indent = line.rstrip(), len(line) - len(line.lstrip())
        while len(rest) > WIDTH:
            say(rest[:WIDTH])
            rest = " " * indent + rest[WIDTH:]
        say(rest)


def say(line: str = "") -> None:
    """Print one line at once."""
    print(line, flush=True)
