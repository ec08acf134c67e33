"""The order of the pages: folders in a fixed order, in each the pages named here first, then all others by title."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

FOLDERS: Final = (
    (".", "Start"),
    ("how-to", "How to"),
    ("runbooks", "Runbooks"),
    ("reference", "Reference"),
    ("spec", "Formats"),
    ("explanation", "Why it is so"),
    ("adr", "Decisions"),
    ("bench", "Measurements"),
    ("..", "Project"),
)
"""Folders of `docs` in the order of the site. One that is not named here comes last, under its own name."""
FIRST: Final = {
    ".": ("README", "tutorial", "journeys", "assurance", "threat-model", "limitations", "glossary", "upgrading", "roadmap"),
    "how-to": (
        "record", "hooks", "gaps", "link", "redaction", "redaction-settings", "review", "verify", "pipelines",
        "artifacts", "verify-without-us",
    ),
    "runbooks": ("upgrade", "backup", "restore", "disaster", "key-ceremony", "key-compromise"),
    "reference": ("cli", "settings", "policy", "predicates", "verdicts", "errors", "access"),
    "spec": ("statement", "parts", "bundle", "complete-answer", "evidence-bundle"),
    "adr": ("README",),
    "bench": ("README",),
    "..": ("CHANGELOG", "SECURITY", "CONTRIBUTING"),
}  # fmt: skip
"""Pages that come first in their folder, in this order; the others follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the navigation, with name and title of each page."""

    title: str
    pages: tuple[tuple[PurePosixPath, str], ...]


def sections(pages: tuple[tuple[PurePosixPath, str], ...]) -> tuple[Section, ...]:
    """Put every page into its part; no page is left out, wherever it lies."""
    titles = dict(FOLDERS)
    folders: dict[str, list[tuple[PurePosixPath, str]]] = {folder: [] for folder in titles}
    for name, title in pages:
        folders.setdefault(_folder(name), []).append((name, title))
    return tuple(
        Section(
            title=titles.get(folder, folder.capitalize()),
            pages=tuple(sorted(held, key=lambda one: _place(folder, one))),
        )
        for folder, held in folders.items()
        if held
    )


def _folder(name: PurePosixPath) -> str:
    return ".." if name.parts[0] != "docs" else name.relative_to("docs").parent.as_posix()


def _place(folder: str, page: tuple[PurePosixPath, str]) -> tuple[int, str, str]:
    first = FIRST.get(folder, ())
    name, title = page
    # Decisions are numbered, measurements dated: their names are their order.
    order = name.stem if folder in {"adr", "bench"} else title.casefold()
    return (first.index(name.stem) if name.stem in first else len(first), order, str(name))
