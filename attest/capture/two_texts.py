"""What changed between two texts of a file, as one hunk: in linear time, so that hostile texts cost nothing more.

Equal lines at both ends are left out, and of the lines between those that stand in both texts, as often as they do. So
a line that was only moved shows as unchanged; a line that is shown was added or removed.
"""

from __future__ import annotations

from collections import Counter


def diff_of(old: str, new: str) -> str:
    """Give a hunk with the lines that the new text adds and those it no longer has; empty where none."""
    before, after = old.splitlines(), new.splitlines()
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    before, after = before[start : len(before) - end], after[start : len(after) - end]
    removed, added = _beyond(before, after), _beyond(after, before)
    if not removed and not added:
        return ""
    head = f"@@ -{start + 1},{len(removed)} +{start + 1},{len(added)} @@"
    return "\n".join([head, *("-" + line for line in removed), *("+" + line for line in added)])


def _beyond(lines: list[str], others: list[str]) -> list[str]:
    """Give the lines that the others do not have, or not as often."""
    left = Counter(others)
    found: list[str] = []
    for line in lines:
        if left[line] > 0:
            left[line] -= 1
        else:
            found.append(line)
    return found
