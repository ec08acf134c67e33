"""Values that VS Code writes into chat sessions: texts, addresses of files, trees of prompt elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from attest.capture.lines import Fields
from attest.capture.records import field, items_of, text_of

MAX_NODES: Final = 100_000
MAX_TEXT_CHARS: Final = 2 * 1024 * 1024


def words_of(value: object) -> str:
    """Give the words of a text, which is a string or Markdown with its text under `value`."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        told = value.get("value")
        return told if isinstance(told, str) else ""
    if isinstance(value, list):
        return "".join(one for one in value if isinstance(one, str))
    return ""


def text_of_tool_result(value: object) -> str:
    """Give the text of a tool's outcome: its strings, and the texts of its trees in their order."""
    if not isinstance(value, dict):
        return words_of(value)
    pieces: list[str] = []
    size = 0
    for piece in _pieces(value):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_TEXT_CHARS:
            break
    return "".join(pieces)


def _pieces(value: Fields) -> Iterator[str]:
    for block in items_of(value, "content"):
        told = block.get("value") if isinstance(block, dict) else block
        if isinstance(told, dict):
            yield from _tree(field(told, "node") or told)
        elif isinstance(told, str):
            yield told


def _tree(root: Fields) -> Iterator[str]:
    """The tree's texts, first to last, without recursion."""
    left: list[Any] = [root]
    for _ in range(MAX_NODES):
        if not left:
            return
        node = left.pop()
        if not isinstance(node, dict):
            continue
        text = text_of(node, "text")
        if text:
            yield ("\n" if node.get("lineBreakBefore") is True else "") + text
        left.extend(reversed(items_of(node, "children")))
