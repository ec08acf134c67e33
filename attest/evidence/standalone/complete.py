"""Section 6: is it all? And section 7: the parts."""

from __future__ import annotations

# ruff: noqa: B905, C901, UP031
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import hashlib
import hmac
import re
from collections.abc import Iterator

from attest.evidence.standalone.archive import Bad, expect
from attest.evidence.standalone.entries import (
    TYPES,
    Window,
    body_certificate,
    entry_file,
    envelope_parts,
    guarded,
    require_body,
)
from attest.evidence.standalone.json_form import Json, blob_of, child_of, list_of, only, read_json, text_of, whole
from attest.evidence.standalone.merkle import leaf_hash, read_live, require_included, rows_of, tree_root
from attest.evidence.standalone.roots import open_note

Key = tuple[str, str]
Rows = dict[Key, list[tuple[int, bytes]]]
KEY_KINDS = ("git-commit", "session", "repository", "predicate-type")
PART_STATES = ("here", "erased", "withheld", "not-kept")


def check_interval(window: Window) -> None:
    """Require that every leaf of the window is here."""
    for index in range(window.first, window.end):
        if index not in window.kinds:
            window.result.fail("complete", "entry %d" % index, "it was withheld")
    detail = "every leaf from %d to %d is here; that the interval ends there is not checked"
    window.result.close("complete", detail % (window.first, window.end - 1))


def check_listed(window: Window, asked: list[Key]) -> None:
    """Require that every key reached is proved, and that its rows are the entries, and no other."""
    result = window.result
    rows: Rows = {}
    note = window.archive.read("data/head/checkpoint.sigstore").decode("utf-8", "replace")

    locked: list[str] = []

    def take() -> None:
        try:
            keys = index_keys(window)
            for line in window.archive.lines("data/answers.jsonl"):
                _take(window, read_json(line), note, rows, keys)
        except Locked as err:
            locked.append(str(err))

    guarded(result, "complete", "file data/answers.jsonl", take)
    if locked:
        result.close("complete", "", locked[0])
        return
    queue, reached, listed = list(asked), set(asked), set()
    for key in queue:  # grows while it is walked
        if key not in rows:
            result.fail("complete", "key {} {}".format(*key), "nothing proves what is listed for it")
            continue
        for index, payload in rows[key]:
            listed.add(index)
            for one in _followed(window, key, index, payload):
                if one not in reached:
                    reached.add(one)
                    queue.append(one)
        if len(queue) > 200_000:
            result.fail("complete", "window", "the question leads to too many keys")
            break
    for index, kind in window.kinds.items():
        if kind == "entry" and index not in listed:
            result.fail("complete", "entry %d" % index, "it is listed under no key of the question")
    detail = "%d entries under %d keys, all that the log lists at this head"
    result.close("complete", detail % (len(listed), len(queue)))


class Locked(Exception):
    """The log is private, and its index key is not here."""


def index_keys(window: Window) -> dict[str, bytes]:
    """Give the index keys at hand, by the commitment that a log names: those given, and the one in the bundle."""
    raws = list(window.index_keys)
    if "data/index-key" in window.archive.members:
        raws.append(window.archive.read("data/index-key", 1024))
    found = {}
    for raw in raws:
        match = re.fullmatch(b"whereof-index-key/v1 ([0-9a-f]{64})\n?", raw)
        if match is None:
            raise Bad("this is no index key")
        secret = bytes.fromhex(match[1].decode())
        found["hmac-sha256:" + hashlib.sha256(b"whereof-index-key/v1\n" + secret).hexdigest()] = secret
    return found


def _take(window: Window, answer: Json, note: str, rows: Rows, keys: dict[str, bytes]) -> None:  # noqa: PLR0917
    only(answer, "answer log checkpoint indexLeaf live keys bundles")
    expect(answer["answer"] == "complete-answer/v1" and answer["log"] == window.facts["log"], "an unknown answer")
    expect(answer["checkpoint"] == note and answer["bundles"] == [], "an answer is not of the bundle's head")
    leaf = child_of(answer, "indexLeaf")
    only(leaf, "body envelope hashes")
    body, envelope = blob_of(leaf["body"]), blob_of(leaf["envelope"])
    hashes = [blob_of(one) for one in list_of(leaf, "hashes")]
    if window.log is None:
        raise Bad("the log is not pinned")
    size, root = open_note(note.encode(), window.log)
    require_included(leaf_hash(body), (size - 1, size), hashes, root)
    payload, signature, _ = envelope_parts(read_json(envelope))
    require_body(body, (payload, signature, body_certificate(body)), envelope)
    statement = read_json(payload)
    expect(statement.get("predicateType") == TYPES + "index/v1", "the last leaf is no index")
    predicate = child_of(statement, "predicate")
    only(predicate, "range segment live keying", "extensions")
    keying = text_of(predicate, "keying")
    expect(re.fullmatch("sha256|hmac-sha256:[0-9a-f]{64}", keying) is not None, "the index is keyed in another way")
    if keying != "sha256" and keying not in keys:
        raise Locked("the log is private: its index key is not here (--index-key FILE)")
    expect(whole(child_of(predicate, "range").get("end")) == size, "the index is that of another tree")
    committed = bytes.fromhex(text_of(child_of(predicate, "live"), "root"))
    live = read_live(blob_of(answer["live"]), committed, size)
    for one in list_of(answer, "keys"):
        only(one, "kind value proofs")
        key = (text_of(one, "kind"), text_of(one, "value"))
        expect(key[0] in KEY_KINDS and key not in rows, "a key is unknown, or answered twice")
        proofs = list_of(one, "proofs")
        expect(len(proofs) == len(live), "the proofs are not one for each live segment")
        hashed = hashlib.sha256(key[0].encode() + b"\0" + key[1].encode()).digest()
        if keying != "sha256":
            hashed = hmac.new(keys[keying], hashed, hashlib.sha256).digest()
        rows[key] = [row for place, proof in enumerate(proofs) for row in rows_of(hashed, live[place], proof, blob_of)]


