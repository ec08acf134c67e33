"""A statement says what its redaction was and met, and holds no value."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from attest.model.keeping import KEEP_ALL
from attest.usecases.redaction_statement import redaction_document, redaction_extension, redaction_member
from redaction.config import AllowRule, Config, Identities, Limits
from redaction.fields import FieldKind, FieldPolicy, FieldRule
from redaction.ner_manifest import PACKAGE, SMALL_SHA256
from redaction.ner_model import SMALL, NerSetting
from redaction.redactor import AnyRedaction, Redactor

TOKEN = "gh" + "p_" + "a8Kq2Lm9Xr4Tz7Vb1Nc6Wd3Ef5Gh0JpYsQuR"
LINES = (
    json.dumps({"text": "My name is Wilhelmina Thistlewood.", "signature": "c2lnbmF0dXJl" * 8}),
    json.dumps({"text": f"export KEY={TOKEN}", "again": base64.b64encode(f"key {TOKEN} end".encode()).decode()}),
    json.dumps({"text": "cd /home/" + "quentinq/src", "long": "x" * 5000}),
    "no JSON here",
)


@pytest.fixture(scope="module")
def redaction(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., AnyRedaction]:
    folder = shutil.copytree(compiled, tmp_path_factory.mktemp("rules") / "cache")

    def make(**changes: object) -> AnyRedaction:
        fields = FieldPolicy(rules=(FieldRule(pattern=("**", "signature"), kind=FieldKind.OPAQUE),), prose=(("text",),))
        settings = {
            "fields": fields,
            "cache_dir": folder,
            "limits": Limits(record_bytes=4096, report_spans=2),
            **changes,
        }
        config = Config(**settings)  # type: ignore[arg-type]
        made = Redactor(config, token_key=bytes(32), identities=Identities()).redact(
            lambda: iter([line.encode() + b"\n" for line in LINES])
        )
        for _ in made.lines():
            pass
        return made

    return make


def test_the_statement_names_engines_rules_model_counts_layers_fields_limits_and_the_second_scan(
    redaction: Callable[..., AnyRedaction],
) -> None:
    done = redaction(ner=NerSetting(model=SMALL), disabled=frozenset({"mac"}))
    report = done.report
    member = redaction_member(report)
    assert str(member["engine"]).startswith("presidio-analyzer/2.")
    assert (member["rules"], member["config"]) == (report.rule_set_sha256, report.config_sha256)
    assert member["entities"] == {"PERSON": 1, "SECRET": 2}
    assert (member["spans"], member["decodedLayers"]) == (3, 1)
    assert (member["opaqueFields"], member["dropped"]) == (1, 1)
    assert member["secondScan"]["result"] == "clean"  # type: ignore[index]
    extension = redaction_extension(report, KEEP_ALL, count=0, root=bytes(32))
    assert set(extension["engines"]) >= {"hyperscan", "google-re2", "kingfisher-secret-scanner"}  # type: ignore[call-overload]
    assert extension["models"] == {PACKAGE: SMALL_SHA256}
    assert extension["nerLanguages"] == ["en"]
    assert sum(extension["byRule"].values()) == 3  # type: ignore[attr-defined]
    assert extension["decoded"] == {"base64": 1}
    assert extension["limitsHit"] == {"recordBytes": 1, "reportSpans": 1}
    assert extension["textLines"] == 1
    assert extension["disabled"] == ["mac"]
    assert extension["secondScan"]["rules"] > 400  # type: ignore[index,operator]
    everything = json.dumps([member, extension, redaction_document(done)])
    assert not [value for value in (TOKEN, "Thistlewood", "quentinq") if value in everything]


def test_without_a_model_no_language_is_named(redaction: Callable[..., AnyRedaction]) -> None:
    extension = redaction_extension(redaction().report, KEEP_ALL, count=0, root=bytes(32))
    assert (extension["models"], extension["nerLanguages"]) == ({}, [])


def test_what_decides_about_a_redaction_changes_the_digest_of_its_configuration(
    redaction: Callable[..., AnyRedaction],
) -> None:
    allowed = AllowRule(rule="none", place_pattern="*", reason="a test")
    made = [redaction(), redaction(ner=NerSetting(model=SMALL)), redaction(allow=(allowed,))]
    assert len({one.report.config_sha256 for one in made}) == len(made)
    assert len({one.report.rule_set_sha256 for one in made}) == 1
