"""The `declaration/v1` predicate: a person says that no agent had a part in these commits. It proves who said it, no more."""

from __future__ import annotations

from typing import Final

from attest.model.session_predicate import BASE, CHANGED, OID, TIME
from attest.model.shape import Closed, ListOf, OneOf

DECLARATION_V1: Final = BASE + "declaration/v1"

DECLARATION: Final = Closed(
    {
        "says": OneOf(("no-agent",)),
        "declaredAt": TIME,
        "capacity": OneOf(("author", "other")),
        "commits": ListOf(Closed({"oid": OID, "tree": OID, "changed": CHANGED})),
    },
    extensible=True,
)
"""`capacity` is the declarer's word on whether the commits are his own; the subjects are the same commits (D1)."""
