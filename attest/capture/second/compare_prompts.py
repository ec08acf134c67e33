"""Words of people in two records: equal text, or, where one withholds the words, time alone."""

from __future__ import annotations

from collections import defaultdict, deque

from attest.capture.second.frame import ByTime, Frame, squeezed
from attest.model.decisions import Prompt
from attest.model.second import Agreement, Item, ItemKind, SecondRecord


def compare_prompts(frame: Frame) -> list[Item]:
    """Compare the prompts. One that the session keeps only in part is not compared by its text."""
    session = frame.session
    ours = [one for one in (session.intent, *session.directions) if one is not None]
    by_text: dict[str, deque[Prompt]] = defaultdict(deque)
    for prompt in ours:
        by_text[squeezed(prompt.text)].append(prompt)
    items: list[Item] = []
    left: list[SecondRecord] = []
    for row in frame.rows(ItemKind.PROMPT):
        same = by_text.get(squeezed(row.text)) if row.text else None
        if same:
            items.append(frame.item(row, Agreement.AGREES, "text", event=same.popleft().event, about=row.text or ""))
        else:
            left.append(row)
    shelf = ByTime([(one.ts, one) for prompts in by_text.values() for one in prompts])
    items += [_lone(frame, row) if row.text is not None else _withheld(frame, row, shelf) for row in left]
    matched = {item.event for item in items}
    return items + [
        frame.missing_there(ItemKind.PROMPT, prompt.event, prompt.ts, prompt.text)
        for prompt in ours
        if prompt.event not in matched
    ]


def _lone(frame: Frame, row: SecondRecord) -> Item:
    agreement, what = (Agreement.NOT_COMPARED, "injected") if row.injected else (Agreement.MISSING_HERE, "text")
    return frame.item(row, agreement, what, event=None, about=row.text or "")


def _withheld(frame: Frame, row: SecondRecord, shelf: ByTime[Prompt]) -> Item:
    first, end = shelf.near(row.ts)
    if end - first == 1:
        prompt = shelf.take(first)
        return frame.item(row, Agreement.AGREES, "time", event=prompt.event, about=prompt.text)
    if end > first or row.ts is None:
        return frame.item(row, Agreement.NOT_COMPARED, "ambiguous", event=None, about="")
    return frame.item(row, Agreement.MISSING_HERE, "time", event=None, about="")
