"""The tree over redacted values, computed again from its written form with nothing of ours."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from attest.errors import NotVerified
from attest.ledger.withheld_tree import verify_disclosure, withheld_proof, withheld_root
from attest.model.withheld import Disclosure, in_order, parse_disclosure

KEY = bytes(range(32))
FOUND = (
    (3, "/a/b", "EMAIL_ADDRESS", "[REDACTED:EMAIL_ADDRESS:aaaaaaaaaaaaaaaa]", "zora@quillmail.example"),
    (3, "/a/b", "PERSON", "[REDACTED:PERSON:bbbbbbbbbbbbbbbb]", "Zoe\u0301 Quill"),
    (4, "/a/b", "EMAIL_ADDRESS", "[REDACTED:EMAIL_ADDRESS:aaaaaaaaaaaaaaaa]", "zora@quillmail.example"),
)


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def naive_leaf(row: dict[str, object]) -> bytes:
    place = {name: row[name] for name in ("unit", "record", "pointer", "span")}
    salt = hmac.new(KEY, canonical(place), "sha256").digest()[:16]
    return hashlib.sha256(b"\0" + salt + canonical({**row, "version": 1})).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def test_root_follows_the_written_form() -> None:
    spans, values = (0, 1, 0), ("zora@quillmail.example", "Zo\u00e9 Quill", "zora@quillmail.example")
    rows = [
        {"unit": "record", "record": r, "pointer": p, "span": s, "entity": e, "token": t, "value": v}
        for (r, p, e, t, _), s, v in zip(FOUND, spans, values, strict=True)
    ]
    first, second, third = map(naive_leaf, rows)
    withheld = in_order(FOUND)
    assert withheld_root(withheld, KEY) == node(node(first, second), third)
    assert withheld_root((), KEY) == hashlib.sha256(b"").digest()
    assert withheld_root(withheld[:1], KEY) == first
    assert withheld_root(withheld, bytes(32)) != withheld_root(withheld, KEY)


def test_equal_values_in_two_places_have_unlike_leaves_and_salts() -> None:
    one, _, other = in_order(FOUND)
    assert one.value == other.value
    assert one.salt(KEY) != other.salt(KEY)
    assert len(one.salt(KEY)) == 16


@pytest.mark.parametrize("index", [0, 1, 2])
def test_each_leaf_proves_itself_and_no_other(index: int) -> None:
    withheld = in_order(FOUND)
    root = withheld_root(withheld, KEY)
    for at, one in enumerate(withheld):
        disclosure = Disclosure(
            session="ses_0", subject="sha256:0", withheld=one, salt=one.salt(KEY), index=index, size=3, root=root,
            proof=withheld_proof(withheld, KEY, index),
        )  # fmt: skip
        again = parse_disclosure(json.loads(json.dumps(disclosure.to_json())))
        assert again == disclosure
        if at == index:
            verify_disclosure(again, count=3, root=root)
        else:
            with pytest.raises(NotVerified):
                verify_disclosure(again, count=3, root=root)


def test_nothing_of_a_value_is_in_a_repr() -> None:
    assert "quillmail" not in repr(in_order(FOUND))
