"""What somebody may do to a good evidence bundle who knows the format: a name, the change, and what must be said of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from attest.ledger.window import outside_hashes
from tests.support.evidence_bundles import Files, Recorded, edit

Tamper = Callable[[Files, Recorded], object]


def entry(index: int) -> str:
    """Give the path of an entry's bundle."""
    return f"data/entries/{index:012}.sigstore.json"


def _relabel(files: Files, log: Recorded) -> None:
    """Withhold the first entry as somebody would who knows the format: narrow the window, say `other`."""
    first, _, second, last = log.indices
    size = json.loads(files["data/bundle.json"])["head"]["size"]
    del files[entry(first)]
    lines = [one for one in files["data/window.txt"].splitlines(True) if int(one.split()[0]) >= second]
    files["data/window.txt"] = b"".join(lines)
    read = log.instance.log.publisher.reader(size).read
    outside = outside_hashes(second, last + 1, size, read)
    files["data/outside.txt"] = b"".join(one.hex().encode() + b"\n" for one in outside)

    def facts(value: dict[str, object]) -> None:
        value["entries"], value["window"] = 2, {"first": second, "end": last + 1}

    edit(files, "data/bundle.json", facts)
    for path in [one for one in files if one.startswith(f"data/parts/{first:012}/")]:
        del files[path]


def _inner(files: Files, log: Recorded) -> None:
    """Withhold an entry from the middle of the window, and say `other` of its leaf."""
    index = log.indices[2]
    del files[entry(index)]
    files["data/window.txt"] = b"".join(
        line.replace(b" entry", b" other") if line.startswith(b"%d " % index) else line
        for line in files["data/window.txt"].splitlines(True)
    )
    for path in [one for one in files if one.startswith(f"data/parts/{index:012}/")]:
        del files[path]
    edit(files, "data/bundle.json", lambda value: value.update(entries=2))


def _moved(files: Files, log: Recorded) -> None:
    """Pass an entry's bundle off as that of a leaf that is not part of the answer."""
    files[entry(log.indices[1])] = files.pop(entry(log.indices[0]))


def _swap(files: Files, log: Recorded) -> None:
    one, other = entry(log.indices[0]), entry(log.indices[2])
    files[one], files[other] = files[other], files[one]


def _swap_lines(files: Files, _: Recorded) -> None:
    lines = [line.split() for line in files["data/window.txt"].splitlines()]
    lines[0][1], lines[-1][1] = lines[-1][1], lines[0][1]
    files["data/window.txt"] = b"".join(b" ".join(line) + b"\n" for line in lines)


def _payload(files: Files, log: Recorded) -> None:
    def change(value: dict[str, object]) -> None:
        envelope = value["dsseEnvelope"]
        assert isinstance(envelope, dict)
        payload = base64.b64decode(envelope["payload"]).replace(b'"records":', b'"records" :', 1)
        envelope["payload"] = base64.b64encode(payload.replace(b'"events":', b'"events": ', 1)).decode()

    edit(files, entry(log.indices[0]), change)


def _material(member: str) -> Tamper:
    def tamper(files: Files, log: Recorded) -> None:
        def change(value: dict[str, object]) -> None:
            text = json.dumps(value)
            place = text.index(f'"{member}": "') + len(member) + 5
            middle = place + (text.index('"', place) - place) // 2
            flipped = "A" if text[middle] != "A" else "B"
            value.update(json.loads(text[:middle] + flipped + text[middle + 1 :]))

        edit(files, entry(log.indices[0]), change)

    return tamper


def _answers(change: Callable[[dict[str, list[dict[str, object]]]], object]) -> Tamper:
    def tamper(files: Files, _: Recorded) -> None:
        value = json.loads(files["data/answers.jsonl"])
        change(value)
        files["data/answers.jsonl"] = json.dumps(value, separators=(",", ":")).encode() + b"\n"

    return tamper


def _without_part(files: Files, log: Recorded) -> None:
    del files[next(path for path in files if path.endswith(".part"))]


def _other_part(files: Files, log: Recorded) -> None:
    path = next(path for path in files if path.endswith(".part"))
    files[path] = bytes(len(files[path]))


def _drop(path: str) -> Tamper:
    return lambda files, _log: files.pop(path)


def _own_head(files: Files, _: Recorded) -> None:
    def change(value: dict[str, object]) -> None:
        head = value["head"]
        assert isinstance(head, dict)
        head["root"] = "00" * 32

    edit(files, "data/bundle.json", change)


def _old_bundle(files: Files, _: Recorded) -> None:
    def change(value: dict[str, object]) -> None:
        value["question"] = {"kind": "commits", "commits": ["1" * 40], "asked": "x"}

    edit(files, "data/bundle.json", change)


