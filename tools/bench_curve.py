"""Curves as SVG, made of nothing but lines and words: they print, and they need no script to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 720
HEIGHT: Final = 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 28, 18, 46
_STROKES: Final = ("#1f5fa8", "#a8541f", "#3d7a3a")
_DASHES: Final = ("", "6 3", "2 3")


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a plot."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def svg(curves: Sequence[Curve], *, x: str, y: str) -> str:
    """Draw curves over one pair of axes that begin at nought; each is told apart by colour and by dashes."""
    right = _round_up(max((value for curve in curves for value in curve.x), default=1) or 1)
    top = _round_up(max((value for curve in curves for value in curve.y), default=1) or 1)
    wide, high = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{y} against {x}" font-family="sans-serif" font-size="12" fill="currentColor">'
        )
    ]
    for step in range(5):
        level, place = top * step / 4, _TOP + high - high * step / 4
        parts.append(
            f'<line x1="{_LEFT}" x2="{_LEFT + wide}" y1="{place:.1f}" y2="{place:.1f}" stroke="#8884"/>'
            f'<text x="{_LEFT - 8}" y="{place + 4:.1f}" text-anchor="end">{_short(level)}</text>'
        )
        at = _LEFT + wide * step / 4
        parts.append(
            f'<text x="{at:.1f}" y="{_TOP + high + 18}" text-anchor="middle">{_short(right * step / 4)}</text>'
        )
    parts.append(f'<text x="{_LEFT + wide}" y="{HEIGHT - 8}" text-anchor="end">{x}</text>')
    parts.append(f'<text x="{_LEFT}" y="{_TOP - 5}">{y}</text>')
    for number, curve in enumerate(curves):
        points = " ".join(
            f"{_LEFT + wide * a / right:.1f},{_TOP + high - high * b / top:.1f}"
            for a, b in zip(curve.x, curve.y, strict=True)
        )
        stroke, dash = _STROKES[number % 3], _DASHES[number % 3]
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{stroke}" stroke-width="2" stroke-dasharray="{dash}"/>'
        )
        below = _TOP + 16 + 16 * number
        parts.append(
            f'<line x1="{WIDTH - 150}" x2="{WIDTH - 120}" y1="{below - 4}" y2="{below - 4}" stroke="{stroke}" '
            f'stroke-width="2" stroke-dasharray="{dash}"/><text x="{WIDTH - 112}" y="{below}">{curve.name}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _round_up(value: float) -> float:
    """Give the next of 1, 2, 4, 5, 8 times a power of ten."""
    power = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 0.1
    return next(power * step for step in (1, 2, 4, 5, 8, 10, 20) if power * step >= value)


def _short(value: float) -> str:
    if value >= 1_000_000:
        return f"{value / 1_000_000:g} M"
    return f"{value / 1000:.4g} k" if value >= 10_000 else f"{value:,.4g}"
