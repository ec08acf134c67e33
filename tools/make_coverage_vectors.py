"""Write the conformance vectors of `coverage/v1`, or with --check say which differ from the code.

`good-*` hold; `bad-*` are not of the shape; `unsound-*` are of the shape and contradict themselves.
"""

from __future__ import annotations

import hashlib
import json
import sys

from attest.canonical import canonical_json
from tools.make_human_vectors import SPEC, Change, changed

FOLDER = SPEC / "coverage-v1"
BASE, TIP, OLDER = "1" * 40, "2" * 40, "3" * 40
ATT, FILE = "att_" + "4" * 64, "sha256:" + "5" * 64
REASON: Change = {"check": "attributed", "rule": "auth", "verdict": "absent", "mode": "enforce", "policy": 0}
GAP: Change = {
    "oid": TIP, "state": "marked", "verdict": "absent", "tier": "critical", "reasons": [REASON], "inputs": [],
}  # fmt: skip
KEPT: Change = {
    "oid": OLDER, "state": "covered", "verdict": "pass", "tier": "critical", "reasons": [], "inputs": [ATT],
}  # fmt: skip
STATES = dict.fromkeys(("covered", "declared", "exempt", "marked", "unmarked", "before-start"), 0)
VERDICTS = dict.fromkeys(("invalid", "indeterminate", "absent", "policy", "pass"), 0)


def rows_digest(*rows: Change) -> str:
    """Give what binds the rows of all parts."""
    return hashlib.sha256(canonical_json(list(rows))).hexdigest()


def stated(*rows: Change) -> Change:
    """Give the members that change with the rows of a coverage in one part."""
    states, verdicts = [row["state"] for row in rows], [row["verdict"] for row in rows]
    worst = next(name for name in VERDICTS if name in verdicts)
    return {
        "/commits": list(rows),
        "/range/count": len(rows),
        "/part/rows": rows_digest(*rows),
        "/result/states": {name: states.count(name) for name in STATES},
        "/result/verdicts": {name: verdicts.count(name) for name in VERDICTS},
        "/result/verdict": worst,
    }


