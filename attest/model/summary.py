"""SLSA verification summaries (VSA v1) and in-toto simple verification results (SVR v0.1): written, and read as their consumers do.

A VSA says PASSED or FAILED; what is not known has none. Its levels are ours alone (`ORG_SOURCE_AGENT_…`): nothing here says
anything of a SLSA level. The reader follows SLSA's steps for consumers; signature and log are checked before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput, NotVerified
from attest.model.session_predicate import TIME
from attest.model.statement import Subject, build_statement, parse_statement
from attest.model.summary_types import SVR_V01, VSA_V1

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.statement import Statement

PASSED: Final = "PASSED"
FAILED: Final = "FAILED"
LEVEL_PREFIX: Final = "ORG_SOURCE_AGENT_"
LEVELS: Final = ("POLICY_MET", "SESSION_RECORDED", "DECLARED", "REVIEWED")
SLSA_VERSION: Final = "1.2"
"""The version that defines `ORG_SOURCE_…` as properties of an organisation's own."""
MAX_LEVELS: Final = 64
MAX_INPUTS: Final = 4096
_URI: Final = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]{1,2000}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LEVEL: Final = re.compile(r"ORG_SOURCE_AGENT_[A-Z_]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is said of one commit."""

    repository: str
    """`git+https://host/org/repo`: where a consumer fetches it."""
    oid: str
    verifier: str
    version: str
    verified_at: str
    """RFC 3339."""
    policy_uri: str
    policy_sha256: str
    """Empty for the built-in policy, which has no file."""
    inputs: tuple[tuple[str, str], ...]
    """(id, SHA-256 of the bundle) of what was judged."""
    passed: bool
    levels: tuple[str, ...]
    """Of `LEVELS`; nothing where it did not pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a consumer of a VSA goes by; the signer was held against `verifier` before."""

    oid: str
    resource: str
    verifier: str
    level: str


def vsa_statement(one: Summary) -> Statement:
    """Give the VSA of a commit.

    Raises:
        InvalidInput: it does not fit a statement.
    """
    policy: dict[str, object] = {"uri": one.policy_uri}
    if one.policy_sha256:
        policy["digest"] = {"sha256": one.policy_sha256}
    predicate: dict[str, object] = {
        "verifier": {"id": one.verifier, "version": {"whereof": one.version}},
        "timeVerified": one.verified_at,
        "resourceUri": one.repository,
        "policy": policy,
        "inputAttestations": [{"name": name, "digest": {"sha256": sha256}} for name, sha256 in one.inputs],
        "verificationResult": PASSED if one.passed else FAILED,
        # SLSA asks for the word FAILED in place of levels where the policy was not met.
        "verifiedLevels": [LEVEL_PREFIX + level for level in one.levels] if one.passed else [FAILED],
        "slsaVersion": SLSA_VERSION,
    }  # fmt: skip
    statement = build_statement(VSA_V1, (_subject(one),), predicate)
    require_vsa(statement)
    return statement


def svr_statement(one: Summary) -> Statement | None:
    """Give the SVR of a commit; None where it did not pass: an SVR states what holds and nothing else."""
    if not one.passed:
        return None
    policy: dict[str, object] = {"uri": one.policy_uri}
    if one.policy_sha256:
        policy["digest"] = {"sha256": one.policy_sha256}
    predicate: dict[str, object] = {
        "verifier": {"id": one.verifier, "policy": policy},
        "timeCreated": one.verified_at,
        "properties": [LEVEL_PREFIX + level for level in one.levels],
    }
    return build_statement(SVR_V01, (_subject(one),), predicate)


def read_vsa(payload: bytes, expected: Expected) -> None:
    """Hold a VSA's signed bytes against what a consumer expects, as SLSA's own steps 2 to 7 have it.

    Raises:
        NotVerified: `evidence.statement` or `evidence.subject`, with the first step that does not hold.
    """
    statement = parse_statement(payload)
    if not any(subject.git_digest == expected.oid for subject in statement.subjects):
        raise NotVerified("evidence.subject", expected=f"gitCommit {expected.oid}", where="/subject")
    try:
        predicate = require_vsa(statement)
    except InvalidInput as err:
        raise NotVerified(err.code, err.what, expected=err.expected, where=err.where) from err
    verifier = _object(predicate, "verifier", "/predicate")
    for pointer, got, wanted in (
        ("verifier/id", verifier["id"], expected.verifier),
        ("resourceUri", predicate["resourceUri"], expected.resource),
        ("verificationResult", predicate["verificationResult"], PASSED),
    ):
        if got != wanted:
            raise NotVerified("evidence.statement", expected=wanted, got=str(got)[:200], where=f"/predicate/{pointer}")
    if expected.level not in _list(predicate, "verifiedLevels", MAX_LEVELS):
        raise NotVerified("evidence.statement", expected=expected.level, where="/predicate/verifiedLevels")


def require_vsa(statement: Statement) -> Mapping[str, object]:
    """Give the predicate of a VSA after holding every member that SLSA defines against its form; others are let stand.

    Raises:
        InvalidInput: `evidence.statement`.
    """
    if statement.predicate_type != VSA_V1:
        raise _wrong("/predicateType", VSA_V1)
    value = statement.predicate
    verifier, policy = _object(value, "verifier", "/predicate"), _object(value, "policy", "/predicate")
    _uri(verifier.get("id"), "/predicate/verifier/id")
    versions = verifier.get("version", {})
    if not isinstance(versions, dict) or not all(isinstance(version, str) for version in versions.values()):
        raise _wrong("/predicate/verifier/version", "names with versions")
    if "timeVerified" in value:
        TIME.check(value["timeVerified"], "/predicate/timeVerified")
    _uri(value.get("resourceUri"), "/predicate/resourceUri")
    _uri(policy.get("uri"), "/predicate/policy/uri")
    if "digest" in policy:
        _digest(policy, "/predicate/policy")
    for at, entry in enumerate(_list(value, "inputAttestations", MAX_INPUTS)):
        if not isinstance(entry, dict):
            raise _wrong(f"/predicate/inputAttestations/{at}", "an object")
        _digest(entry, f"/predicate/inputAttestations/{at}")
    _require_levels(value)
    return value


def _require_levels(value: Mapping[str, object]) -> None:
    result, levels = value.get("verificationResult"), _list(value, "verifiedLevels", MAX_LEVELS)
    if "verifiedLevels" not in value or result not in (PASSED, FAILED):  # it may be unhashable
        raise _wrong("/predicate/verificationResult", "PASSED or FAILED, with verifiedLevels")
    good = [isinstance(level, str) and _LEVEL.fullmatch(level) is not None for level in levels]
    if levels != [FAILED] if result == FAILED else not good or not all(good):
        raise _wrong("/predicate/verifiedLevels", f"{LEVEL_PREFIX}… where it passed, {FAILED} where it did not")


def _subject(one: Summary) -> Subject:
    name = f"{one.repository}@{one.oid}"
    return Subject(name=name, uri=name, sha256="", git_digest=one.oid)


def _object(value: Mapping[str, object], name: str, where: str) -> Mapping[str, object]:
    got = value.get(name)
    if not isinstance(got, dict):
        raise _wrong(f"{where}/{name}", "an object")
    return got


def _list(value: Mapping[str, object], name: str, most: int) -> list[object]:
    got = value.get(name, [])
    if not isinstance(got, list) or len(got) > most:
        raise _wrong(f"/predicate/{name}", f"a list of at most {most}")
    return got


def _uri(value: object, where: str) -> None:
    if not isinstance(value, str) or not _URI.fullmatch(value):
        raise _wrong(where, "a URI")


def _digest(value: Mapping[str, object], where: str) -> None:
    sha256 = _object(value, "digest", where).get("sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise _wrong(f"{where}/digest/sha256", "64 hex digits")


def _wrong(where: str, expected: str) -> InvalidInput:
    return InvalidInput("evidence.statement", "not a verification summary of ours", expected=expected, where=where)
