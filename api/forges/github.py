"""GitHub: hooks signed with `X-Hub-Signature-256`, verdicts as check runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.forges.pull import (
    CHECK,
    MAX_NUMBER,
    MAX_SUMMARY_CHARS,
    Hint,
    Message,
    Told,
    hint_of,
    hook_json,
    json_message,
    require_hmac,
)

_ACTIONS: Final = frozenset({"opened", "synchronize", "reopened", "ready_for_review", "edited", "rerequested"})


class GitHub:
    """The forge, and those that speak its API."""

    name = "github"
    refs: tuple[str, ...] = ("refs/pull/{n}/head", "refs/remotes/origin/pull/{n}/head")

    def authenticate(self, headers: Mapping[str, str], body: bytes, secret: bytes) -> None:
        """Refuse a hook with another signature."""
        require_hmac(body, secret, headers.get("x-hub-signature-256", ""))

    def read(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        """Read `pull_request`; a check that is asked for again counts as one."""
        event = headers.get("x-github-event", "")
        if event not in {"pull_request", "check_run"}:
            return None
        fields = hook_json(body)
        if fields.text("action", 64) not in _ACTIONS:
            return None
        full = fields.child("repository").text("full_name", 512)
        if event == "pull_request":
            pull = fields.child("pull_request")
            return hint_of(self.name, full, pull.u64("number") or 0, pull.child("head").text("sha", 64))
        run = fields.child("check_run")
        pulls = run.objects("pull_requests")
        number = pulls[0].u64("number") if pulls else None
        return hint_of(self.name, full, number or MAX_NUMBER + 1, run.text("head_sha", 64)) if number else None

    def message(self, told: Told, token: str) -> Message:
        """Give a completed check run; a policy that only observes makes it neutral, never a success."""
        conclusion = "neutral" if told.observed else "success" if told.passes else "failure"
        body = {
            "name": CHECK,
            "head_sha": told.head,
            "status": "completed",
            "conclusion": conclusion,
            "details_url": told.url,
            "output": {"title": told.title[:255], "summary": told.summary[:MAX_SUMMARY_CHARS]},
        }
        path = f"/repos/{told.pull.owner}/{told.pull.repo}/check-runs"
        return json_message(path, body, ("Authorization", f"Bearer {token}"), ("X-GitHub-Api-Version", "2022-11-28"))
