from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from api.pages import render
from api.pages.answer_view import BrowserCheck
from api.pages.links import attestation_href, checkpoint_href, commit_href, pointer_link, session_href
from api.pages.machine_view import machine_view
from api.pages.other_views import Failure, Found, Search, SignInView
from api.pages.session_rows import TranscriptPage
from api.pages.session_view import MAX_EVENTS, SessionSource
from api.pages.spans import Span, spans
from attest.cli.render_answer import render_answer as render_text
from attest.errors import Absent
from attest.model.answer import TITLES, Mark
from attest.model.diff import parse_diff
from attest.model.pointer import Pointer, PointerKind
from tests.support import answers, sessions
from tests.support.summarizers import written

HOSTILE = " ".join(answers.HOSTILE)
DIFF = """diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -1 +1,2 @@
-old
+new
+<script>alert(2)</script>\x1b[31m
"""


def _session(word: str = "step", **more: object) -> str:
    source = SessionSource(
        id=sessions.SESSION_ID,
        session=sessions.session(intent=word, word=word),
        repository=word,
        commits=(answers.OID, word),
        attestation=answers.SESSION_ATT,
        what=word,
        proof=answers.full().section(10).rows[:5],
        files=parse_diff(DIFF),
        transcript=TranscriptPage(start=0, end=64, total=1000, text=word),
        machine=machine_view(replace(written(sessions.SESSION_ID, word, word), name=word, model=word), word),
    )
    return render.render_session(replace(source, **more))  # type: ignore[arg-type]


PAGES: dict[str, Callable[[], str]] = {
    "answer": lambda: render.render_answer(answers.full()),
    "not recorded": lambda: render.render_answer(answers.absent()),
    "hostile answer": lambda: render.render_answer(answers.hostile()),
    "session": _session,
    "hostile session": lambda: _session(HOSTILE),
    "home": lambda: render.render_search(Search()),
    "search": lambda: render.render_search(
        Search(query=HOSTILE, message=HOSTILE, rows=(Found(oid=HOSTILE, subject=HOSTILE, verdict=Mark.INVALID),))
    ),
    "failure": lambda: render.render_failure(
        Failure(
            answer=answers.failed(),
            headline=HOSTILE,
            expected=("a", answers.ROOT),
            computed=(HOSTILE, HOSTILE),
            contact=HOSTILE,
        )
    ),
    "problem": lambda: render.render_problem(Absent("service.not-found", HOSTILE), HOSTILE),
    "sign in": lambda: render.render_sign_in(SignInView(next=HOSTILE, message=spans(HOSTILE))),
}


