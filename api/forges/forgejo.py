"""Forgejo, and Gitea, from which it comes: hooks signed with an HMAC in hex, verdicts as commit statuses."""

from __future__ import annotations

from collections.abc import Mapping

from api.forges.pull import CHECK, Hint, Message, Told, hint_of, hook_json, json_message, require_hmac


class Forgejo:
    """The forge, on any host."""

    name = "forgejo"
    refs: tuple[str, ...] = ("refs/pull/{n}/head", "refs/remotes/origin/pull/{n}/head")

    def authenticate(self, headers: Mapping[str, str], body: bytes, secret: bytes) -> None:
        """Refuse a hook with another signature."""
        require_hmac(body, secret, headers.get("x-forgejo-signature") or headers.get("x-gitea-signature", ""))

    def read(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        """Read `pull_request` and `pull_request_sync`."""
        event = headers.get("x-forgejo-event") or headers.get("x-gitea-event", "")
        if event not in {"pull_request", "pull_request_sync"}:
            return None
        fields = hook_json(body)
        if fields.text("action", 64) not in {"opened", "reopened", "synchronized", "edited"}:
            return None
        pull = fields.child("pull_request")
        full = fields.child("repository").text("full_name", 512)
        return hint_of(self.name, full, pull.u64("number") or 0, pull.child("head").text("sha", 64))

    def message(self, told: Told, token: str) -> Message:
        """Give a commit status."""
        body = {
            "state": "success" if told.passes else "failure",
            "context": CHECK,
            "target_url": told.url,
            "description": told.title[:255],
        }
        path = f"/api/v1/repos/{told.pull.owner}/{told.pull.repo}/statuses/{told.head}"
        return json_message(path, body, ("Authorization", f"token {token}"))
