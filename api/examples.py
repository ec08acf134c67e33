"""Examples of requests, by operation: they stand in the OpenAPI document, and the tests send each of them.

Ids in them are of the right form and name nothing; the tests put real ones in their place.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

OID: Final = "9b2f6c1e0d4a7f8b3c5d6e7f8091a2b3c4d5e6f7"
SESSION: Final = "ses_01JZ0000000000000000000000"
ATTESTATION: Final = "att_" + "5e" * 32
POPULATION: Final = "pop_01JZ0000000000000000000000"
WEBHOOK: Final = "whk_01JZ0000000000000000000000"
SEED: Final = "00" * 32
SEED_SHA256: Final = hashlib.sha256(bytes.fromhex(SEED)).hexdigest()
RECEIVER: Final = "https://siem.example.com/hooks/whereof"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One request."""

    parameters: Mapping[str, object] = field(default_factory=dict)
    body: object = None


def _of(**parameters: object) -> Example:
    return Example(parameters=parameters)


EXAMPLES: Final[Mapping[str, Example]] = {
    "sessions": _of(limit=50),
    "session": _of(session=SESSION),
    "session_events": _of(session=SESSION, from_seq=0, max_bytes=65536),
    "session_access_log": _of(session=SESSION),
    "attestations": _of(commit=OID, limit=50),
    "attestation": _of(name=ATTESTATION),
    "attestation_bundle": _of(name=ATTESTATION),
    "commit": _of(oid=OID, proof="complete"),
    "lookup_commits": Example(body={"commits": [OID]}),
    "range": _of(repository="forge.example.test/ada/pond", span="main~1...main"),
    "control_operation": _of(
        repository="forge.example.test/ada/pond", since="2026-01-01", until="2100-01-01", limit=100
    ),
    "report": _of(repository="forge.example.test/ada/pond", span="main~1...main", format="jsonl"),
    "save_population": Example(body={"unit": "commit", "seed_sha256": SEED_SHA256}),
    "population": _of(population=POPULATION),
    "population_rows": _of(population=POPULATION),
    "redraw_sample": _of(population=POPULATION, size=1, seed=SEED),
    "draw_sample": Example(parameters={"population": POPULATION}, body={"size": 1, "seed": SEED}),
    "pull": _of(forge="git", owner="ada", repo="pond", number=7),
    "accesses": _of(kind="file", name="config/keys.pem", since="30d"),
    "check_overlaps": Example(body={"paths": ["src/pond.py"], "repository": "git+https://forge.example.test/ada/pond"}),
    "entry": _of(index=1),
    "entry_proof": _of(index=1),
    "events": _of(after=-1, limit=100),
    "siem_events": _of(after=-1, limit=100),
    "add_webhook": Example(body={"url": RECEIVER, "types": ["capture.gap"]}),
    "webhook": _of(webhook=WEBHOOK),
    "replay_webhook": _of(webhook=WEBHOOK, after=0),
    "end_webhook": _of(webhook=WEBHOOK),
    "begin_upload": Example(body={"sha256": "cd" * 32, "size": 1048576}),
    "index": _of(kind="git-commit", value=OID),
    "log_health": _of(log="default"),
    "usage": _of(since="2026-01-01T00:00:00Z", until="2030-01-01T00:00:00Z"),
    "access_log": _of(before=1000),
}


def put_example(operation: dict[str, Any]) -> None:
    """Put the example of an operation into its part of the document."""
    example = EXAMPLES.get(operation.get("operationId", ""))
    if example is None:
        return
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in example.parameters:
            parameter["example"] = example.parameters[parameter["name"]]
    if example.body is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example.body
