"""Promise: the same session gives the same bytes: whatever the profile, the chunks, the process, and redacted once or twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from attest.capture.fields import claude_code_fields
from redaction.child import WorkerLimits
from redaction.config import Config, Identities, Limits
from redaction.profiles import PROFILES
from redaction.redactor import Engines, Redactor
from redaction.settings_file import TenantSettings
from tests.e2e.test_planted_values import planted, sentences
from tests.support.recording import story

KEY = b"a key of these tests, 32 bytes.."
IDENTITIES = Identities(names=("Ada Tester",), users=("adatester",))
PEOPLE = "Thanks to Marguerite Oyelaran and Bernd Katzenellenbogen, who wrote the parser. Regards, Ida Fjeldstad"


def jsonl() -> list[bytes]:
    tale = story()
    for text in [*list(sentences(planted()))[:9], PEOPLE]:
        tale.prompt(f"Ada Tester says: {text}").shell(f"echo {text}", text)
    return tale.lines()


def plain() -> list[bytes]:
    return ("\n".join([*sentences(planted()), PEOPLE, "Ada Tester"]) + "\n").encode().splitlines(keepends=True)


@pytest.fixture(scope="module", params=sorted(PROFILES))
def config(request: pytest.FixtureRequest, compiled: Path) -> Config:
    settings = TenantSettings().with_profile(request.param)
    return settings.applied(Config(fields=claude_code_fields(), cache_dir=compiled))


@pytest.fixture(scope="module")
def engines(config: Config) -> Engines:
    return Engines(config, IDENTITIES)


def redacted(config: Config, engines: Engines, lines: list[bytes]) -> bytes:
    redactor = Redactor(config, token_key=KEY, identities=IDENTITIES, engines=engines)
    return b"".join(redactor.redact(lambda: iter(lines)).lines())


@pytest.mark.parametrize("lines", [jsonl, plain], ids=["jsonl", "plain text"])
def test_chunks_processes_and_a_second_time_change_nothing(
    config: Config, engines: Engines, lines: Callable[[], list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    once = redacted(config, engines, lines())
    # lines that are no JSON hold no field that is known to be prose: the language model sees none of them
    assert (b"Katzenellenbogen" in once) == (lines is plain)
    assert b"Ada Tester" not in once
    for size in (1, 5_000):
        chunked = replace(config, limits=replace(Limits(), chunk_bytes=size))
        assert redacted(chunked, engines, lines()) == once
    monkeypatch.setattr("redaction.redactor.can_fork", lambda: True)
    assert redacted(replace(config, worker=WorkerLimits()), engines, lines()) == once
    assert redacted(config, engines, once.splitlines(keepends=True)) == once
