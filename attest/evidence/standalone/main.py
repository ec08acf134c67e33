"""Section 8: what is given, the order of the checks, and the command line."""

from __future__ import annotations

# ruff: noqa: RUF005, T201, TRY301, UP031
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import argparse
import json
import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import BinaryIO

from attest.evidence.standalone.anchors import check_anchors
from attest.evidence.standalone.archive import Archive, Bad, Unknown, expect
from attest.evidence.standalone.complete import check_interval, check_listed, check_parts
from attest.evidence.standalone.entries import Window, check_all
from attest.evidence.standalone.json_form import Json, child_of, list_of, only, read_json, text_of, whole
from attest.evidence.standalone.merkle import fold_root
from attest.evidence.standalone.result import Result
from attest.evidence.standalone.revoked import MAX_REVOCATIONS, Revoked, read_revoked, revoke, revoked_in
from attest.evidence.standalone.roots import Root, open_c2sp, open_note, read_note
from attest.evidence.standalone.volumes import join_volumes
from attest.evidence.standalone.witnesses import Policy, check_witnesses, read_policy

NEEDED_FILES = (
    "data/head/checkpoint data/head/checkpoint.sigstore data/outside.txt data/trust/trusted_root.json "
    "data/trust/log.vkey data/window.txt"
).split()
MAX_GIVEN = 4 * 1024 * 1024
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
WINDOW_LINE = re.compile(rb"(0|[1-9][0-9]{0,11}) ([0-9a-f]{64}) (entry|own|other)")


def read_question(archive: Archive) -> Json:
    """Give `bundle.json`, strictly."""
    raw = archive.read("data/bundle.json")
    facts = read_json(raw)
    version = text_of(facts, "bundle")
    if version.startswith("whereof-evidence/") and version != "whereof-evidence/v1":
        raise Unknown("an unknown version of evidence bundles")
    only(facts, "bundle log head window question entries parts trust")
    expect(version == "whereof-evidence/v1", "this is no evidence bundle")
    expect(raw == canonical(facts) + b"\n", "bundle.json is not in its one form")
    only(child_of(facts, "head"), "size root")
    only(child_of(facts, "window"), "first end")
    text_of(facts, "log")
    size, first, end = whole(facts["head"]["size"]), whole(facts["window"]["first"]), whole(facts["window"]["end"])
    expect(first < end <= size, "there is no such window")
    expect(re.fullmatch("[0-9a-f]{64}", text_of(facts["head"], "root")) is not None, "the root is malformed")
    expect(re.fullmatch("sha256:[0-9a-f]{64}", text_of(facts, "trust")) is not None, "the trust digest is malformed")
    expect(facts["parts"] in ("none", "redacted") and whole(facts["entries"]) >= 0, "a member is malformed")
    asked_of(facts)
    return facts


def canonical(value: Json) -> bytes:
    """Give RFC 8785 JSON of what has names in ASCII and whole numbers alone."""
    return CANONICAL.encode(value).encode("utf-8", "replace")


def asked_of(facts: Json) -> list[tuple]:  # type: ignore[type-arg]
    """Give the keys of the question; none for an interval."""
    question = child_of(facts, "question")
    kind = question.get("kind")
    if kind == "interval":
        only(question, "kind since until")
        expect(all(one is None or isinstance(one, str) for one in question.values()), "the question is malformed")
        return []
    name, key, form = {
        "commits": ("commits", "git-commit", r"[0-9a-f]{40}([0-9a-f]{24})?"),
        "sessions": ("sessions", "session", r"ses_[0-9A-HJKMNP-TV-Z]{26}"),
    }.get(str(kind), ("", "", ""))
    expect(bool(name), "an unknown kind of question")
    only(question, "kind " + name + (" asked" if name == "commits" else ""))
    expect(name != "commits" or isinstance(question["asked"], str), "the question is malformed")
    values = list_of(question, name)
    good = all(isinstance(one, str) and re.fullmatch(form, one) for one in values)
    expect(good and 0 < len(values) <= 100_000 and len(set(values)) == len(values), "the question is malformed")
    return [(key, one) for one in values]


def words_of(facts: Json) -> str:
    """Give the question in a few words."""
    question = facts["question"]
    if question["kind"] == "commits":
        return "%d commits, asked for as %s" % (len(question["commits"]), question["asked"])
    if question["kind"] == "sessions":
        more = " \u2026" if len(question["sessions"]) > 3 else ""
        return "%d sessions: %s%s" % (len(question["sessions"]), ", ".join(question["sessions"][:3]), more)
    ends = (question["since"] or "the beginning", question["until"] or "the head")
    return "everything logged from {} to {}".format(*ends)


