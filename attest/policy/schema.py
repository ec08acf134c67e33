"""The closed shape of `.attest/policy.yaml`, version 1: one description that checks a file and prints its JSON Schema."""

from __future__ import annotations

from typing import Final

from attest.model.shape import Closed, ListOf, OneOf, Shape, Text, Whole

POLICY_V1: Final = "https://whereof.dev/attestation/policy/v1"
MODES: Final = ("observe", "warn", "enforce")
LINKS: Final = ("recorded", "asserted", "rewritten")
UNATTRIBUTED: Final = ("report", "declare", "session")
SESSIONS: Final = ("none", "summary", "full")
CHECKS: Final = ("test", "lint", "type", "build", "scan")
ACCESSES: Final = ("secret", "network", "outside-worktree", "env")
KINDS: Final = ("symlink", "submodule", "executable")
MAX_WITNESSES: Final = 64
"""As many as a witness policy may name."""
PARTIES: Final = ("runner", "author")

_ID: Final = Text(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", 64)
_GLOB: Final = Text(r"[^\x00-\x1f\x7f\\\[\]]{1,512}", 512)
_GLOBS: Final = ListOf(_GLOB, 256)
_WORD: Final = Text(r"[A-Za-z0-9._:/@*?+-]{1,128}", 128)
_WORDS: Final = ListOf(_WORD, 64)
_PRINTABLE: Final = Text(r"[!-~]{1,512}", 512)
_WHO: Final = Closed({"issuer": _PRINTABLE, "identity": _PRINTABLE})
_DIGEST: Final = Text(r"[0-9a-f]{64}", 64)
_DATE: Final = Text(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])", 10)

_REQUIRE_MEMBERS: Final[dict[str, Shape]] = {
    "session": OneOf(SESSIONS),
    "plan": OneOf(("required",)),
    "verification": Closed(
        {name: ListOf(OneOf(CHECKS), 8) for name in ("ran", "observed", "passed")},
        optional=frozenset({"ran", "observed", "passed"}),
    ),
    "access": Closed({"deny": ListOf(OneOf(ACCESSES), 8)}),
    "agent": Closed(
        {"deny_permission_modes": _WORDS, "models": _WORDS, "names": _WORDS},
        optional=frozenset({"deny_permission_modes", "models", "names"}),
    ),
    "capture": Closed(
        {"source": ListOf(OneOf(("named", "hook", "imported")), 3), "deny_gaps": _WORDS},
        optional=frozenset({"source", "deny_gaps"}),
    ),
    "review": Closed(
        {
            "humans": Whole(16),
            "not": ListOf(OneOf(PARTIES), 2),
            "by": ListOf(_WHO, 256),
            "process_before_code": OneOf(("required",)),
            "on_head": OneOf(("required",)),
            "carry": OneOf(("equal-patch",)),
        },
        optional=frozenset({"not", "by", "process_before_code", "on_head", "carry"}),
    ),
    "witness": Whole(MAX_WITNESSES),
}
_REQUIRE: Final = Closed(_REQUIRE_MEMBERS, optional=frozenset(_REQUIRE_MEMBERS))
_WHEN_MEMBERS: Final[dict[str, Shape]] = {
    "paths": _GLOBS,
    "paths_only": _GLOBS,
    "kinds": ListOf(OneOf(KINDS), 3),
    "labels": ListOf(_ID, 32),
    "session": Closed(
        {
            "touched": ListOf(OneOf(ACCESSES), 8),
            "permission_mode": _WORDS,
            "agent": _WORDS,
            "model": _WORDS,
            "gaps": _WORDS,
        },
        optional=frozenset({"touched", "permission_mode", "agent", "model", "gaps"}),
    ),
}
POLICY: Final = Closed(
    {
        "version": Whole(1),
        "extends": Closed({"uri": _PRINTABLE, "sha256": _DIGEST}),
        "mode": OneOf(MODES),
        "start": Text(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", 64),
        "max_age": Text(r"[1-9][0-9]{0,4}[smhd]", 6),
        "links": ListOf(OneOf(LINKS), 3),
        "identities": ListOf(_WHO, 1024),
        "agents": ListOf(
            Closed({"issuer": _PRINTABLE, "identity": _PRINTABLE, "delegated_by": _WHO}, frozenset({"delegated_by"})),
            1024,
        ),
        "builders": ListOf(
            Closed({"issuer": _PRINTABLE, "identity": _PRINTABLE, "id": _PRINTABLE}, frozenset({"id"})), 256
        ),
        "defaults": Closed({"tier": _ID, "unattributed": OneOf(UNATTRIBUTED)}, optional=frozenset({"unattributed"})),
        "labels": ListOf(Closed({"id": _ID, "paths": _GLOBS}), 64),
        "tiers": ListOf(
            Closed(
                {"id": _ID, "inherits": _ID, "unattributed": OneOf(UNATTRIBUTED), "require": _REQUIRE},
                optional=frozenset({"inherits", "unattributed"}),
            ),
            16,
        ),
        "rules": ListOf(
            Closed(
                {
                    "id": _ID,
                    "tier": _ID,
                    "when": Closed(_WHEN_MEMBERS, optional=frozenset(_WHEN_MEMBERS)),
                    "mode": OneOf(MODES),
                    "controls": _WORDS,
                },
                optional=frozenset({"mode", "controls"}),
            ),
            256,
        ),
        "exceptions_by": Closed({"humans": Whole(16), "by": ListOf(_WHO, 256)}),
        "exceptions": ListOf(
            Closed(
                {
                    "id": _ID,
                    "rule": _ID,
                    "paths": _GLOBS,
                    "tier": _ID,
                    "reason": Text(r"[^\x00-\x1f\x7f]{1,400}", 400),
                    "approved_by": _PRINTABLE,
                    "expires": _DATE,
                }
            ),
            256,
        ),
    },
    optional=frozenset(
        {
            "extends",
            "start",
            "max_age",
            "links",
            "identities",
            "agents",
            "builders",
            "labels",
            "rules",
            "exceptions",
            "exceptions_by",
        }
    ),
)
"""Shape of a policy file. `docs/spec/policy-v1.schema.json` is printed from it; what shapes cannot say (tiers that are
named exist, dates are dates) is checked by `attest.policy.document`."""
