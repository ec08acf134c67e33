"""A second person's approval of one unmasking: signed on that person's machine, checked here before a value comes out.

`$WHEREOF_HOME/unmask-approvers.json` names who may approve, each by certified identity, issuer and the file of the trusted
root that the identity is held against. Where that file is, no typed confirmation is enough. Where it is not, the instance
has one user, and what is written says so.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import Absent, InvalidInput, NotVerified
from attest.model.admin_predicate import ADMIN, ADMIN_V1, AdminAction, unmask_request
from attest.model.statement import parse_statement
from attest.model.times import rfc3339
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import Identity, verify_bundle
from attest.store import attestations
from attest.store.durable import create_file
from attest.usecases.log_statement import log_statement, own_log_subject
from attest.usecases.receipts import bundle_of
from attest.usecases.sign import actor_of

if TYPE_CHECKING:
    from attest.usecases.instance import Instance

FILE_NAME: Final = "unmask-approvers.json"
MAX_FILE_BYTES: Final = 64 * 1024
MAX_BUNDLE_BYTES: Final = 1024 * 1024
MAX_APPROVERS: Final = 100
MAX_HOURS: Final = 72
"""Longest time an approval may run for."""
USED: Final = "used"
_MEMBERS: Final = frozenset({"identity", "issuer", "trustedRoot"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Somebody who may approve."""

    identity: Identity
    trusted_root: Path


def read_approvers(home: Path) -> tuple[Approver, ...]:
    """Give who may approve; none where there is no such file, and the instance has one user.

    Raises:
        InvalidInput: `input.malformed`: the file cannot be read as such, or names nobody; it is never ignored.
    """
    path = home / FILE_NAME
    if not path.exists():
        return ()
    raw = path.read_bytes()
    try:
        rows = json.loads(raw)["approvers"] if len(raw) <= MAX_FILE_BYTES else None
        if not rows or len(rows) > MAX_APPROVERS or any(set(row) != _MEMBERS for row in rows):
            raise ValueError  # noqa: TRY301 - one answer for every way to be wrong
        return tuple(
            Approver(
                identity=Identity(san=str(row["identity"]), issuer=str(row["issuer"])),
                trusted_root=Path(str(row["trustedRoot"])),
            )
            for row in rows
        )
    except (ValueError, KeyError, TypeError) as err:
        expected = "approvers: a list of identity, issuer and trustedRoot"
        raise InvalidInput("input.malformed", expected=expected, where=str(path)) from err


def approve_unmask(instance: Instance, session: str, token: str, reason: str, *, hours: int) -> bytes:
    """Sign and log an approval, as the second person on that person's machine; gives the bundle to hand over.

    Raises:
        InvalidInput: `input.usage`: it would run for less than an hour or more than `MAX_HOURS`.
    """
    if not 1 <= hours <= MAX_HOURS:
        raise InvalidInput("input.usage", "an approval ends", expected=f"1 to {MAX_HOURS} hours")
    now = instance.clock.now().astimezone(UTC)
    about = {
        "session": session,
        "request": unmask_request(session, token, reason.strip()),
        "expiresAt": rfc3339(now + timedelta(hours=hours)),
    }
    predicate = {"action": AdminAction.UNMASK_APPROVED.value, "at": rfc3339(now), "unmask": about}
    material = canonical_json(predicate)
    receipt = log_statement(instance, ADMIN_V1, (own_log_subject(instance),), predicate, write_key_material=material)
    stored = attestations.by_id(instance.engine, instance.scope, receipt.attestation)
    if stored is None:
        raise Absent("service.not-found", where=receipt.attestation)
    return bundle_of(stored)


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
    if len(bundle) > MAX_BUNDLE_BYTES:
        raise InvalidInput("input.too-large", expected=f"at most {MAX_BUNDLE_BYTES} bytes", where="the approval")
    own = Identity(san=actor_of(instance), issuer=instance.services.issuer)
    _require_bound(_approved(bundle, approvers, own), session, request, instance.clock.now())
    digest = hashlib.sha256(bundle).hexdigest()
    folder = instance.settings.home / "vault" / USED
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not create_file(folder / digest, b"", mode=0o600):
        raise NotVerified("redaction.not-approved", got="an approval that was used before")
    return digest


def _approved(bundle: bytes, approvers: tuple[Approver, ...], own: Identity) -> dict[str, object]:
    """Give what an approval signed by one of the approvers says."""
    failed: NotVerified | None = None
    for approver in approvers:
        if approver.identity == own:
            continue  # nobody is the second person to himself, whatever the file says
        root = parse_trusted_root(approver.trusted_root.read_bytes())
        try:
            payload = verify_bundle(bundle, root, approver.identity, None).payload
        except NotVerified as err:
            failed = failed or err
            continue
        statement = parse_statement(payload or b"")
        if statement.predicate_type != ADMIN_V1:
            raise NotVerified("redaction.not-approved", got="a statement of another type")
        predicate = dict(statement.predicate)
        ADMIN.check(predicate, "/predicate")
        return predicate
    raise NotVerified(
        "redaction.not-approved", got="an approval signed by nobody who is named to approve for this signer"
    ) from failed


def _require_bound(predicate: dict[str, object], session: str, request: str, now: datetime) -> None:
    about = predicate.get("unmask")
    if predicate["action"] != AdminAction.UNMASK_APPROVED.value or not isinstance(about, dict):
        raise NotVerified("redaction.not-approved", got="a statement about something else")
    if (about["session"], about["request"]) != (session, request):
        raise NotVerified("redaction.not-approved", got="an approval of another session, token or reason")
    at, until = (
        datetime.fromisoformat(str(text)) for text in (predicate["at"], about.get("expiresAt", predicate["at"]))
    )
    if not at < until <= at + timedelta(hours=MAX_HOURS) or now >= until:
        raise NotVerified("redaction.not-approved", got="an approval that has expired", where=rfc3339(until))