def _followed(window: Window, key: Key, index: int, payload: bytes) -> Iterator[Key]:
    result, place = window.result, "entry %d" % index
    if window.kinds.get(index) != "entry":
        result.fail("complete", place, "it was withheld: the log lists it for {} {}".format(*key))
        return
    held = window.payloads.get(index)
    if held is not None and held != payload:
        result.fail("complete", place, "the log lists another statement there")
    if held != payload or key[0] != "git-commit":
        return
    statement = window.statement(index)
    predicate = statement.get("predicate")
    if not isinstance(predicate, dict):
        return
    if statement.get("predicateType") == TYPES + "session/v1":
        session = predicate.get("session")
        if isinstance(session, dict) and isinstance(session.get("id"), str):
            yield ("session", session["id"])
    if statement.get("predicateType") == TYPES + "commit-link/v1":
        links = predicate.get("links")
        for link in links if isinstance(links, list) else []:
            if isinstance(link, dict) and link.get("commit") == key[1]:
                derived = link.get("derivedFrom", [])
                for oid in derived if isinstance(derived, list) else []:
                    yield ("git-commit", str(oid))
                if isinstance(link.get("session"), str):
                    yield ("session", link["session"])


def check_parts(window: Window) -> None:
    """Check the parts that are here against what the statements commit to."""
    result, asked = window.result, window.facts["parts"] == "redacted"
    files: dict[str, set[str]] = {}
    for path in window.archive.members:
        if path.startswith("data/parts/"):
            files.setdefault(path.split("/")[2], set()).add(path)
    folders = sorted(files)
    if not asked and not folders:
        result.said["parts"] = ("none", "none were asked for")
        return
    counts = dict.fromkeys(sorted(PART_STATES), 0)
    for name in folders:
        index = int(name) if re.fullmatch("[0-9]{12}", name) else -1
        if not asked or index not in window.sessions:
            result.fail(
                "parts", "file data/parts/" + name, "it belongs to no session of the bundle, or was not asked for"
            )
            continue
        guarded(
            result,
            "parts",
            "entry %d" % index,
            lambda index=index, name=name: _check_folder(window, index, files[name], counts),
        )
    detail = ", ".join("%d %s" % (count, state) for state, count in counts.items())
    result.close("parts", "%d sessions: %s; why a part is not here is not checked" % (len(folders), detail))


def _check_folder(window: Window, index: int, files: set[str], counts: dict[str, int]) -> None:
    folder = "data/parts/%012d/" % index
    raw = window.archive.read(folder + "list.json")
    listed = list_of(read_json(raw), "parts")
    statement = window.statement(index)
    expect(statement.get("predicateType") == TYPES + "session/v1", "it is no session")
    stated = child_of(child_of(statement, "predicate"), "parts")
    leaves = [leaf_hash(text_of(one, "name").encode() + b"\0" + bytes.fromhex(one["commitment"])) for one in listed]
    found = (hashlib.sha256(raw).hexdigest(), tree_root(leaves).hex())
    expect((stated.get("list"), stated.get("root")) == found, "the list is not the one that the statement commits to")
    lines = [read_json(line) for line in window.archive.lines(folder + "state.jsonl")]
    expect(len(lines) == len(listed), "state.jsonl has not one line for each part")
    there = files - {folder + "list.json", folder + "state.jsonl"}
    for place, (line, part) in enumerate(zip(lines, listed)):
        only(line, "name state", "salt")
        here = line["state"] == "here"
        expect(line["name"] == part["name"] and line["state"] in PART_STATES, "a line of state.jsonl is malformed")
        expect(here == ("salt" in line), "a line of state.jsonl is malformed")
        counts[line["state"]] += 1
        path = "%s%06d.part" % (folder, place)
        if here:
            there.discard(path)
            guarded(
                window.result,
                "parts",
                "part %d %s" % (index, part["name"]),
                lambda path=path, line=line, part=part: _check_part(window, path, line, part),
            )
    if there:
        raise Bad(f"{min(there)} is of no part")


def _check_part(window: Window, path: str, line: Json, part: Json) -> None:
    salt = bytes.fromhex(line["salt"])
    size = window.archive.members.get(path, (0, -1))[1]
    expect(size == part["size"] and len(salt) == 32, "it is missing, or of another size")
    commitment = bytes.fromhex(part["commitment"])
    expect(window.archive.digest(path, salt) == commitment, "it is not what the statement commits to")


__all__ = ["entry_file"]
