"""Promise: every page is on the site and every link of it leads somewhere; the site loads nothing and runs nothing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tools.site import LOOK, ROOT, build


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    assert build(ROOT, target) == ()
    return target


@pytest.fixture
def small(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    (root / "docs/how-to").mkdir(parents=True)
    (root / "tools").mkdir()
    shutil.copyfile(ROOT / LOOK, root / LOOK)
    for name in ("CHANGELOG", "SECURITY", "CONTRIBUTING", "docs/README"):
        (root / f"{name}.md").write_text(f"# {name}\n")
    return root


def test_every_page_is_written_and_is_in_the_list_of_every_other(site: Path) -> None:
    pages = sorted(path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md"))
    front = (site / "index.html").read_text()
    for page in pages:
        made = page.replace("README.md", "index.html").replace(".md", ".html")
        assert (site / made).is_file()
        assert f'href="{made}"' in front


def test_every_link_of_the_built_site_leads_to_a_file_and_an_anchor_that_are_there(site: Path) -> None:
    seen = 0
    for page in site.rglob("*.html"):
        for link in re.findall(r'(?:href|src)="([^"]+)"', page.read_text()):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.is_file(), f"{page.name}: {link}"
            assert not anchor or f'id="{anchor}"' in target.read_text(), f"{page.name}: {link}"
            seen += 1
    assert seen > 1000


def test_the_site_loads_nothing_from_elsewhere_and_runs_nothing(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text()
        assert not re.search(r"<script|<iframe|<form|\bon[a-z]+=", text), page.name
        assert not re.search(r'(?:src|rel="stylesheet" href)="[a-z]+:', text), page.name
    assert "url(" not in (site / "site.css").read_text()


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("no title here\n", "does not begin with a title"),
        ("# A\n\n[b](missing.md)\n", "missing.md: no such file"),
        ("# A\n\n[b](../README.md#nothing)\n", "no such heading"),
        ("# A\n\n[b](../../../etc/passwd)\n", "no such file"),
        ("# A\n\n<script>1</script>\n", "HTML"),
        ("# A\n\n<!-- a comment --><b>x</b>\n", "HTML"),
        ("# A\n\n![b](missing.svg)\n", "missing.svg: no such file"),
    ],
    ids=["title", "file", "heading", "outside", "script", "markup", "picture"],
)
def test_a_faulty_page_is_named_and_nothing_is_written(small: Path, tmp_path: Path, words: str, fault: str) -> None:
    (small / "docs/how-to/a.md").write_text(words)
    (line,) = build(small, tmp_path / "out")
    assert line.startswith("docs/how-to/a.md: ")
    assert fault in line
    assert not (tmp_path / "out").exists()


def test_a_page_in_a_folder_nobody_named_is_listed_all_the_same(small: Path, tmp_path: Path) -> None:
    (small / "docs/practice").mkdir()
    (small / "docs/practice/new.md").write_text("# Something new\n\n<!-- not shown -->\n\nWords.\n")
    assert build(small, tmp_path / "out") == ()
    assert 'href="practice/new.html">Something new' in (tmp_path / "out/index.html").read_text()
    assert "not shown" not in (tmp_path / "out/practice/new.html").read_text()


def test_two_builds_give_the_same_bytes(small: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert build(small, tmp_path / name) == ()
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)
