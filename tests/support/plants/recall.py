"""Recall of planted values, by cell."""

from __future__ import annotations

import base64
import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from redaction.redactor import Redactor
from tests.support.plants.forms import FORMS, HOSTS, plant
from tests.support.plants.values import Plant

MIN_PIECE = 8
"""Characters: a shorter piece of a value that is left over says too little."""


SESSION_PLANTS = 400
"""Values planted into one session."""


class _Unchecked:
    """Stands for the second scan, so that a miss is counted and not stopped."""

    def check(self, lines: list[bytes], first: int) -> None:
        """Pass everything."""

    def report(self) -> None:
        """Nothing was checked."""


@dataclass(frozen=True, slots=True)
class Recall:
    """Found and planted, by (kind, form, host)."""

    planted: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    found: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def by(self, part: int) -> dict[str, tuple[int, int]]:
        """Give (found, planted) by kind (0), form (1) or host (2)."""
        planted, found = Counter[str](), Counter[str]()
        for cell, count in self.planted.items():
            planted[cell[part]] += count
            found[cell[part]] += self.found[cell]
        return {name: (found[name], count) for name, count in sorted(planted.items())}

    def missed(self) -> list[tuple[str, str, str]]:
        """Give the cells in which something was left over."""
        return sorted(cell for cell, count in self.planted.items() if self.found[cell] < count)


def left_over(item: Plant, form: str, written: str, out: str) -> bool:
    """Say whether a value, or a telling piece of it, is still in the output."""
    if form.startswith(("split", "ansi", "zero", "quoted")):
        pieces = _pieces(item, written)
    elif "\n" in item.value:
        pieces = [line for line in item.value.split("\n") if len(line) > 40 and " " not in line]
    else:
        pieces = [item.value]
    return any(shape in out for piece in pieces for shape in _shapes(piece, form))


def _pieces(item: Plant, written: str) -> list[str]:
    if "\n" in item.value:
        return [line for line in item.value.split("\n") if len(line) > 40 and line in written]
    cuts = [item.value[:n] for n in range(len(item.value), 0, -1) if item.value[:n] in written]
    head = cuts[0] if cuts else ""
    return [piece for piece in (head, item.value[len(head) :]) if len(piece) >= MIN_PIECE]


def _shapes(piece: str, form: str) -> list[str]:
    data = piece.encode()
    if form.startswith("base64"):
        core = base64.b64encode(b"\0\0\0" + data)[8:-8].decode()
        return [core, piece] if form == "base64" and len(core) > MIN_PIECE else [piece]
    if form == "hex":
        return [data.hex()]
    if form == "url":
        return [quote(piece, safe=""), piece]
    if form == "unicode":
        return ["".join(f"\\\\u{ord(c):04x}" for c in piece)]
    return [piece, json.dumps(piece)[1:-1]]


def measure(redactor: Redactor, plants: Iterable[tuple[Plant, str, str]], seed: str) -> Recall:
    """Plant each value in its form and host, redact all as one session, and count what is left over."""
    recall = Recall()
    every = list(plants)
    for first in range(0, len(every), SESSION_PLANTS):
        _measure(redactor, every[first : first + SESSION_PLANTS], f"{seed}/{first}", recall)
    return recall


def _measure(redactor: Redactor, plants: list[tuple[Plant, str, str]], seed: str, recall: Recall) -> None:
    cells, lines = [], []
    for number, (item, form, host) in enumerate(plants):
        rng = random.Random(f"{seed}/{number}")
        written = FORMS[form](item.text, item.start, item.end, rng)
        lines.append(json.dumps({"n": number, "text": plant(host, written)}).encode() + b"\n")
        cells.append((item, form, host, written))
    redaction = redactor.redact(lambda: iter(lines))
    redaction._second = _Unchecked()  # type: ignore[union-attr]
    for (item, form, host, written), line, out in zip(cells, lines, redaction.lines(), strict=True):
        cell = (item.kind, form, host)
        recall.planted[cell] += 1
        text = out.decode()
        gone = json.dumps(written)[1:-1] not in text if form.startswith("base64") or form == "unicode" else out != line
        recall.found[cell] += gone and not left_over(item, form, written, text)


def all_hosts() -> tuple[str, ...]:
    """Give the names of the hosts."""
    return tuple(HOSTS)
