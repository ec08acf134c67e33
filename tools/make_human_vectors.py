"""Write the conformance vectors of `review/v1` and `exception/v1`, or with --check say which differ from the code.

`good-*` hold; `bad-*` are not of the shape; `unsound-*` are of the shape and contradict themselves.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

from attest.model.review_predicate import QUESTIONS

SPEC = Path(__file__).resolve().parents[1] / "docs/spec/vectors"
SESSION = "ses_01JZZZZZZZZZZZZZZZZZZZZZZZ"
OID, TREE = "1f0c7a7be1d1a3c8a3f2b4f7f4f1a2b3c4d5e6f7", "2e1d8b8cf2e2b4d9b4e3c5a8e5e2b3c4d5f6a7b8"
Change = dict[str, object]

_COMMIT: Change = {"oid": OID, "tree": TREE, "changed": {"count": 1, "root": "6" * 64}}
_EVENT: Change = {"session": SESSION, "event": 14}
_YES: Change = {"answer": "yes", "events": [_EVENT]}
_NOT: Change = {"answer": "not-checked", "events": []}
REVIEW: Change = {
    "reviewedAt": "2026-11-21T09:00:00Z",
    "meaning": "process-and-code",
    "decision": "approve",
    "capacity": "person",
    "checklist": "process-v1",
    "answers": dict.fromkeys(QUESTIONS, _YES),
    "head": {"oid": OID, "tree": TREE},
    "commits": [_COMMIT | {"patch": "3" * 40}],
    "sessions": [{"id": SESSION, "sha256": "4" * 64}],
    "policy": "sha256:" + "5" * 64,
}
EXCEPTION: Change = {
    "grantedAt": "2026-11-21T09:00:00Z",
    "expiresAt": "2026-11-28T00:00:00Z",
    "rules": ["auth"],
    "reason": "emergency",
    "capacity": "security",
    "commits": [_COMMIT],
}
REVIEWS: dict[str, Change] = {
    "good-every-member": {},
    "good-nothing-checked-no-session": {
        "/answers": dict.fromkeys(QUESTIONS, _NOT), "/sessions": [], "/policy": "none", "/decision": "comment-only",
        "/commits": [_COMMIT],
    },
    "good-agent-says-so": {"/capacity": "agent", "/decision": "request-changes"},
    "good-two-captures-of-a-session": {
        "/sessions": [{"id": SESSION, "sha256": "4" * 64}, {"id": SESSION, "sha256": "7" * 64}]
    },
    "good-extensions": {"/extensions": {"https://example.test/x": 1}},
    "bad-unknown-member": {"/comment": "looks good to me"},
    "bad-free-text-in-an-answer": {"/answers/intent-clear": _YES | {"note": "see above"}},
    "bad-question-left-out": {"/answers/plan-sound": ...},
    "bad-question-nobody-asks": {"/answers/looks-good": _YES},
    "bad-answer-nobody-knows": {"/answers/plan-sound": _YES | {"answer": "mostly"}},
    "bad-decision-nobody-knows": {"/decision": "lgtm"},
    "bad-meaning-missing": {"/meaning": ...},
    "bad-capacity-missing": {"/capacity": ...},
    "bad-policy-missing": {"/policy": ...},
    "bad-policy-without-algorithm": {"/policy": "5" * 64},
    "bad-other-checklist": {"/checklist": "process-v2"},
    "bad-short-oid": {"/head/oid": OID[:12]},
    "bad-session-digest-too-short": {"/sessions": [{"id": SESSION, "sha256": "4" * 40}]},
    "bad-too-many-events": {"/answers/plan-sound": _YES | {"events": [_EVENT] * 65}},
    "bad-too-many-commits": {"/commits": [_COMMIT] * 257},
    "unsound-yes-without-an-event": {"/answers/plan-sound": {"answer": "yes", "events": []}},
    "unsound-no-without-an-event": {"/answers/plan-sound": {"answer": "no", "events": []}},
    "unsound-event-of-a-session-not-reviewed": {"/sessions": []},
    "unsound-head-is-none-of-the-commits": {"/head/oid": "8" * 40},
    "unsound-head-with-another-tree": {"/head/tree": "8" * 40},
    "unsound-commit-twice": {"/commits": [_COMMIT, _COMMIT]},
    "unsound-capture-twice": {"/sessions": [{"id": SESSION, "sha256": "4" * 64}] * 2},
}  # fmt: skip
EXCEPTIONS: dict[str, Change] = {
    "good-minimal": {},
    "good-range-and-words-kept-elsewhere": {
        "/range": {"base": "9" * 40, "tip": OID}, "/reasonText": "a" * 64, "/rules": ["auth", "tier-2.review"],
    },
    "good-extensions": {"/extensions": {}},
    "bad-unknown-member": {"/approvedBy": "somebody"},
    "bad-without-an-end": {"/expiresAt": ...},
    "bad-end-without-zone": {"/expiresAt": "2026-11-28T00:00:00"},
    "bad-reason-in-words": {"/reason": "we were in a hurry"},
    "bad-reason-text-in-words": {"/reasonText": "we were in a hurry"},
    "bad-rule-with-a-space": {"/rules": ["auth rule"]},
    "bad-rule-pattern": {"/rules": ["*"]},
    "bad-capacity-nobody-knows": {"/capacity": "boss"},
    "bad-too-many-rules": {"/rules": ["auth"] * 17},
    "unsound-no-rule": {"/rules": []},
    "unsound-no-commit": {"/commits": []},
    "unsound-ends-before-it-begins": {"/expiresAt": "2026-11-21T08:59:59Z"},
    "unsound-ends-as-it-begins": {"/expiresAt": "2026-11-21T09:00:00Z"},
    "unsound-day-that-no-calendar-has": {"/expiresAt": "2027-02-30T00:00:00Z"},
}  # fmt: skip
SETS: dict[str, tuple[Change, dict[str, Change]]] = {
    "review-v1": (REVIEW, REVIEWS),
    "exception-v1": (EXCEPTION, EXCEPTIONS),
}


def changed(minimal: Change, changes: Change) -> Change:
    """Give a predicate with members set, or with `...` removed, by JSON pointer."""
    predicate = copy.deepcopy(minimal)
    for pointer, value in changes.items():
        *above, last = pointer.split("/")[1:]
        holder = predicate
        for step in above:
            inner = holder[step]
            if not isinstance(inner, dict):
                raise TypeError(pointer)
            holder = inner
        if value is ...:
            del holder[last]
        else:
            holder[last] = value
    return predicate


def documents() -> dict[Path, bytes]:
    """Give every file this script makes."""
    made = {}
    for folder, (minimal, cases) in SETS.items():
        for name, changes in cases.items():
            vector = {"valid": name.startswith("good-"), "predicate": changed(minimal, changes)}
            made[SPEC / folder / f"{name}.json"] = (json.dumps(vector, sort_keys=True) + "\n").encode()
    return made


def differing() -> list[str]:
    """Name the files that are missing, differ, or that no case makes any more."""
    made = documents()
    wrong = [path for path, data in made.items() if not path.is_file() or path.read_bytes() != data]
    kept = {path for folder in SETS for path in (SPEC / folder).glob("*.json")}
    return sorted(str(path.relative_to(SPEC)) for path in {*wrong, *(kept - set(made))})


def main() -> int:
    """Write the files, or check them with --check."""
    if "--check" in sys.argv[1:]:
        for name in differing():
            print(f"docs/spec/vectors/{name} differs; run python -m tools.make_human_vectors")
        return 1 if differing() else 0
    for path, data in documents().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
