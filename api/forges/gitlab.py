"""GitLab: hooks that carry a shared token, verdicts as commit statuses."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from api.forges.pull import CHECK, Hint, Message, Told, hint_of, hook_json, json_message, require_same


class GitLab:
    """The forge, on any host."""

    name = "gitlab"
    refs: tuple[str, ...] = ("refs/merge-requests/{n}/head", "refs/remotes/origin/merge-requests/{n}/head")

    def authenticate(self, headers: Mapping[str, str], body: bytes, secret: bytes) -> None:  # noqa: ARG002  # the port
        """Refuse a hook with another token. GitLab does not sign the body: the token proves the sender, not the words."""
        require_same(secret, headers.get("x-gitlab-token", "").encode())

    def read(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        """Read `Merge Request Hook`."""
        if headers.get("x-gitlab-event") != "Merge Request Hook":
            return None
        fields = hook_json(body)
        request = fields.child("object_attributes")
        if request.optional_text("action") not in {"open", "reopen", "update"}:
            return None
        full = fields.child("project").text("path_with_namespace", 1024)
        return hint_of(self.name, full, request.u64("iid") or 0, request.child("last_commit").text("id", 64))

    def message(self, told: Told, token: str) -> Message:
        """Give a commit status."""
        project = quote(f"{told.pull.owner}/{told.pull.repo}", safe="")
        body = {
            "state": "success" if told.passes else "failed",
            "name": CHECK,
            "target_url": told.url,
            "description": told.title[:255],
        }
        return json_message(f"/api/v4/projects/{project}/statuses/{told.head}", body, ("PRIVATE-TOKEN", token))