def _head_line(change: Callable[[bytes], bytes]) -> Tamper:
    """Change the last signature line of the C2SP head."""

    def tamper(files: Files, _: Recorded) -> None:
        *kept, last = files["data/head/checkpoint"].splitlines(True)
        files["data/head/checkpoint"] = b"".join(kept) + change(last)

    return tamper


def _other_cosignature(line: bytes) -> bytes:
    head, _, encoded = line.rstrip().rpartition(b" ")
    raw = bytearray(base64.b64decode(encoded))
    raw[-1] ^= 1
    return head + b" " + base64.b64encode(raw) + b"\n"


def _anchor(change: Callable[[dict[str, object]], object]) -> Tamper:
    """Change the first time stamp of a head."""

    def tamper(files: Files, _: Recorded) -> None:
        first, *rest = files["data/anchors.jsonl"].splitlines(True)
        value = json.loads(first)
        change(value)
        files["data/anchors.jsonl"] = json.dumps(value).encode() + b"\n" + b"".join(rest)

    return tamper


def _spoiled(member: str) -> Callable[[dict[str, object]], object]:
    def change(value: dict[str, object]) -> None:
        raw = bytearray(base64.b64decode(str(value[member])))
        raw[-1] ^= 1
        value[member] = base64.b64encode(raw).decode()

    return change


def _other_note(files: Files, _: Recorded) -> None:
    """Pass the stamp of one head off as that of the bundle's own."""

    def change(value: dict[str, object]) -> None:
        value["note"], value["path"] = base64.b64encode(files["data/head/checkpoint"]).decode(), []

    _anchor(change)(files, _)


HEAD_TAMPERS: dict[str, tuple[Tamper, set[str], str]] = {
    "cosignature changed": (_head_line(_other_cosignature), {"witnesses"}, "witnesses: witness b"),
    "stamp of a head changed": (_anchor(_spoiled("token")), {"anchors"}, "anchors: anchor 0"),
    "stamped head changed": (_anchor(_spoiled("note")), {"anchors"}, "anchors: anchor 0"),
    "stamp of another head": (_other_note, {"anchors"}, "anchors: anchor 0"),
    "path of a stamped head cut": (_anchor(lambda v: v["path"].pop()), {"anchors"}, "anchors: anchor 0"),  # type: ignore[attr-defined]
    "kind of a stamp changed": (_anchor(lambda v: v.update(kind="other")), {"anchors"}, "anchors: anchor 0"),
}
"""What is found only by who pins the witnesses and the authorities of the stamps."""

TAMPERS: dict[str, tuple[Tamper, set[str], str]] = {
    "entry removed": (
        lambda f, log: f.pop(entry(log.indices[0])),
        {"entries", "complete", "parts"},
        "entries: entry {0}",
    ),
    "entry withheld and relabelled": (_relabel, {"complete"}, "complete: entry {0}"),
    "inner entry withheld and relabelled": (_inner, {"complete"}, "complete: entry {2}"),
    "entry under another index": (_moved, {"entries", "complete", "parts"}, "entries: entry {1}"),
    "entries swapped": (_swap, {"entries", "complete", "parts"}, "entries: entry {2}"),
    "leaves swapped": (_swap_lines, {"window", "entries"}, "window: window"),
    "leaf removed": (
        lambda f, _: f.update({"data/window.txt": b"".join(f["data/window.txt"].splitlines(True)[:-1])}),
        {"window", "entries", "complete", "parts"},
        "window: window",
    ),
    "payload changed": (_payload, {"entries", "signatures", "complete"}, "signatures: entry {0}"),
    "signature changed": (_material("sig"), {"entries", "signatures", "times"}, "signatures: entry {0}"),
    "time stamp changed": (_material("signedTimestamp"), {"times", "certificates"}, "times: entry {0}"),
    "entry time stamp changed": (_material("signedEntryTimestamp"), {"times", "certificates"}, "times: entry {0}"),
    "root of the proof changed": (_material("rootHash"), {"entries"}, "entries: entry {0}"),
    "key left out": (_answers(lambda v: v["keys"].pop(0)), {"complete"}, "complete: key git-commit"),
    "followed key left out": (_answers(lambda v: v["keys"].pop()), {"complete"}, "complete: key session"),
    "row left out": (
        _answers(lambda v: v["keys"][0]["proofs"][1]["rows"].pop(0)),  # type: ignore[index]
        {"complete"},
        "complete: file data/answers.jsonl",
    ),
    "part changed": (_other_part, {"parts"}, "parts: part {0}"),
    "part removed": (_without_part, {"parts"}, "parts: part {0}"),
    "head of another root": (_own_head, {"head", "window", "complete"}, "head: head"),
    "another question": (_old_bundle, {"complete"}, "complete: key git-commit 1111"),
    "checkpoint removed": (_drop("data/head/checkpoint"), {"question"}, "question: file data/head/checkpoint"),
    "answers removed": (_drop("data/answers.jsonl"), {"question"}, "question: file data/answers.jsonl"),
}
