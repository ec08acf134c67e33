"""Campaigns: run after run over the same logs, each ended at another place, each judged before the next begins."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from attest.settings import Settings
from attest.store.engine import open_engine
from attest.store.migrate import migrate_embedded
from tests.support.killed_check import Broken, History, Writers
from tests.support.killed_disk import How, Lost, keep_all, power_cut
from tests.support.killed_writer import Job, Outcome

RUNS_OF_A_LOG = 10
NEW = 3
"""Statements that each run adds to those not yet acknowledged."""
OPENING = 420
"""Places of opening a home that holds nothing but a schema."""
OPENED = 45
"""Places of opening it again."""
STATEMENT = 85
"""Places of one statement, or a few less."""


def sqlite_schema(folder: Path) -> None:
    """Make a home that holds an empty database of the newest schema."""
    settings = Settings(home=folder)
    engine = open_engine(settings)
    migrate_embedded(engine, settings)
    engine.dispose()


@dataclass
class Campaign:
    """Runs over logs that begin empty, one after the other."""

    writers: Writers
    folder: Path
    library: Path
    schema: Path | None = None
    """A home to begin with, on SQLite."""
    database: Callable[[], str] | None = None
    """Gives a fresh migrated database, on PostgreSQL."""
    seed: int = 0
    mutant: How = How.COUNT
    asynchronous: bool = False
    forget: Callable[[str], None] = lambda _: None
    """Takes the URL of a database that is needed no more."""
    end_server: Callable[[], int] | None = None
    """Gives the process of the server, which is ended in place of the writer."""
    begin_server: Callable[[], None] | None = None
    places: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    logged: int = 0
    ended: int = 0
    """Runs that were ended before their work was done."""

    def run(self, count: int, *, cut: bool = False) -> None:
        """Make so many runs.

        Raises:
            Broken: a promise was broken, with the run and the place.
        """
        for first in range(0, count, RUNS_OF_A_LOG):
            self._log(range(first, min(first + RUNS_OF_A_LOG, count)), cut=cut)

    def _log(self, runs: range, *, cut: bool) -> None:
        lots = random.Random(self.seed * 1_000_003 + runs.start)
        history = self._begin(f"{self.seed}-{runs.start}")
        number, waiting, place = 0, list[int](), "nowhere"
        for run in runs:
            waiting = [n for n in waiting if n not in history.acknowledged]
            waiting += range(number, number + NEW)
            number += NEW
            most = (OPENING if run == runs.start else OPENED) + STATEMENT * len(waiting)
            try:
                outcome = self._once(history, waiting, lots.randrange(1, most), lots if cut else None)
                place = outcome.place or "after all was done"
                history.told(outcome)
                history.check(signatures=run == runs[-1])
            except Exception as err:
                raise Broken(f"run {run} of seed {self.seed}, ended at {place}: {err}") from err
        self._finish(history, number)

    def _begin(self, name: str) -> History:
        home = self.folder / name / "home"
        home.parent.mkdir(parents=True)
        if self.schema is not None:
            shutil.copytree(self.schema, home)
        else:
            home.mkdir(mode=0o700)
        return History(home, self.database() if self.database else None)

    def _once(self, history: History, numbers: list[int], place: int, cut: random.Random | None) -> Outcome:
        image = history.home.with_name("image")
        if cut:
            keep_all(self.library, history.home, image)
        outcome = self.writers(
            Job(
                home=str(history.home),
                database_url=history.database_url,
                numbers=numbers,
                writers=1 + place % 3,
                how=int(How.KILL | self.mutant),
                place=place,
                image=str(image) if cut else "",
                victim=self.end_server() if self.end_server else 0,
                asynchronous=self.asynchronous,
            )
        )
        self.places[place_of(outcome)] += 1
        self.ended += bool(outcome.place)
        if cut:
            lost = cut.choice(tuple(Lost))
            power_cut(self.library, history.home, image, lost=lost, seed=cut.randrange(2**32))
            shutil.rmtree(image)
        if self.begin_server:
            self.begin_server()
        return outcome

    def _finish(self, history: History, number: int) -> None:
        """Submit all again, as a patient client does: each statement is then in the log, and once."""
        outcome = self.writers(
            Job(home=str(history.home), database_url=history.database_url, numbers=list(range(number)))
        )
        history.told(outcome)
        history.check()
        if outcome.errors or set(history.acknowledged) != set(range(number)):
            raise Broken(f"not all was logged in the end: {outcome.errors}")
        if history.count() != number:
            raise Broken(f"{number} statements, {history.count()} attestations")
        self.acknowledged += len(history.acknowledged)
        self.logged += number
        shutil.rmtree(history.home.parent)
        if history.database_url:
            self.forget(history.database_url)


def place_of(outcome: Outcome) -> str:
    """Give the place in words that do not change from run to run."""
    if not outcome.place:
        return "after all was done"
    what, _, where = outcome.place.partition(" ")
    if what == "step":
        words = where.partition(".")[0].rstrip(",").split()
        return " ".join(("before", *words))
    parts = [part for part in where.split("/") if part]
    if ".staged-" in where:
        return f"{what} a file of {_folder(parts)} under its first name"
    return f"{what} {_folder(parts)}" if len(parts) > 1 else f"{what} {where if where != '.' else 'the home'}"


def _folder(parts: list[str]) -> str:
    if parts[0] != "logs" or len(parts) < 3:
        return f"{parts[0]}/"
    return "the checkpoint" if parts[2] == "checkpoint" else f"{parts[2]}/" if len(parts) > 3 else "the log's folder"
