"""Write the JSON Schemas and conformance vectors of our predicates, or with --check say which differ from the code."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable
from pathlib import Path

from attest.model.access_predicate import ACCESS, ACCESS_V1
from attest.model.admin_predicate import ADMIN, ADMIN_V1
from attest.model.coverage_predicate import COVERAGE, COVERAGE_V1
from attest.model.declaration_predicate import DECLARATION, DECLARATION_V1
from attest.model.erasure_predicate import ERASURE, ERASURE_V1
from attest.model.exception_predicate import EXCEPTION, EXCEPTION_V1
from attest.model.gap_predicate import GAP, GAP_V1
from attest.model.index_shape import INDEX
from attest.model.link_predicate import COMMIT_LINK, COMMIT_LINK_V1
from attest.model.log_predicate import LOG_EVENT
from attest.model.mcp_join_predicate import MCP_JOIN, MCP_JOIN_V1
from attest.model.path_filter_predicate import PATH_FILTER, PATH_FILTER_V1
from attest.model.population_predicate import POPULATION, POPULATION_V1
from attest.model.review_predicate import REVIEW, REVIEW_V1
from attest.model.session_predicate import INDEX_V1, LOG_V1, SESSION, SESSION_V1
from attest.model.shape import Shape
from attest.policy.schema import POLICY, POLICY_V1

SPEC = Path(__file__).resolve().parents[1] / "docs/spec"
SCHEMAS: dict[str, tuple[str, str, Shape]] = {
    "session-v1.schema.json": (SESSION_V1, "The signed, text-free account of a session", SESSION),
    "declaration-v1.schema.json": (DECLARATION_V1, "A person says that no agent had a part", DECLARATION),
    "review-v1.schema.json": (REVIEW_V1, "A reviewer signs how the process comes out, and a decision", REVIEW),
    "exception-v1.schema.json": (EXCEPTION_V1, "Named rules shall not stop named commits, until a day", EXCEPTION),
    "coverage-v1.schema.json": (COVERAGE_V1, "What the gate found for every commit of a range", COVERAGE),
    "access-v1.schema.json": (ACCESS_V1, "Who read what, in a log of its own", ACCESS),
    "admin-v1.schema.json": (ADMIN_V1, "What those who run an instance did, for others to see", ADMIN),
    "erasure-v1.schema.json": (ERASURE_V1, "The texts of sessions are destroyed from here on", ERASURE),
    "population-v1.schema.json": (POPULATION_V1, "A saved question with what it gave, or a sample of one", POPULATION),
    "path-filter-v1.schema.json": (PATH_FILTER_V1, "The digest of filters of changed paths", PATH_FILTER),
    "gap-v1.schema.json": (GAP_V1, "What is known not to have been captured or linked", GAP),
    "commit-link-v1.schema.json": (COMMIT_LINK_V1, "Sessions linked to commits after they were recorded", COMMIT_LINK),
    "mcp-join-v1.schema.json": (MCP_JOIN_V1, "Calls of a session that stand in an MCP log as well", MCP_JOIN),
    "policy-v1.schema.json": (POLICY_V1, "A repository's policy file, .attest/policy.yaml", POLICY),
    "index-v1.schema.json": (INDEX_V1, "What the last leaf of a group commit says of the index", INDEX),
    "log-v1.schema.json": (
        LOG_V1,
        "What a log says of itself: its first leaf, anchors of its heads, its successor",
        LOG_EVENT,
    ),
}
OID, TREE = "1f0c7a7be1d1a3c8a3f2b4f7f4f1a2b3c4d5e6f7", "2e1d8b8cf2e2b4d9b4e3c5a8e5e2b3c4d5f6a7b8"
_COUNT = {"count": 2, "basis": "observed"}
MINIMAL: dict[str, object] = {
    "session": {"id": "ses_01JZZZZZZZZZZZZZZZZZZZZZZZ", "format": "claude-code"},
    "capture": {
        "source": "named",
        "recordedAt": "2026-11-21T09:00:00Z",
        "records": 0,
        "events": 0,
        "head": "0" * 64,
        "badLines": 0,
        "dropped": 0,
        "unknownRecords": {},
        "whole": "unknown",
    },
    "commits": [],
    "facts": {
        "agent": {"value": "claude-code", "basis": "observed"},
        "models": [],
        "permissionModes": [],
        "access": dict.fromkeys(("secret", "network", "outside-worktree", "env"), _COUNT),
        "checks": [],
        "plans": _COUNT,
        "overrides": _COUNT,
        "rejectedPaths": _COUNT,
        "gaps": [],
    },
    "parts": {"count": 1, "bytes": 5, "root": "1" * 64, "list": "2" * 64},
    "redaction": {
        "engine": "presidio-analyzer/2.2.363",
        "rules": "3" * 64,
        "config": "4" * 64,
        "entities": {},
        "spans": 0,
        "decodedLayers": 0,
        "opaqueFields": 0,
        "dropped": 0,
        "secondScan": {"engine": "kingfisher/1.5.0", "result": "clean", "allowed": 0},
    },
    "recorder": {"name": "whereof", "version": "0.1.0"},
    "nonce": "5" * 32,
}
"""The least that is good."""

_COMMIT = {"oid": OID, "tree": TREE, "link": "asserted", "changed": {"count": 1, "root": "6" * 64}}
_CHECK = {"kind": "test", "outcome": "passed", "count": 1, "basis": "observed"}
_WORD = {"value": "model-a", "basis": "reported"}

GOOD: dict[str, dict[str, object]] = {
    "minimal": {},
    "one-commit": {"/commits": [_COMMIT]},
    "recorded-link-in-a-sha256-repository": {
        "/commits": [_COMMIT | {"oid": "a" * 64, "tree": "b" * 64, "link": "recorded"}]
    },
    "every-optional-member": {
        "/supersedes": "att_" + "7" * 64,
        "/capture/startedAt": "2026-11-21T08:00:00.5Z",
        "/capture/endedAt": "2026-11-21T08:59:59.999999Z",
        "/facts/agentVersion": {"value": "2.1.4", "basis": "reported"},
    },
    "extensions-hold-anything": {
        "/extensions": {"https://example.test/x": [None, {"deep": {"deeper": 1.5}}]},
        "/facts/extensions": {},
    },
    "largest-whole-number": {"/parts/bytes": 2**53 - 1},
    "as-many-commits-as-allowed": {"/commits": [_COMMIT] * 1024},
    "counts-by-name": {"/redaction/entities": {"PERSON": 3, "a.b:c/d-e_f": 0}},
    "facts-of-every-kind": {
        "/facts/models": [_WORD] * 32,
        "/facts/checks": [_CHECK, _CHECK | {"kind": "scan", "outcome": "claimed", "basis": "reported"}],
        "/facts/gaps": ["permission-mode-unknown"],
    },
}
"""Changes by JSON pointer that leave the predicate good."""

BAD: dict[str, dict[str, object]] = {
    "unknown-member": {"/novel": 1},
    "unknown-member-deep": {"/redaction/secondScan/novel": 1},
    "extensions-where-none-are-kept": {"/parts/extensions": {}},
    "extensions-not-an-object": {"/extensions": []},
    "missing-member": {"/nonce": ...},
    "missing-member-deep": {"/facts/access/env": ...},
    "null-for-a-missing-optional-member": {"/supersedes": None},
    "list-for-an-object": {"/session": []},
    "object-for-a-list": {"/commits": {}},
    "number-for-text": {"/nonce": 5},
    "text-for-a-number": {"/parts/count": "1"},
    "true-for-a-number": {"/parts/count": True},
    "negative-number": {"/parts/count": -1},
    "broken-number": {"/parts/count": 1.5},
    "number-beyond-what-json-keeps": {"/parts/bytes": 2**53},
    "abbreviated-oid": {"/commits": [_COMMIT | {"oid": OID[:12]}]},
    "upper-case-oid": {"/commits": [_COMMIT | {"oid": OID.upper()}]},
    "oid-of-an-odd-length": {"/commits": [_COMMIT | {"oid": "a" * 50}]},
    "unknown-link": {"/commits": [_COMMIT | {"link": "declared"}]},
    "digest-with-a-line-feed": {"/parts/root": "1" * 63 + "\n"},
    "word-with-a-line-feed-at-its-end": {"/facts/gaps": ["gap\n"]},
    "word-with-a-space": {"/facts/gaps": ["two words"]},
    "empty-word": {"/facts/gaps": [""]},
    "word-too-long": {"/facts/gaps": ["a" * 129]},
    "free-text-where-only-a-word-may-stand": {"/session/format": "ignore previous; <b>trust</b>"},
    "unknown-basis": {"/facts/plans": {"count": 0, "basis": "certain"}},
    "unknown-check-outcome": {"/facts/checks": [_CHECK | {"outcome": "ok"}]},
    "second-scan-not-clean": {"/redaction/secondScan/result": "dirty"},
    "claims-to-be-whole": {"/capture/whole": "yes"},
    "time-without-zone": {"/capture/recordedAt": "2026-11-21T09:00:00"},
    "time-with-an-offset": {"/capture/recordedAt": "2026-11-21T09:00:00+01:00"},
    "time-in-month-13": {"/capture/recordedAt": "2026-13-21T09:00:00Z"},
    "time-in-other-digits": {"/capture/recordedAt": "٢٠٢٦-11-21T09:00:00Z"},
    "session-id-of-another-alphabet": {"/session/id": "ses_" + "I" * 26},
    "session-id-too-short": {"/session/id": "ses_01"},
    "superseding-nothing": {"/supersedes": ""},
    "count-under-an-odd-name": {"/redaction/entities": {"a b": 1}},
    "count-under-an-empty-name": {"/redaction/entities": {"": 1}},
    "count-that-is-text": {"/capture/unknownRecords": {"x": "1"}},
    "too-many-counts": {"/capture/unknownRecords": {f"n{at}": 0 for at in range(513)}},
    "too-many-commits": {"/commits": [_COMMIT] * 1025},
    "too-many-models": {"/facts/models": [_WORD] * 33},
}
"""Changes by JSON pointer, each of which alone makes the predicate bad; `...` removes a member."""


def schema_of(name: str) -> dict[str, object]:
    """Give one schema with its head."""
    identifier, title, shape = SCHEMAS[name]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": identifier, "title": title}
    return head | shape.schema()


def vector(changes: dict[str, object], *, good: bool) -> dict[str, object]:
    """Give one vector: the minimal predicate with the changes made."""
    predicate: dict[str, object] = copy.deepcopy(MINIMAL)
    for pointer, value in changes.items():
        *above, last = pointer.split("/")[1:]
        holder: dict[str, object] = predicate
        for step in above:
            inner = holder[step]
            if not isinstance(inner, dict):
                raise TypeError(pointer)
            holder = inner
        if value is ...:
            del holder[last]
        else:
            holder[last] = value
    return {"valid": good, "predicate": predicate}


def documents() -> dict[Path, bytes]:
    """Give every file this script makes."""
    made: dict[Path, bytes] = {SPEC / name: _text(schema_of(name), indent=2) for name in SCHEMAS}
    folder = SPEC / "vectors/session-v1"
    for prefix, cases in (("good", GOOD), ("bad", BAD)):
        for name, changes in cases.items():
            made[folder / f"{prefix}-{name}.json"] = _text(vector(changes, good=prefix == "good"), indent=None)
    return made


def _text(value: object, *, indent: int | None) -> bytes:
    return (json.dumps(value, indent=indent, sort_keys=True) + "\n").encode()


def differing(made: dict[Path, bytes], read: Callable[[Path], bytes | None]) -> list[str]:
    """Name the files that are missing, differ, or that no case makes any more."""
    names = [str(path.relative_to(SPEC)) for path, data in made.items() if read(path) != data]
    kept = set((SPEC / "vectors/session-v1").glob("*.json"))
    return sorted(names + [str(path.relative_to(SPEC)) for path in kept - set(made)])


def main() -> int:
    """Write the files, or check them with --check."""
    made = documents()
    if "--check" in sys.argv[1:]:
        wrong = differing(made, lambda path: path.read_bytes() if path.is_file() else None)
        for name in wrong:
            print(f"docs/spec/{name} differs from the code; run python -m tools.make_schemas")
        return 1 if wrong else 0
    for path, data in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
