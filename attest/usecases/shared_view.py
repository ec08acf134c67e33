"""What others read of a session that its runner shares: intent, plans, overrides, checks, in words redacted again.

1. open     the documents of the capture that was agreed to; nothing of its transcript
2. take     words, kinds and outcomes; no name, address, time, path, command or commit
3. redact   all of it once more, together with the sentence why, see `attest.usecases.redact_again`

Nothing of it is kept: it is made for each reader, and not made where any step fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from attest.model.answer_rows import shortened
from attest.model.exemplar import (
    MAX_SHARED,
    Shared,
    SharedCheck,
    SharedOverride,
    SharedPlan,
    reworded,
)
from attest.usecases.exemplars import why_of, wide_of
from attest.usecases.read_parts import session_of
from attest.usecases.redact_again import redact_again

if TYPE_CHECKING:
    from attest.model.decisions import Plan
    from attest.model.exemplar import Exemplar
    from attest.model.session import Session
    from attest.usecases.instance import Instance

_Item = TypeVar("_Item")


def shared_view(instance: Instance, one: Exemplar, *, unnamed: bool) -> tuple[Shared, str]:
    """Give what is shown of a session, and the sentence why; `unnamed` also takes out what names its repositories.

    Raises:
        Absent, CannotVerify, NotVerified: the session's parts do not open.
        Quarantined, InvalidInput: see `redact_again`.
    """
    wide = wide_of(instance)
    found = shared_of(session_of(wide, one.attestation))
    texts = [why_of(wide, one)]

    def note(text: str) -> str:
        texts.append(text)
        return text

    reworded(found, note)
    why, *redacted = redact_again(wide, one, tuple(texts), unnamed=unnamed)
    again = iter(redacted)
    return reworded(found, lambda _: next(again)), why


def shared_of(session: Session) -> Shared:
    """Give what is shown of a derived session, before it is redacted again: at most `MAX_SHARED` of each kind."""
    left_out = 0

    def first(items: tuple[_Item, ...]) -> tuple[_Item, ...]:
        nonlocal left_out
        left_out += max(0, len(items) - MAX_SHARED)
        return items[:MAX_SHARED]

    def plan(one: Plan) -> SharedPlan:
        steps = one.steps or ((one.text,) if one.text else ())
        return SharedPlan(
            kind=one.kind,
            state=one.state,
            steps=tuple(map(shortened, first(steps))),
            reason=shortened(one.reason or ""),
        )

    overrides = tuple(
        SharedOverride(
            kind=one.kind,
            tool=one.tool or "",
            reason=shortened(one.reason or ""),
            correction=shortened(one.correction or ""),
        )
        for one in first(session.overrides)
    )
    return Shared(
        agent=session.source.agent,
        intent=None if session.intent is None else shortened(session.intent.text),
        plans=tuple(map(plan, first(session.plans))),
        overrides=overrides,
        checks=tuple(
            SharedCheck(kind=one.kind, tool=one.tool, status=one.status, why=one.why) for one in first(session.checks)
        ),
        left_out=left_out,
    )
