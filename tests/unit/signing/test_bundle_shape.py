"""What is read by the shape of an earlier bundle is what the full reader gives, for every vector and every string left out, empty or odd."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from attest.errors import AttestError
from attest.signing.bundle import Bundle, parse_bundle
from attest.signing.bundle_shape import MAX_FIXED_CHARS, MAX_PARTS, read_bundle
from attest.signing.memo import Memo
from tools import make_bundle_vectors
from tools.bundle_cases import STATEMENT
from tools.bundle_world import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ODD: tuple[Any, ...] = (
    None,
    "",
    "AA==",
    "AB==",
    "A" * 43 + "=",
    "-1",
    "1" * 21,
    "٣",
    5,
    [],
    {},
    True,
    "é",
    'a"',
    "a\\",
    ["AA=="],
)
PLACE = Place()


def good() -> dict[str, Any]:
    return PLACE.bundle("dsse", "0.0.1", STATEMENT, promise=True)


def told(read: Callable[[], Bundle]) -> Bundle | str:
    try:
        return read()
    except AttestError as err:
        return f"{err.code} {err.where} {err.what}"


def after(memo: Memo, raw: bytes) -> Bundle | str:
    return told(lambda: read_bundle(raw, memo))


def alone(raw: bytes) -> Bundle | str:
    return told(lambda: parse_bundle(raw))


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def test_every_vector_is_read_the_same_whatever_was_read_before() -> None:
    memo = Memo()
    cases = make_bundle_vectors.cases()
    for case in (*cases, *cases):
        assert after(memo, case.raw) == alone(case.raw), case.name


def test_every_field_that_is_missing_or_odd_is_read_the_same() -> None:
    made = good()
    memo = Memo()
    for path in places(made):
        for odd in (*ODD, "left out"):
            changed = copy.deepcopy(made)
            held: Any = changed
            for key in path[:-1]:
                held = held[key]
            if odd == "left out":
                del held[path[-1]]
            else:
                held[path[-1]] = odd
            raw = json.dumps(changed).encode()
            read_bundle(json.dumps(made).encode(), memo)
            assert after(memo, raw) == alone(raw), (path, odd)


def test_every_changed_octet_is_read_the_same() -> None:
    raw = json.dumps(good()).encode()
    memo = Memo()
    read_bundle(raw, memo)
    for at in range(0, len(raw), 7):
        for octet in b'"\\,:x':
            changed = raw[:at] + bytes((octet,)) + raw[at + 1 :]
            assert after(memo, changed) == alone(changed), (at, octet)


def test_quote_that_is_escaped_never_passes_for_one_that_ends_a_string() -> None:
    made = good()
    raw = json.dumps(made).encode()
    memo = Memo()
    read_bundle(raw, memo)
    note = made["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["checkpoint"]["envelope"]
    for text in (note + '"', note + "\\", note + '\\"', '"', "\\"):
        made["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["checkpoint"]["envelope"] = text
        changed = json.dumps(made).encode()
        assert after(memo, changed) == alone(changed)
    for tail in (b'\\"', b"\\"):
        changed = raw.replace(b'\\n"', b"\\n" + tail + b'"', 1)
        assert after(memo, changed) == alone(changed)


def test_what_is_kept_to_compare_with_is_bounded() -> None:
    raw = json.dumps(good()).encode()
    for odd in (
        b'"' * 2 * MAX_PARTS,
        raw + b" " * MAX_FIXED_CHARS,
        raw[:-1] + b"," + b'"x":"",' * MAX_PARTS + b'"y":""}',
    ):
        memo = Memo()
        assert after(memo, odd) == alone(odd)
        assert memo.get(("bundle shape", b"", len(odd.split(b'"')).to_bytes(4, "big")), object) is None


def test_shape_is_used_at_all() -> None:
    memo = Memo()
    raw = json.dumps(good()).encode()
    first = read_bundle(raw, memo)
    again = read_bundle(raw, memo)
    assert first == again
    assert first.entry is not None
    assert again.entry is not None
    # What never differs is the very object of the first.
    assert again.entry.log_id is first.entry.log_id
