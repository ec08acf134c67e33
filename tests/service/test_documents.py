"""Transcripts that are no lines are recorded over HTTP like any other: a document, a Markdown file, a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.conftest import Running
from tests.support.gemini import Chat

pytestmark = pytest.mark.loopback

RAW = {"Content-Type": "application/octet-stream"}
AIDER = b"\n# aider chat started at 2026-03-01 10:00:00\n\n\n#### Drain the pond  \n\nDone.\n\n> Applied edit to pond.py  \n"


def _agent(running: Running, content: bytes) -> str:
    reply = running.signed_in.post("/v1/sessions", content=content, headers=RAW)
    assert reply.status_code == 201, reply.text
    detail = running.signed_in.get(f"/v1/sessions/{reply.json()['session']}").json()
    agent: str = detail["facts"]["agent"]["value"]
    again = running.signed_in.post("/v1/sessions", content=content, headers=RAW)
    assert (again.status_code, again.json()) == (200, reply.json())
    return agent


def test_a_document_and_a_markdown_file_are_recorded(running: Running) -> None:
    assert _agent(running, Chat().prompt("Drain the pond").says("Done.").document()) == "gemini-cli"
    assert _agent(running, AIDER) == "aider"


def test_a_database_is_recorded(running: Running, shared: Path) -> None:
    assert _agent(running, next((shared / "samples/opencode").glob("*.db")).read_bytes()) == "opencode"


def test_a_document_that_cannot_be_parsed_is_refused(running: Running) -> None:
    broken = Chat().prompt("Drain the pond").document()[:-20]
    reply = running.signed_in.post("/v1/sessions", content=broken, headers=RAW)
    assert (reply.status_code, reply.json()["code"]) == (400, "input.malformed")
