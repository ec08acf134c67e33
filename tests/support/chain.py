"""A log that ended with a recorded session in it, and the log that follows it with one of its own, over one clone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from attest.clock import SystemClock, SystemEntropy
from attest.model.receipt import Receipt
from attest.settings import Settings
from attest.usecases.instance import Instance, assemble_instance, open_instance
from attest.usecases.succeed import begin_after, end_log, name_of
from tests.support.claude import Transcript as Story
from tests.support.recording import Clone, git, make_clone, record_file, write_story

CODE = "".join(f"room_{i} = 'a place for duck number {i}'\n" for i in range(6))
NATIVE = "6b1c0f0e-5d0a-4c5e-9a3b-0f6a6a1d2c01"
"""The agent's own id of the session in the ended log."""
ASKED = "Make room for six ducks in the pond."


@dataclass
class Succession:
    """Both logs, opened; `new` names `old` as the one that it follows."""

    old: Instance
    new: Instance
    clone: Clone
    """At the commit that the old log alone has a session about."""
    later: Clone
    """The same clone at the commit of the new log's session."""
    before: Receipt
    after: Receipt

    @property
    def alone(self) -> Instance:
        """The new log's instance where nobody named the log before."""
        return replace(self.new, settings=replace(self.new.settings, followed=None), before={})

    @property
    def words(self) -> str:
        """How a list that is proved over both logs calls the older one."""
        size = self.old.log.publisher.published()
        assert size is not None
        return f"which follows {self.old.services.log.origin} (final size {size.size})"


def tale(asked: str, code: str, session: str) -> Story:
    """Give a session that writes lines into the pond's file."""
    told = Story()
    told.prompt(asked, sessionId=session)
    told.edit("/home/ada/pond/pond.py", "ducks = 2\n", code)
    return told


def make_succession(
    folder: Path, compiled: Path, before_end: Callable[[Instance], object] = lambda _: None
) -> Succession:
    """Record into a log, do with it what is asked for, end it, begin its successor, and record into that."""
    homes = folder / "old", folder / "new"
    for home in homes:
        shutil.copytree(compiled, home / "cache")
    old = open_instance(Settings(home=homes[0]), clock=SystemClock(), entropy=SystemEntropy())
    clone = make_clone(folder / "pond", text=CODE)
    before = record_file(old, write_story(folder / "one.jsonl", tale(ASKED, CODE, NATIVE)), clone)
    before_end(old)
    settings = Settings(home=homes[1], followed=homes[0])
    waiting = assemble_instance(settings, clock=SystemClock(), entropy=SystemEntropy())
    final = end_log(old, name_of(waiting.services.log), reason="rotation")
    begin_after(waiting, name_of(old.services.log), final)
    waiting.engine.dispose()
    new = open_instance(settings, clock=SystemClock(), entropy=SystemEntropy())
    (clone.path / "pond.py").write_text(CODE + "geese = 'two of them, for company'\n")
    git(clone.path, "commit", "-q", "-a", "-m", "Add geese")
    later = Clone(path=clone.path, oid=git(clone.path, "rev-parse", "HEAD"))
    second = tale("Add geese.", "geese = 'two of them, for company'\n", "s2")
    after = record_file(new, write_story(folder / "two.jsonl", second), later)
    return Succession(old=old, new=new, clone=clone, later=later, before=before, after=after)
