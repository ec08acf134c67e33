"""Promise: sessions are grouped after the fact by steps that are added to; every step stays, and no verdict changes by it."""

from __future__ import annotations

import json
from pathlib import Path

from attest.model.change_set import Act
from attest.usecases.change_sets import begin_set, change_members, load_set, sets_of
from attest.usecases.instance import Instance
from tests.support.command import whereof
from tests.support.recording import Clone, check_home, open_home, record_file, story


def _recorded(instance: Instance, clone: Clone, folder: Path) -> tuple[str, ...]:
    sessions = []
    for name in ("heron-one", "heron-two", "heron-three"):
        where = folder / f"{name}.jsonl"
        where.write_bytes(b"".join(story(name).lines()).replace(b'"s1"', f'"{name}"'.encode()))
        sessions.append(record_file(instance, where, clone if name == "heron-one" else None).session)
    return tuple(sessions)


def test_regrouping_adds_steps_and_changes_none(data: Path, clone: Clone, tmp_path: Path) -> None:
    instance = open_home(data)
    one, two, three = _recorded(instance, clone, tmp_path)
    verdict = whereof("verify", clone.oid, "--json", home=data, cwd=clone.path)
    begun = begin_set(instance, "PAY-812", (one, two))
    set_id = begun.attestation
    assert load_set(instance, set_id).sessions == (one, two)
    assert change_members(instance, set_id, Act.ADD, (two,)) is None
    assert change_members(instance, set_id, Act.ADD, (two, three)) is not None
    # The first session leaves, and the set is found as before.
    assert change_members(instance, set_id, Act.TAKE_OUT, (one,)) is not None
    assert change_members(instance, set_id, Act.ADD, (one,)) is not None
    assert change_members(instance, set_id, Act.TAKE_OUT, (one,)) is not None
    found = load_set(instance, set_id)
    assert found.sessions == (two, three)
    acts = [(step.change.act, step.change.sessions) for step in found.history]
    assert acts == [
        (Act.BEGIN, (one, two)),
        (Act.ADD, (three,)),
        (Act.TAKE_OUT, (one,)),
        (Act.ADD, (one,)),
        (Act.TAKE_OUT, (one,)),
    ]
    assert [step.index for step in found.history] == sorted({step.index for step in found.history})
    assert [[each.id for each in sets_of(instance, name)] for name in (one, two, three)] == [[set_id]] * 3
    # Begun again with the same words by the same person, it is the same set.
    assert begin_set(instance, "PAY-812", (one, two)).attestation == set_id
    again = whereof("verify", clone.oid, "--json", home=data, cwd=clone.path)
    assert (again.returncode, verdict.returncode) == (0, 0)
    assert json.loads(again.stdout)["verdict"] == json.loads(verdict.stdout)["verdict"] == "pass"
    assert check_home(data, signatures=True).problems == ()
    instance.engine.dispose()


def test_the_command_begins_adds_takes_out_and_shows(data: Path, clone: Clone, tmp_path: Path) -> None:
    instance = open_home(data)
    one, two, three = _recorded(instance, clone, tmp_path)
    instance.engine.dispose()

    def said(*words: str) -> dict:
        done = whereof("change-set", *words, "--json", home=data, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    set_id = said("begin", "PAY-812", one)["receipt"]["attestation"]
    said("add", set_id, two, three)
    said("take-out", set_id, three)
    assert said("take-out", set_id, three) == {"receipt": None}
    assert said("show", set_id)["data"][0]["sessions"] == [one, two]
    assert said("show", three)["data"][0]["id"] == set_id
    wrong = {
        ("begin", "two words", one): 2,
        ("begin", "PAY-813", "ses_01J00000000000000000000000"): 4,
        ("add", "att_" + "0" * 64, one): 4,
        ("show", "att_" + "0" * 64): 4,
    }
    for words, code in wrong.items():
        assert whereof("change-set", *words, home=data, cwd=tmp_path).returncode == code, words
