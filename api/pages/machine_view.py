"""A machine summary as the page of its session shows it: marked, escaped, and apart from all that is evidence."""

from __future__ import annotations

from dataclasses import dataclass

from attest.model.answer_words import time_text
from attest.model.machine_summary import MARK, MachineSummary
from attest.model.plain_text import printable, printable_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineView:
    """What is shown."""

    title: str
    """The mark, and by whom."""
    source: str
    lines: tuple[str, ...]


def machine_view(summary: MachineSummary, attestation: str) -> MachineView:
    """Give what is shown beside the capture `attestation`."""
    earlier = "" if summary.attestation == attestation else " Of an earlier capture of this session."
    return MachineView(
        title=printable(summary.title),
        source=printable(f"{summary.source}, made {time_text(summary.made_at)}.{earlier}"),
        lines=printable_lines(summary.text),
    )


def closed_view(code: str) -> MachineView:
    """Give what is shown in the place of one that is kept and does not open; the rest of the page does not need it."""
    return MachineView(title=MARK, source=f"It is kept, and does not open: {code}.", lines=())
