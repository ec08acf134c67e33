"""Hooks of six forges about one pull request, small and our own, and a forge that keeps what it is told."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "a-secret-of-sixteen-bytes"
Hook = tuple[dict[str, str], bytes]


def _hmac(body: bytes) -> str:
    return hmac.digest(SECRET.encode(), body, "sha256").hex()


def _raw(value: object) -> bytes:
    return json.dumps(value).encode()


def github(head: str, number: int) -> Hook:
    body = _raw(
        {
            "action": "synchronize",
            "number": number,
            "pull_request": {"number": number, "title": "<script>alert(1)</script>", "head": {"sha": head}},
            "repository": {"full_name": "ada/pond"},
        }
    )
    return {"X-GitHub-Event": "pull_request", "X-Hub-Signature-256": f"sha256={_hmac(body)}"}, body


def gitlab(head: str, number: int) -> Hook:
    body = _raw(
        {
            "object_kind": "merge_request",
            "project": {"path_with_namespace": "ada/pond"},
            "object_attributes": {"iid": number, "action": "update", "last_commit": {"id": head}},
        }
    )
    return {"X-Gitlab-Event": "Merge Request Hook", "X-Gitlab-Token": SECRET}, body


def bitbucket(head: str, number: int) -> Hook:
    target = {"repository": {"slug": "pond", "project": {"key": "ada"}}}
    pull = {"id": number, "fromRef": {"latestCommit": head}, "toRef": target}
    body = _raw({"eventKey": "pr:from_ref_updated", "pullRequest": pull})
    return {"X-Event-Key": "pr:from_ref_updated", "X-Hub-Signature": f"sha256={_hmac(body)}"}, body


def azure(head: str, number: int) -> Hook:
    resource = {
        "pullRequestId": number,
        "repository": {"name": "pond", "project": {"name": "ada"}},
        "lastMergeSourceCommit": {"commitId": head},
    }
    return _basic(), _raw({"eventType": "git.pullrequest.updated", "resource": resource})


def forgejo(head: str, number: int) -> Hook:
    pull = {"number": number, "head": {"sha": head}}
    body = _raw({"action": "synchronized", "pull_request": pull, "repository": {"full_name": "ada/pond"}})
    return {"X-Forgejo-Event": "pull_request", "X-Forgejo-Signature": _hmac(body)}, body


def gerrit(head: str, number: int) -> Hook:
    change = {"project": "ada/pond", "number": number}
    return _basic(), _raw({"type": "patchset-created", "change": change, "patchSet": {"revision": head}})


def _basic() -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"whereof:{SECRET}".encode()).decode()}


HOOKS: dict[str, Callable[[str, int], Hook]] = {
    "github": github,
    "gitlab": gitlab,
    "bitbucket": bitbucket,
    "azure": azure,
    "forgejo": forgejo,
    "gerrit": gerrit,
}


@dataclass
class FakeForge:
    """A server that keeps every request; it answers 201, or what `status` says."""

    got: list[tuple[str, str, dict[str, str], dict]] = field(default_factory=list)
    status: int = 201
    url: str = ""

    def start(self) -> Callable[[], None]:
        """Listen on a free port; call what it gives to stop."""
        forge = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                forge.got.append((self.command, self.path, headers, json.loads(body)))
                self.send_response(forge.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}"

        def stop() -> None:
            server.shutdown()
            server.server_close()

        return stop
