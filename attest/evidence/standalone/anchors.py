"""Section 8: time stamps of earlier heads, and entries of them in other logs, under a root from outside."""

from __future__ import annotations

# ruff: noqa: UP017, UP031
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import copy
import hashlib
import hmac
from datetime import datetime, timezone

from attest.evidence.standalone.archive import Bad, expect
from attest.evidence.standalone.certificates import Unpinned, time_stamped
from attest.evidence.standalone.entries import Window, require_promise
from attest.evidence.standalone.json_form import Json, blob_of, child_of, list_of, only, read_json, text_of, whole
from attest.evidence.standalone.merkle import leaf_hash, require_extended, require_included
from attest.evidence.standalone.roots import Root, open_c2sp, open_note

ANCHORS = "data/anchors.jsonl"
ANCHOR_ENTRIES = "data/anchor-entries.jsonl"
MAX_ANCHORS = 200
MAX_ANCHOR_LINE = 256 * 1024


def check_anchors(window: Window, given: Root | None) -> None:
    """Check every stamp and entry under the root given, and say how many leaves were there by when."""
    result, both = window.result, (_anchor_lines(window, ANCHORS), _anchor_lines(window, ANCHOR_ENTRIES))
    if given is not None:
        result.needed.add("anchors")
    if window.cosigned is None:
        result.close("anchors", "", "the head was not checked")
    elif given is not None:
        _judge_anchors(window, given, both)
    elif both != ([], []) or "anchors" in result.failed:
        result.close("anchors", "", _counted_anchors(both) + ", and no authority for them was given")
    else:
        result.said["anchors"] = ("none", "no time stamp of a head")


def _counted_anchors(both: tuple[list[bytes], list[bytes]]) -> str:
    more = " and %d entries of heads in other logs" % len(both[1]) if both[1] else ""
    return "%d time stamps of heads%s" % (len(both[0]), more)


def _anchor_lines(window: Window, path: str) -> list[bytes]:
    found: list[bytes] = []
    try:
        for line in window.archive.lines(path) if path in window.archive.members else ():
            found.append(line)
            expect(len(found) <= MAX_ANCHORS and len(line) <= MAX_ANCHOR_LINE, "there are too many, or one is too long")
    except Bad as err:
        window.result.fail("anchors", "file " + path, err.what)
    return found


def _judge_anchors(window: Window, given: Root, both: tuple[list[bytes], list[bytes]]) -> None:
    result, root, good = window.result, copy.copy(given), []
    own = [one.chain[0] for one in window.root.stampers]
    root.stampers = [one for one in given.stampers if one.chain[0] not in own]
    ours = [one.log_id for one in window.root.logs]
    root.logs = [one for one in given.logs if one.log_id not in ours]
    for kind, place, lines in (("rfc3161", "anchor", both[0]), ("hashedrekord", "anchor entry", both[1])):
        for number, line in enumerate(lines):
            try:
                good.append(_stamped_head(window, line, root, kind))
            except Unpinned:
                continue
            except Exception as err:  # noqa: BLE001  # a hostile file may break any parser
                what = err.what if isinstance(err, Bad) else "it does not parse"
                result.fail("anchors", "%s %d" % (place, number), what)
    if not good:
        result.close("anchors", "", "none of %s is by a pinned authority of somebody else" % _counted_anchors(both))
        return
    most = max(size for size, _ in good)
    at = min(at for size, at in good if size == most)
    words = "%d of %d are by a pinned authority: the first %d leaves were there at %s"
    result.close("anchors", words % (len(good), len(both[0]) + len(both[1]), most, at))


def _stamped_head(window: Window, line: bytes, root: Root, kind: str) -> tuple[int, str]:
    value = read_json(line)
    only(value, "kind note path where " + ("token" if kind == "rfc3161" else "answer"))
    expect(text_of(value, "kind") == kind and bool(text_of(value, "where")), "an unknown kind of anchor")
    note, vkey = blob_of(value["note"]), window.cosigned[1] if window.cosigned is not None else ""
    size, found, _ = open_c2sp(note, vkey, window.facts["log"])
    expect(0 < size <= window.size, "it is no earlier head")
    path = [blob_of(one) for one in list_of(value, "path")]
    require_extended((size, found), (window.size, window.head), path)
    at = time_stamped(blob_of(value["token"]), note, root) if kind == "rfc3161" else _entered_at(value, note, root)
    return size, at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _entered_at(value: Json, note: bytes, root: Root) -> datetime:
    answers = list(read_json(blob_of(value["answer"])).values())
    expect(len(answers) == 1 and isinstance(answers[0], dict), "the log's answer does not parse")
    said = answers[0]
    body, log_id = blob_of(said["body"]), bytes.fromhex(text_of(said, "logID"))
    entry = read_json(body)
    digest = child_of(child_of(child_of(entry, "spec"), "data"), "hash")
    expect(text_of(entry, "kind") == "hashedrekord" and text_of(digest, "algorithm") == "sha256", "another entry")
    about = hmac.compare_digest(text_of(digest, "value"), hashlib.sha256(note).hexdigest())
    expect(about, "the log's entry is about something else")
    log = next((one for one in root.logs if one.log_id == log_id), None)
    if log is None:
        raise Unpinned("the log is not pinned")
    at = whole(said["integratedTime"])
    proved = child_of(said, "verification")
    promise = blob_of(proved["signedEntryTimestamp"])
    require_promise(log, promise, text_of(said, "body"), (at, whole(said["logIndex"])))
    proof = child_of(proved, "inclusionProof")
    head = open_note(text_of(proof, "checkpoint").encode(), log)
    expect(
        head == (whole(proof["treeSize"]), bytes.fromhex(text_of(proof, "rootHash"))), "the proof is of another head"
    )
    hashes = [bytes.fromhex(one) for one in list_of(proof, "hashes")]
    require_included(leaf_hash(body), (whole(proof["logIndex"]), head[0]), hashes, head[1])
    when = datetime.fromtimestamp(at, timezone.utc)
    expect(log.holds(when), "the log's key was not pinned for that time")
    return when
