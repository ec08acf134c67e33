"""A redaction begun before its key is known gives what any other gives, and a process of it that ends ends all of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from redaction.child import WorkerLimits
from redaction.config import Config, Identities
from redaction.early import EarlyRedaction, begin_early
from redaction.errors import ConfigRefused, EngineFailed, Quarantine
from redaction.fields import FieldPolicy
from redaction.ner_model import SMALL, NerSetting
from redaction.redactor import Redactor
from tests.support.processes import children

from .conftest import IDENTITIES, KEY, planted

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here: redaction runs in the caller's process")
PROSE = FieldPolicy(prose=(("t",),))
LINES = (
    *(json.dumps({"t": text}).encode() + b"\n" for _, text in planted().values()),
    json.dumps({"t": "My name is Wilhelmina Thistlewood and I ask Rosamund Peppercorn to look."}).encode() + b"\n",
)
ALONE = """
import sys
from pathlib import Path
from redaction.child import WorkerLimits
from redaction.config import Config, Identities
from redaction.early import EarlyRedaction
from redaction.ner_model import NerSetting
lines = [b'{"t": "cd /home/quentinq/src"}\\n']
config = Config(cache_dir=Path(sys.argv[1]), worker=WorkerLimits(), ner=NerSetting(model="small"))
early = EarlyRedaction(config, Identities(), lambda: iter(lines))
assert b"quentinq" not in b"".join(early.redact(b"k" * 32).lines())
print([m for m in ("presidio_analyzer", "spacy", "hyperscan", "re2", "kingfisher_sdk", "pydantic") if m in sys.modules])
"""


def config(cache: Path, **changes: object) -> Config:
    settings = {"fields": PROSE, "cache_dir": cache, "worker": WorkerLimits(), "ner": NerSetting(model=SMALL)}
    return Config(**{**settings, **changes})  # type: ignore[arg-type]


def lines() -> Iterator[bytes]:
    return iter(LINES)


def test_a_redaction_that_began_early_gives_the_same_bytes_and_the_same_account(cache: Path) -> None:
    early = EarlyRedaction(config(cache), IDENTITIES, lines).redact(KEY)
    here = Redactor(config(cache, worker=None), token_key=KEY, identities=IDENTITIES).redact(lines)
    assert list(early.lines()) == (expected := list(here.lines()))
    assert early.report == here.report
    assert early.report.models
    assert b"Thistlewood" not in b"".join(expected)


def test_the_process_that_began_it_loads_no_engine(cache: Path) -> None:
    done = subprocess.run((sys.executable, "-c", ALONE, str(cache)), capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_crash_of_the_process_that_looks_for_names_is_a_failure(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the fault is injected: no prose is known that crashes the model
    monkeypatch.setattr("redaction.prose_names.ProseNames.finish", lambda _: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(EngineFailed, match="names"):
        EarlyRedaction(config(cache), IDENTITIES, lines).redact(KEY)


def test_a_model_that_is_not_the_one_expected_is_refused(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "config.cfg").write_text("[nlp]")
    setting = NerSetting(model=str(tmp_path), sha256="0" * 64)
    with pytest.raises(ConfigRefused, match="sha256"):
        EarlyRedaction(config(cache, ner=setting), IDENTITIES, lines).redact(KEY)


def test_a_hit_of_the_second_scan_reaches_the_caller(cache: Path) -> None:
    early = EarlyRedaction(config(cache, disabled=frozenset({"phone"}), ner=NerSetting()), Identities(), lines)
    with pytest.raises(Quarantine):
        list(early.redact(KEY).lines())


def test_a_redaction_that_is_not_needed_leaves_no_process_behind(cache: Path) -> None:
    before = children()
    early = EarlyRedaction(config(cache), IDENTITIES, lines)
    assert len(children() - before) == 1
    early.end()
    assert children() <= before


def test_where_a_process_cannot_be_forked_nothing_begins(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redaction.early.can_fork", lambda: False)
    assert begin_early(config(cache), IDENTITIES, lines) is None
