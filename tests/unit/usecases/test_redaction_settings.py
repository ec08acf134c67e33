"""What an operator sets reaches the redactor, and what cannot be had stops it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from attest.capture.transcript import Transcript
from attest.errors import InvalidInput, Quarantined
from attest.usecases.redact_file import redact_file, redactor_of

KEY = bytes(range(32))


@pytest.fixture
def source(compiled: Path, tmp_path: Path) -> Transcript:
    shutil.copytree(compiled, tmp_path / "cache")
    path = tmp_path / "notes.txt"
    path.write_text("the bluefin halibut plan\n")
    return Transcript.open(path)


def test_a_deny_list_in_the_instance_is_followed(source: Transcript, tmp_path: Path) -> None:
    (tmp_path / "redaction.yaml").write_text(
        "ner: off\nrecognizers: [{name: a, supported_entity: CODENAME, deny_list: [Bluefin Halibut]}]\n"
    )
    report = redact_file(source, tmp_path / "out", redactor_of(source, token_key=KEY, home=tmp_path))
    assert dict(report.by_entity) == {"CODENAME": 1}
    assert "halibut" not in (tmp_path / "out").read_text()


def test_a_model_that_is_not_the_one_named_stops_everything(source: Transcript, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.cfg").write_text("x")
    (tmp_path / "redaction.yaml").write_text(f"ner: {{model: {model}, sha256: {'0' * 64}}}\n")
    with pytest.raises(Quarantined, match=r"has digest [0-9a-f]{64}") as caught:
        redact_file(source, tmp_path / "out", redactor_of(source, token_key=KEY, home=tmp_path))
    assert not (tmp_path / "out").exists()
    assert caught.value.code == "redaction.failed"


def test_a_profile_that_does_not_exist_is_refused(source: Transcript, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="known are code, strict, phi"):
        redactor_of(source, token_key=KEY, home=tmp_path, profile="medical")
