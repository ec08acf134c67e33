"""Figures as SVG, made here: stacked bars told apart by pattern and by name, readable in black and white.

Each has a title and a description; every bar says its numbers; nothing refers to anything outside. Equal grids give equal
bytes. A figure never carries colour: colour means a verdict, and these are counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.evidence.report.markup import element
from attest.model.plain_text import printable

if TYPE_CHECKING:
    from attest.evidence.report.counted import Grid
    from attest.evidence.report.document import Figure
    from attest.evidence.report.markup import Markup

WIDTH: Final = 680
INK: Final = "#1b1a17"
INK2: Final = "#57534a"
RULE: Final = "#d9d4c8"
_HEIGHT: Final = 120
_BAR: Final = 16
_STEP: Final = 26
_LABEL: Final = 150
_FONT: Final = "Libertinus Serif, Source Sans 3, Georgia, serif"
MAX_BARS: Final = 120
"""Bars drawn; the table beside has every row."""
_FILLS: Final = ("solid", "grey", "lines", "dots", "cross", "open")
_FLAT: Final = {0: INK, 1: "#b5b0a4", 5: "#ffffff"}
"""The fills that need no pattern."""
_LABEL_CHARS: Final = 18


def draw(figure: Figure) -> Markup:
    """Give the figure as an SVG element; its numbers are those of the grid."""
    columns = _used(figure.grid)
    drawn = _across(figure, columns) if figure.across else _down(figure, columns)
    height, parts = drawn
    legend = _legend(figure, columns, height)
    whole = height + (24 if columns else 0)
    return element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {whole}",
            "width": str(WIDTH),
            "height": str(whole),
            "role": "img",
            "aria-labelledby": f"{figure.name}-title {figure.name}-desc",
            "font-family": _FONT,
            "font-size": "13",
            "fill": INK,
        },
        element("title", {"id": f"{figure.name}-title"}, figure.title),
        element("desc", {"id": f"{figure.name}-desc"}, figure.summary),
        _patterns(figure.name),
        *parts,
        *legend,
    )


def _used(grid: Grid) -> tuple[int, ...]:
    """Give the columns with at least one count: the others are zeros of the table, and no part of a bar."""
    return tuple(at for at in range(len(grid.columns)) if any(row[at] for row in grid.cells))


def _across(figure: Figure, columns: tuple[int, ...]) -> tuple[int, list[Markup]]:
    rows, cells = figure.grid.rows[-MAX_BARS:], figure.grid.cells[-MAX_BARS:]
    most = max((sum(row) for row in cells), default=0)
    top, base = 14, 14 + _HEIGHT
    step = (WIDTH - 44) / max(len(rows), 1)
    wide = min(step * 0.7, 40)
    parts = [_line(40, base, WIDTH, base), _text(34, base, "0", "end"), _text(34, top + 9, f"{most:,}", "end")]
    every = max(1, -(-len(rows) * 64 // (WIDTH - 44)))
    for at, (name, row) in enumerate(zip(rows, cells, strict=True)):
        left, below = 44 + at * step, float(base)
        for column in columns:
            high = row[column] * _HEIGHT / most if most else 0
            if high:
                said = f"{name}, {figure.grid.columns[column]}: {row[column]:,}"
                below -= high
                parts.append(_box(figure.name, column, (left, below, wide, high), said))
        if at % every == 0:
            parts.append(_text(left, base + 15, name, "start"))
    return base + 24, parts


def _down(figure: Figure, columns: tuple[int, ...]) -> tuple[int, list[Markup]]:
    grid = figure.grid
    most = max((sum(row) for row in grid.cells), default=0)
    room = WIDTH - _LABEL - 60
    parts: list[Markup] = []
    for at, (name, row) in enumerate(zip(grid.rows[:MAX_BARS], grid.cells[:MAX_BARS], strict=True)):
        top, left = 6 + at * _STEP, float(_LABEL)
        name = printable(name)  # noqa: PLW2901 - shortened as it is shown
        short = name if len(name) <= _LABEL_CHARS else name[: _LABEL_CHARS - 1] + "…"
        parts.append(_text(_LABEL - 10, top + 12, short, "end"))
        for column in columns:
            long = row[column] * room / most if most else 0
            if long:
                said = f"{name}, {grid.columns[column]}: {row[column]:,}"
                parts.append(_box(figure.name, column, (left, top, long, _BAR), said))
                left += long
        parts.append(_text(left + 8, top + 12, f"{sum(row):,}", "start"))
    return 10 + len(grid.rows[:MAX_BARS]) * _STEP, parts


def _box(name: str, column: int, place: tuple[float, float, float, float], said: str) -> Markup:
    left, top, wide, high = (_number(value) for value in place)
    fill = _FLAT.get(column % len(_FILLS)) or f"url(#{name}-{_FILLS[column % len(_FILLS)]})"
    box = {"x": left, "y": top, "width": wide, "height": high, "fill": fill, "stroke": INK, "stroke-width": "0.75"}
    return element("rect", box, element("title", {}, said))


def _legend(figure: Figure, columns: tuple[int, ...], top: int) -> list[Markup]:
    parts: list[Markup] = []
    left = 44.0
    for column in columns:
        name = figure.grid.columns[column]
        said = f"{name} {figure.grid.column(name):,}"
        parts += [_box(figure.name, column, (left, top + 4, 12, 12), said), _text(left + 18, top + 14, said, "start")]
        left += 18 + 7 * len(said) + 18
    return parts


def _patterns(name: str) -> Markup:
    def pattern(kind: str, *marks: Markup) -> Markup:
        place = {"id": f"{name}-{kind}", "width": "6", "height": "6", "patternUnits": "userSpaceOnUse"}
        return element("pattern", place, *marks)

    def paper(fill: str) -> Markup:
        return element("rect", {"width": "6", "height": "6", "fill": fill})

    def stroke(path: str) -> Markup:
        return element("path", {"d": path, "stroke": INK, "stroke-width": "1", "fill": "none"})

    return element(
        "defs",
        {},
        pattern("lines", paper("#ffffff"), stroke("M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2")),
        pattern("dots", paper("#ffffff"), element("circle", {"cx": "3", "cy": "3", "r": "1.1", "fill": INK})),
        pattern("cross", paper("#ffffff"), stroke("M0,3 h6 M3,0 v6")),
    )


def _text(left: float, base: float, text: str, anchor: str) -> Markup:
    place = {"x": _number(left), "y": _number(base), "text-anchor": anchor}
    return element("text", place, text)


def _line(left: float, top: float, right: float, bottom: float) -> Markup:
    ends = {"x1": _number(left), "y1": _number(top), "x2": _number(right), "y2": _number(bottom)}
    return element("line", ends | {"stroke": INK2, "stroke-width": "0.75"})


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
