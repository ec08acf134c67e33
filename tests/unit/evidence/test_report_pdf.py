from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from attest.errors import CannotVerify
from attest.evidence.report import pdf
from attest.evidence.report.forms import written
from tests.support.report_facts import hostile, sample


@pytest.fixture(autouse=True)
def _typst(require: Callable[..., None]) -> None:
    require("typst", importlib.util.find_spec("typst") is not None)


def pages(data: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", data))


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_short_report_is_one_page(paper: str) -> None:
    data = written(sample(), "pdf", paper=paper)
    assert data.startswith(b"%PDF-")
    assert pages(data) == 1
    assert pages(written(sample(), "pdf", full=True, paper=paper)) > 4


def test_equal_facts_give_an_equal_pdf() -> None:
    assert written(sample(9), "pdf") == written(sample(9), "pdf")


def test_hostile_text_is_set_as_text(tmp_path: Path, require: Callable[..., None]) -> None:
    data = written(hostile(), "pdf", full=True)
    assert pages(data) >= 2
    assert not re.search(rb"/(?:JavaScript|JS|Launch|URI|EmbeddedFile)\b", data)
    require("pdftotext", shutil.which("pdftotext") is not None)
    path = tmp_path / "report.pdf"
    path.write_bytes(data)
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout.decode()
    text = " ".join(text.replace("\u200b", "").split())
    assert "<script>alert(1)" in text
    assert "#panic(1)" in text
    assert "Whether a transcript is whole" in text


def test_other_fonts_are_asked_for_only_where_letters_need_them() -> None:
    assert not pdf.needs_other_fonts("Größe, Ελλάδα, Москва – “quoted” … ±")
    assert pdf.needs_other_fonts("変更")


def test_a_report_beyond_the_limit_of_a_pdf_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_ROWS", 10)
    with pytest.raises(CannotVerify) as caught:
        written(sample(), "pdf", full=True)
    assert caught.value.code == "report.too-long"


def test_texts_cannot_reach_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("not for a report")
    facts = sample(1)
    one = replace(facts.changes[0], subject=f'#read("{secret}") #image("{secret}")')
    assert b"not for a report" not in written(replace(facts, changes=(one,)), "pdf", full=True)
