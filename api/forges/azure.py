"""Azure DevOps: service hooks with HTTP Basic, verdicts as statuses of the pull request."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from api.forges.pull import Hint, Message, Told, hint_of, hook_json, json_message, require_basic


class Azure:
    """The forge. The owner is a project: the organisation is in the address of its API."""

    name = "azure"
    refs: tuple[str, ...] = ("refs/pull/{n}/merge^2", "refs/remotes/origin/pull/{n}/merge^2")

    def authenticate(self, headers: Mapping[str, str], body: bytes, secret: bytes) -> None:  # noqa: ARG002  # the port
        """Refuse a hook with another password. The body is not signed."""
        require_basic(headers, secret)

    def read(self, headers: Mapping[str, str], body: bytes) -> Hint | None:  # noqa: ARG002  # the port
        """Read `git.pullrequest.created` and `git.pullrequest.updated`."""
        fields = hook_json(body)
        if fields.optional_text("eventType") not in {"git.pullrequest.created", "git.pullrequest.updated"}:
            return None
        pull = fields.child("resource")
        repository = pull.child("repository")
        full = f"{repository.child('project').text('name', 255)}/{repository.text('name', 255)}"
        head = pull.child("lastMergeSourceCommit").text("commitId", 64)
        return hint_of(self.name, full, pull.u64("pullRequestId") or 0, head)

    def message(self, told: Told, token: str) -> Message:
        """Give a status of the pull request."""
        pull = told.pull
        body = {
            "state": "succeeded" if told.passes else "failed",
            "description": told.title[:255],
            "targetUrl": told.url,
            "context": {"name": "session-review", "genre": "whereof"},
        }
        path = f"/{pull.owner}/_apis/git/repositories/{pull.repo}/pullRequests/{pull.number}/statuses?api-version=7.1"
        pair = base64.b64encode(f":{token}".encode()).decode()
        return json_message(path, body, ("Authorization", f"Basic {pair}"))
