"""Section 8: time stamps of earlier heads, under authorities from outside."""

from __future__ import annotations

# ruff: noqa: UP031
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import copy

from attest.evidence.standalone.archive import Bad, expect
from attest.evidence.standalone.certificates import Unpinned, time_stamped
from attest.evidence.standalone.entries import Window
from attest.evidence.standalone.json_form import blob_of, list_of, only, read_json, text_of
from attest.evidence.standalone.merkle import require_extended
from attest.evidence.standalone.roots import Root, open_c2sp

ANCHORS = "data/anchors.jsonl"
MAX_ANCHORS = 200
MAX_ANCHOR_LINE = 256 * 1024


def check_anchors(window: Window, given: Root | None) -> None:
    """Check every stamp under the authorities given, and say how many leaves were there by when."""
    result, lines = window.result, _anchor_lines(window)
    if given is not None:
        result.needed.add("anchors")
    if window.cosigned is None:
        result.close("anchors", "", "the head was not checked")
    elif given is not None:
        _judge_anchors(window, given, lines)
    elif lines or "anchors" in result.failed:
        result.close("anchors", "", "%d time stamps of heads, and no authority for them was given" % len(lines))
    else:
        result.said["anchors"] = ("none", "no time stamp of a head")


def _anchor_lines(window: Window) -> list[bytes]:
    found: list[bytes] = []
    try:
        for line in window.archive.lines(ANCHORS) if ANCHORS in window.archive.members else ():
            found.append(line)
            expect(len(found) <= MAX_ANCHORS and len(line) <= MAX_ANCHOR_LINE, "there are too many, or one is too long")
    except Bad as err:
        window.result.fail("anchors", "file " + ANCHORS, err.what)
    return found


def _judge_anchors(window: Window, given: Root, lines: list[bytes]) -> None:
    result, root, good = window.result, copy.copy(given), []
    own = [one.chain[0] for one in window.root.stampers]
    root.stampers = [one for one in given.stampers if one.chain[0] not in own]
    for number, line in enumerate(lines):
        try:
            good.append(_stamped_head(window, line, root))
        except Unpinned:
            continue
        except Exception as err:  # noqa: BLE001  # a hostile file may break any parser
            what = err.what if isinstance(err, Bad) else "it does not parse"
            result.fail("anchors", "anchor %d" % number, what)
    if not good:
        why = "none of %d time stamps of heads is by a pinned authority of somebody else" % len(lines)
        result.close("anchors", "", why)
        return
    most = max(size for size, _ in good)
    at = min(at for size, at in good if size == most)
    words = "%d of %d are by a pinned authority: the first %d leaves were there at %s"
    result.close("anchors", words % (len(good), len(lines), most, at))


def _stamped_head(window: Window, line: bytes, root: Root) -> tuple[int, str]:
    value = read_json(line)
    only(value, "kind note path token where")
    expect(text_of(value, "kind") == "rfc3161" and bool(text_of(value, "where")), "an unknown kind of anchor")
    note, vkey = blob_of(value["note"]), window.cosigned[1] if window.cosigned is not None else ""
    size, found, _ = open_c2sp(note, vkey, window.facts["log"])
    expect(0 < size <= window.size, "it is no earlier head")
    path = [blob_of(one) for one in list_of(value, "path")]
    require_extended((size, found), (window.size, window.head), path)
    return size, time_stamped(blob_of(value["token"]), note, root).strftime("%Y-%m-%dT%H:%M:%SZ")
