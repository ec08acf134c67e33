"""Hooks of forges are hints: what a check says is read from the clone and the log, and told to a fake forge here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from api.forges.config import FORGES
from tests.service.conftest import Running, Start, git, transcript
from tests.support.forge_hooks import HOOKS, SECRET, FakeForge

pytestmark = pytest.mark.loopback
REF = {
    "github": "refs/pull/1/head",
    "gitlab": "refs/merge-requests/2/head",
    "bitbucket": "refs/pull-requests/3/from",
    "forgejo": "refs/pull/1/head",
    "gerrit": "refs/changes/05/5/2",
    "git": "refs/pull/1/head",
}
STATE = {"gitlab": "failed", "bitbucket": "FAILED", "azure": "failed", "forgejo": "failure"}


@dataclass
class Shop:
    running: Running
    forge: FakeForge
    head: str


@pytest.fixture(scope="module")
def shop(start: Start) -> Iterator[Shop]:
    forge = FakeForge()
    stop = forge.start()
    connected = {name: {"secret": "hook-secret", "api": forge.url, "token": "forge-token"} for name in HOOKS}
    config = json.dumps({"url": "http://127.0.0.1:1", "forges": connected}).encode()
    files = {"forges.json": config, "hook-secret": SECRET.encode(), "forge-token": b"a-token"}
    running = start(files)
    clone = running.repository
    git(clone, "checkout", "-q", "-b", "work")
    for number in range(2):
        (clone / "pond.py").write_text(f"depth = {number + 7}\n")
        git(clone, "commit", "-q", "-am", f"Deeper <script>alert({number})</script>")
    head = git(clone, "rev-parse", "HEAD")
    for ref in set(REF.values()):
        git(clone, "update-ref", ref, head)
    git(clone, "update-ref", "refs/changes/05/5/1", "HEAD~1")
    yield Shop(running, forge, head)
    stop()


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_followed_and_the_forge_is_told_what_stands(shop: Shop, name: str) -> None:
    shop.forge.got.clear()
    headers, body = HOOKS[name](shop.head, 8)
    reply = shop.running.client().post(f"/v1/forges/{name}/hook", content=body, headers=headers)
    assert (reply.status_code, reply.json()) == (200, {"seen": True, "verdict": "absent", "told": True})
    ((method, path, sent, told),) = shop.forge.got
    assert method == "POST"
    assert shop.head in path + json.dumps(told) or name == "azure"
    assert "a-token" in sent.get("authorization", "") + sent.get("private-token", "") or name in {"azure", "gerrit"}
    if name in STATE:
        assert told["state"] == STATE[name]
    if name == "github":
        assert (told["conclusion"], told["status"]) == ("failure", "completed")
        assert told["details_url"] == "http://127.0.0.1:1/pulls/github/ada/pond/8"
    # Words of commits and sessions stay here.
    assert "alert" not in json.dumps(told)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_from_who_does_not_share_the_secret_is_refused(shop: Shop, name: str) -> None:
    shop.forge.got.clear()
    headers, body = HOOKS[name](shop.head, 8)
    client = shop.running.client()
    wrong = {key: value[:-6] + "AAAA==" for key, value in headers.items() if "Event" not in key}
    events = {key: value for key, value in headers.items() if "Event" in key}
    for sent in (events, events | wrong):
        assert client.post(f"/v1/forges/{name}/hook", content=body, headers=sent).status_code == 403
    if name in {"github", "bitbucket", "forgejo"}:
        changed = body.replace(b"pond", b"lake")
        assert client.post(f"/v1/forges/{name}/hook", content=changed, headers=headers).status_code == 403
    assert shop.forge.got == []


def test_hostile_bodies_are_bounded_and_told_apart(shop: Shop) -> None:
    client, auth = shop.running.client(), HOOKS["gitlab"](shop.head, 8)[0]
    bad = [
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"project":{},"project":{}}',
        b"\xff",
        json.dumps({"project": {"path_with_namespace": "../../etc"}, "object_attributes": {"action": "open"}}).encode(),
        HOOKS["gitlab"](shop.head, 10**12)[1],
        HOOKS["gitlab"]("HEAD", 1)[1],
        HOOKS["gitlab"]("--output=x" + "0" * 30, 1)[1],
    ]
    for body in bad:
        reply = client.post("/v1/forges/gitlab/hook", content=body, headers=auth)
        assert reply.status_code == 400, body[:40]
    assert client.post("/v1/forges/gitlab/hook", content=b"x" * (2 << 20 | 1), headers=auth).status_code == 413
    assert client.post("/v1/forges/git/hook", content=b"{}").status_code == 404
    assert client.post("/v1/forges/nobody/hook", content=b"{}").status_code == 404
    ignored = client.post("/v1/forges/github/hook", content=b"{}", headers={**_signed(b"{}"), "X-GitHub-Event": "ping"})
    assert ignored.json() == {"seen": False, "verdict": None, "told": False}


def _signed(body: bytes) -> dict[str, str]:
    import hmac

    return {"X-Hub-Signature-256": "sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex()}


def test_a_head_that_the_clone_has_not_is_never_a_pass(shop: Shop) -> None:
    shop.forge.got.clear()
    headers, body = HOOKS["github"]("ab" * 20, 8)
    reply = shop.running.client().post("/v1/forges/github/hook", content=body, headers=headers)
    assert reply.json()["verdict"] == "indeterminate"
    assert shop.forge.got[0][3]["conclusion"] == "failure"


def test_a_forge_that_does_not_answer_changes_nothing_here(shop: Shop) -> None:
    headers, body = HOOKS["github"](shop.head, 8)
    shop.forge.status = 500
    reply = shop.running.client().post("/v1/forges/github/hook", content=body, headers=headers)
    shop.forge.status = 201
    assert (reply.status_code, reply.json()["told"]) == (200, False)
    assert "forge.unreachable" in shop.running.log.getvalue()


@pytest.mark.parametrize("name", REF)
def test_a_pull_request_is_read_from_the_refs_of_the_clone(shop: Shop, name: str) -> None:
    number = int(REF[name].split("/")[-2])
    client = shop.running.signed_in
    found = client.get(f"/v1/pulls/{name}/ada/pond/{number}").json()
    assert (found["head"], len(found["commits"]), found["verdict"], found["exit_code"]) == (shop.head, 2, "absent", 4)
    page = client.get(f"/pulls/{name}/ada/pond/{number}").text
    assert f"/commits/{shop.head}" in page
    assert "<script>alert" not in page
    assert client.get(f"/v1/pulls/{name}/ada/lake/{number}").status_code == 404
    assert client.get(f"/v1/pulls/{name}/ada/pond/777").status_code == 404


def test_a_landed_pull_request_is_found_by_what_its_commit_says_and_the_page_says_so(shop: Shop) -> None:
    client, clone = shop.running.signed_in, shop.running.repository
    git(clone, "checkout", "-q", "-b", "eleventh", "main")
    git(clone, "commit", "-q", "--allow-empty", "-m", "Eleventh of its kind")
    work = git(clone, "rev-parse", "HEAD")
    git(clone, "update-ref", "refs/pull/11/head", work)
    git(clone, "checkout", "-q", "main")
    git(clone, "merge", "-q", "--no-ff", "-m", "Merge pull request #11 from ada/eleventh", work)
    landed = git(clone, "rev-parse", "HEAD")
    git(clone, "commit", "-q", "--allow-empty", "-m", "Squashed (#12)")
    git(clone, "commit", "-q", "--allow-empty", "-m", "Not of it (#112)")
    found = client.get("/v1/pulls/git/ada/pond/11").json()
    assert ([one["oid"] for one in found["commits"]], found["landed"]) == ([landed, work], landed)
    squashed = client.get("/v1/pulls/github/forge.example.test/ada/pond/12").json()
    assert [one["oid"] for one in squashed["commits"]] == [squashed["landed"]] == [git(clone, "rev-parse", "HEAD~1")]
    for address in ("/pulls/ada/pond/11", "/pulls/forge.example.test/ada/pond/11", "/pulls/git/ada/pond/11"):
        page = client.get(address).text
        assert f"/commits/{work}" in page
        assert "anybody’s word, signed by nobody" in page
        assert 'class="st-unmarked"' in page
    assert client.get("/pulls/elsewhere.example/ada/pond/11").status_code == 404


def test_sessions_and_commits_of_a_pull_request_are_many_to_many(shop: Shop) -> None:
    client, clone = shop.running.signed_in, shop.running.repository
    git(clone, "checkout", "-q", "-b", "other", "main")
    for number in range(2):
        git(clone, "commit", "-q", "--allow-empty", "-m", f"Other {number}")
    oids = git(clone, "rev-list", "main..other").split()
    git(clone, "update-ref", "refs/pull/9/head", oids[0])
    kind = {"Content-Type": "application/octet-stream"}
    for words, commits in (("dig", oids), ("fill", oids[:1])):
        asked = {"commit": commits, "repository": str(shop.running.repository)}
        assert client.post("/v1/sessions", params=asked, content=transcript(words), headers=kind).status_code == 201
    found = client.get("/v1/pulls/git/ada/pond/9").json()
    assert [len(one["sessions"]) for one in found["commits"]] == [2, 1]
    assert len(found["sessions"]) == 2


def test_every_forge_has_a_hook_of_its_own_here() -> None:
    assert set(FORGES) == set(HOOKS)
