"""One page of the site as HTML: its words, the list of all pages beside it, and the list of its own parts."""

from __future__ import annotations

from html import escape
from typing import Final

MOST: Final = 30
"""Parts beyond which a list of them helps nobody; such a page has a table of its own."""

Nav = tuple[tuple[str, tuple[tuple[str, str, bool], ...]], ...]
"""Each part: its title, and link, words and whether it is this page."""


def page_html(*, title: str, body: str, parts: tuple[tuple[str, str], ...], nav: Nav, home: str) -> str:
    """Give the whole document; `body` is HTML that was made from Markdown in which HTML is refused."""
    look = f"{home}/site.css" if home != "." else "site.css"
    front = f"{home}/index.html" if home != "." else "index.html"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self' file:; img-src 'self' file:">
<title>{escape(title)} · Whereof</title>
<link rel="stylesheet" href="{look}">
</head>
<body>
<header><a href="#words">To the words of this page</a><a class="name" href="{front}">Whereof</a></header>
<div class="page">
<main id="words">
{body}</main>
{_parts(parts)}<nav aria-label="All pages">
{"".join(_section(*one) for one in nav)}</nav>
</div>
</body>
</html>
"""


def _parts(parts: tuple[tuple[str, str], ...]) -> str:
    if not 3 <= len(parts) <= MOST:
        return ""
    rows = "".join(f'<li><a href="#{escape(anchor)}">{escape(words)}</a></li>' for anchor, words in parts)
    return f'<aside aria-label="On this page"><p>On this page</p><ul>{rows}</ul></aside>\n'


def _section(title: str, pages: tuple[tuple[str, str, bool], ...]) -> str:
    rows = "".join(
        f'<li><a href="{escape(link)}"{" aria-current=page" if here else ""}>{escape(words)}</a></li>'
        for link, words, here in pages
    )
    held = " open" if any(here for *_, here in pages) or title in {"Start", "How to"} else ""
    return f"<details{held}><summary>{escape(title)}</summary><ul>{rows}</ul></details>\n"
