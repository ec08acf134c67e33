"""The parts in a bundle against what the signed statements commit to."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from attest.errors import AttestError, NotVerified
from attest.evidence.bundle import layout
from attest.ledger.commitments import commitment_list, commitment_root
from attest.model.statement import parse_statement
from attest.signing.bundle import MAX_BUNDLE_BYTES, parse_bundle
from attest.signing.dsse import Envelope
from attest.signing.strict import parse_json

if TYPE_CHECKING:
    from attest.evidence.bundle.case import Case
    from attest.ledger.commitments import Part
    from attest.signing.strict import Fields

_STATES = frozenset({"here", "erased", "withheld", "not-kept"})


def check_parts(case: Case) -> None:
    """Check every folder of parts; `none` where none were asked for and none are there."""
    result = case.result
    files: dict[str, set[str]] = {}
    for path in case.bag.members:
        if path.startswith("data/parts/"):
            files.setdefault(path.split("/")[2], set()).add(path)
    folders = sorted(files)
    if not case.facts.parts and not folders:
        result.none("parts", "none were asked for")
        return
    counts = dict.fromkeys(sorted(_STATES), 0)
    for name in folders:
        index = int(name) if name.isdigit() and len(name) == 12 else -1
        if index not in case.sessions or not case.facts.parts:
            result.fail(
                "parts", f"file data/parts/{name}", "it belongs to no session of the bundle, or was not asked for"
            )
            continue
        try:
            _check_folder(case, index, files[name], counts)
        except AttestError as err:
            result.fail("parts", f"entry {index}", err.what)
    detail = ", ".join(f"{count} {state}" for state, count in counts.items())
    result.close("parts", f"{len(folders)} sessions: {detail}; why a part is not here is not checked")


def _check_folder(case: Case, index: int, files: set[str], counts: dict[str, int]) -> None:
    folder = layout.parts_folder(index)
    raw = case.bag.read(f"{folder}list.json", layout.MAX_FILE_BYTES)
    listed = _listed(raw)
    _require_stated(case, index, raw, listed)
    expected = {f"{folder}list.json", f"{folder}state.jsonl"}
    lines = list(case.bag.lines(f"{folder}state.jsonl", layout.MAX_FILE_BYTES))
    if len(lines) != len(listed):
        raise NotVerified("evidence.malformed", "state.jsonl has not one line for each part")
    for place, (line, part) in enumerate(zip(lines, listed, strict=True)):
        fields = parse_json(line, layout.MAX_FILE_BYTES, where="state.jsonl")
        fields.only("name", "state", "salt")
        state = fields.text("state")
        if fields.text("name") != part[0] or state not in _STATES or fields.has("salt") != (state == "here"):
            raise NotVerified("evidence.malformed", "a line of state.jsonl is malformed")
        counts[state] += 1
        if state == "here":
            path = f"{folder}{place:06}.part"
            expected.add(path)
            _check_part(case, index, path, (fields.text("salt"), part))
    more = sorted(files - expected)
    if more:
        raise NotVerified("evidence.malformed", f"{more[0]} is of no part")


def _check_part(case: Case, index: int, path: str, what: tuple[str, Part]) -> None:
    salt, (name, commitment, size) = what
    place = f"part {index} {name}"
    member = case.bag.members.get(path)
    try:
        prefix = bytes.fromhex(salt)
    except ValueError:
        prefix = b""
    if member is None or member.size != size or len(prefix) != 32:
        case.result.fail("parts", place, "it is missing, or of another size")
    elif case.bag.sha256(path, prefix) != commitment:
        case.result.fail("parts", place, "it is not what the statement commits to")


def _require_stated(case: Case, index: int, raw: bytes, listed: tuple[Part, ...]) -> None:
    content = parse_bundle(case.bag.read(layout.entry_path(index), MAX_BUNDLE_BYTES)).content
    predicate = parse_statement(content.payload).predicate if isinstance(content, Envelope) else {}
    stated = predicate.get("parts")
    found = {"list": hashlib.sha256(raw).hexdigest(), "root": commitment_root(listed).hex()}
    if not isinstance(stated, dict) or any(stated.get(name) != value for name, value in found.items()):
        raise NotVerified("evidence.malformed", "the list is not the one that the statement commits to")


def _listed(raw: bytes) -> tuple[Part, ...]:
    top = parse_json(raw, layout.MAX_FILE_BYTES, where="list.json")
    listed = tuple(_part(one) for one in top.objects("parts"))
    try:
        same = commitment_list(listed, nonce=bytes.fromhex(top.optional_text("nonce") or "")) == raw
    except ValueError:  # no hex, or what canonical JSON cannot hold
        same = False
    if not same:
        raise NotVerified("evidence.malformed", "the list is not in its one form")
    return listed


def _part(fields: Fields) -> Part:
    size, commitment = fields.value.get("size"), fields.text("commitment", 64)
    try:
        digest = bytes.fromhex(commitment)
    except ValueError:
        digest = b""
    if type(size) is not int or len(digest) != 32:
        raise NotVerified("evidence.malformed", "a part of the list is malformed")
    return fields.text("name"), digest, size