def check_file(
    file: BinaryIO | list[BinaryIO],
    trust: str | None,
    digest: str | None,
    index_keys: list[bytes] | None = None,
    *,
    policy: Policy | None = None,
    stampers: Root | None = None,
    revoked: Revoked | None = None,
) -> Result:
    """Check one bundle, in a file or in volumes in order; `trust` is a path."""
    result = Result()
    try:
        archive = Archive(join_volumes(file if isinstance(file, list) else [file]))
    except Bad as err:
        result.fail("archive", err.place, err.what)
        result.close("archive", "")
        return result
    result.close("archive", "%d files" % len(archive.members))
    for path, what in archive.manifest_faults():
        result.fail("manifest", "file " + path, what)
    result.close("manifest", "every file has the digest that the manifests say")
    facts = _question(archive, result) if "manifest" not in result.failed else None
    root = _trust(archive, facts, (trust, digest, revoked or []), result) if facts is not None else None
    if facts is None or root is None:
        return result
    window, asked = Window(archive, facts, root, result), asked_of(facts)
    window.index_keys = index_keys or []
    if stampers is not None:
        revoke(stampers, (revoked or []) + revoked_in(archive))
    stages: list[tuple[str, Callable[[], None]]] = [
        ("head", lambda: _check_head(window)),
        ("window", lambda: _check_window(window)),
        ("entries", lambda: check_all(window)),
        ("complete", lambda: check_listed(window, asked) if asked else check_interval(window)),
        ("parts", lambda: check_parts(window)),
        ("witnesses", lambda: check_witnesses(window, policy)),
        ("anchors", lambda: check_anchors(window, stampers)),
    ]
    for claim, stage in stages:
        try:
            stage()
        except Exception as err:  # noqa: BLE001  # a hostile file may break any parser: that is no "checked"
            result.fail(claim, "window", "it does not parse (" + type(err).__name__ + ")")
            result.close(claim, "")
    return result


def _question(archive: Archive, result: Result) -> Json | None:
    facts: Json | None = None
    open_because = ""
    try:
        facts = read_question(archive)
        more = "data/own.jsonl" if facts["question"]["kind"] == "interval" else "data/answers.jsonl"
        for path in NEEDED_FILES + [more]:
            if path not in archive.members:
                result.fail("question", "file " + path, "it is missing")
        named = "data/trust/trusted_root.json"
        if named in archive.members and "sha256:" + archive.digest(named).hex() != facts["trust"]:
            result.fail("question", "file " + named, "it is not the root that the bundle says")
    except Unknown as err:
        open_because = str(err)
    except Bad as err:
        result.fail("question", "file data/bundle.json", err.what)
    result.close("question", words_of(facts) if facts is not None else "", open_because)
    return facts if not open_because and "question" not in result.failed else None


def _trust(archive: Archive, facts: Json, outside: tuple, result: Result) -> Root | None:  # type: ignore[type-arg]
    trust, digest, revoked = outside
    inside = facts["trust"][7:]
    try:
        own = Root(archive.read("data/trust/trusted_root.json"))
        root = own
        if trust is not None:
            with open(trust, "rb") as file:  # noqa: PTH123  # nothing but the standard library, and short
                root = Root(file.read(4 * 1024 * 1024))
        revoke(root, revoked + revoked_in(archive))
    except (Bad, OSError) as err:
        result.close("trust", "", f"trusted root or revocations cannot be read: {type(err).__name__}")
        return None
    if digest is not None and digest != inside:
        result.fail("trust", "file data/trust/trusted_root.json", "it has another digest than the one given")
    if root.log(facts["log"]) is None:
        result.close("trust", "", "the root does not pin this log")
        return None
    if trust is not None:
        pinned = [each.log(facts["log"]) for each in (root, own)]
        ids = [one.log_id if one is not None else b"" for one in pinned]
        unknown = "" if ids[0] and ids[0] == ids[1] else "the root given does not pin this log with this key"
        result.close("trust", f"{trust}, sha256:{root.digest}", unknown)
        return None if unknown else root
    if digest is not None:
        result.close("trust", f"sha256:{inside}, as it was given")
    else:
        result.close("trust", "", f"the root comes from the bundle alone: compare sha256:{inside}")
    return root


