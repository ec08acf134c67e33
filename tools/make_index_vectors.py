"""Print the test vectors of the index: `python tools/make_index_vectors.py > docs/spec/vectors/index.json`."""

from __future__ import annotations

import json
import sys
from hashlib import sha256

from attest.ledger.index import (
    PUBLIC,
    Keying,
    KeyKind,
    LiveSegment,
    Row,
    Segment,
    encode_live,
    index_key,
    index_keys,
    index_predicate,
    keyed_by,
    live_root,
    prove_key,
)

OID = "1f0c7a7be1d1a3c8a3f2b4f7f4f1a2b3c4d5e6f7"
OID_256 = sha256(b"a commit of a SHA-256 repository").hexdigest()
SESSION = "ses_01JZZZZZZZZZZZZZZZZZZZZZZZ"
REPOSITORY = "git+https://git.example.org/team/app"
SECRET = bytes(range(32))
TYPE = "https://whereof.dev/attestation/session/v1"


def _subject(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "digest": {"sha256": "0" * 64}, **more}


STATEMENTS: dict[str, dict[str, object]] = {
    "a session and its commit": {
        "predicateType": TYPE,
        "subject": [
            _subject(f"{REPOSITORY}@{OID}", uri=f"{REPOSITORY}@{OID}", annotations={"gitCommit": OID}),
            _subject(SESSION),
        ],
        "predicate": {"commits": [{"oid": OID}]},
    },
    "another spelling of the repository gives the same key": {
        "predicateType": TYPE,
        "subject": [_subject(f"git+https://me@GIT.example.org/team/app.git@{OID}")],
    },
    "a commit of a SHA-256 repository, named by the predicate only": {
        "predicateType": TYPE,
        "subject": [_subject(SESSION)],
        "predicate": {"commits": [{"oid": OID_256}]},
    },
    "a true gitCommit digest": {"predicateType": "t", "subject": [{"name": "x", "digest": {"gitCommit": OID}}]},
    "short, upper-case and misplaced ids give no key": {
        "predicateType": "t",
        "subject": [
            _subject("ses_short", annotations={"gitCommit": OID[:12]}),
            _subject(f"{REPOSITORY}@main", annotations={"gitCommit": OID.upper()}),
            "not an object",
        ],
        "predicate": {"commits": [{"oid": 7}, OID]},
    },
    "nothing to find it by": {"subject": 7, "predicate": []},
}


def _segment(places: list[tuple[bytes, int]], asked: list[bytes], keying: Keying) -> dict[str, object]:
    rows = [
        Row(key=keying.apply(key), index=index, payload_hash=sha256(b"%d" % index).digest()) for key, index in places
    ]
    segment = Segment.from_rows(0, 6, rows)
    live = (LiveSegment.of(segment),)
    return {
        "first": segment.first,
        "end": segment.end,
        "rows": [row.encode().hex() for row in segment.rows],
        "root": segment.root.hex(),
        "live_blob": encode_live(live).hex(),
        "live_root": live_root(live).hex(),
        "predicate": index_predicate(live, keying.name),
        "proofs": [
            {
                "key": key.hex(),
                "indices": sorted(index for owner, index in places if owner == key),
                "proof": prove_key(segment, keying.apply(key)).to_json(),
            }
            for key in asked
        ],
    }


def main() -> None:
    """Write the vectors to standard output."""
    keys = [index_key(KeyKind.GIT_COMMIT, format(number, "040x")) for number in range(3)]
    places = [(keys[0], 0), (keys[1], 1), (keys[1], 4), (keys[1], 3), (keys[2], 2)]
    asked = [*keys, index_key(KeyKind.GIT_COMMIT, "f" * 40)]
    private = keyed_by(SECRET)
    vectors = {
        "keys": [
            {"name": name, "statement": statement, "keys": [key.hex() for key in index_keys(statement)]}
            for name, statement in STATEMENTS.items()
        ],
        "segment": _segment(places, asked, PUBLIC),
        "private": {"secret": SECRET.hex(), "segment": _segment(places, asked, private)},
    }
    json.dump(vectors, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
