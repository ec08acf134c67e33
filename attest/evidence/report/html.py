"""A report as one HTML file: opens from disk, prints on A4 and on Letter, needs no script and nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from attest.evidence.report.chart import draw
from attest.evidence.report.document import Figure, Table, Terms, Words
from attest.evidence.report.markup import Markup, element, join

if TYPE_CHECKING:
    from attest.evidence.report.document import Block, Document, Section

_STYLE: Final = "report.css"
_WHOLE: Final = 32
_SHORT: Final = 13
"""Characters of an id, and of another cell, that are kept on one line."""


def html_of(document: Document) -> bytes:
    """Give the page. Equal documents give equal bytes."""
    style = files(__package__).joinpath(_STYLE).read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        {},
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        element("meta", {"name": "referrer", "content": "no-referrer"}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", {}, document.title),
        _style(style),
    )
    body = element(
        "body",
        {"class": "short" if document.short else "full"},
        element("header", {}, *_head(document)),
        element("main", {}, *(_section(one) for one in document.sections)),
        element("footer", {}, *(element("p", {}, line) for line in document.foot)),
    )
    return b"<!doctype html>\n" + element("html", {"lang": "en"}, head, body).text.encode() + b"\n"


def _style(style: str) -> Markup:
    """Give the one text that is not escaped: our own file."""
    return Markup(f"<style>{style}</style>")


def _head(document: Document) -> tuple[Markup, ...]:
    return (
        element("p", {"class": "what"}, document.title),
        element("h1", {}, document.sentence),
        *(element("p", {"class": "small"}, line) for line in document.subtitle),
    )


def _section(section: Section) -> Markup:
    name = f"s{section.number}"
    return element(
        "section",
        {"id": name, "aria-labelledby": f"{name}-h"},
        element("h2", {"id": f"{name}-h"}, element("span", {"class": "number"}, str(section.number)), section.title),
        element("div", {"class": "said"}, *(_block(one) for one in section.blocks)),
    )


def _block(block: Block) -> Markup:
    match block:
        case Words():
            return element("p", {"class": "small"} if block.small else {}, block.text)
        case Terms():
            pairs = (join(element("dt", {}, term), element("dd", {}, said)) for term, said in block.rows)
            return element("dl", {"class": "long"} if block.long else {}, *pairs)
        case Figure():
            return _figure(block)
        case Table():
            return _table(block)


def _figure(figure: Figure) -> Markup:
    grid = figure.grid
    if not grid.rows:
        return element("p", {}, f"{figure.title}: nothing to count.")
    caption = element("figcaption", {}, figure.title)
    return element("figure", {}, caption, draw(figure), element("div", {"class": "numbers"}, _table(figure.table())))


def _table(table: Table) -> Markup:
    if not table.rows:
        return element("p", {}, f"{table.title}: {table.empty[:1].lower()}{table.empty[1:]}")
    head = element("tr", {}, *(_cell("th", at, text, table) for at, text in enumerate(table.columns)))
    rows = (element("tr", {}, *(_cell("td", at, text, table) for at, text in enumerate(row))) for row in table.rows)
    return element(
        "table",
        {"class": f"c{len(table.columns)}"},
        element("caption", {}, table.title),
        element("thead", {}, head),
        element("tbody", {}, *rows),
    )


def _cell(name: str, at: int, text: str, table: Table) -> Markup:
    kind = "n" if at in table.numbers else "k" if at in table.code and name == "td" else ""
    kind += " whole" if name == "td" and len(text) <= (_WHOLE if kind == "k" else _SHORT) else ""
    scope = {"scope": "col"} if name == "th" else {}
    return element(name, scope | ({"class": kind.strip()} if kind else {}), text)