def _check_head(window: Window) -> None:
    result, archive, log = window.result, window.archive, window.log
    if log is None:
        result.close("head", "", "the root pins no log of this name")
        return
    try:
        note, expected = archive.read("data/head/checkpoint.sigstore"), (window.size, window.head)
        origin, _, _, more, lines = read_note(note)
        expect(len(lines) == 1 and not more, "the Sigstore note is not in its one form")
        expect(origin == window.facts["log"] + " - 1", "the Sigstore note is of another log")
        expect(open_note(note, log) == expected, "a note is of another head than bundle.json says")
        vkey = archive.read("data/trust/log.vkey", 1024).decode("utf-8", "replace")
        cosigned = archive.read("data/head/checkpoint")
        second = open_c2sp(cosigned, vkey[:-1], window.facts["log"])
        expect(second[:2] == expected, "a note is of another head than bundle.json says")
        window.cosigned = (cosigned, vkey[:-1])
    except Bad as err:
        result.fail("head", "head", err.what)
    result.close("head", "size %d, root %s, both notes signed" % (window.size, window.head.hex()))


def _check_window(window: Window) -> None:
    result, index = window.result, window.first
    try:
        for line in window.archive.lines("data/window.txt"):
            found = WINDOW_LINE.fullmatch(line)
            if found is None or int(found[1]) != index:
                raise Bad("the line of leaf %d is malformed or missing" % index)
            window.leaves.append(bytes.fromhex(found[2].decode()))
            if found[3] != b"other":
                window.kinds[index] = found[3].decode()
            index += 1
        expect(index == window.end, "the window has lines up to %d, not %d" % (index, window.end))
        outside = list(window.archive.lines("data/outside.txt"))
        expect(all(re.fullmatch(rb"[0-9a-f]{64}", one) for one in outside), "a line of outside.txt is malformed")
        hashes = [bytes.fromhex(one.decode()) for one in outside]
        found_root = fold_root(window.first, window.leaves, window.size, hashes)
        expect(found_root == window.head, "the window leads to another root")
        entries = [one for one, kind in window.kinds.items() if kind == "entry"]
        expect(len(entries) == window.facts["entries"], "the window has another number of entries")
        ends = (entries[0], entries[-1] + 1) if entries else (window.size - 1, window.size)
        expect(ends == (window.first, window.end), "the window does not begin and end with an entry")
    except Bad as err:
        result.fail("window", "window", err.what)
    result.close("window", "leaves %d to %d lead to the head, without a gap" % (window.first, window.end - 1))


def main(arguments: list[str] | None = None) -> int:
    """Check the bundle that the command line names."""
    parser = argparse.ArgumentParser(description="Check an evidence bundle without network. Exit code 0, 3 or 5.")
    parser.add_argument("bundle", nargs="+", help="the file, not unpacked; or its volumes, all of them, in order")
    parser.add_argument("--trust", help="a trusted root from outside the bundle")
    parser.add_argument("--trust-digest", help="the trust digest, as it was compared")
    parser.add_argument("--revocations", help="a list of revoked authorities, beside the one in the bundle")
    parser.add_argument("--index-key", help="the index key of a private log")
    parser.add_argument("--witnesses", help="a C2SP tlog-policy file: whose cosignatures count")
    parser.add_argument("--anchors", help="a trusted root whose time-stamp authorities and logs count for heads")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    given = parser.parse_args(arguments)
    digest = given.trust_digest.replace(" ", "").lower() if given.trust_digest else None
    if digest is not None and not re.fullmatch("[0-9a-f]{64}", digest):
        parser.error("a trust digest has 64 hex digits")
    keys: list[bytes] = []
    policy, stampers, revoked = None, None, None
    try:
        if given.revocations:
            with open(given.revocations, "rb") as file:  # noqa: PTH123  # as above
                revoked = read_revoked(file.read(MAX_REVOCATIONS + 1))
        if given.index_key:
            with open(given.index_key, "rb") as file:  # noqa: PTH123  # as above
                keys.append(file.read(1024))
        if given.witnesses:
            with open(given.witnesses, "rb") as file:  # noqa: PTH123  # as above
                policy = read_policy(file.read(MAX_GIVEN))
        if given.anchors:
            with open(given.anchors, "rb") as file:  # noqa: PTH123  # as above
                stampers = Root(file.read(MAX_GIVEN))
        with ExitStack() as stack:
            files = [stack.enter_context(open(name, "rb")) for name in given.bundle[:999]]  # noqa: PTH123  # as above
            result = check_file(
                list(files), given.trust, digest, keys, policy=policy, stampers=stampers, revoked=revoked
            )
    except OSError as err:
        parser.error(f"the bundle cannot be read: {err.strerror}")
    except Bad as err:
        parser.error(f"the witnesses, anchors or revocations given: {err.what}")
    if given.json:
        claims: list[dict[str, str]] = [{"claim": one, "state": result.state(one).lower()} for one in result.said]
        print(CANONICAL.encode({"exit_code": result.exit_code(), "claims": claims, "failures": result.failures}))
    else:
        print("\n".join(result.show()))
    return result.exit_code()


if __name__ == "__main__":
    sys.exit(main())