class _Page(HTMLParser):
    """What a browser would see: elements with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "input", "br", "path", "circle", "rect"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_its_landmarks_and_is_well_formed(name: str) -> None:
    page = _Page(PAGES[name]())
    assert page.open == []
    assert page.named("html")[0]["lang"] == "en"
    assert len(page.named("h1")) == 1
    assert page.named("main")
    assert page.named("body") == [{}]
    assert page.named("a")[0]["href"] == "#sentence"
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert "sentence" in ids


@pytest.mark.parametrize("name", PAGES)
def test_no_page_needs_anything_inline_or_from_elsewhere(name: str) -> None:
    page = _Page(PAGES[name]())
    for tag, attributes in page.elements:
        assert tag not in {"style", "iframe", "object", "embed", "base", "img"}
        assert not [key for key in attributes if key.startswith("on") or key == "style"]
        if tag == "script":
            assert (attributes["src"] or "").startswith("/static/")
        for key in ("href", "src", "action"):
            target = attributes.get(key) or "/"
            assert re.match(r"(/(?!/)|#|\?)", target), target


@pytest.mark.parametrize("name", ["hostile answer", "hostile session", "search", "failure", "problem", "sign in"])
def test_hostile_text_stays_text(name: str) -> None:
    html = PAGES[name]()
    page = _Page(html)
    assert "<script>alert" not in html
    assert not [1 for tag, attributes in page.elements if tag == "svg" and "onload" in attributes]
    assert "alert(1)" in page.text
    assert "49" not in page.text or "{{ 7*7 }}" in page.text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", html)
    assert "<U+202E>" in page.text


@pytest.mark.parametrize("name", ["answer", "not recorded", "session", "home", "problem"])
def test_words_that_claim_too_much_never_appear_on_pages(name: str) -> None:
    assert not re.search(r"compliant|trusted|\bsafe\b|human-written", _Page(PAGES[name]()).text, re.IGNORECASE)


@pytest.mark.parametrize("answer", [answers.full(), answers.absent(), answers.failed()])
def test_words_that_claim_too_much_never_appear_in_text(answer: answers.Answer) -> None:
    assert not re.search(r"compliant|trusted|\bsafe\b|human-written", render_text(answer), re.IGNORECASE)


@pytest.mark.parametrize("answer", [answers.full(), answers.absent()])
def test_page_and_terminal_say_the_same_words_in_the_same_order(answer: answers.Answer) -> None:
    page = " ".join(_Page(render.render_answer(answer)).text.split())
    at = 0
    for title, section in zip(TITLES, answer.sections, strict=True):
        at = page.index(f"{section.number} {title}", at)
    text = " ".join(render_text(answer, width=120).split())
    for section in answer.sections:
        for row in section.rows:
            for words in (row.shown_word, row.note):
                assert words.replace("`", "") in page
                assert words in text


def test_what_does_not_look_like_an_id_gets_no_link() -> None:
    for bad in ("javascript:alert(1)", '"><script>', "../../x", "", "7f3c9e2"):
        assert (commit_href(bad), session_href(bad), attestation_href(bad), checkpoint_href(bad)) == ("", "", "", "")
        for kind in PointerKind:
            assert pointer_link(Pointer(kind=kind, label="x", target=bad, session=bad), log=bad).href == ""
    assert commit_href(answers.OID) == f"/commits/{answers.OID}"
    assert checkpoint_href("h.whereof.invalid/logs/default") == "/logs/default/checkpoint"
    run = Pointer(kind=PointerKind.EVENTS, label="#61–74", target="61-74", session=answers.SESSION)
    assert pointer_link(run, log="").href == f"/sessions/{answers.SESSION}?at=61#e61"


@pytest.mark.parametrize(
    "bad", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "", "/a\nb"]
)
def test_signing_in_leads_nowhere_else(bad: str) -> None:
    page = _Page(render.render_sign_in(SignInView(next=bad, action=bad)))
    assert page.named("form")[0]["action"] == "/"
    assert next(a for a in page.named("input") if a.get("name") == "next")["value"] == "/"


def test_before_the_browser_checked_no_proof_line_says_pass() -> None:
    check = BrowserCheck(
        origin="o/logs/default",
        log="/logs/default",
        root="/keys/trusted_root.json",
        revocations="/keys/revocations.json",
        bundle="/v1/attestations/x",
        command="whereof verify x",
    )
    page = _Page(render.render_answer(answers.full(), check=check))
    said = [a["class"] for tag, a in page.elements if tag == "span" and (a.get("class") or "").startswith("word")]
    assert said.count("word is-indeterminate") == 5
    assert "whereof verify x" in page.text
    failed = _Page(render.render_answer(answers.failed(), check=check))
    assert ("span", {"class": "word is-invalid"}) in failed.elements


def test_backticks_mean_code_and_an_odd_one_means_nothing() -> None:
    assert spans("a `b` c") == (Span("a ", False), Span("b", True), Span(" c", False))
    assert spans("a `b` c ` d") == (Span("a ", False), Span("b", True), Span(" c ` d", False))


def test_every_event_that_is_pointed_to_is_on_the_session_page() -> None:
    page = _Page(_session())
    ids = {attributes.get("id") for _, attributes in page.elements}
    linked = {str(a["href"])[1:] for a in page.named("a") if str(a.get("href")).startswith("#")}
    assert linked <= ids
    assert {"e0", "e48", "e60", "e72"} <= ids


def test_a_session_without_a_clone_says_not_known_and_not_zero() -> None:
    page = " ".join(_Page(_session(files=None)).text.split())
    assert "not known hunks not explained" in re.sub(r"(?<=known)(?=hunks)", " ", page)
    assert "no clone was at hand" in page


def test_a_long_session_is_paged_and_every_fold_is_bounded() -> None:
    one = sessions.session()
    events = tuple(replace(one.events[1], seq=seq, evidence=sessions.at(seq)) for seq in range(MAX_EVENTS * 3))
    html = _session(session=replace(one, events=events, counts=replace(one.counts, events=len(events))))
    assert f"?from={MAX_EVENTS}" in html
    assert len(html) < 300_000
    assert "Earlier events" in _session(session=replace(one, events=events), first_event=MAX_EVENTS)


def test_an_erased_transcript_is_a_tombstone() -> None:
    html = _session(transcript=TranscriptPage(start=0, end=64, total=64, text="gone words", erased=True))
    assert "gone words" not in html
    assert "Erased." in html


def test_the_page_of_a_failed_proof_needs_a_failed_line() -> None:
    with pytest.raises(ValueError, match="failed"):
        render.render_failure(Failure(answer=answers.full(), headline="x"))
    page = _Page(PAGES["failure"]())
    assert "Do not rely on this record" in page.text
    assert "not checked" in page.text


def test_every_colour_and_font_of_a_page_is_served_by_us() -> None:
    for sheet in render.STATIC.glob("*.css"):
        text = sheet.read_text()
        assert "http" not in text
        assert "@import" not in text
        for url in re.findall(r"url\(\"([^\"]+)\"\)", text):
            assert (render.STATIC / url).is_file()


def test_vendored_fonts_are_the_files_that_were_taken() -> None:
    folder = render.STATIC / "fonts"
    listed = tomllib.loads((folder / "VENDOR.toml").read_text())["file"]
    assert {entry["name"] for entry in listed} == {path.name for path in folder.glob("*.woff2")}
    for entry in listed:
        assert hashlib.sha256((folder / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]
        assert (folder / entry["license_file"]).is_file()


def test_templates_never_switch_escaping_off() -> None:
    for template in (render.ROOT / "templates").glob("*.html"):
        assert not re.search(r"\|\s*safe|autoescape|Markup", template.read_text()), template.name


def test_the_policy_for_content_allows_nothing_inline() -> None:
    assert "unsafe" not in render.CONTENT_SECURITY_POLICY
    assert render.CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
