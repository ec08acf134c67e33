from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from attest.catalogue import CATALOGUE
from tools import gen_docs, gen_scale

ROOT = Path(__file__).resolve().parents[2]
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def _pages() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def test_every_error_code_is_documented_with_its_remedy():
    page = (ROOT / "docs/reference/errors.md").read_text()
    for code, problem in CATALOGUE.items():
        assert f"| `{code}` | {problem.title} | {problem.remedy} |" in page


def test_made_pages_agree_with_the_code():
    for name, make in gen_docs.PAGES.items():
        assert (ROOT / name).read_text() == make(), f"run python -m tools.gen_docs ({name})"


def test_a_figure_that_is_not_where_it_stood_is_an_error_and_not_an_old_figure():
    assert gen_scale.measured("record", r"One real session of (\d+) KB").value > 0
    with pytest.raises(ValueError, match="does not say"):
        gen_scale.measured("record", r"One real session of (\d+) MB")


def test_every_link_between_pages_resolves():
    broken = []
    for page in _pages():
        for target in _LINK.findall(page.read_text()):
            if "://" in target or target.startswith(("#", "mailto:")):
                continue
            if not (page.parent / target.split("#")[0]).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_make_target_of_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text()))
    assert {"demo", "test"} <= targets
    assert not [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)]


def test_every_decision_has_its_four_parts_and_is_listed():
    listing = (ROOT / "docs/adr/README.md").read_text()
    pages = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
    assert len(pages) >= 14
    for page in pages:
        heads = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
        assert heads == ["Context", "Decision", "Consequences", "Alternatives"], page.name
        assert page.name in listing


@pytest.mark.parametrize("picture", sorted((ROOT / "docs/img").glob("*.svg")), ids=lambda path: path.name)
def test_a_picture_loads_nothing_and_has_a_title(picture: Path):
    text = picture.read_text()
    root = ET.fromstring(text)
    assert root.find("{http://www.w3.org/2000/svg}title") is not None
    assert not re.search(r"<script|href=|url\(|@import", text)


def test_no_page_promises_what_is_never_claimed():
    for page in (ROOT / "README.md", *(ROOT / "docs/how-to").glob("*.md")):
        assert not re.search(r"\b(compliant|human-written)\b", page.read_text(), re.IGNORECASE), page.name
