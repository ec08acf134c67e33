"""Heads entered in other logs: ours and `verify.py` check them under a pinned log, the other two say that they do not."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from attest.usecases import anchor_kinds as kinds
from attest.usecases.anchor import Anchored, anchor_head
from tests.support.evidence_bundles import Files, Recorded, bundle_from, files_of, record_log
from tests.support.rekor_answers import entered
from tests.support.signing import World, make_world
from tests.support.verifiers import Case, by_ours, by_page, by_shell, by_standalone

ENTRIES = "data/anchor-entries.jsonl"
STAMPS = "data/anchors.jsonl"
NOT_HERE = "entries of heads in other logs are not checked here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """A bundle whose first head is in another log, and roots that pin that one or another."""

    log: Recorded
    files: Files
    folder: Path
    pinned: Path
    stranger: Path

    def case(self, files: Files | None = None, *, anchors: Path | None) -> Case:
        """Write a bundle and say what is pinned."""
        raw = bundle_from(files or self.files)
        path = self.folder / hashlib.sha256(raw).hexdigest()
        path.write_bytes(raw)
        return Case(path=path, trust=self.log.trust, anchors=anchors)

    def changed(self, change: Callable[[dict[str, object]], object]) -> Case:
        """Change the one line; all manifests are made anew."""
        value = json.loads(self.files[ENTRIES])
        change(value)
        return self.case({**self.files, ENTRIES: json.dumps(value).encode() + b"\n"}, anchors=self.pinned)


def _entered(instance, world: World, note: bytes, *, spoil: str = "") -> Anchored:
    answer = entered(world, kinds.hashedrekord(note, instance.services.log), spoil=spoil)
    return kinds.read_rekor_entry(note, answer, "rekor.example.test")


@pytest.fixture(scope="module")
def anchors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Anchors]:
    folder, log = tmp_path_factory.mktemp("entries"), record_log(tmp_path_factory.mktemp("log"))
    outside, stranger = make_world(), make_world()
    anchor_head(log.instance, partial(_entered, log.instance, outside))
    anchor_head(log.instance, lambda _: Anchored(kind="hashedrekord", where="broken.test", proof=b"{}", at=None))
    pinned, other = folder / "pinned.json", folder / "stranger.json"
    pinned.write_bytes(outside.instance.trusted_root)
    other.write_bytes(stranger.instance.trusted_root)
    yield Anchors(log=log, files=files_of(log.make(log.commits())), folder=folder, pinned=pinned, stranger=other)
    log.instance.engine.dispose()


def agreed(case: Case) -> tuple[int, set[str], set[str], str]:
    code, failed, places, lines = by_ours(case)
    assert by_standalone(case) == (code, failed, places, lines)
    return code, failed, places, lines["anchors:"]


def test_an_entry_counts_only_where_its_log_is_pinned_by_somebody_else(anchors: Anchors) -> None:
    assert len(anchors.files[ENTRIES].splitlines()) == 1  # what does not parse is not carried
    assert STAMPS not in anchors.files
    code, failed, _, line = agreed(anchors.case(anchors=anchors.pinned))
    assert (code, failed) == (0, set())
    assert "checked     anchors: 1 of 1 are by a pinned authority: the first " in line
    for root, expected in ((anchors.stranger, 5), (anchors.log.trust, 5), (None, 0)):
        code, failed, _, line = agreed(anchors.case(anchors=root))
        assert (code, failed) == (expected, set())
        assert line.startswith("not checked anchors:")
        assert "0 time stamps of heads and 1 entries of heads in other logs" in line


def _answer(change: Callable[[dict], object], value: dict[str, object]) -> None:
    answer = json.loads(base64.b64decode(str(value["answer"])))
    change(answer)
    value["answer"] = base64.b64encode(json.dumps(answer).encode()).decode()


def _of_entry(change: Callable[[dict], object]) -> Callable[[dict[str, object]], object]:
    return partial(_answer, lambda answer: change(next(iter(answer.values()))))


CHANGES: dict[str, Callable[[dict[str, object]], object]] = {
    "later": _of_entry(lambda one: one.update(integratedTime=one["integratedTime"] - 60)),
    "other place": _of_entry(lambda one: one.update(logIndex=7)),
    "no promise": _of_entry(lambda one: one["verification"].pop("signedEntryTimestamp")),
    "no proof": _of_entry(lambda one: one["verification"].pop("inclusionProof")),
    "longer proof": _of_entry(lambda one: one["verification"]["inclusionProof"].update(hashes=["00" * 32])),
    "other head": _of_entry(lambda one: one["verification"]["inclusionProof"].update(rootHash="11" * 32)),
    "head not signed": _of_entry(lambda one: one["verification"]["inclusionProof"].update(checkpoint="x\n")),
    "two answers": partial(_answer, lambda answer: answer.update(b=next(iter(answer.values())))),
    "other entry": _of_entry(lambda one: one.update(body=base64.b64encode(b'{"kind":"dsse"}').decode())),
    "no json": lambda value: value.update(answer="AAAA"),
    "other kind": lambda value: value.update(kind="rfc3161"),
    "more members": lambda value: value.update(token="AAAA"),
    "path of something else": lambda value: value.update(path=[base64.b64encode(bytes(32)).decode()]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_is_named(anchors: Anchors, name: str) -> None:
    code, failed, places, _ = agreed(anchors.changed(CHANGES[name]))
    assert (code, failed, places) == (3, {"anchors"}, {"anchors: anchor entry 0"})


def test_an_entry_of_another_note_is_refused(anchors: Anchors) -> None:
    def other(value: dict[str, object]) -> None:
        value["note"], value["path"] = base64.b64encode(anchors.files["data/head/checkpoint"]).decode(), []

    code, failed, places, _ = agreed(anchors.changed(other))
    assert (code, failed, places) == (3, {"anchors"}, {"anchors: anchor entry 0"})


def test_entries_are_bounded(anchors: Anchors) -> None:
    many = {**anchors.files, ENTRIES: anchors.files[ENTRIES] * 201}
    code, _, places, _ = agreed(anchors.case(many, anchors=anchors.pinned))
    assert (code, places) == (3, {f"anchors: file {ENTRIES}"})


def test_page_and_shell_say_that_they_do_not_check_them(
    anchors: Anchors, require: Callable[..., None], tmp_path: Path
) -> None:
    for program in ("node", "dash", "jq", "openssl"):
        require(program)
    given = anchors.case(anchors=anchors.pinned)
    cases = [given, replace(given, anchors=None)]
    for case, page in zip(cases, by_page(cases, tmp_path / "verifier.js"), strict=True):
        assert page == by_shell(case, tmp_path)
        code, failed, _, lines = page
        assert (code, failed) == (5 if case.anchors else 0, set())
        assert lines["anchors:"].startswith("not checked anchors: ")
        assert lines["anchors:"].endswith(NOT_HERE)
