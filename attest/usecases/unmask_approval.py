"""A second person's approval of one unmasking: signed on that person's machine, checked here before a value comes out.

`$WHEREOF_HOME/unmask-approvers.json` names who may approve, see `attest.usecases.second_person`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput, NotVerified
from attest.model.admin_predicate import AdminAction, unmask_request
from attest.usecases import second_person
from attest.usecases.second_person import MAX_BUNDLE_BYTES, Approver

if TYPE_CHECKING:
    from pathlib import Path

    from attest.usecases.instance import Instance

__all__ = ("FILE_NAME", "MAX_BUNDLE_BYTES", "approve_unmask", "read_approvers", "require_approval")

FILE_NAME: Final = "unmask-approvers.json"
USED: Final = "used"
_CODE: Final = "redaction.not-approved"


def read_approvers(home: Path) -> tuple[Approver, ...]:
    """Give who may approve an unmasking; see `attest.usecases.second_person.read_approvers`."""
    return second_person.read_approvers(home, FILE_NAME)


def approve_unmask(instance: Instance, session: str, token: str, reason: str, *, hours: int) -> bytes:
    """Sign and log an approval, as the second person on that person's machine; gives the bundle to hand over.

    Raises:
        InvalidInput: `input.usage`: it would run for less than an hour or more than `second_person.MAX_HOURS`.
    """
    about: dict[str, object] = {"session": session, "request": unmask_request(session, token, reason.strip())}
    return second_person.sign_approval(instance, AdminAction.UNMASK_APPROVED, ("unmask", about), hours=hours)


def require_approval(instance: Instance, bundle: bytes | None, session: str, request: str) -> str | None:
    """Give the SHA-256 of the approval's bundle, which is then used up; None where the instance has one user.

    Raises:
        InvalidInput: `input.usage`: an approval is needed and was not given, or given where nobody is named to approve.
        NotVerified: not signed by somebody named here, or by the one who asks; another request; expired; used before.
    """
    approvers = read_approvers(instance.settings.home)
    if not approvers:
        if bundle is not None:
            raise InvalidInput("input.usage", f"nobody is named in {FILE_NAME} whose approval could be checked")
        return None
    if bundle is None:
        raise InvalidInput("input.usage", "a second person has to approve", expected="--approval FILE")
    predicate, _ = second_person.signed_by_another(instance, bundle, approvers, code=_CODE)
    about = predicate.get("unmask")
    if predicate["action"] != AdminAction.UNMASK_APPROVED.value or not isinstance(about, dict):
        raise NotVerified(_CODE, got="a statement about something else")
    if (about["session"], about["request"]) != (session, request):
        raise NotVerified(_CODE, got="an approval of another session, token or reason")
    second_person.require_running(predicate, about, instance.clock.now(), code=_CODE)
    return second_person.use_up(bundle, instance.settings.home / "vault" / USED, code=_CODE)
