"""Build the documentation site from the pages of this repository: plain files that open from disk, without scripts.

    python -m tools.site FOLDER

Every Markdown page below `docs` is in it, and a few from the root. A page without a title, a link or an anchor that
leads nowhere, and HTML in a page fail the build, all of them named. Nothing is fetched.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tools.site_nav import Section, sections
from tools.site_page import page_html

ROOT: Final = Path(__file__).resolve().parents[1]
BESIDE: Final = ("CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "LICENSE")
"""Pages of the root that belong to the documents."""
LOOK: Final = "tools/site.css"
_COMMENT: Final = re.compile(r"\s*(<!--.*?-->\s*)+", re.DOTALL)
_OUTSIDE: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: where it comes from, where it goes, and what is in it."""

    source: PurePosixPath
    target: PurePosixPath
    title: str
    tokens: tuple[Token, ...]
    anchors: frozenset[str]
    parts: tuple[tuple[str, str], ...]
    """Anchor and words of each heading of the second level."""


def build(root: Path, target: Path) -> tuple[str, ...]:
    """Write the site of the checkout `root` into `target`; give what is wrong with the pages, nothing written if any."""
    pages, wrong = _read(root)
    known = {page.source: page for page in pages}
    linked: set[PurePosixPath] = set()
    for page in pages:
        wrong += _resolve(page, root, known, linked)
    if wrong:
        return tuple(wrong)
    listing = sections(tuple((page.source, page.title) for page in pages))
    for page in pages:
        out = target / page.target
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(_rendered(page, listing), encoding="utf-8")
    for name in sorted(linked):
        _copy(root / name, target / _target(name))
    shutil.copyfile(root / LOOK, target / "site.css")
    return ()


def _read(root: Path) -> tuple[tuple[Page, ...], list[str]]:
    """Read every page; a page without a title is named, and left out."""
    pages, wrong = [], []
    names = [PurePosixPath(path.relative_to(root).as_posix()) for path in sorted((root / "docs").rglob("*.md"))]
    for name in [*names, *(PurePosixPath(one) for one in BESIDE if one.endswith(".md"))]:
        text = (root / name).read_text(encoding="utf-8")
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
        if not tokens or tokens[0].tag != "h1" or not tokens[1].content.strip():
            wrong.append(f"{name}: does not begin with a title")
            continue
        anchors, parts = _number(tokens)
        pages.append(
            Page(
                source=name,
                target=_target(name),
                title=plain(tokens[1]),
                tokens=tuple(tokens),
                anchors=frozenset(anchors),
                parts=tuple(parts),
            )
        )
    return tuple(pages), wrong


def plain(inline: Token) -> str:
    """Give the words of a heading without their marks."""
    return "".join(child.content for child in inline.children or () if child.type in {"text", "code_inline"})


def _number(tokens: list[Token]) -> tuple[list[str], list[tuple[str, str]]]:
    """Give every heading an anchor, made as the forges make it, so that links hold there too."""
    anchors: list[str] = []
    parts: list[tuple[str, str]] = []
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        words = plain(tokens[place + 1])
        stem = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
        anchor, number = stem, 0
        while anchor in anchors:
            number += 1
            anchor = f"{stem}-{number}"
        anchors.append(anchor)
        token.attrSet("id", anchor)
        if token.tag == "h2":
            parts.append((anchor, words))
    return anchors, parts


def _target(name: PurePosixPath) -> PurePosixPath:
    inside = name.relative_to("docs") if name.parts[0] == "docs" else name
    if name.suffix != ".md":
        return inside
    return inside.with_name("index.html" if inside.name == "README.md" else f"{inside.stem.lower()}.html")


def _resolve(page: Page, root: Path, known: dict[PurePosixPath, Page], linked: set[PurePosixPath]) -> Iterator[str]:
    """Turn the links of a page to those of the site; name those that lead nowhere, and HTML, which no page may hold."""
    for token in _flat(page.tokens):
        if token.type in {"html_block", "html_inline"}:
            if not _COMMENT.fullmatch(token.content):
                yield f"{page.source}: HTML: {token.content.strip()[:60]}"
            token.content = ""
        attribute = {"link_open": "href", "image": "src"}.get(token.type)
        if attribute is None:
            continue
        link = str(token.attrGet(attribute) or "")
        if _OUTSIDE.match(link):
            continue
        path, _, anchor = link.partition("#")
        name = _joined(page.source, path)
        if name is None or not (root / name).exists():
            yield f"{page.source}: {link}: no such file"
        elif name not in known:
            linked.add(name)
            token.attrSet(attribute, _relative(page, _target(name)) + ("/index.html" if (root / name).is_dir() else ""))
        elif anchor and anchor not in known[name].anchors:
            yield f"{page.source}: {link}: no such heading"
        else:
            token.attrSet(attribute, _relative(page, known[name].target) + (f"#{anchor}" if anchor else ""))


def _flat(tokens: tuple[Token, ...]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(tuple(token.children or ()))


def _joined(page: PurePosixPath, link: str) -> PurePosixPath | None:
    """Give the file that a link names, None where it leads out of the repository."""
    if not link:
        return page
    path = os.path.normpath(page.parent / link)
    return None if path.startswith(("..", "/")) else PurePosixPath(path)


def _relative(page: Page, target: PurePosixPath) -> str:
    return os.path.relpath(target, page.target.parent)


def _rendered(page: Page, listing: tuple[Section, ...]) -> str:
    renderer = MarkdownIt("commonmark").enable("table").renderer
    body = str(renderer.render(list(page.tokens), MarkdownIt("commonmark").options, {}))
    return page_html(
        title=page.title,
        body=body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>"),
        parts=page.parts,
        nav=tuple(
            (
                one.title,
                tuple((_relative(page, _target(name)), words, name == page.source) for name, words in one.pages),
            )
            for one in listing
        ),
        home=_relative(page, PurePosixPath()),
    )


def _copy(source: Path, target: Path) -> None:
    """Copy a file that a page links to; a folder becomes a list of its files."""
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return
    files = sorted(path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file())
    for name in files:
        _copy(source / name, target / name)
    rows = "".join(f'<li><a href="{escape(name)}">{escape(name)}</a></li>' for name in files)
    (target / "index.html").write_text(f"<!doctype html><title>{escape(source.name)}</title><ul>{rows}</ul>\n")


def main() -> int:
    """Build the site into the folder named; 1 when a page is wrong."""
    target = Path(sys.argv[1])
    wrong = build(ROOT, target)
    for line in wrong:
        print(line)
    print(f"{len(wrong)} faults, nothing written" if wrong else f"{target}: {len(list(target.rglob('*.html')))} pages")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
