"""What `admin/v1` says of those who govern an instance: roles, engagements, and files whose change is a change of rules."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Final

from attest.model.may import Cause
from attest.model.rights import Role
from attest.model.session_predicate import TIME
from attest.model.shape import Closed, OneOf, Text, Whole

_HEX64: Final = Text(r"[0-9a-f]{64}", 64)


class GoverningAction(StrEnum):
    """What was done."""

    ROLE_GIVEN = "role-given"
    ROLE_TAKEN = "role-taken"
    ENGAGEMENT_OPENED = "engagement-opened"
    """Somebody may read particular sessions until a moment; an incident's not before it is confirmed."""
    ENGAGEMENT_CONFIRMED = "engagement-confirmed"
    ENGAGEMENT_ENDED = "engagement-ended"
    CHANGED = "changed"
    """A file that governs the instance is another one than was logged before."""


class Governed(StrEnum):
    """What of an instance is logged when it changes."""

    ACCESS = "access"
    """Who signs in, and the roles of groups: `access.json`."""
    CONNECTORS = "connectors"
    """Forges that are told of verdicts: `forges.json`."""
    ISSUERS = "issuers"
    """Whose identity tokens are certified: `oidc-issuers.json`."""
    WITNESSES = "witnesses"
    """Whose cosignatures are asked for: `witnesses.policy`."""
    UNMASK = "unmask"
    """Who may approve an unmasking: `unmask-approvers.json`."""
    SUMMARIZER = "summarizer"
    """Which program is given redacted events: `summarizer.json`."""


_ROLE: Final = Closed(
    {
        "id": Text(r"rol_[0-9A-HJKMNP-TV-Z]{26}", 30),
        "role": OneOf(tuple(role.value for role in Role)),
        "to": _HEX64,
        "by": _HEX64,
        "repositories": Whole(),
    },
    optional=frozenset({"repositories"}),
)
_ENGAGEMENT: Final = Closed(
    {
        "id": Text(r"eng_[0-9A-HJKMNP-TV-Z]{26}", 30),
        "cause": OneOf(tuple(cause.value for cause in Cause)),
        "to": _HEX64,
        "by": _HEX64,
        "expiresAt": TIME,
        "items": Whole(),
    }
)
_CHANGED: Final = Closed(
    {"what": OneOf(tuple(what.value for what in Governed)), "digest": _HEX64, "before": _HEX64},
    optional=frozenset({"digest", "before"}),
)
GOVERNING: Final = {"role": _ROLE, "engagement": _ENGAGEMENT, "changed": _CHANGED}
"""Members of the predicate. `to` and `by` are `name_digest`; without `repositories` a role is over the whole tenant; of what
changed, `digest` is the SHA-256 of what holds now and `before` of what did, each left out where there is none."""


def name_digest(identifier: str, name: str) -> str:
    """Give what is logged of somebody's name: whoever knows the name can check it, and it differs from entry to entry."""
    return hashlib.sha256(f"whereof admin v1\0{identifier}\0{name}".encode()).hexdigest()
