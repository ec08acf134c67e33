"""The line above the pages of somebody who works under an engagement: what it is about, and when it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.pages.render import DEFAULT_PAGE, Page
from attest.model.plain_text import printable

if TYPE_CHECKING:
    from api.caller import Caller
    from api.service import Service
    from attest.model.may import Engagement

_ROLE_WORDS = {"audit": "an auditor", "review": "a reviewer", "incident": "a responder"}


def page_of(service: Service, caller: Caller, current: str) -> Page:
    """Give what a page shows beside its subject, for this caller."""
    now = service.instance.clock.now()
    running = [one for one in caller.principal.engagements if one.runs(now)]
    lines = tuple(_line(one) for one in sorted(running, key=lambda one: (one.expires_at, one.id)))
    return replace(DEFAULT_PAGE, current=current, workspace=lines)


def _line(one: Engagement) -> str:
    reach = "all repositories" if one.repositories is None else _some(one.repositories)
    controls = f", controls {', '.join(one.controls[:6])}" if one.controls else ""
    items = f"{len(one.items):,} sampled item{'' if len(one.items) == 1 else 's'}"
    ends = one.expires_at.strftime("%Y-%m-%d")
    return printable(
        f"Engagement {one.id}: {one.purpose}, {reach}{controls}, {items}, as {_ROLE_WORDS[one.cause.value]}, access ends {ends}"
    )


def _some(names: tuple[str, ...]) -> str:
    short = [name.removeprefix("git+https://") for name in names]
    more = f" and {len(short) - 1} more" if len(short) > 1 else ""
    return (short[0] if short else "no repository") + more
