"""A damaged log is reported as what it is, also where the report cannot be logged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.errors import CannotVerify, Refused
from attest.usecases.instance import Instance, open_instance
from attest.usecases.reverify import ReverifyRequest, reverify
from tests.support.evidence_bundles import nothing
from tests.support.ledger import Ledger, make_ledger


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    made = make_ledger(tmp_path_factory.mktemp("damaged"))
    made.session(made.change("src/pond"))
    for path in tiles(made.instance.settings.home):
        path.chmod(0o600)
        path.write_bytes(bytes(path.stat().st_size))
    yield made
    made.instance.engine.dispose()


def tiles(home: Path) -> list[Path]:
    found = [path for path in home.rglob("*") if path.is_file() and "tile" in path.parts]
    assert found
    return found


@pytest.mark.parametrize("code", ["ledger.corrupt", "ledger.rollback"])
def test_a_log_that_takes_nothing_more_is_reported_all_the_same(ledger: Ledger, code: str) -> None:
    def refuse() -> Instance:
        raise Refused(code)

    report = reverify(ledger.instance, ReverifyRequest(), nothing, to_log=refuse)
    assert (report.exit_code, report.attestation, report.not_logged) == (3, "", code)
    assert report.found.result == "FAILED"
    assert "log/takes-entries" in report.found.failed


def test_zeroed_files_are_named_before_opening_makes_them_again(ledger: Ledger) -> None:
    was = ledger.instance

    def reopened_and_away() -> Instance:
        open_instance(was.settings, clock=was.clock, entropy=was.entropy).engine.dispose()
        raise CannotVerify("store.away")

    def named() -> list[str]:
        report = reverify(was, ReverifyRequest(), nothing, to_log=reopened_and_away)
        assert (report.attestation, report.not_logged) == ("", "store.away")
        assert "log/takes-entries" in report.found.warned
        return [name for name in report.found.failed if name.startswith("log/tile/0/")]

    assert named()
    assert named() == []
