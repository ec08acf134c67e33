"""Promise: whatever fails while a session is redacted, nothing is signed or stored, and no word of it gets out."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from presidio_analyzer import EntityRecognizer, PatternRecognizer

from attest.cli.main import exit_code
from attest.cli.main import main as whereof_main
from attest.errors import Quarantined
from attest.store import attestations
from attest.usecases.instance import Instance
from attest.usecases.quarantine import quarantining
from attest.usecases.read_parts import open_parts
from redaction.config import Config, Identities
from redaction.detector import Detector
from redaction.engine import PresidioPass
from redaction.errors import EngineFailed
from redaction.matcher import Matcher
from redaction.own_rules import own_rules
from redaction.recognizers import IdentityRecognizer
from redaction.redactor import Redactor
from tests.support.claude import Transcript as Story
from tests.support.recording import ROOT, Clone, open_home, record_file, story, write_story

MAIL = "marguerite.oyelaran" + "@" + "brackenfell-systems.com"
PERSON = "Marguerite" + " Oyelaran"
TOKEN = "gh" + "p_" + "q7RkT2mVx9LbN4cWzE8sYd3HfJ6aPu1GoK5Z"
PASSWORD = "Tr0ub4dor" + "Xk29vQz"
WORDS = "heron lagoon seventeen"
"""Ordinary words of the transcript: they may be in sealed parts, and in nothing that is printed."""
PLACES = {
    "matcher": "redaction.matcher.Matcher.candidates",
    "presidio": "presidio_analyzer.AnalyzerEngine.analyze",
    "recogniser": "redaction.recognizers.HyperscanRecognizer.analyze",
    "anonymizer": "presidio_anonymizer.AnonymizerEngine.anonymize",
    "second-engine": "kingfisher_sdk.DetectionScanner",
    "second-checks": "redaction.second_scan.SecondScan.check",
    "reader": "attest.usecases.redact_session.read_session",
    "documents": "attest.usecases.record.session_documents",
    "parts": "attest.model.parts.SessionKeys.seal",
    "values": "attest.usecases.record.seal_withheld",
    "state": "attest.usecases.record.state_session",
    "sign": "attest.usecases.record.sign_and_log",
    "objects": "attest.store.objects.ObjectStore.put",
    "keep": "attest.usecases.record.keep_receipt",
}
AGAIN = ("second-checks", "values", "keep")
"""Places after which the same session is recorded once more, to see that nothing is in the way."""
REDACTING = ("matcher", "presidio", "recogniser", "anonymizer", "second-engine", "second-checks")


def planted() -> Story:
    tale = story()
    tale.prompt(f"{WORDS}: mail {MAIL}, GITHUB_TOKEN={TOKEN}, password = '{PASSWORD}'")
    tale.shell("env", f"DB=postgres://pond:{PASSWORD}@db.example.net/pond\nAuthor: {PERSON} <{MAIL}>")
    return tale


def forms() -> Iterator[bytes]:
    for value in (MAIL, TOKEN, PASSWORD, PERSON, WORDS):
        yield value.encode()
        yield json.dumps(value)[1:-1].encode()
        yield value.encode().hex().encode()
        yield base64.b64encode(value.encode())[:-4]


def words(value: object, depth: int = 4) -> str:
    """Give all texts in a value: a failure's own words hold what it was given, as those of other people's code do."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str) or depth == 0:
        return str(value)
    if isinstance(value, list | tuple):
        return " ".join(words(item, depth - 1) for item in value)
    slots = [*getattr(value, "__dict__", {}).values()]
    slots += [getattr(value, name, "") for name in getattr(type(value), "__slots__", ())]
    return " ".join(words(item, depth - 1) for item in slots)


