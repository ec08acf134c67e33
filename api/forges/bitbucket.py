"""Bitbucket Data Center: hooks signed with `X-Hub-Signature`, verdicts as build statuses."""

from __future__ import annotations

from collections.abc import Mapping

from api.forges.pull import CHECK, Hint, Message, Told, hint_of, hook_json, json_message, require_hmac


class Bitbucket:
    """The forge. The owner is a project's key."""

    name = "bitbucket"
    refs: tuple[str, ...] = ("refs/pull-requests/{n}/from", "refs/remotes/origin/pull-requests/{n}/from")

    def authenticate(self, headers: Mapping[str, str], body: bytes, secret: bytes) -> None:
        """Refuse a hook with another signature."""
        require_hmac(body, secret, headers.get("x-hub-signature", ""))

    def read(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        """Read `pr:opened`, `pr:from_ref_updated` and `pr:modified`."""
        if headers.get("x-event-key") not in {"pr:opened", "pr:from_ref_updated", "pr:modified"}:
            return None
        pull = hook_json(body).child("pullRequest")
        repository = pull.child("toRef").child("repository")
        full = f"{repository.child('project').text('key', 255)}/{repository.text('slug', 255)}"
        return hint_of(self.name, full, pull.u64("id") or 0, pull.child("fromRef").text("latestCommit", 64))

    def message(self, told: Told, token: str) -> Message:
        """Give a build status."""
        pull = told.pull
        body = {
            "key": "whereof",
            "name": CHECK,
            "state": "SUCCESSFUL" if told.passes else "FAILED",
            "url": told.url,
            "description": told.title[:255],
        }
        path = f"/rest/api/1.0/projects/{pull.owner}/repos/{pull.repo}/commits/{told.head}/builds"
        return json_message(path, body, ("Authorization", f"Bearer {token}"))
