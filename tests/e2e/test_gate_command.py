"""Promise: `whereof gate` writes every form it is asked for, with a policy and without, and says when it could not judge."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from attest.clock import SystemClock, SystemEntropy
from attest.ledger.cosigned import open_cosigned
from attest.ledger.note import decode_vkey, encode_vkey
from attest.settings import Settings
from attest.store.cosignatures import keep_cosignatures
from attest.store.log_reader import LogReader
from attest.usecases.instance import open_instance
from tests.e2e.test_light_imports import FORBIDDEN, loaded
from tests.support.command import whereof
from tests.support.cosigning import ONE
from tests.support.history import make_history
from tests.support.recording import document
from tests.support.repository import GitRepository

POLICY = "version: 1\nmode: MODE\ndefaults: {tier: all}\ntiers: [{id: all, unattributed: session, require: {}}]\n"


@pytest.fixture
def repo(home: Path) -> GitRepository:
    return make_history(home / "clone", 4, marked_every=2)


def with_policy(repo: GitRepository, mode: str) -> None:
    repo.write(".attest/policy.yaml", POLICY.replace("MODE", mode).encode())
    repo.commit("Policy")
    repo.write("src/a", b"1")
    repo.commit("Code")


@pytest.mark.parametrize(("mode", "code", "failures"), [("", 0, "0"), ("observe", 0, "0"), ("enforce", 4, "1")])
def test_every_form_is_written(repo: GitRepository, tmp_path: Path, mode: str, code: int, failures: str) -> None:
    if mode:
        with_policy(repo, mode)
    names = {name: tmp_path / name for name in ("summary", "sarif", "junit", "report")}
    asked = [part for name, path in names.items() for part in (f"--{name}", path)]
    done = whereof("gate", "HEAD~1..HEAD", *asked, home=tmp_path, cwd=repo.path)
    assert done.returncode == code, done.stderr
    answer = json.loads(names["report"].read_text())
    assert (answer["exit_code"], answer["outcome"]) == (code, "absent" if mode else "survey")
    assert len(json.loads(names["sarif"].read_text())["runs"][0]["results"]) == bool(mode)
    assert ET.fromstring(names["junit"].read_text()).get("failures") == failures
    assert "| marked | " in names["summary"].read_text()


def test_json_counts_the_change_and_the_whole_history(repo: GitRepository, tmp_path: Path) -> None:
    found = document(whereof("gate", "HEAD~1..HEAD", "--json", home=tmp_path, cwd=repo.path).stdout)
    counts = {name: (found[name]["commits"], found[name]["marked"]) for name in ("this_change", "whole_history")}  # type: ignore[index]
    assert counts == {"this_change": (1, 0), "whole_history": (4, 2)}


def test_summary_is_added_to_and_says_that_nothing_was_judged(repo: GitRepository, tmp_path: Path) -> None:
    summary = tmp_path / "summary"
    summary.write_text("before\n")
    env = {"GITHUB_STEP_SUMMARY": str(summary)}
    assert whereof("gate", home=tmp_path, cwd=repo.path, **env).returncode == 2
    assert summary.read_text().startswith("before\n**not judged**")
    with_policy(repo, "enforce")
    assert whereof("gate", "HEAD..HEAD", home=tmp_path, cwd=repo.path, **env).returncode == 2
    assert whereof("gate", "HEAD~2..HEAD~2", home=tmp_path, cwd=repo.path, **env).returncode == 0, "no policy there"


def test_unfetched_evidence_is_indeterminate_as_the_mode_has_it(repo: GitRepository, tmp_path: Path) -> None:
    with_policy(repo, "observe")
    done = whereof("gate", "--evidence-unfetched", "HEAD~1..HEAD", home=tmp_path, cwd=repo.path)
    assert (done.returncode, "indeterminate: refs/whereof/* could not be fetched" in done.stdout) == (0, True)


def test_policy_that_cannot_be_read_is_not_none(repo: GitRepository, tmp_path: Path) -> None:
    repo.write(".attest/policy.yaml/inner", b"a folder of that name")
    repo.commit("Odd")
    repo.write("a", b"1")
    repo.commit("Code")
    assert whereof("gate", "HEAD~1..HEAD", home=tmp_path, cwd=repo.path).returncode == 5


def cosigned(tmp_path: Path) -> Path:
    """Cosign the newest head of the ledger there by one witness; gives the policy file that pins it."""
    instance = open_instance(Settings(home=tmp_path), clock=SystemClock(), entropy=SystemEntropy())
    vkey, where = instance.services.log.verifier_key, (instance.engine, instance.scope, instance.log.name)
    head = LogReader(*where).head()
    assert head is not None
    found = open_cosigned(head.c2sp_note + ONE.line(head.c2sp_note), decode_vkey(vkey), [ONE.key])
    keep_cosignatures(*where, tree_size=head.tree_size, cosignatures=found.cosignatures)
    instance.engine.dispose()
    file = tmp_path / "mine.policy"
    file.write_text(f"log {vkey}\nwitness one {encode_vkey(ONE.key)}\nquorum none\n")
    return file


def test_witnesses_that_a_tier_asks_for_are_asked_of_the_ledger_here(repo: GitRepository, tmp_path: Path) -> None:
    asks = "tiers: [{id: all, unattributed: declare, require: {witness: 1}}]"
    repo.write(".attest/policy.yaml", f"version: 1\nmode: enforce\ndefaults: {{tier: all}}\n{asks}\n".encode())
    repo.commit("Policy")
    repo.write("src/a", b"1")
    repo.commit("Code")
    assert whereof("declare", "HEAD", home=tmp_path, cwd=repo.path).returncode == 0
    unpinned = whereof("gate", "HEAD~1..HEAD", home=tmp_path, cwd=repo.path)
    assert (unpinned.returncode, "witness (tier all, rule default): 1 asked for" in unpinned.stdout) == (5, True)
    done = whereof(
        "gate", "HEAD~1..HEAD", "--witness-policy", cosigned(tmp_path), "--json", home=tmp_path, cwd=repo.path
    )
    assert done.returncode == 0, done.stdout


def test_gate_loads_nothing_heavy(repo: GitRepository, tmp_path: Path) -> None:
    assert loaded(FORBIDDEN, "gate", "HEAD~1..HEAD", home=tmp_path, cwd=repo.path) == (0, set())
