"""Is the bundle all there is? By the log's own index for commits and sessions; by the window itself for an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import AttestError, CannotVerify, InvalidInput, NotVerified
from attest.evidence.bundle import layout
from attest.evidence.bundle.question import Asked
from attest.evidence.complete_answer import read_answer
from attest.evidence.reached import following
from attest.evidence.trust import PinnedRoot
from attest.ledger.index import KeyKind
from attest.ledger.index.keying import MAX_KEY_FILE_BYTES, parse_key_file
from attest.model.statement import parse_statement
from attest.signing.bundle import MAX_BUNDLE_BYTES, parse_bundle
from attest.signing.dsse import Envelope
from attest.signing.strict import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.evidence.bundle.case import Case
    from attest.evidence.reached import Key
    from attest.ledger.index import Row

MAX_KEYS = 200_000
NEEDS_KEY = "the log is private: its index key is not here (--index-key FILE)"


def check_interval(case: Case) -> None:
    """Every leaf of the window is an entry, or one of the log's own."""
    facts = case.facts
    for index in range(facts.first, facts.end):
        if index not in case.kinds:
            case.result.fail("complete", f"entry {index}", "it was withheld")
    detail = f"every leaf from {facts.first} to {facts.end - 1} is here; that the interval ends there is not checked"
    case.result.close("complete", detail)


def check_complete(case: Case) -> None:
    """Every key of the question, and every key that follows, is proved; its rows are the entries, and no other."""
    result, facts = case.result, case.facts
    rows: dict[Key, tuple[Row, ...]] = {}
    try:
        _take_all(case, rows)
    except CannotVerify:
        result.close("complete", "", open_because=NEEDS_KEY)
        return
    kind = KeyKind.GIT_COMMIT if facts.question.kind is Asked.COMMITS else KeyKind.SESSION
    reached: dict[Key, None] = dict.fromkeys((kind, value) for value in facts.question.values)
    queue, listed = list(reached), set[int]()
    for key in queue:  # grows while it is walked
        if key not in rows:
            if "complete" not in result.failed or len(result.failures) < 50:
                result.fail("complete", f"key {key[0].value} {key[1]}", "nothing proves what is listed for it")
            continue
        for row in rows[key]:
            listed.add(row.index)
            new = [one for one in _followed(case, key, row) if one not in reached]
            reached.update(dict.fromkeys(new))
            queue += dict.fromkeys(new)
        if len(queue) > MAX_KEYS:
            result.fail("complete", "window", "the question leads to too many keys")
            break
    for index in sorted(index for index, each in case.kinds.items() if each == layout.ENTRY and index not in listed):
        result.fail("complete", f"entry {index}", "it is listed under no key of the question")
    result.close("complete", f"{len(listed)} entries under {len(queue)} keys, all that the log lists at this head")


def _take_all(case: Case, rows: dict[Key, tuple[Row, ...]]) -> None:
    """Take every answer; what fails is noted, and `CannotVerify` is raised where the index key is missing alone."""
    try:
        _take_key(case)
        note = case.bag.read(layout.SIGSTORE_NOTE, layout.MAX_FILE_BYTES).decode()
        for line in case.bag.lines(layout.ANSWERS, layout.MAX_FILE_BYTES):
            _take(case, line, note, rows)
    except (AttestError, UnicodeDecodeError) as err:
        what = err.what if isinstance(err, AttestError) else "not UTF-8"
        if isinstance(err, CannotVerify) and err.code == "evidence.index-key":
            raise
        case.result.fail("complete", f"file {layout.ANSWERS}", what)


def _take_key(case: Case) -> None:
    if case.bag.has(layout.INDEX_KEY):
        raw = case.bag.read(layout.INDEX_KEY, MAX_KEY_FILE_BYTES)
        try:
            case.index_keys = case.index_keys.also(parse_key_file(raw, layout.INDEX_KEY))
        except InvalidInput as err:
            raise NotVerified("evidence.malformed", err.what, where=layout.INDEX_KEY) from err


def _take(case: Case, line: bytes, note: str, rows: dict[Key, tuple[Row, ...]]) -> None:
    fields = parse_json(line.rstrip(b"\n"), layout.MAX_FILE_BYTES, where="answers")
    if fields.text("checkpoint") != note or fields.value.get("bundles") != []:
        raise NotVerified("evidence.index", "an answer is not of the bundle's head")
    pinned = PinnedRoot(source="the root", root=case.root)
    answer = read_answer(line.rstrip(b"\n"), layout.ANSWERS, (pinned,), case.index_keys)
    if rows.keys() & answer.rows.keys():
        raise NotVerified("evidence.index", "a key is answered twice")
    rows.update(answer.rows)


def _followed(case: Case, key: Key, row: Row) -> Iterator[Key]:
    result, place = case.result, f"entry {row.index}"
    if case.kinds.get(row.index) != layout.ENTRY:
        result.fail("complete", place, f"it was withheld: the log lists it for {key[0].value} {key[1]}")
        return
    held = case.payloads.get(row.index)
    if held is None:
        return  # it did not parse, and was named for that
    if held != row.payload_hash:
        result.fail("complete", place, "the log lists another statement there")
        return
    if key[0] is KeyKind.GIT_COMMIT:
        content = parse_bundle(case.bag.read(layout.entry_path(row.index), MAX_BUNDLE_BYTES)).content
        if isinstance(content, Envelope):
            yield from following(key, parse_statement(content.payload))
