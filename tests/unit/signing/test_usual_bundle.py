"""What is read the short way is what the full reader gives, for every vector and every field left out, empty or odd."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from attest.errors import AttestError
from attest.signing import bundle as module
from attest.signing.bundle import Bundle, parse_bundle
from attest.signing.usual_bundle import read_usual
from tools import make_bundle_vectors
from tools.bundle_cases import STATEMENT
from tools.bundle_world import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD: tuple[Any, ...] = (None, "", "AA==", "AB==", "A" * 43 + "=", "-1", "1" * 21, 5, [], {}, True, "é", ["AA=="])


def full(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> Bundle | str:
    with monkeypatch.context() as patch:
        patch.setattr(module, "read_usual", lambda _: None)
        return short(raw)


def short(raw: bytes) -> Bundle | str:
    try:
        return parse_bundle(raw)
    except AttestError as err:
        return f"{err.code} {err.where} {err.what}"


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def test_both_readers_agree_on_every_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = 0
    for case in make_bundle_vectors.cases():
        assert short(case.raw) == full(case.raw, monkeypatch), case.name
        usual += not case.tail and read_usual(case.bundle) is not None
    assert usual >= 20


def test_both_readers_agree_on_every_field_that_is_missing_or_odd(monkeypatch: pytest.MonkeyPatch) -> None:
    good = Place().bundle("dsse", "0.0.1", STATEMENT, promise=True)
    assert read_usual(good) is not None
    for path in places(good):
        for odd in (*ODD, "left out"):
            changed = copy.deepcopy(good)
            held: Any = changed
            for key in path[:-1]:
                held = held[key]
            if odd == "left out":
                del held[path[-1]]
            else:
                held[path[-1]] = odd
            raw = json.dumps(changed).encode()
            assert short(raw) == full(raw, monkeypatch), (path, odd)