MINIMAL: Change = changed(
    {
        "judgedAt": "2026-11-21T09:00:00.000000Z",
        "range": {"base": BASE, "tip": TIP, "count": 2},
        "policy": {"name": "repository", "mode": "enforce", "readAt": BASE, "chosen": "base", "sha256": ["6" * 64]},
        "trust": ["7" * 64],
        "verifier": {"id": "https://example.test/verifier/v1", "version": "0.1.0"},
        "asOf": {"list": "not-proved"},
        "result": {"verdict": "", "states": {}, "verdicts": {}},
        "part": {"number": 1, "of": 1, "rows": ""},
        "inputs": [{"id": ATT, "sha256": "8" * 64}],
        "commits": [],
    },
    stated(GAP, KEPT),
)
_STOPPED: Change = {"check": "range", "rule": "policy", "verdict": "indeterminate", "mode": "enforce"}
_BAD_FILE: Change = {"id": FILE, "sha256": "5" * 64}
CASES: dict[str, Change] = {
    "good-minimal": {},
    "good-log-head": {
        "/asOf": {"list": "proved", "origin": "log.example.test/logs/a", "treeSize": 9, "root": "9" * 64},
    },
    "good-built-in-policy": {
        "/policy": {"name": "evidence-only", "mode": "enforce", "readAt": BASE, "chosen": "base", "sha256": []},
    } | stated(
        {**GAP, "reasons": [{"check": "evidence-only", "rule": "evidence-only", "verdict": "absent", "mode": "enforce"}]},
        KEPT,
    ),
    "good-observed-only": stated({**GAP, "reasons": [REASON | {"mode": "observe"}]}, KEPT),
    "good-wants-a-complete-list": stated(
        {**GAP, "verdict": "indeterminate", "reasons": [
            REASON | {"check": "access.deny.secret", "verdict": "indeterminate", "needs": "complete-list"}, REASON,
        ], "leftOut": 3, "ignored": 2}, KEPT,
    ),
    "good-evidence-that-does-not-parse": {"/inputs": [{"id": ATT, "sha256": "8" * 64}, _BAD_FILE]} | stated(
        {**GAP, "verdict": "invalid", "inputs": [FILE], "reasons": [
            REASON | {"check": "evidence", "verdict": "invalid", "code": "evidence.malformed"}
        ]}, KEPT,
    ),
    "good-nothing-could-be-judged": stated(
        {"oid": TIP, "state": "unmarked", "verdict": "indeterminate", "reasons": [_STOPPED], "inputs": []},
        {"oid": OLDER, "state": "unmarked", "verdict": "indeterminate", "reasons": [_STOPPED], "inputs": []},
    ) | {"/result/stopped": "git.shallow", "/inputs": []},
    "good-second-part-of-two": {"/part/number": 2, "/part/of": 2, "/commits": [KEPT]},
    "good-sha256-repository": {"/range/tip": "a" * 64, "/range/base": "b" * 64} | stated({**GAP, "oid": "a" * 64}, KEPT),
    "good-extensions": {"/extensions": {"https://example.test/x": [1]}},
    "bad-unknown-member": {"/approved": "yes"},
    "bad-free-text-in-a-row": {"/commits": [{**GAP, "comment": "looks good"}, KEPT]},
    "bad-reason-in-words": {"/commits": [{**GAP, "reasons": [REASON | {"check": "not signed by Ada"}]}, KEPT]},
    "bad-state-nobody-knows": {"/commits": [{**GAP, "state": "human"}, KEPT]},
    "bad-verdict-nobody-knows": {"/commits": [{**GAP, "verdict": "trusted"}, KEPT]},
    "bad-passing-reason": {"/commits": [{**GAP, "reasons": [REASON | {"verdict": "pass"}]}, KEPT]},
    "bad-state-left-out-of-the-counts": {"/result/states": {"covered": 2}},
    "bad-short-oid": {"/range/tip": TIP[:12]},
    "bad-without-a-moment": {"/judgedAt": ...},
    "bad-moment-without-zone": {"/judgedAt": "2026-11-21T09:00:00"},
    "bad-without-trust": {"/trust": ...},
    "bad-mode-nobody-knows": {"/policy/mode": "off"},
    "bad-verifier-without-a-uri": {"/verifier/id": "ci"},
    "bad-input-by-number": {"/commits": [GAP, {**KEPT, "inputs": [0]}]},
    "bad-needs-nobody-knows": {"/commits": [{**GAP, "reasons": [REASON | {"needs": "luck"}]}, KEPT]},
    "bad-negative-count": {"/range/count": -1},
    "bad-too-many-rows": {"/commits": [GAP] * 1025},
    "bad-too-many-reasons": {"/commits": [{**GAP, "reasons": [REASON] * 33}, KEPT]},
    "unsound-counts-do-not-add-up": {"/range/count": 3},
    "unsound-counts-are-not-of-the-rows": {"/result/states": STATES | {"covered": 2}},
    "unsound-verdict-is-not-the-gravest": {"/result/verdict": "pass"},
    "unsound-other-rows-than-committed-to": {"/part/rows": "0" * 64},
    "unsound-part-beyond-their-number": {"/part/number": 2},
    "unsound-part-zero": {"/part/number": 0, "/part/of": 0},
    "unsound-no-row": {"/commits": []},
    "unsound-commit-twice": stated(GAP, GAP),
    "unsound-without-the-tip": {"/range/tip": "a" * 40},
    "unsound-input-not-listed": {"/inputs": []},
    "unsound-input-twice": {"/inputs": [{"id": ATT, "sha256": "8" * 64}] * 2},
    "unsound-pass-with-a-failing-check": stated(GAP, {**KEPT, "reasons": [REASON]}),
    "unsound-no-reason": stated({**GAP, "reasons": []}, KEPT),
    "unsound-reason-graver-than-its-row": stated({**GAP, "verdict": "policy"}, KEPT),
    "unsound-policy-not-listed": stated({**GAP, "reasons": [REASON | {"policy": 1}]}, KEPT),
    "unsound-day-that-no-calendar-has": {"/judgedAt": "2026-02-30T09:00:00Z"},
}  # fmt: skip


def documents() -> dict[str, bytes]:
    """Give every vector by its file's name."""
    return {
        f"{name}.json": (
            json.dumps({"valid": name.startswith("good-"), "predicate": changed(MINIMAL, case)}, sort_keys=True) + "\n"
        ).encode()
        for name, case in CASES.items()
    }


def differing() -> list[str]:
    """Name the files that are missing, differ, or that no case makes any more."""
    made = documents()
    kept = {path.name: path.read_bytes() for path in FOLDER.glob("*.json")}
    return sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))


def main() -> int:
    """Write the files, or check them with --check."""
    if "--check" in sys.argv[1:]:
        for name in differing():
            print(f"docs/spec/vectors/coverage-v1/{name} differs; run python -m tools.make_coverage_vectors")
        return 1 if differing() else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, data in documents().items():
        (FOLDER / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
