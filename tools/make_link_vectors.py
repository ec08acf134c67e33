"""Write the conformance vectors of `commit-link/v1`, or with --check say which differ from the code."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs/spec/vectors/commit-link-v1"
OLD, NEW = "1f0c7a7be1d1a3c8a3f2b4f7f4f1a2b3c4d5e6f7", "9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b"
LINK: dict[str, object] = {
    "commit": NEW,
    "session": "ses_01JZZZZZZZZZZZZZZZZZZZZZZZ",
    "kind": "rewritten",
    "relation": "authored",
    "confidence": "strong",
    "method": "patch-id@1",
    "evidence": [{"what": "rewritten-from", "value": OLD}],
    "derivedFrom": [OLD],
}
MINIMAL: dict[str, object] = {
    "linkedAt": "2026-11-21T09:00:00Z",
    "maker": "carry",
    "commits": [{"oid": OLD}],
    "links": [LINK],
}
_OVERLAP = {"matched": 5, "sameFile": 4, "telling": 8, "filesMatched": 1, "files": 2}
GOOD: dict[str, dict[str, object]] = {
    "rewritten": {},
    "without-links": {"links": []},
    "without-sources": {"commits": ...},
    "imported": {
        "maker": "import",
        "links": [
            {
                "commit": "a" * 64,
                "agent": "claude-code",
                "nativeSession": "s-1",
                "source": "entire",
                "sourceId": "0a1b2c3d4e5f",
                "kind": "declared",
                "relation": "authored",
                "confidence": "medium",
                "method": "entire-checkpoint@1",
                "overlap": _OVERLAP,
                "evidence": [],
            }
        ],
    },
    "taken-back": {"links": [LINK | {"relation": "reverts", "kind": "declared"}]},
    "extensions-hold-anything": {"extensions": {"https://example.test/x": [1.5, None]}},
}
"""Members changed, each of which leaves the predicate good; `...` removes a member."""

BAD: dict[str, dict[str, object]] = {
    "without-links-member": {"links": ...},
    "without-time": {"linkedAt": ...},
    "maker-nobody-is": {"maker": "server"},
    "unknown-member": {"note": "words"},
    "kind-nobody-knows": {"links": [LINK | {"kind": "guessed"}]},
    "confidence-as-a-number": {"links": [LINK | {"confidence": 0.9}]},
    "short-commit": {"links": [LINK | {"commit": NEW[:12]}]},
    "link-without-method": {"links": [{k: v for k, v in LINK.items() if k != "method"}]},
    "evidence-with-words": {"links": [LINK | {"evidence": [{"what": "trailer", "value": "said so"}]}]},
    "overlap-as-a-share": {"links": [LINK | {"overlap": _OVERLAP | {"matched": 0.5}}]},
    "source-nobody-reads": {"links": [LINK | {"source": "elsewhere"}]},
    "session-of-another-alphabet": {"links": [LINK | {"session": "ses_" + "I" * 26}]},
    "too-many-links": {"links": [LINK] * 513},
}
"""Members changed, each of which alone makes the predicate bad."""


def documents() -> dict[Path, bytes]:
    """Give every file this script makes."""
    made: dict[Path, bytes] = {}
    for prefix, cases in (("good", GOOD), ("bad", BAD)):
        for name, changes in cases.items():
            predicate = copy.deepcopy(MINIMAL) | changes
            kept = {member: value for member, value in predicate.items() if value is not ...}
            vector = {"valid": prefix == "good", "predicate": kept}
            made[FOLDER / f"{prefix}-{name}.json"] = (json.dumps(vector, sort_keys=True) + "\n").encode()
    return made


def main() -> int:
    """Write the files, or check them with --check."""
    made = documents()
    if "--check" in sys.argv[1:]:
        wrong = sorted(path.name for path, data in made.items() if not path.is_file() or path.read_bytes() != data)
        wrong += sorted(path.name for path in set(FOLDER.glob("*.json")) - set(made))
        for name in wrong:
            print(f"docs/spec/vectors/commit-link-v1/{name} differs; run python -m tools.make_link_vectors")
        return 1 if wrong else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, data in made.items():
        path.write_bytes(data)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
