"""The JSON bodies of the API. They are made from domain values at the border and go no further in."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from attest.catalogue import CATALOGUE
from attest.model.reached import Reached

CODES = list[JsonValue](sorted(CATALOGUE))


class Body(BaseModel):
    """Base of all bodies: nothing unknown, nothing converted, nothing changed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Problem(Body):
    """An error (RFC 9457)."""

    type: str = Field(description="A URI that names the kind of problem.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="The request id, as in X-Request-Id.")
    code: str = Field(json_schema_extra={"enum": CODES})
    hint: str = Field(description="What to do next.")
    retryable: bool
    expected: str | None = None
    got: str | None = None
    where: str | None = None
    error: str | None = Field(default=None, description="The word of RFC 8628, for a command line that signs in.")
    candidates: tuple[str, ...] | None = Field(default=None, description="Full oids, for input.ambiguous.")


class AsOf(Body):
    """The state of the log that an answer was given from."""

    log: str
    tree_size: int
    root: str = Field(description="SHA-256, hex.")


class Receipt(Body):
    """Where an attestation stands in the log."""

    attestation: str
    session: str | None
    predicate_type: str
    log: str
    index: int
    tree_size: int
    root: str
    integrated_time: int | None
    commits: tuple[str, ...]
    payload_sha256: str
    bundle_sha256: str
    index_keys: tuple[str, ...]
    state: Reached = Field(description="How far the entry has come: durable, published, or cosigned by witnesses.")


class BatchLine(Body):
    """What became of one line of a batch: a receipt, or a problem; one of the two."""

    line: int = Field(description="The number of the line in the request, from 1.")
    status: int = Field(description="What the line would have been answered with by itself.")
    receipt: Receipt | None = None
    problem: Problem | None = None


class RejectedSpans(Body):
    """What of an export was turned away (OTLP `ExportTracePartialSuccess`)."""

    rejectedSpans: str = Field(description="A number, as OTLP writes it.")  # noqa: N815  # OTLP's own name
    errorMessage: str  # noqa: N815


class ExportedSpans(Body):
    """The answer to an export of spans."""

    partialSuccess: RejectedSpans | None = None  # noqa: N815


class RejectedLogs(Body):
    """What of an export was turned away (OTLP `ExportLogsPartialSuccess`)."""

    rejectedLogRecords: str = Field(description="A number, as OTLP writes it.")  # noqa: N815
    errorMessage: str  # noqa: N815


class ExportedLogs(Body):
    """The answer to an export of log records."""

    partialSuccess: RejectedLogs | None = None  # noqa: N815


class Recording(Body):
    """One logged recording of a session; no words of it."""

    session: str
    attestation: str
    index: int
    recorded_at: str
    identity: str
    issuer: str
    commits: tuple[str, ...]
    agent: str | None = Field(description="As reported by the session; null where the statement names none.")
    models: tuple[str, ...]


class Counted(Body):
    """How many rows a list has in all."""

    value: int
    relation: Literal["eq", "gte"] = Field(description="`gte`: there are at least so many; nobody counted further.")


BEFORE: Final = "The log that this one follows, whose rows are not in this list; answers and searches have them."


class Sessions(Body):
    """A page of recordings, newest first."""

    data: tuple[Recording, ...]
    next: str | None = Field(description="Cursor of the next page; null at the end.")
    as_of: AsOf
    follows: str | None = Field(description=BEFORE)
    indexed_to: int = Field(description="Entries below this index were looked at.")
    count: Counted


class Listed(Body):
    """One attestation, as lists show it."""

    attestation: str
    index: int
    predicate_type: str
    session: str | None
    recorded_at: str
    identity: str
    issuer: str
    commits: tuple[str, ...]


class Attestations(Body):
    """A page of attestations, newest first."""

    data: tuple[Listed, ...]
    next: str | None = Field(description="Cursor of the next page; null at the end.")
    as_of: AsOf
    follows: str | None = Field(description=BEFORE)
    indexed_to: int = Field(description="Entries below this index were looked at.")
    count: Counted


class SessionDetail(Body):
    """What is signed and logged of one session, newest recording first."""

    id: str
    recordings: tuple[Recording, ...]
    capture: dict[str, object] = Field(description="From the newest statement.")
    facts: dict[str, object] = Field(description="From the newest statement.")
    redaction: dict[str, object] = Field(description="From the newest statement.")
    parts: dict[str, object] = Field(description="From the newest statement.")
    as_of: AsOf


class Events(Body):
    """Events of a session, paged by bytes; words of a redacted transcript, never cached."""

    session: str
    attestation: str
    data: tuple[dict[str, object], ...]
    next_seq: int | None = Field(description="Ask again with this from_seq; null at the end.")
    kept: bool = Field(
        default=True, description="False when the session was recorded without parts: no events are kept."
    )


class Attestation(Body):
    """One logged attestation."""

    id: str
    receipt: Receipt
    identity: str
    issuer: str
    signed_elsewhere: bool = Field(description="True where the bundle carries another log's proof.")
    statement: dict[str, object] = Field(description="The payload, read; the exact bytes are in the bundle.")
    bundle: str = Field(description="Path of the exact Sigstore bundle.")


class Entry(Body):
    """One leaf of the log; binary values are base64."""

    log: str
    index: int
    kind: str = Field(json_schema_extra={"enum": ["attestation", "artifact", "genesis", "index"]})
    leaf_hash: str = Field(description="RFC 6962 leaf hash, hex.")
    body: str = Field(description="The leaf.")
    envelope: str = Field(description="The DSSE envelope, as signed.")
    certificate: str = Field(description="DER.")
    token: str | None = Field(description="RFC 3161 response, DER; null for the log's own leaves.")
    attestation: str | None


class InclusionProof(Body):
    """That an entry is in the tree of one size (RFC 6962 2.1.1); hashes are hex, leaf to root."""

    log: str
    index: int
    leaf_hash: str
    tree_size: int
    root: str
    hashes: tuple[str, ...]
    checkpoint: str | None = Field(description="C2SP note of exactly this size; null where none was signed.")
    sigstore_checkpoint: str | None


class WitnessHealth(Body):
    """What one witness cosigned last."""

    name: str
    operator: str = Field(
        json_schema_extra={"enum": ["other", "same"]}, description="By name or key; same counts zero."
    )
    tree_size: int
    at: str = Field(description="By the witness's clock.")
    age_s: int = Field(description="Held against this service's clock; negative: the witness's clock is ahead.")
    lag: int = Field(description="Entries that the log has beyond it.")


class AnchorHealth(Body):
    """One anchor of a head, and what was found of it."""

    kind: str
    where: str
    tree_size: int
    state: str = Field(
        json_schema_extra={"enum": ["verified", "not-verified", "same-operator", "no-clock", "bad"]},
        description="Only a verified one gives a time.",
    )
    time: str | None
    why: str


class LogHealth(Body):
    """How far the log, its files and its witnesses are."""

    log: str
    origin: str
    tree_size: int
    root: str
    signed_at: str
    published_size: int | None = Field(description="None: the object store does not answer.")
    state: str = Field(json_schema_extra={"enum": ["published", "committed", "unknown"]})
    witnesses: tuple[WitnessHealth, ...] = Field(description="Empty: nobody has cosigned a head of this log.")
    anchors: tuple[AnchorHealth, ...] = Field(description="The newest; empty: no head is anchored.")
    alarms: tuple[str, ...] = Field(description="Empty: nothing to say. Each is a plain sentence.")


class IndexLeaf(Body):
    """The last leaf of the tree, which commits to the list of live segments; binary values are base64."""

    index: int
    body: str
    envelope: str
    certificate: str
    hashes: tuple[str, ...] = Field(description="Inclusion proof in the tree, hex.")


class ListedBy(Body):
    """What proves that the index of one log lists exactly these entries for a key, at one head."""

    key: str
    entries: tuple[int, ...]
    as_of: AsOf
    checkpoint: str
    sigstore_checkpoint: str
    index_leaf: IndexLeaf
    live: str = Field(description="The list of live segments, base64.")
    proofs: tuple[dict[str, object], ...] = Field(description="One per live segment, in order.")
    genesis: IndexLeaf | None = Field(
        default=None,
        description="The first leaf, of a log in a chain: it names the log that it follows, and its final head.",
    )
    last: IndexLeaf | None = Field(
        default=None, description="The leaf before the index leaf, of a log that ended: it names the successor."
    )


class Completeness(ListedBy):
    """The same, with what the logs list that this one follows: the list is complete with all of them alone."""

    follows: str | None = Field(
        default=None, description="Origin of the log before this one; none: it follows no other."
    )
    followed: tuple[ListedBy, ...] = Field(
        default=(),
        description="Of each log before, newest first, at its final head; empty where the service does not hold them.",
    )


class PortableAnswer(BaseModel):
    """A `complete-answer/v1` file: `docs/spec` says what is in it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    answer: Literal["complete-answer/v1"]
    log: str
    checkpoint: str


class Commit(Body):
    """The answer for a commit, whose eleven sections are described in `answer.schema.json`."""

    schema_: str = Field(alias="schema", description="`answer/v1`")
    sentence: str
    commit: dict[str, object]
    verdict: dict[str, object]
    sections: tuple[dict[str, object], ...]
    as_of: AsOf | None
    follows: tuple[AsOf, ...] = Field(description="Ended logs before it that the answer covers, newest first.")
    next_steps: tuple[dict[str, object], ...]
    sessions: tuple[str, ...]
    attestations: tuple[str, ...]
    bundles: tuple[dict[str, object], ...]
    completeness: Completeness | None = Field(default=None, description="With `proof=complete`.")


class Health(Body):
    """Whether the service is up."""

    status: str


class Readiness(Body):
    """Whether the service can do its work."""

    status: str
    schema_current: bool
    schema_standing: str = Field(
        description="current; ahead: a newer version migrated, and this one works on it; behind: migrations are missing; "
        "beyond: for newer versions alone."
    )
    tree_size: int
    published_size: int | None = Field(description="None: the object store does not answer.")
