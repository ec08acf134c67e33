"""The newest schema is told without running what makes it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from attest.settings import Settings
from attest.store.engine import CACHE_KIB, POOL, open_engine
from attest.store.schema import migrations_dir, newest_revision


def test_the_newest_revision_is_the_one_that_alembic_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()


def test_a_store_that_is_up_to_date_is_opened_without_alembic() -> None:
    code = "import sys, attest.usecases.instance; print('alembic' in sys.modules)"
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_all_connections_together_keep_no_more_than_a_quarter_of_a_gibibyte_of_sqlites_file(home: Path) -> None:
    engine = open_engine(Settings(home=home / "whereof"))
    with ExitStack() as held:
        open_at_once = [held.enter_context(engine.connect()) for _ in range(2 * POOL)]
        kept = [-int(one.exec_driver_sql("PRAGMA cache_size").scalar_one()) for one in open_at_once]
    assert set(kept) == {CACHE_KIB}
    assert sum(kept) <= 256 * 1024
    engine.dispose()


def test_as_many_threads_as_a_service_has_open_no_connection_anew(home: Path) -> None:
    engine = open_engine(Settings(home=home / "whereof"))
    seen = []
    for _ in range(2):
        with ExitStack() as held:
            connections = [held.enter_context(engine.connect()) for _ in range(POOL)]
            seen.append({one.connection.driver_connection for one in connections})
    assert seen[0] == seen[1]
    engine.dispose()
