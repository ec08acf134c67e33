"""The answer for a commit as of an earlier head is the one that was given then, and says that later entries are left out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from attest.errors import Absent
from attest.model.answer_json import to_json
from attest.store.log_reader import LogReader
from attest.usecases.answer import answer_for
from attest.usecases.instance import Instance
from attest.usecases.issue_verdicts import issue_coverage
from attest.usecases.reach import reach
from attest.usecases.verify import VerifyRequest
from attest.usecases.verify_range import verify_range
from tests.support.recording import Clone, record_file, story, whereof, write_story


def _size(instance: Instance) -> int:
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    assert head is not None
    return head.tree_size


def _answer(instance: Instance, clone: Clone, as_of: int | None = None) -> dict:
    return to_json(answer_for(instance, clone.oid, clone.repository, reached=reach(instance, clone.oid, as_of)))


def test_an_answer_as_of_an_earlier_head_is_the_one_of_then(instance: Instance, clone: Clone, tmp_path: Path) -> None:
    empty = _size(instance)
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), clone)
    size, then = _size(instance), _answer(instance, clone)
    settings = instance.settings
    request = VerifyRequest(
        repository=clone.repository,
        revision=f"{clone.oid}~1..{clone.oid}",
        bundles_dir=settings.bundles_dir,
        trust_dir=settings.trust_dir,
        now=datetime.now(UTC),
    )
    issue_coverage(verify_range(request), request, instance)
    assert len(_answer(instance, clone)["attestations"]) == len(then["attestations"]) + 1
    # A head stands at the end of a group: asked for a size between two, the earlier one answers.
    for asked in (size, size + 1):
        again = _answer(instance, clone, asked)
        assert again["as_of"] == {**then["as_of"], "tree_size": size}
        assert again["attestations"] == then["attestations"]
        assert again["verdict"] == then["verdict"]
        assert again["sections"][:9] == then["sections"][:9]
        assert "what was logged later is left out" in json.dumps(again["sections"][9])
    assert "what was logged later" not in json.dumps(_answer(instance, clone))
    before = _answer(instance, clone, empty)
    assert (before["attestations"], before["verdict"]["verdict"]) == ([], "absent")
    for never in (0, 10**9):
        with pytest.raises(Absent):
            reach(instance, clone.oid, never)


def test_show_gives_it_and_nothing_but_an_answer(instance: Instance, clone: Clone, tmp_path: Path) -> None:
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), clone)
    size, where = _size(instance), {"home": instance.settings.home, "cwd": clone.path}
    told = whereof("show", clone.oid, "--as-of", str(size), "--json", **where)
    assert json.loads(told.stdout)["as_of"]["tree_size"] == size
    assert whereof("show", clone.oid, "--as-of", "9999", **where).returncode == 4
    assert whereof("show", clone.oid, "--as-of", "1", "--bundle", **where).returncode == 2
