"""Promise: a migration that would stop the version before it, or make writers wait, is found before it is committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.store.schema import newest_revision
from tests.support.next_release import next_migrations
from tools.lint_migrations import ROOT, faults, order_faults

HEAD = '"""What it brings."""\n'


def upgrade(*steps: str, phase: str = "") -> str:
    body = "".join(f"    {step}\n" for step in steps)
    return f"{HEAD}{phase}\ndef upgrade():\n{body}"


@pytest.mark.parametrize(
    ("step", "word"),
    [
        ("op.drop_table('job')", "takes away"),
        ("op.drop_column('job', 'state')", "takes away"),
        ("op.rename_table('job', 'work')", "takes away"),
        ("op.alter_column('job', 'state', nullable=False)", "takes away"),
        ("op.execute('ALTER TABLE job RENAME COLUMN a TO b')", "by SQL"),
        ("op.execute(f'DROP TABLE {name}')", "by SQL"),
        ("op.execute('UPDATE job SET state = 1')", "small steps"),
        ("op.execute('LOCK TABLE job')", "small steps"),
        ("op.bulk_insert(table, [])", "writes rows"),
        ("op.add_column('job', sa.Column('a', sa.Text, nullable=False))", "server_default"),
        ("op.add_column('job', sa.Column('a', sa.Text))", "server_default"),
        ("op.add_column('job', sa.Column('a', sa.Text, nullable=True, unique=True))", "server_default"),
        ("op.add_column('job', sa.Column('a', sa.Text, sa.ForeignKey('b.c'), nullable=True))", "server_default"),
        ("op.create_index('ix', 'job', ['a'])", "add_index"),
        ("op.create_unique_constraint('uq', 'job', ['a'])", "under a lock"),
        ("op.create_check_constraint('ck', 'job', 'a > 1')", "under a lock"),
        ("op.add_column('entry', sa.Column('a', sa.Text, nullable=True))", "ledger table is not altered"),
    ],
)
def test_a_step_that_the_version_before_or_writers_would_feel_is_found(step: str, word: str) -> None:
    found = faults(upgrade(step), "r.py")
    assert len(found) == 1
    assert word in found[0]


def test_an_index_beside_writers_is_alone_in_its_revision() -> None:
    index = "add_index('ix', 'job', 'a')"
    assert faults(upgrade(index), "r.py") == ()
    assert "alone" in faults(upgrade("op.add_column('job', sa.Column('a', sa.Text, nullable=True))", index), "r.py")[0]


def test_what_adds_passes() -> None:
    steps = (
        "op.create_table('next', sa.Column('a', sa.Text, nullable=False))",
        "op.create_index('ix', 'next', ['a'])",
        "op.add_column('job', sa.Column('a', sa.Text, nullable=True))",
        "op.add_column('job', sa.Column('b', sa.Text, nullable=False, server_default=''))",
    )
    assert faults(upgrade(*steps), "r.py") == ()


def test_a_contracting_revision_takes_away_but_nothing_of_the_ledger() -> None:
    phase = "phase = 'contract'"
    assert faults(upgrade("op.drop_column('job', 'state')", phase=phase), "r.py") == ()
    assert "ledger" in faults(upgrade("op.drop_column('entry', 'token')", phase=phase), "r.py")[0]
    assert "ledger" in faults(upgrade("op.drop_index('ix', 'entry')", phase=phase), "r.py")[0]


def test_a_revision_without_a_word_of_what_it_brings_is_found() -> None:
    assert "what it brings" in faults("def upgrade():\n    pass\n", "r.py")[0]


def chain(*names: str, phase: str = "") -> tuple[str, ...]:
    texts, before = [], None
    for number, name in enumerate(names, 1):
        texts.append((f"d_{number:04}_x.py", f"{phase}\nrevision = {name!r}\ndown_revision = {before!r}\n"))
        before = name
    return order_faults(tuple(texts))


def test_revisions_come_in_order_and_remember_for_whom_they_are() -> None:
    assert chain("0001", "0002", "0003_since_0002", "0004_since_0002") == ()
    assert "for those since 0002" in chain("0001", "0002", "0003_since_0002", "0004")[0]
    assert "for those since any" in chain("0001", "0002_since_0003")[0]
    assert "is not revision 0002" in chain("0001", "abc")[0]
    assert "is not revision 0002" in chain("0001", "0003")[0]
    assert "does not say for whom" in chain("0001", phase="phase = 'contract'")[0]
    assert "does not follow" in order_faults((("d_0001_x.py", "revision = '0001'\ndown_revision = '0000'\n"),))[0]


def test_the_release_that_the_tests_upgrade_to_keeps_the_rules(tmp_path: Path) -> None:
    directory, newest = next_migrations(tmp_path / "next")
    assert newest > newest_revision()
    for path in (directory / "versions").glob("next_*.py"):
        assert faults(path.read_text(), path.name) == ()


def test_the_template_says_the_rules_and_gives_no_way_down() -> None:
    text = (ROOT / "migrations" / "script.py.mako").read_text()
    for word in ("add_index", "contract", "ledger table is never altered", "raise RuntimeError", "lint_migrations"):
        assert word in text


def test_a_batch_alter_of_a_ledger_table_is_found_in_any_phase() -> None:
    for table in ("'entry'", "TABLE"):
        assert "batch" in faults(f"{HEAD}with op.batch_alter_table({table}) as b:\n    pass\n", "r.py")[0]
    assert not faults(f"{HEAD}with op.batch_alter_table('job') as b:\n    pass\n", "r.py")


def test_a_ledger_downgrade_must_raise() -> None:
    source = upgrade("op.create_table('entry')") + "def downgrade():\n    pass\n"
    assert faults(source, "r.py") == ("r.py:5: the downgrade of a ledger revision raises",)
