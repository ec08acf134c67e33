"""The language model's files: the ones released, or nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from redaction import ner_model
from redaction.errors import ConfigRefused, EngineFailed
from redaction.ner_manifest import SMALL_MODEL, SMALL_SHA256
from redaction.ner_model import NerSetting, folder_digest, load_model, small_folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(small_folder(), tmp_path / "model")


def test_the_installed_model_is_the_one_released() -> None:
    assert folder_digest(small_folder(), SMALL_MODEL) == SMALL_SHA256


@pytest.mark.parametrize("change", ["flip", "remove", "add"])
def test_a_changed_file_is_refused_by_name(copy: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    target = copy / ("ner/model" if change != "add" else "ner/extra")
    if change == "flip":
        data = bytearray(target.read_bytes())
        data[1000] ^= 1
        target.write_bytes(data)
    elif change == "remove":
        target.unlink()
    else:
        target.write_text("x")
    monkeypatch.setattr(ner_model, "small_folder", lambda: copy)
    with pytest.raises(ConfigRefused, match=r"not the one released: ner/(model|extra)"):
        load_model(NerSetting(model="small"))


def test_a_folder_is_bound_by_its_digest(copy: Path) -> None:
    digest = folder_digest(copy)
    model = load_model(NerSetting(model=str(copy), sha256=digest))
    [marked] = model.mark(["Barack Obama lives in Chicago."])
    assert (0, 12, "PERSON") in marked
    (copy / "README.md").write_text("changed")
    with pytest.raises(ConfigRefused, match=r"ner\.sha256.*has digest [0-9a-f]{64}"):
        load_model(NerSetting(model=str(copy), sha256=digest))


def test_a_link_in_the_folder_is_refused(copy: Path) -> None:
    (copy / "more").symlink_to("/etc")
    with pytest.raises(ConfigRefused, match="symbolic link"):
        folder_digest(copy)


def test_files_that_do_not_load_are_a_failure_and_not_a_model_without_names(tmp_path: Path) -> None:
    (tmp_path / "config.cfg").write_text("[nlp]\n")
    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(EngineFailed, match="spacy"):
        load_model(NerSetting(model=str(tmp_path), sha256=folder_digest(tmp_path)))


def test_gliner_weights_without_their_package_are_refused(tmp_path: Path) -> None:
    (tmp_path / "gliner_config.json").write_text("{}")
    with pytest.raises(ConfigRefused, match="gliner is not installed"):
        load_model(NerSetting(model=str(tmp_path), sha256=folder_digest(tmp_path)))


@pytest.mark.parametrize("setting", [{"model": "/somewhere"}, {"model": "small", "sha256": "0" * 64}])
def test_only_a_folder_has_a_digest_and_needs_one(setting: dict[str, str]) -> None:
    with pytest.raises(ConfigRefused, match="ner"):
        NerSetting(**setting)
