"""The page of a report on a range: the facts of the file with links, recorded as given, for those who may take it out."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import pytest

from tests.service.conftest import Recorded, Running

pytestmark = pytest.mark.loopback

REPOSITORY = "forge.example.test/ada/pond"


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_range_that_is_named_leads_to_a_page_of_full_ids(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    assert f"<option>{REPOSITORY}</option>" in client.get("/reports").text
    asked = {"repo": REPOSITORY, "base": f"{recorded.oid}~1", "head": recorded.oid}
    led = client.get("/reports", params=asked, follow_redirects=False)
    assert led.status_code == 303
    assert re.fullmatch(rf"/reports/{REPOSITORY}/[0-9a-f]{{40}}\.\.\.{recorded.oid}", led.headers["location"])
    assert client.get("/reports", params={"repo": REPOSITORY, "base": "main"}).status_code == 400
    assert client.get("/reports", params=asked | {"repo": "forge.example.test/x/y"}).status_code == 404
    assert client.get("/reports", params=asked | {"head": "--all"}).status_code in {400, 404}


def test_the_page_says_what_the_file_says_and_leads_to_each_commit(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    span = f"{recorded.oid}~1...{recorded.oid}"
    page = client.get(f"/reports/{REPOSITORY}/{span}")
    assert page.status_code == 200, page.text
    assert "no-store" in page.headers["cache-control"]
    file = client.get(f"/v1/repos/{REPOSITORY}/report/{span}", params={"format": "html"}).text
    for said in re.findall(r"<h1>.*?</h1>|<h2[^>]*>.*?</h2>|<div class=\"said\"><p>.*?</p>", file):
        assert words(said) in words(page.text)
    assert f'href="/commits/{recorded.oid}"' in page.text
    assert re.search(r'href="/search\?q=entry:[0-9]+"', page.text)
    assert "Judged at" in page.text
    for href in re.findall(r'href="(/v1/repos/[^"]+)"', page.text):
        got = client.get(html.unescape(href))
        assert got.status_code == 200 or "pdf" in urlsplit(href).query
    assert "Ada" not in words(page.text)


def test_who_reads_it_is_recorded_and_who_may_not_take_it_out_does_not(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    path = f"/reports/{REPOSITORY}/{recorded.oid}~1...{recorded.oid}"
    assert client.get(path, params={"purpose": "audit of pond"}).status_code == 200
    newest = client.get("/v1/access-log").json()["data"][0]["record"]
    assert (newest["scope"], newest["rows"]) == ("evidence.export", 1)
    stranger = running.client().get(path, follow_redirects=False)
    assert (stranger.status_code, urlsplit(stranger.headers["location"]).path) == (303, "/sign-in")
    assert client.get(path, params={"as_of": 0}).status_code in {400, 404}
    assert client.get(f"/reports/{REPOSITORY}/main...main").status_code == 400
    assert client.get(f"/reports/forge.example.test/x/y/{recorded.oid}~1...{recorded.oid}").status_code == 404
