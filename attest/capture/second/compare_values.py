"""What two records name or count: tokens by model, commits, pull requests, grants."""

from __future__ import annotations

from collections import Counter, defaultdict

from attest.capture.second.frame import Frame
from attest.model.second import Agreement, Amounts, Item, ItemKind, SecondRecord


def compare_tokens(frame: Frame) -> list[Item]:
    """Compare the sums of tokens by model; what one of the records does not count is not compared."""
    here: dict[str, Counter[str]] = defaultdict(Counter)
    for usage in frame.session.usage:
        here[usage.model].update(
            input=usage.input_tokens,
            output=usage.output_tokens,
            cache_read=usage.cache_read_tokens,
            cache_write=usage.cache_write_tokens,
        )
    there: dict[str, Counter[str]] = defaultdict(Counter)
    first: dict[str, SecondRecord] = {}
    for row in frame.rows(ItemKind.TOKENS):
        first.setdefault(row.name, row)
        there[row.name].update(_known(row.amounts or Amounts()))
    items: list[Item] = []
    for model, row in first.items():
        if model not in here:
            items.append(frame.item(row, Agreement.MISSING_HERE, "model", event=None, about=model))
            continue
        for name, amount in sorted(there[model].items()):
            if amount or here[model][name]:
                items.append(
                    frame.item(row, _agreement(frame, here[model][name], amount), name, event=None, about=model)
                )
    items += [frame.missing_there(ItemKind.TOKENS, None, None, model) for model in sorted(set(here) - set(first))]
    return items


def compare_names(frame: Frame) -> list[Item]:
    """Compare commits, pull requests and grants by what they name."""
    items: list[Item] = []
    for row in frame.rows(ItemKind.COMMIT):
        agreement = Agreement.AGREES if frame.oids and row.value.startswith(frame.oids) else Agreement.MISSING_HERE
        items.append(frame.item(row, agreement, "oid", event=None, about=row.value))
    urls = {one.url.rstrip("/") for one in frame.session.pull_requests}
    for row in frame.rows(ItemKind.PULL_REQUEST):
        agreement = Agreement.AGREES if row.value.rstrip("/") in urls else Agreement.MISSING_HERE
        items.append(frame.item(row, agreement, "url", event=None, about=row.value))
    granted = {(grant.kind, grant.value) for grant in frame.session.authority.granted}
    for row in frame.rows(ItemKind.AUTHORITY):
        agreement = Agreement.AGREES if (row.name, row.value) in granted else Agreement.ADDS
        items.append(frame.item(row, agreement, row.name, event=None, about=row.value))
    return items


def _agreement(frame: Frame, here: int, there: int) -> Agreement:
    if here == there:
        return Agreement.AGREES
    return Agreement.NOT_COMPARED if frame.is_cut else Agreement.DIFFERS


def _known(amounts: Amounts) -> dict[str, int]:
    told = {
        "input": amounts.input,
        "output": amounts.output,
        "cache_read": amounts.cache_read,
        "cache_write": amounts.cache_write,
    }
    return {name: amount for name, amount in told.items() if amount is not None}
