"""The shape of the `index/v1` predicate, from which its JSON Schema is printed; `attest.ledger.index` reads it."""

from __future__ import annotations

from typing import Final

from attest.model.shape import Closed, Text, Whole

_HEX64: Final = Text(r"[0-9a-f]{64}", 64)

INDEX: Final = Closed(
    {
        "range": Closed({"first": Whole(), "end": Whole()}),
        "segment": Closed({"root": _HEX64, "rows": Whole()}),
        "live": Closed({"root": _HEX64, "count": Whole(), "list": Text(r"sha256:[0-9a-f]{64}", 71)}),
        "keying": Text(r"sha256|hmac-sha256:[0-9a-f]{64}", 76),
    },
    extensible=True,
)
"""Closed members of an index leaf. That `first` lies before `end` and `count` is not 0 is checked where it is read."""
