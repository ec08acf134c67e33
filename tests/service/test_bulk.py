"""Many commits at once: each with what speaks of it, and bounded."""

from __future__ import annotations

import pytest

from tests.service.conftest import Recorded, Running, git

pytestmark = pytest.mark.loopback
REPOSITORY = "forge.example.test/ada/pond"


def test_commits_are_looked_up_in_their_order_and_once_each(running: Running, recorded: Recorded) -> None:
    unknown = "0" * 40
    reply = running.signed_in.post("/v1/commits:lookup", json={"commits": [unknown, recorded.oid, unknown]})
    assert reply.status_code == 200
    rows = reply.json()["data"]
    assert [(row["oid"], row["recorded"]) for row in rows] == [(unknown, False), (recorded.oid, True)]
    assert rows[1]["sessions"] == [recorded.receipt["session"]]
    assert recorded.receipt["attestation"] in [one["attestation"] for one in rows[1]["attestations"]]


def test_what_was_logged_later_does_not_count_as_of_before(running: Running, recorded: Recorded) -> None:
    asked = {"commits": [recorded.oid], "as_of": recorded.receipt["index"]}
    assert running.signed_in.post("/v1/commits:lookup", json=asked).json()["data"][0]["recorded"] is False


@pytest.mark.parametrize("commits", [[], ["0" * 40] * 1001, ["abc"], [7], "0" * 40])
def test_too_many_and_what_is_no_commit_are_refused(running: Running, commits: object) -> None:
    reply = running.signed_in.post("/v1/commits:lookup", json={"commits": commits})
    assert (reply.status_code, reply.json()["code"]) == (400, "input.malformed")


def test_a_range_lists_its_commits_newest_first(running: Running, recorded: Recorded) -> None:
    base, head = git(running.repository, "rev-list", "--reverse", "HEAD").split()[:2]
    for name in (REPOSITORY, f"git+https://{REPOSITORY}", f"{REPOSITORY}.git"):
        reply = running.signed_in.get(f"/v1/repos/{name}/range/{base}...{head}")
        assert [row["oid"] for row in reply.json()["data"]] == [head]
    lines = running.signed_in.get(
        f"/v1/repos/{REPOSITORY}/range/{base}...main", headers={"Accept": "application/x-ndjson"}
    )
    assert lines.text.count("\n") == reply.json()["count"]["value"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{REPOSITORY}/range/main...main", "input.usage"),
        (f"{REPOSITORY}/range/main..main", "input.usage"),
        (f"{REPOSITORY}/range/--all...main", "git.no-such-revision"),
        (f"{REPOSITORY}/range/nowhere...main", "git.no-such-revision"),
        ("forge.example.test/ada/lake/range/main...main", "service.not-found"),
        ("%2e%2e%2f%2e%2e/range/main...main", "service.not-found"),
    ],
)
def test_what_is_no_range_here_is_refused(running: Running, path: str, code: str) -> None:
    assert running.signed_in.get(f"/v1/repos/{path}").json()["code"] == code
