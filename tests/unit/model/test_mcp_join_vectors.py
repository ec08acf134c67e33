"""The published vectors of `mcp-join/v1`: made by the code, and checked by a second validator and by hand-written labels."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import jsonschema
import pytest

from attest.errors import InvalidInput
from attest.model.mcp_join_predicate import MCP_JOIN_V1
from attest.model.predicates import require_shape
from tests.unit.ledger.naive_tree import mth
from tools import make_mcp_join_vectors
from tools.make_schemas import SPEC, schema_of

VECTORS = sorted(make_mcp_join_vectors.FOLDER.glob("*.json"))
EXPECTED = {
    "same-tool-use-id": ["exact tool-use-id"],
    "same-id-another-tool": ["none contradicted", "none contradicted"],
    "same-span": ["exact traceparent"],
    "same-trace-equal-arguments": ["strong traceparent"],
    "shared-mcp-session": ["exact tool-use-id", "strong mcp-session"],
    "equal-arguments-in-the-window": ["strong time-and-arguments"],
    "equal-arguments-outside-the-window": ["none no-counterpart"] * 3,
    "empty-arguments": ["weak time-and-arguments"],
    "unknown-arguments": ["weak time-and-arguments"],
    "other-arguments": ["none no-counterpart"] * 2,
    "equal-calls-close-together": ["weak time-and-arguments"] * 2,
    "equal-calls-far-apart": ["strong time-and-arguments"] * 2,
    "more-calls-in-the-log": ["none ambiguous"] * 3,
    "id-twice-in-the-log": ["weak time-and-arguments", "none ambiguous"],
    "before-the-session": ["none no-counterpart", "none outside-session"],
}


def test_vectors_are_those_of_the_code() -> None:
    assert make_mcp_join_vectors.differing() == []


@pytest.mark.parametrize("path", [p for p in VECTORS if not p.name.startswith("join-")], ids=lambda p: p.stem)
def test_shape_and_schema_agree_on_every_predicate(path: Path) -> None:
    vector = json.loads(path.read_text())
    validator = jsonschema.Draft202012Validator(schema_of("mcp-join-v1.schema.json"))
    assert validator.is_valid(vector["predicate"]) is vector["valid"]
    if vector["valid"]:
        require_shape(MCP_JOIN_V1, vector["predicate"])
    else:
        with pytest.raises(InvalidInput):
            require_shape(MCP_JOIN_V1, vector["predicate"])


@pytest.mark.parametrize(("name", "labels"), EXPECTED.items())
def test_rows_have_the_labels_that_the_specification_gives(name: str, labels: list[str]) -> None:
    vector = json.loads((make_mcp_join_vectors.FOLDER / f"join-{name}.json").read_text())
    assert [f"{row['label']} {row.get('by') or row.get('why')}" for row in vector["rows"]] == labels
    leaves = [
        hashlib.sha256(b"\0" + json.dumps(row, sort_keys=True, separators=(",", ":")).encode()).digest()
        for row in vector["rows"]
    ]
    assert mth(leaves).hex() == vector["root"]


def test_every_join_vector_has_its_labels_written_down() -> None:
    assert {p.stem.removeprefix("join-") for p in VECTORS if p.name.startswith("join-")} == set(EXPECTED)
    assert (SPEC / "mcp-join-v1.schema.json").is_file()
