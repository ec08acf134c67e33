"""Promise: two processes with a sequencer each write one history; nothing is lost, nothing is there twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from sqlmodel import select

from attest.store.database import reading
from attest.store.log_reader import LogReader
from attest.store.tables import TreeHeadRow
from attest.usecases.instance import Instance
from tests.independent import naive

ROOT = Path(__file__).resolve().parents[3]
ENTRIES = 200


def write_from_two_processes(instance: Instance) -> list[dict[str, int]]:
    """Start both, let them go at once, and give what each was answered."""
    settings = instance.settings
    url = [settings.database_url] if settings.database_url else []
    processes = []
    for number in range(2):
        command = [sys.executable, "-m", "tests.support.writer_process", settings.home, str(number * ENTRIES)]
        process = subprocess.Popen(
            [*command, str(ENTRIES), *url], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        processes.append(process)
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=120)[0]) for process in processes]


def test_two_sequencers_in_two_processes_grow_one_log(instance: Instance) -> None:
    first, second = write_from_two_processes(instance)
    indices = [*first.values(), *second.values()]
    assert len(first) == len(second) == ENTRIES
    assert len(set(indices)) == 2 * ENTRIES
    with reading(instance.engine) as session:
        heads = session.exec(select(TreeHeadRow).order_by(TreeHeadRow.tree_size)).all()
    reader = LogReader(instance.engine, instance.scope, instance.log.name)
    leaves = [entry.leaf.body for at in range(heads[-1].tree_size) if (entry := reader.entry(at))]
    # One history: each head begins where the one before ends, and has the root of exactly these leaves.
    assert [head.previous_size for head in heads] == [0, *(head.tree_size for head in heads[:-1])]
    for head in (heads[len(heads) // 2], heads[-1]):
        assert naive.mth([naive.leaf_hash(leaf) for leaf in leaves[: head.tree_size]]) == head.root
    # Every acknowledged entry, one index leaf a group and the genesis: nothing else, and nothing twice.
    assert heads[-1].tree_size == 2 * ENTRIES + len(heads) + 1
    assert len(set(leaves)) == len(leaves)
    published = instance.log.publisher.published()
    assert published is not None
    assert (published.size, published.root) == (heads[-1].tree_size, heads[-1].root)
    # Both took turns: neither waited for the other to end.
    assert min(second.values()) < max(first.values())
    assert min(first.values()) < max(second.values())
