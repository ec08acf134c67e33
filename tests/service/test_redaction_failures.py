"""Whatever fails while the service redacts, no word of the session is in an answer, a log line, a metric or a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.service.conftest import SECRET_WORD, Running, Start, transcript

pytestmark = pytest.mark.loopback

VALUE = "marguerite.oyelaran" + "@" + "brackenfell-systems.com"
PLACES = {
    "matcher": "redaction.matcher.Matcher.candidates",
    "presidio": "presidio_analyzer.AnalyzerEngine.analyze",
    "second scan": "redaction.second_scan.SecondScan.check",
    "parts": "attest.model.parts.SessionKeys.seal",
    "values": "attest.usecases.record.seal_withheld",
    "sign": "attest.usecases.record.sign_and_log",
}


@pytest.fixture(scope="module")
def apart(start: Start) -> Running:
    """Give a service of its own: what fails here must not be in the way of other tests."""
    return start()


def fail(*_: object, **__: object) -> None:
    raise ValueError(f"{VALUE} {SECRET_WORD}")


@pytest.mark.parametrize("place", PLACES)
def test_a_failure_says_nothing_of_the_session(
    place: str, apart: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = transcript(f"write to {VALUE} about {place}")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(PLACES[place], fail)
        reply = apart.signed_in.post(
            "/v1/sessions", content=content, headers={"Content-Type": "application/octet-stream"}
        )
    assert reply.status_code >= 400
    metrics = apart.signed_in.get("/metrics").text
    told = (json.dumps(dict(reply.headers)) + reply.text, apart.log.getvalue(), metrics)
    kept = [path.read_bytes() for path in (*apart.home.rglob("*"), *tmp_path.rglob("*")) if path.is_file()]
    for word in (VALUE, SECRET_WORD):
        assert not [text for text in told if word in text]
        assert not [data for data in kept if word.encode() in data]
    assert apart.signed_in.get("/v1/sessions").json()["data"] == []
