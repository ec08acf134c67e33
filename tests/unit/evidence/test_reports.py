from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from attest.errors import CannotVerify, InvalidInput
from attest.evidence.report.chart import draw
from attest.evidence.report.counted import checks_by_kind, coverage_by_week, reviews_by_tier, verdicts_by_tier
from attest.evidence.report.document import Figure, Table
from attest.evidence.report.forms import FORMS, written
from attest.evidence.report.sections import full_document, short_document
from attest.model.answer import TITLES
from attest.model.range_verdict import STATES
from tests.support.report_facts import HOSTILE, hostile, sample

BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\x00-\x08\x0b-\x1f]")


class Page(HTMLParser):
    """What a browser would see of a page: its elements, and every attribute."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += f" {data}"


@pytest.mark.parametrize("full", [False, True])
def test_a_report_has_the_sections_of_an_answer_in_their_order_and_never_an_empty_not_known(full: bool) -> None:
    for facts in (sample(), sample(0), sample(3, many_people=False)):
        document = full_document(facts) if full else short_document(facts)
        assert tuple(one.title for one in document.sections) == TITLES
        assert all(one.blocks for one in document.sections)
        assert "Whether a transcript is whole" in Page(written(facts, "html", full=full)).text


@pytest.mark.parametrize("form", [form for form in FORMS if form != "pdf"])
def test_equal_facts_give_equal_bytes(form: str) -> None:
    assert written(sample(), form, full=True) == written(sample(), form, full=True)
    assert written(sample(), form) != written(sample(59), form)


def test_the_numbers_of_a_figure_are_those_of_the_facts() -> None:
    facts = sample()
    document = full_document(facts)
    figures = [block for one in document.sections for block in one.blocks if isinstance(block, Figure)]
    assert [one.name for one in figures] == ["tiers", "checks", "reviews", "coverage"]
    for figure in figures:
        root = ET.fromstring(draw(figure).text)
        drawn = [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}title")][1:]
        said = sum(int(one.rpartition(": ")[2].replace(",", "")) for one in drawn if ": " in one)
        assert said == figure.grid.total
        table = figure.table()
        assert [sum(map(int, row[1:-1])) for row in table.rows] == [int(row[-1]) for row in table.rows]
    assert coverage_by_week(facts).total == verdicts_by_tier(facts).total == reviews_by_tier(facts).total == 60
    assert checks_by_kind(facts.sessions).total == sum(c.count for one in facts.sessions for c in one.checks)
    by_state = {name: coverage_by_week(facts).column(name) for name in STATES}
    assert by_state == {name: sum(one.state == name for one in facts.changes) for name in STATES}


def test_a_week_without_a_change_is_a_bar_of_nothing_and_a_change_without_a_time_is_not_known() -> None:
    facts = sample(2)
    one, two = facts.changes
    late = replace(one, committed_at=(two.committed_at or 0) + 21 * 86_400)
    grid = coverage_by_week(replace(facts, changes=(late, replace(two, oid="5" * 40), replace(one, committed_at=None))))
    assert [sum(row) for row in grid.cells] == [1, 0, 0, 1, 1]
    assert grid.rows[-1] == "not known"


def test_every_figure_says_in_words_what_it_shows() -> None:
    page = Page(written(sample(), "html", full=True))
    assert page.tags.count("svg") == page.tags.count("desc") == 4
    ids = {value for name, value in page.attributes if name == "id"}
    for name, value in page.attributes:
        if name == "aria-labelledby":
            assert set(value.split()) <= ids


@pytest.mark.parametrize("full", [False, True])
def test_hostile_text_stays_text_and_is_seen(full: bool) -> None:
    data = written(hostile(), "html", full=full)
    page = Page(data)
    assert not {"script", "img", "iframe", "link", "a", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "href", "style")]
    assert not BIDI.search(data.decode())
    assert "<script>alert(1)</script>" in page.text
    assert "<U+202E>gnp.exe" in page.text
    assert max(map(len, page.text.split())) < 200


def test_a_page_asks_for_nothing_and_runs_nothing() -> None:
    data = written(sample(), "html", full=True).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', data)
    assert policy
    assert "default-src &#x27;none&#x27;" in policy[1]
    assert "unsafe" not in policy[1]
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", data)
    assert "url(" not in re.sub(r"url\(#[a-z-]+\)", "", data)


def test_csv_runs_nothing_and_json_lines_hold_the_exact_text() -> None:
    facts = hostile()
    rows = list(csv.reader(io.StringIO(written(facts, "csv").decode())))
    head, *cells = rows
    assert len(cells) == len(facts.changes)
    assert not [cell for row in cells for cell in row if cell[:1] in set("=+@|%")]
    lines = [json.loads(line) for line in written(facts, "jsonl").splitlines()]
    changes = [line for line in lines if line["row"] == "change"]
    assert [line["subject"] for line in changes] == list(HOSTILE)
    assert lines[0]["facts"] == facts.digest
    for row, line in zip(cells, changes, strict=True):
        given = dict(zip(head, row, strict=True))
        assert given["log_indices"].split() == [str(index) for index in line["log_indices"]]
        assert given["as_of_tree_size"] == "48231"


def test_every_row_of_record_names_its_log_entries_or_the_head_below_which_there_is_none() -> None:
    facts = sample()
    lines = [json.loads(line) for line in written(facts, "jsonl").splitlines()]
    assert lines[0]["head"]["tree_size"] == 48_231
    assert lines[0]["rows"] == {"changes": 60, "sessions": 36, "exceptions": 1, "gaps": 1}
    assert len(lines) == 1 + 60 + 36 + 1 + 1
    for line in lines[1:]:
        assert line["log_indices"] or line["row"] == "change"
    tables = [block for one in full_document(facts).sections for block in one.blocks if isinstance(block, Table)]
    for table in tables:
        if table.rows and table.title != "Not checked":
            place = next(at for at, name in enumerate(table.columns) if name.startswith("log entr"))
            assert all(re.fullmatch(r"(#\d+ ?)+|no entry below #48231", row[place]) for row in table.rows)


def test_what_people_did_is_added_up_for_five_people_or_not_at_all() -> None:
    few = Page(written(sample(many_people=False), "html")).text
    many = Page(written(sample(), "html")).text
    assert "Fewer than five people" in few
    assert "overrides" not in few
    assert "overrides 36" in many


def test_what_stood_at_landing_is_in_every_form_and_a_step_is_one_row() -> None:
    facts = sample()
    outcomes = Counter(one.landing.outcome for one in facts.changes if one.landing)
    assert len(outcomes) == 5
    page = Page(written(facts, "html", full=True)).text
    assert f"a pass {outcomes['passed']}, another verdict {outcomes['against-verdict']}" in page
    assert f"no verdict {outcomes['without-verdict']}, not known {outcomes['not-known']}" in page
    assert "under a policy that was not in enforce" in Page(written(facts, "html")).text
    table = next(
        block
        for one in full_document(facts).sections
        for block in one.blocks
        if isinstance(block, Table) and block.title == "What stood when changes landed"
    )
    apart = outcomes["not-landed"]
    assert sum(int(row[2]) for row in table.rows) == 60
    assert len(table.rows) == (60 - apart) // 2 + apart
    cells = list(csv.DictReader(io.StringIO(written(facts, "csv").decode())))
    assert Counter(row["landing"] for row in cells) == outcomes
    lines = [json.loads(line) for line in written(facts, "jsonl").splitlines()]
    assert Counter(line["landing"]["outcome"] for line in lines if line["row"] == "change") == outcomes
    unasked = replace(facts, changes=tuple(replace(one, landing=None) for one in facts.changes))
    assert "What stood when they landed: not known, no log was asked." in Page(written(unasked, "html")).text


def test_a_range_without_changes_says_that_nothing_was_judged() -> None:
    page = Page(written(sample(0), "html", full=True)).text
    assert "No change is in this range, so nothing was judged." in page
    assert "nothing to count" in page
    assert len(written(sample(0), "csv").splitlines()) == 1


def test_a_log_that_nobody_asked_is_not_known_and_not_none() -> None:
    page = Page(written(replace(sample(4), head=None, gaps=None), "html", full=True)).text
    assert "Gaps of capture: not known, no log was asked." in page
    assert "No log was asked: completeness not proved." in page


def test_words_that_claim_too_much_are_in_no_report() -> None:
    for form in ("html", "csv", "jsonl", "oscal"):
        text = written(sample(), form, full=True).decode()
        assert not re.search(r"\b(?:compl(?:iant|ies|iance)|trusted|safe|human-written)\b", text, re.IGNORECASE), form


def test_an_unknown_form_or_paper_is_wrong_usage() -> None:
    for form, paper in (("docx", "a4"), ("html", "a5")):
        with pytest.raises(InvalidInput):
            written(sample(1), form, paper=paper)


def test_a_pdf_without_typst_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(CannotVerify) as caught:
        written(sample(1), "pdf")
    assert caught.value.code == "report.typst"
    assert "whereof[report]" in caught.value.expected