class FailingScanner:
    """A second engine that fails with the text it was given in its error."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def scan(self, data: bytes, **_: object) -> NoReturn:
        raise ValueError(data.decode())


def fail(*arguments: object, **named: object) -> NoReturn:
    raise ValueError(words((arguments, tuple(named.values()))) + f" {MAIL} {WORDS}")


@pytest.mark.parametrize("place", PLACES)
def test_a_failure_at_any_place_leaves_no_word_behind_and_the_next_recording_works(
    place: str,
    data: Path,
    clone: Clone,
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    transcript = write_story(tmp_path / "t.jsonl", planted())
    work, temporary = tmp_path / "work", tmp_path / "tmp"
    work.mkdir()
    temporary.mkdir()
    open_home(data).engine.dispose()
    with monkeypatch.context() as patched:
        patched.chdir(work)
        patched.setenv("WHEREOF_HOME", str(data))
        patched.setattr("tempfile.tempdir", str(temporary))
        patched.setattr(PLACES[place], FailingScanner if place == "second-engine" else fail)
        command = ("record", "--transcript", str(transcript), "--commit", "HEAD", "--repo", str(clone.path))
        patched.setattr("sys.argv", ["whereof", *command])
        with pytest.raises(SystemExit) as ended:
            whereof_main()
    printed = capfd.readouterr()
    out = (printed.out + printed.err).encode()
    assert ended.value.code in ((1, 5) if place in REDACTING else (5,))
    assert b"whereof: " in out
    assert not [form for form in forms() if form in out]
    kept = [*data.rglob("*"), *temporary.rglob("*"), *work.rglob("*"), *(clone.path / ".git" / "whereof").rglob("*")]
    for path in (path for path in (*kept, *home.rglob("*")) if path.is_file()):
        held = path.read_bytes()
        assert not [form for form in forms() if form in held], path
    instance = open_home(data)
    assert attestations.count(instance.engine, instance.scope) == (place == "keep")
    if place in REDACTING:
        assert list(instance.objects.addresses()) == []
        assert not list((data / "withheld").rglob("*.sealed"))
    if place in AGAIN:
        record_file(instance, transcript, clone)
        assert attestations.count(instance.engine, instance.scope) == 1
    instance.engine.dispose()


def test_a_native_crash_leaves_no_core_dump_and_nothing_signed(data: Path, clone: Clone, tmp_path: Path) -> None:
    transcript = write_story(tmp_path / "t.jsonl", planted())
    work = tmp_path / "work"
    work.mkdir()
    crash = (
        "import os, resource; "
        "hard = resource.getrlimit(resource.RLIMIT_CORE)[1]; resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)); "
        "from redaction.matcher import Matcher; Matcher.candidates = lambda *_: os.abort(); "
        "from attest.cli.main import main; main()"
    )
    named = ("--transcript", str(transcript))
    done = subprocess.run(
        [sys.executable, "-c", crash, "record", "--repo", str(clone.path), "--commit", "HEAD", *named],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WHEREOF_HOME": str(data), "TMPDIR": str(work)},
        capture_output=True,
        timeout=110,
        check=False,
    )
    assert done.returncode in (-signal.SIGABRT, 1), "the process itself, or its worker"
    assert not [form for form in forms() if form in done.stdout + done.stderr]
    assert list(work.iterdir()) == []
    instance = open_home(data)
    assert attestations.count(instance.engine, instance.scope) == 0
    assert list(instance.objects.addresses()) == []
    instance.engine.dispose()


@pytest.mark.parametrize("kind", ["memory", "timeout"])
@pytest.mark.parametrize("place", ["recogniser", "matcher", "second-engine"])
def test_memory_that_runs_out_and_engines_that_time_out_quarantine(
    place: str, kind: str, instance: Instance, clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The engines are built before they fail: presidio drops a match that timed out, and goes on.
    target = {
        "recogniser": "redaction.recognizers.HyperscanRecognizer.analyze",
        "matcher": "redaction.matcher.Matcher.candidates",
        "second-engine": "kingfisher_sdk.DetectionScanner",
    }[place]

    def stop(*_: object, **__: object) -> None:
        raise MemoryError(MAIL) if kind == "memory" else EngineFailed("hyperscan", "timeout")

    monkeypatch.setattr(target, type("Stopped", (FailingScanner,), {"scan": stop}) if "kingfisher" in target else stop)
    with pytest.raises(Quarantined) as caught:
        record_file(instance, write_story(tmp_path / "t.jsonl", planted()), clone)
    assert caught.value.code == "redaction.failed"
    assert exit_code(caught.value) == 1
    assert MAIL not in str(caught.value)
    assert attestations.count(instance.engine, instance.scope) == 0
    assert list(instance.objects.addresses()) == []


def test_a_recogniser_that_times_out_is_a_failure_and_no_recogniser_of_presidio_swallows_one() -> None:
    class Slow(EntityRecognizer):
        def load(self) -> None:
            pass

        def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[object]:
            raise TimeoutError(text)

    slow = Slow(supported_entities=["PERSON"], name="slow")
    presidio = PresidioPass(Matcher(own_rules()[:1]), IdentityRecognizer(()), (slow,))
    with pytest.raises(EngineFailed) as caught:
        presidio.analyze(f"mail {MAIL}")
    assert MAIL not in str(caught.value)
    assert caught.value.__cause__ is None
    registered = presidio._analyzer.registry.recognizers
    assert not [one for one in registered if isinstance(one, PatternRecognizer)]


def test_a_record_of_an_unknown_type_is_scanned_in_every_field_and_counted(
    instance: Instance, data: Path, clone: Clone, tmp_path: Path
) -> None:
    tale = planted()
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\x07\x91" * 200).decode()
    strange = {"type": "made-up-in-2031", "signet": {"key": TOKEN, MAIL: [PASSWORD, {"password": PASSWORD}]}, "x": png}
    path = write_story(tmp_path / "t.jsonl", tale)
    path.write_bytes(path.read_bytes() + json.dumps(strange).encode() + b"\n")
    receipt = record_file(instance, path, clone)
    parts = open_parts(instance, receipt.attestation)
    text = b"".join(parts.values())
    assert b"made-up-in-2031" in text
    for value in (TOKEN, MAIL, PASSWORD, png[:40]):
        assert value.encode() not in text
    assert b"[BLOB:image/png:" in text


def test_a_changed_file_of_compiled_rules_is_never_used(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    rules = tuple(rule for rule in own_rules() if rule.group == "email")
    assert rules
    fresh = Matcher(rules, cache)
    text = f"password = '{PASSWORD}' {MAIL}".encode()
    found = fresh.candidates(text)
    assert found
    (kept,) = cache.glob("patterns-*.hs")
    weak = Matcher(own_rules()[:1], tmp_path / "weak")
    (other,) = (tmp_path / "weak").glob("patterns-*.hs")
    whole = kept.read_bytes()
    for changed in (other.read_bytes()[32:], whole[:-1], whole[:64] + b"\x00" + whole[65:], b"", b"x" * 40):
        kept.write_bytes(changed)
        assert Matcher(rules, cache).candidates(text) == found
        assert kept.read_bytes() == whole
    assert weak.candidates(text) != found


def test_a_second_engine_without_its_rules_is_a_failure(compiled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    redactor = Redactor(Config(cache_dir=compiled), token_key=b"k" * 32, identities=Identities())
    monkeypatch.setattr(
        "kingfisher_sdk.DetectionScanner", type("Blind", (FailingScanner,), {"scan": lambda *_, **__: []})
    )
    with pytest.raises(Quarantined) as caught, quarantining():
        redactor.redact_text("nothing here")
    assert "canary" in str(caught.value)


def test_a_hit_of_the_second_scan_names_rule_and_place_and_no_value(
    instance: Instance, clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A first pass that is blind: what it leaves in, the second scan must find.
    monkeypatch.setattr(Detector, "detect", lambda *_: ())
    monkeypatch.setattr("redaction.redactor.FastPath", lambda *_, **__: None)
    with pytest.raises(Quarantined) as caught:
        record_file(instance, write_story(tmp_path / "t.jsonl", planted()), clone)
    error = caught.value
    assert error.code == "redaction.quarantined"
    assert error.got is not None
    assert error.got.startswith("rule ")
    assert error.where is not None
    assert error.where.startswith("record ")
    told = " ".join(str(part) for part in (error, error.__cause__, error.got, error.where, repr(error)))
    assert not [value for value in (MAIL, TOKEN, PASSWORD, PERSON) if value in told]
    assert attestations.count(instance.engine, instance.scope) == 0
