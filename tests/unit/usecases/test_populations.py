"""Populations of a small log: the same rows later, samples that anyone draws again, what differs is named."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from attest.errors import Absent, InvalidInput
from attest.model.population import Exclusion, PopulationQuery
from attest.model.population_rows import ids_digest, rows_digest
from attest.model.sampling import seed_commitment
from attest.model.tie_out import Named
from attest.usecases.declare import DeclareRequest, declare
from attest.usecases.draw_sample import Draw, draw_sample
from attest.usecases.instance import Instance
from attest.usecases.populations import NewPopulation, create_population, load_population, log_population
from attest.usecases.rerun_population import rerun
from tests.support.recording import Clone, git, make_clone, open_home, record_file, story, write_story

COMMITS = PopulationQuery(source="log", unit="commit")
SEED = bytes(range(32))


@pytest.fixture
def instance(compiled_home: Path) -> Instance:
    return open_home(compiled_home)


@pytest.fixture
def compiled_home(compiled: Path, home: Path) -> Path:
    shutil.copytree(compiled, home / "whereof" / "cache")
    return home / "whereof"


@pytest.fixture
def clone(home: Path, tmp_path: Path) -> Clone:
    made = make_clone(tmp_path / "clone")
    for number in range(4):
        (made.path / "pond.py").write_text(f"ducks = {number + 10}\n")
        git(made.path, "commit", "-q", "-a", "-m", f"Ducks {number}")
    return made


def record(instance: Instance, clone: Clone, tmp_path: Path, oid: str, name: str = "s1") -> None:
    record_file(instance, write_story(tmp_path / f"{name}.jsonl", story(name)), Clone(path=clone.path, oid=oid))


def oids(clone: Clone) -> list[str]:
    return git(clone.path, "rev-list", "HEAD").split()


def git_query(clone: Clone, unit: str = "commit") -> PopulationQuery:
    line = oids(clone)
    return PopulationQuery(source="git", unit=unit, base=line[-1], tip=line[0])


def test_the_same_rows_come_out_after_the_log_has_grown(instance: Instance, clone: Clone, tmp_path: Path) -> None:
    line = oids(clone)
    record(instance, clone, tmp_path, line[0])
    declare(DeclareRequest(repository=clone.repository, revisions=(line[1],), single=True), instance)
    saved = create_population(instance, NewPopulation(query=COMMITS), None)
    assert {row.id: row.state for row in saved.rows} == {line[0]: "covered", line[1]: "declared"}
    record(instance, clone, tmp_path, line[2], "s2")
    again = rerun(instance, saved.id, None)
    assert again.same
    assert (again.count, again.changed, again.erased) == (2, (), ())
    later = create_population(instance, NewPopulation(query=COMMITS), None)
    assert [row.id for row in later.rows] == sorted(line[:3])


def test_commits_of_a_range_that_the_log_does_not_know_are_rows_all_the_same(
    instance: Instance, clone: Clone, tmp_path: Path
) -> None:
    line = oids(clone)
    record(instance, clone, tmp_path, line[0])
    saved = create_population(instance, NewPopulation(query=git_query(clone)), clone.repository)
    states = {row.id: row.state for row in saved.rows}
    assert states == {line[0]: "covered"} | dict.fromkeys(line[1:-1], "not-recorded")
    assert rerun(instance, saved.id, clone.repository).same


def test_rows_that_come_out_differently_are_named(instance: Instance, clone: Clone) -> None:
    saved = create_population(instance, NewPopulation(query=git_query(clone)), clone.repository)
    changed = (replace(saved.rows[0], state="covered"), *saved.rows[2:], replace(saved.rows[0], id="f" * 40))
    stated = replace(saved.population, count=len(changed), sha256=rows_digest(changed))
    again = rerun(instance, log_population(instance, stated, changed).id, clone.repository)
    assert not again.same
    named = {(saved.rows[0].id, "differs"), (saved.rows[1].id, "new"), ("f" * 40, "gone")}
    assert set(again.changed) == named


def test_rows_left_out_are_named_with_why_and_stay_out(instance: Instance, clone: Clone) -> None:
    line = oids(clone)
    exclusions = (Exclusion(id=line[1], why="bot-commit"),)
    asked = NewPopulation(query=git_query(clone), exclusions=exclusions)
    saved = create_population(instance, asked, clone.repository)
    assert line[1] not in {row.id for row in saved.rows}
    assert load_population(instance, saved.id).population.exclusions == exclusions
    assert rerun(instance, saved.id, clone.repository).same
    with pytest.raises(InvalidInput, match="names no row"):
        create_population(
            instance,
            NewPopulation(query=git_query(clone), exclusions=(Exclusion(id="a" * 40, why="x"),)),
            clone.repository,
        )


def test_rows_are_held_against_another_source(instance: Instance, clone: Clone, tmp_path: Path) -> None:
    line = oids(clone)
    record(instance, clone, tmp_path, line[0])
    other = Named(source="deployments", query="select oid from deployed", ids=frozenset({line[0], "f" * 40}))
    saved = create_population(instance, NewPopulation(query=COMMITS, against=(other,)), None)
    (tie,) = saved.population.tie_outs
    assert (tie.both, tie.only_here, tie.only_there, tie.ties) == (1, 0, 1, False)
    assert tie.sha256 == ids_digest(other.ids)


def test_changes_are_steps_of_the_first_parent_line(instance: Instance, clone: Clone, tmp_path: Path) -> None:
    base = oids(clone)[0]
    git(clone.path, "checkout", "-q", "-b", "work")
    for number in range(2):
        (clone.path / f"w{number}").write_text("x")
        git(clone.path, "add", "-A")
        git(clone.path, "commit", "-q", "-m", f"w{number}")
    side = git(clone.path, "rev-parse", "HEAD")
    git(clone.path, "checkout", "-q", "main")
    git(clone.path, "merge", "-q", "--no-ff", "-m", "Merge", "work")
    tip = git(clone.path, "rev-parse", "HEAD")
    record(instance, clone, tmp_path, side)
    query = PopulationQuery(source="git", unit="change", base=base, tip=tip)
    (row,) = create_population(instance, NewPopulation(query=query), clone.repository).rows
    assert (row.id, row.commits, row.state) == (tip, 3, "covered")


def test_a_sample_is_drawn_with_the_seed_committed_to_and_with_no_other(instance: Instance, clone: Clone) -> None:
    asked = NewPopulation(query=git_query(clone), seed_sha256=seed_commitment(SEED))
    saved = create_population(instance, asked, clone.repository)
    with pytest.raises(InvalidInput, match="committed"):
        draw_sample(instance, saved.id, Draw(size=2, seed=bytes(32)))
    with pytest.raises(InvalidInput, match="held by somebody else"):
        draw_sample(instance, saved.id, Draw(size=2))
    sample = draw_sample(instance, saved.id, Draw(size=2, seed=SEED))
    assert sample.population.sample is not None
    assert (len(sample.rows), sample.population.sample.committed) == (2, True)
    assert sample.index is not None
    assert saved.index is not None
    assert saved.index < sample.index
    assert draw_sample(instance, saved.id, Draw(size=2, seed=SEED)).id == sample.id
    assert rerun(instance, sample.id, None).same


def test_a_seed_that_nobody_gave_is_drawn_and_kept_here(instance: Instance, clone: Clone) -> None:
    saved = create_population(instance, NewPopulation(query=git_query(clone)), clone.repository)
    sample = draw_sample(instance, saved.id, Draw(size=3))
    drawn_from = sample.population.sample
    assert drawn_from is not None
    assert seed_commitment(bytes.fromhex(drawn_from.seed)) == saved.population.seed_sha256


def test_a_stratified_sample_has_one_of_each_stratum(instance: Instance, clone: Clone, tmp_path: Path) -> None:
    record(instance, clone, tmp_path, oids(clone)[0])
    saved = create_population(instance, NewPopulation(query=git_query(clone)), clone.repository)
    sample = draw_sample(instance, saved.id, Draw(size=2, method="stratified", by="state"))
    assert {row.state for row in sample.rows} == {"covered", "not-recorded"}
    assert sample.population.sample is not None
    assert sample.population.sample.strata == {"covered": 1, "not-recorded": 1}
    with pytest.raises(InvalidInput, match="sample already"):
        draw_sample(instance, sample.id, Draw(size=1))


def test_rows_of_a_range_are_measured_the_same_whatever_a_work_tree_says_of_them(
    instance: Instance, clone: Clone
) -> None:
    path = clone.path
    git(path, "checkout", "-q", "-b", "work")
    (path / "pond.py").write_text("ducks = 1\ngeese = 2\n")
    git(path, "commit", "-q", "-a", "-m", "Geese")
    side = git(path, "rev-parse", "HEAD")
    git(path, "checkout", "-q", "main")
    (path / "a\tb").write_bytes(b"\0\1")
    (path / ".gitattributes").write_text("*.py -diff\n")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "Binary")
    binary = git(path, "rev-parse", "HEAD")
    git(path, "merge", "-q", "--no-ff", "-m", "Merge", "work")
    merge = git(path, "rev-parse", "HEAD")
    git(path, "commit", "-q", "--allow-empty", "-m", "Nothing")
    empty = git(path, "rev-parse", "HEAD")
    query = replace(git_query(clone), measures=("files", "lines"))
    saved = create_population(instance, NewPopulation(query=query), clone.repository)
    measured = {row.id: (row.files, row.lines) for row in saved.rows}
    assert [measured[one] for one in (side, binary, merge, empty)] == [(1, 3), (2, None), (1, 3), (0, 0)]
    assert rerun(instance, saved.id, clone.repository).same
    sample = draw_sample(instance, saved.id, Draw(size=2, method="monetary-unit", by="lines")).population.sample
    assert sample is not None
    assert sample.weighed is not None
    assert (sample.by, sample.weighed.unknown, sample.weighed.zero) == ("lines", 1, 1)
    few = replace(query, measures=("files",))
    assert {row.lines for row in create_population(instance, NewPopulation(query=few), clone.repository).rows} == {None}


def test_texts_that_were_erased_are_flagged_and_their_rows_stay(
    instance: Instance, clone: Clone, tmp_path: Path
) -> None:
    record(instance, clone, tmp_path, oids(clone)[0])
    saved = create_population(instance, NewPopulation(query=COMMITS), None)
    for secret in (instance.settings.keys_dir / "session").glob("*.json"):
        secret.unlink()
    again = rerun(instance, saved.id, None)
    assert (again.same, again.erased) == (True, (oids(clone)[0],))


def test_rows_that_are_not_those_of_the_digest_are_refused(instance: Instance, clone: Clone) -> None:
    saved = create_population(instance, NewPopulation(query=git_query(clone)), clone.repository)
    assert saved.population.sha256 == rows_digest(saved.rows)
    with pytest.raises(Absent):
        load_population(instance, "pop_" + "0" * 64)
    with pytest.raises(Absent):
        load_population(instance, saved.id.replace("pop_", "att_"))
