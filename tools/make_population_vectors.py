"""Write the conformance vectors of `population/v1` and of sampling, or with --check say which differ from the code.

`good-*` hold; `bad-*` are not of the shape; `unsound-*` are of the shape and contradict themselves.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from attest.model.interval_sampling import draw_intervals, interval_for
from attest.model.population_predicate import ALGORITHM
from attest.model.population_rows import PopulationRow, ids_digest, rows_bytes, rows_digest
from attest.model.sampling import allocate, draw_random, draw_stratified, seed_commitment
from tools.make_human_vectors import SPEC, Change, changed

FOLDER = SPEC / "population-v1"
OID, BASE, TIP = "1" * 40, "2" * 40, "3" * 40
POP = "pop_" + "4" * 64
TIE: Change = {
    "source": "git", "query": "git rev-list B ^A", "readAt": "2026-11-21T09:00:00Z", "count": 3, "sha256": "5" * 64,
    "both": 2, "onlyHere": 0, "onlyThere": 1,
}  # fmt: skip
SAMPLE: Change = {
    "of": POP, "rows": {"count": 9, "sha256": "6" * 64}, "algorithm": ALGORITHM, "method": "random", "seed": "7" * 64,
    "seedCommitted": "before",
}  # fmt: skip
STRATA: Change = {"method": "stratified", "by": "state", "strata": {"covered": 1, "declared": 1}}
UNITS: Change = {"interval": 40, "total": 90, "certain": 1, "zero": 3, "unknown": 0}
WEIGHED: Change = {"method": "monetary-unit", "by": "lines", "weighed": UNITS}
GIT: Change = {"source": "git", "base": BASE, "tip": TIP, "repository": "git+https://forge.example.test/ada/pond"}
MINIMAL: Change = {
    "unit": "commit",
    "extractedAt": "2026-11-21T09:00:00.000000Z",
    "query": {"source": "log"},
    "asOf": {"origin": "log.example.test/logs/a", "treeSize": 9, "root": "8" * 64},
    "rows": {"count": 2, "sha256": "9" * 64},
    "exclusions": [],
    "tieOut": [],
}
CASES: dict[str, Change] = {
    "good-minimal": {},
    "good-every-member": {
        "/query": {"source": "log", "since": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z",
                   "predicateTypes": ["https://whereof.dev/attestation/session/v1"]},
        "/exclusions": [{"id": OID, "why": "bot-commit"}], "/tieOut": [TIE],
        "/draw": {"algorithm": ALGORITHM, "seedSha256": "a" * 64}, "/extensions": {"https://example.test/x": 1},
    },
    "good-range-of-git": {"/query": GIT, "/unit": "change"},
    "good-random-sample": {"/sample": SAMPLE},
    "good-chosen-recordings": {"/query": {"source": "log", "facets": {"agent": "codex", "mode": "never"}}},
    "good-measured-range": {"/query": GIT | {"measures": ["files", "lines"]}},
    "good-monetary-unit-sample": {"/sample": SAMPLE | WEIGHED},
    "good-stratified-sample": {"/sample": SAMPLE | STRATA},
    "bad-facet-by-person": {"/query": {"source": "log", "facets": {"author": "someone"}}},
    "bad-unknown-member": {"/author": "ada"},
    "bad-unit-nobody-knows": {"/unit": "person"},
    "bad-weight-by-person": {"/sample": SAMPLE | WEIGHED | {"by": "author"}},
    "bad-strata-by-person": {"/sample": SAMPLE | STRATA | {"by": "author"}},
    "bad-free-text-why": {"/exclusions": [{"id": OID, "why": "it was a bot"}]},
    "bad-question-with-a-line-feed": {"/tieOut": [TIE | {"query": "a\nb"}]},
    "bad-other-algorithm": {"/draw": {"algorithm": "random", "seedSha256": "a" * 64}},
    "bad-short-seed": {"/sample": SAMPLE | {"seed": "7" * 62}},
    "bad-attestation-for-a-population": {"/sample": SAMPLE | {"of": "att_" + "4" * 64}},
    "bad-too-many-rows": {"/rows/count": 100_001},
    "bad-digest-missing": {"/rows/sha256": ...},
    "bad-as-of-missing": {"/asOf": ...},
    "unsound-one-end-of-a-range": {"/query": {"source": "git", "tip": TIP}},
    "unsound-range-of-the-log": {"/query": {"source": "log", "base": BASE, "tip": TIP}},
    "unsound-release-of-git": {"/query": GIT, "/unit": "release"},
    "unsound-span-that-ends-before-it-begins": {
        "/query": {"source": "log", "since": "2026-11-01T00:00:00Z", "until": "2026-10-01T00:00:00Z"}
    },
    "unsound-unit-left-out-twice": {"/exclusions": [{"id": OID, "why": "a"}, {"id": OID, "why": "b"}]},
    "unsound-tie-out-that-does-not-add-up-here": {"/tieOut": [TIE | {"onlyHere": 1}]},
    "unsound-tie-out-that-does-not-add-up-there": {"/tieOut": [TIE | {"count": 4}]},
    "unsound-sample-larger-than-its-population": {"/sample": SAMPLE | {"rows": {"count": 1, "sha256": "6" * 64}}},
    "unsound-random-sample-with-strata": {"/sample": SAMPLE | STRATA | {"method": "random"}},
    "unsound-strata-that-do-not-add-up": {"/sample": SAMPLE | STRATA | {"strata": {"covered": 3}}},
    "unsound-facets-of-git": {"/query": GIT | {"facets": {"agent": "codex"}}},
    "unsound-measures-of-the-log": {"/query": {"source": "log", "measures": ["lines"]}},
    "unsound-measures-out-of-order": {"/query": GIT | {"measures": ["lines", "files"]}},
    "unsound-monetary-unit-sample-by-state": {"/sample": SAMPLE | WEIGHED | {"by": "state"}},
    "unsound-monetary-unit-sample-without-weights": {"/sample": SAMPLE | {"method": "monetary-unit", "by": "lines"}},
    "unsound-random-sample-with-weights": {"/sample": SAMPLE | {"weighed": UNITS}},
    "unsound-stratified-sample-by-weight": {"/sample": SAMPLE | STRATA | {"by": "lines"}},
    "unsound-interval-of-nothing": {"/sample": SAMPLE | WEIGHED | {"weighed": UNITS | {"interval": 0}}},
    "unsound-weights-that-give-fewer-rows": {"/sample": SAMPLE | WEIGHED | {"weighed": UNITS | {"total": 30, "certain": 0}}},
    "unsound-weights-for-certain-that-were-not-drawn": {"/sample": SAMPLE | WEIGHED | {"weighed": UNITS | {"certain": 3}}},
    "unsound-sample-that-commits-to-a-seed": {
        "/sample": SAMPLE, "/draw": {"algorithm": ALGORITHM, "seedSha256": "a" * 64}
    },
}  # fmt: skip


def sampling() -> Change:
    """Give draws: rows, their digest, and what two seeds draw of them."""
    states = ("covered", "covered", "covered", "declared", "not-recorded")
    rows = [PopulationRow(id=f"{number:040x}", state=states[number % 5], entries=number % 5) for number in range(40)]
    digest, seeds = rows_digest(rows), (bytes(32), bytes(range(32)))
    draws = []
    for seed in seeds:
        stratified, shares = draw_stratified(rows, 10, by="state", seed=seed, rows_sha256=digest)
        random = draw_random([row.id for row in rows], 10, seed=seed, rows_sha256=digest)
        draws.append(
            {
                "seed": seed.hex(),
                "seedSha256": seed_commitment(seed),
                "random": list(random),
                "stratified": {"by": "state", "strata": shares, "ids": list(stratified)},
            }
        )
    sizes = ({"a": 1, "b": 1, "c": 98}, {"a": 5, "b": 5, "c": 5}, {"é": 3, "z": 3})
    return {
        "algorithm": ALGORITHM,
        "rows": rows_bytes(rows).decode(),
        "sha256": digest,
        "ids": ids_digest([row.id for row in rows]),
        "draws": draws,
        "shares": [{"sizes": one, "total": total, "shares": allocate(one, total)} for one in sizes for total in (3, 5)],
    }


def intervals() -> Change:
    """Give draws by weight: rows that weigh nothing, little, much, and not known how much."""
    weights = (0, 1, 2, 3, 5, 8, 13, 21, 34, 400, None)
    rows = [
        PopulationRow(id=f"{number:040x}", state="covered", entries=number % 3, files=1, lines=weights[number % 11])
        for number in range(44)
    ]
    digest = rows_digest(rows)
    draws = []
    for seed in (bytes(32), bytes(range(32))):
        for by, interval in (("lines", 90), ("lines", interval_for(rows, "lines", 10)), ("entries", 7), ("files", 44)):
            ids, weighed = draw_intervals(rows, interval, by=by, seed=seed, rows_sha256=digest)
            draws.append({"seed": seed.hex(), "by": by, "weighed": asdict(weighed), "ids": list(ids)})
    return {"algorithm": ALGORITHM, "rows": rows_bytes(rows).decode(), "sha256": digest, "draws": draws}


def documents() -> dict[str, str]:
    """Give every file by its name."""
    made: dict[str, object] = {
        name: {"valid": name.startswith("good-"), "predicate": changed(MINIMAL, change)}
        for name, change in CASES.items()
    }
    return {
        f"{name}.json": json.dumps(value, sort_keys=True) + "\n"
        for name, value in (made | {"sampling": sampling(), "intervals": intervals()}).items()
    }


def differing() -> list[str]:
    """Name the files that are missing, differ, or that no case makes any more."""
    made = documents()
    there = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    return sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))


def main() -> int:
    """Write the files, or check them with --check."""
    if "--check" in sys.argv[1:]:
        for name in differing():
            print(f"{FOLDER.name}/{name} differs from the code; run python -m tools.make_population_vectors")
        return 1 if differing() else 0
    FOLDER.mkdir(exist_ok=True)
    for name, text in documents().items():
        (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
