"""Whatever a stranger hands in, a parser gives a value or an error of ours: nothing else ever reaches a caller."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attest.errors import AttestError
from attest.model.commit_document import SCHEMA, CommitDocument, parse_commit_document
from attest.signing.bundle import parse_bundle
from attest.signing.bundle_shape import read_bundle
from attest.signing.chain import parse_certificate
from attest.signing.cms import parse_token
from attest.signing.der import DerError, DerReader, parse_generalized_time
from attest.signing.embedded.tsa import request_for
from attest.signing.memo import Memo
from attest.signing.timestamp import verify_timestamp
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import AnyIdentity, verify_bundle
from tests.support.bundles import Maker
from tests.support.signing import World, make_world, statement

QUICK = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@cache
def world() -> World:
    return make_world()


@cache
def bundle() -> bytes:
    return json.dumps(Maker(world()).bundle("dsse", "0.0.1", statement(b"x"), with_set=True)).encode()


@cache
def token() -> bytes:
    return world().instance.tsa.respond(request_for(b"message"), now=world().clock.now(), serial=1)


def only_ours(act: Callable[[], object], *also: type[Exception]) -> None:
    try:
        act()
    except (AttestError, *also):
        return


def outcome(act: Callable[[], object]) -> object:
    try:
        return act()
    except AttestError as err:
        return type(err), str(err)


EDITS = st.lists(
    st.tuples(st.sampled_from(["set", "cut", "add", "swap"]), st.integers(0, 2**20), st.integers(0, 255)),
    min_size=1,
    max_size=4,
)


def edited(raw: bytes, edits: list[tuple[str, int, int]]) -> bytes:
    for kind, place, byte in edits:
        at = place % (len(raw) + 1)
        if kind == "set":
            raw = raw[:at] + bytes([byte]) + raw[at + 1 :]
        elif kind == "cut":
            raw = raw[:at] + raw[at + byte :]
        elif kind == "add":
            raw = raw[:at] + bytes([byte]) * (byte % 5) + raw[at:]
        else:
            raw = raw[at:] + raw[:at]
    return raw


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=5)
    | st.sampled_from(["AA==", "1e999", "0", "2026-01-01T00:00:00Z", "SHA2_256", "٣"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def planted(document: object, path: list[int], value: object) -> object:
    """Put a value somewhere into a JSON document, led by numbers; the document is copied on the way."""
    if not path or not isinstance(document, dict | list) or not document:
        return value
    keys = list(document) if isinstance(document, dict) else list(range(len(document)))
    key = keys[path[0] % len(keys)]
    if isinstance(document, list):
        changed = list(document)
        changed[key] = planted(document[key], path[1:], value)
        return changed
    return {**document, key: planted(document[key], path[1:], value)}


PATH = st.lists(st.integers(0, 9), min_size=1, max_size=8)


@QUICK
@given(EDITS)
def test_edited_bundles_are_read_or_refused(edits: list[tuple[str, int, int]]) -> None:
    raw, memo = edited(bundle(), edits), Memo()
    read_bundle(bundle(), memo)
    assert outcome(lambda: read_bundle(raw, memo)) == outcome(lambda: parse_bundle(raw))


@QUICK
@given(PATH, JSON)
def test_bundles_with_a_strange_member_are_read_or_refused(path: list[int], value: object) -> None:
    raw = json.dumps(planted(json.loads(bundle()), path, value)).encode()
    only_ours(lambda: parse_bundle(raw))


@QUICK
@given(st.sampled_from(["certificate", "payload", "sig", "body", "token"]), EDITS)
def test_bundle_with_edited_bytes_inside_is_judged(where: str, edits: list[tuple[str, int, int]]) -> None:
    made = json.loads(bundle())
    material = made["verificationMaterial"]
    holder, name = {
        "certificate": (material["certificate"], "rawBytes"),
        "payload": (made["dsseEnvelope"], "payload"),
        "sig": (made["dsseEnvelope"]["signatures"][0], "sig"),
        "body": (material["tlogEntries"][0], "canonicalizedBody"),
        "token": (material["timestampVerificationData"]["rfc3161Timestamps"][0], "signedTimestamp"),
    }[where]
    before = base64.b64decode(holder[name])
    holder[name] = base64.b64encode(edited(before, edits)).decode()
    root = parse_trusted_root(world().instance.trusted_root)
    only_ours(lambda: verify_bundle(parse_bundle(json.dumps(made).encode()), root, AnyIdentity(), None))
    only_ours(lambda: parse_certificate(edited(base64.b64decode(material["certificate"]["rawBytes"]), edits)))


@pytest.mark.parametrize("version", [b"\x00", b"\x06", b"\xff"])
def test_certificate_of_an_unknown_version_is_bad_evidence(version: bytes) -> None:
    der = base64.b64decode(json.loads(bundle())["verificationMaterial"]["certificate"]["rawBytes"])
    assert der.count(b"\xa0\x03\x02\x01\x02", 0, 20) == 1
    with pytest.raises(AttestError) as caught:
        parse_certificate(der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01" + version, 1))
    assert caught.value.code == "evidence.certificate"


@QUICK
@given(EDITS)
def test_edited_trusted_roots_are_read_or_refused(edits: list[tuple[str, int, int]]) -> None:
    only_ours(lambda: parse_trusted_root(edited(world().instance.trusted_root, edits)))


@QUICK
@given(PATH, JSON)
def test_trusted_roots_with_a_strange_member_are_read_or_refused(path: list[int], value: object) -> None:
    raw = json.dumps(planted(json.loads(world().instance.trusted_root), path, value)).encode()
    only_ours(lambda: parse_trusted_root(raw))


@QUICK
@given(st.binary(max_size=64) | EDITS.map(lambda edits: edited(token(), edits)))
def test_edited_time_stamps_are_read_or_refused(raw: bytes) -> None:
    only_ours(lambda: parse_token(raw), DerError)


@QUICK
@given(EDITS)
def test_edited_time_stamps_are_verified_only_by_an_error_of_ours(edits: list[tuple[str, int, int]]) -> None:
    root = parse_trusted_root(world().instance.trusted_root)
    only_ours(lambda: verify_timestamp(edited(token(), edits), b"message", root, Memo()))


READS: list[Callable[[DerReader], object]] = [
    DerReader.peek,
    DerReader.element,
    DerReader.integer,
    DerReader.oid,
    DerReader.time,
    DerReader.end,
    lambda reader: reader.enter(0x30).element(),
    lambda reader: reader.octets(0x04),
    lambda reader: reader.skip(0xA0),
]


@QUICK
@given(st.binary(max_size=40), st.lists(st.sampled_from(READS), max_size=6))
def test_der_reader_gives_a_value_or_its_own_error(raw: bytes, reads: list[Callable[[DerReader], object]]) -> None:
    reader = DerReader(raw)
    for read in reads:
        only_ours(lambda read=read: read(reader), DerError)


@given(st.binary(max_size=24) | st.from_regex(rb"\A[0-9]{14}(\.[0-9]{1,9})?Z\Z"))
def test_generalized_time_gives_a_moment_or_its_own_error(raw: bytes) -> None:
    only_ours(lambda: parse_generalized_time(raw), DerError)


DOCUMENT = CommitDocument(
    oid="a" * 40, tree="b" * 40, parents=(), author_name="n", author_email="e", committer_name="c", authored_at=1,
    committed_at=2, repository="r", message="m\nbody", diff="d", diff_cut=False,
)  # fmt: skip


def test_commit_document_reads_back_equal() -> None:
    assert parse_commit_document(json.loads(json.dumps(DOCUMENT.to_json()))) == DOCUMENT
    assert DOCUMENT.subject == "m"


@given(JSON | st.builds(planted, st.just(DOCUMENT.to_json()), PATH, JSON) | st.just({"schema": SCHEMA}))
def test_commit_documents_are_read_or_refused(value: object) -> None:
    only_ours(lambda: parse_commit_document(value))


@pytest.mark.parametrize("at", [float("inf"), float("nan"), "soon", None, [], {}])
def test_commit_document_with_no_time_is_refused(at: object) -> None:
    document = DOCUMENT.to_json()
    with pytest.raises(AttestError, match="not a commit part"):
        parse_commit_document(document | {"author": {"name": "n", "email": "e", "at": at}})
