"""A second person: an approval signed on another machine and checked here, or, with one user, a typed sentence.

A file in the data directory names who may approve, each by certified identity, issuer and the file of the trusted root that
the identity is held against. Where the file is, no typed confirmation is enough. Where it is not, the instance has one
user, and what is written says so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import Absent, InvalidInput, NotVerified
from attest.model.admin_predicate import ADMIN, ADMIN_V1, AdminAction
from attest.model.admin_privacy import Second
from attest.model.governing import name_digest
from attest.model.statement import parse_statement
from attest.model.times import rfc3339
from attest.signing.verify import Identity, verify_bundle
from attest.store import attestations
from attest.store.durable import create_file
from attest.usecases.home_file import home_json, is_there
from attest.usecases.log_statement import log_statement, own_log_subject
from attest.usecases.pinned_trust import cut_root, read_revocations
from attest.usecases.receipts import bundle_of
from attest.usecases.sign import actor_of

if TYPE_CHECKING:
    from attest.usecases.instance import Instance

APPROVERS: Final = "approvers.json"
"""Who may approve erasures, releases of holds and shorter retention."""
USED: Final = "approvals-used"
MAX_FILE_BYTES: Final = 64 * 1024
MAX_BUNDLE_BYTES: Final = 1024 * 1024
MAX_APPROVERS: Final = 100
MAX_HOURS: Final = 72
"""Longest time an approval may run for."""
_MEMBERS: Final = frozenset({"identity", "issuer", "trustedRoot"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Somebody who may approve."""

    identity: Identity
    trusted_root: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a second person is to approve: the action that approves it, the member it stands under, and its digest."""

    action: AdminAction
    member: str
    id: str
    request: str
    code: str = "erasure.not-approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """Who stood beside the one who asked."""

    second: Second
    by: str = ""
    """`name_digest` of who asked; empty where that is the signer."""
    approved_by: str = ""
    """`name_digest` of who approved; empty where nobody did."""
    approval: str = ""
    """SHA-256 of the bundle of the approval; empty where it was given at a service, or typed."""

    def members(self) -> dict[str, object]:
        """Give the members of a predicate that say so; `second` is the caller's to write."""
        named = {"by": self.by, "approvedBy": self.approved_by, "approval": self.approval}
        return {name: value for name, value in named.items() if value}


def read_approvers(home: Path, name: str = APPROVERS) -> tuple[Approver, ...]:
    """Give who may approve; none where there is no such file, and the instance has one user.

    Raises:
        InvalidInput: `input.malformed`: the file cannot be read as such, or names nobody; it is never ignored.
    """
    path = home / name
    if not is_there(path):
        return ()
    try:
        value = home_json(path, MAX_FILE_BYTES)
        rows = value["approvers"] if isinstance(value, dict) else None
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


def approve(instance: Instance, asked: Asked, *, hours: int) -> bytes:
    """Sign and log an approval, as the second person on that person's machine; gives the bundle to hand over.

    Raises:
        InvalidInput: `input.usage`: it would run for less than an hour or more than `MAX_HOURS`.
    """
    about: dict[str, object] = {"id": asked.id, "request": asked.request}
    return sign_approval(instance, asked.action, (asked.member, about), hours=hours)


def sign_approval(
    instance: Instance, action: AdminAction, about: tuple[str, dict[str, object]], *, hours: int
) -> bytes:
    """Sign and log what `about` names and holds, until some hours from now; gives the bundle.

    Raises:
        InvalidInput: `input.usage`: as `approve` does.
    """
    if not 1 <= hours <= MAX_HOURS:
        raise InvalidInput("input.usage", "an approval ends", expected=f"1 to {MAX_HOURS} hours")
    now = instance.clock.now().astimezone(UTC)
    member, told = about
    ending = {**told, "expiresAt": rfc3339(now + timedelta(hours=hours))}
    predicate = {"action": action.value, "at": rfc3339(now), member: ending}
    material = canonical_json(predicate)
    receipt = log_statement(instance, ADMIN_V1, (own_log_subject(instance),), predicate, write_key_material=material)
    stored = attestations.by_id(instance.engine, instance.scope, receipt.attestation)
    if stored is None:
        raise Absent("service.not-found", where=receipt.attestation)
    return bundle_of(stored)


def confirm(instance: Instance, asked: Asked, *, approval: bytes | None, typed: str, words: str) -> Confirmed:
    """Give who stands beside the one who asks; an approval is used up by it.

    Raises:
        InvalidInput: `input.usage`: an approval is needed and was not given, was given where nobody is named to approve, or
            the one user did not type `words`.
        NotVerified: the approval is of something else, by nobody named, by the one who asks, expired, or used before.
    """
    approvers = read_approvers(instance.settings.home)
    if not approvers:
        if approval is not None:
            raise InvalidInput("input.usage", f"nobody is named in {APPROVERS} whose approval could be checked")
        if typed != words:
            raise InvalidInput("input.usage", "not confirmed", expected=words)
        return Confirmed(second=Second.TYPED)
    if approval is None:
        raise InvalidInput("input.usage", "a second person has to approve", expected="--approval FILE")
    predicate, who = signed_by_another(instance, approval, approvers, code=asked.code)
    about = predicate.get(asked.member)
    if predicate["action"] != asked.action.value or not isinstance(about, dict):
        raise NotVerified(asked.code, got="a statement about something else")
    if (about.get("id"), about.get("request")) != (asked.id, asked.request):
        raise NotVerified(asked.code, got="an approval of another request")
    require_running(predicate, about, instance.clock.now(), code=asked.code)
    digest = use_up(approval, instance.settings.home / USED, code=asked.code)
    return Confirmed(second=Second.PERSON, approved_by=name_digest(asked.id, who.san), approval=digest)


def signed_by_another(
    instance: Instance, bundle: bytes, approvers: tuple[Approver, ...], *, code: str
) -> tuple[dict[str, object], Identity]:
    """Give what an approval says that one of the approvers signed, and who; nobody approves what they ask for themselves.

    Raises:
        NotVerified: `code`, or why the signature does not hold.
        CannotVerify: `trust.unreadable`; `evidence.revoked`, a revoked authority alone says when it was signed.
        InvalidInput: `input.too-large`.
    """
    if len(bundle) > MAX_BUNDLE_BYTES:
        raise InvalidInput("input.too-large", expected=f"at most {MAX_BUNDLE_BYTES} bytes", where="the approval")
    own = Identity(san=actor_of(instance), issuer=instance.services.issuer)
    revocations = read_revocations(instance.settings.trust_dir)
    failed: NotVerified | None = None
    for approver in approvers:
        if approver.identity == own:
            continue  # nobody is the second person to himself, whatever the file says
        root = cut_root(approver.trusted_root.read_bytes(), revocations)
        try:
            payload = verify_bundle(bundle, root, approver.identity, None).payload
        except NotVerified as err:
            failed = failed or err
            continue
        statement = parse_statement(payload or b"")
        if statement.predicate_type != ADMIN_V1:
            raise NotVerified(code, got="a statement of another type")
        predicate = dict(statement.predicate)
        ADMIN.check(predicate, "/predicate")
        return predicate, approver.identity
    raise NotVerified(code, got="an approval signed by nobody who is named to approve for this signer") from failed


def require_running(predicate: dict[str, object], about: dict[str, object], now: datetime, *, code: str) -> None:
    """Refuse an approval that has expired, or would run for too long.

    Raises:
        NotVerified: `code`.
    """
    at, until = (
        datetime.fromisoformat(str(text)) for text in (predicate["at"], about.get("expiresAt", predicate["at"]))
    )
    if not at < until <= at + timedelta(hours=MAX_HOURS) or now >= until:
        raise NotVerified(code, got="an approval that has expired", where=rfc3339(until))


def use_up(bundle: bytes, folder: Path, *, code: str) -> str:
    """Give the SHA-256 of an approval, which is taken for once and all.

    Raises:
        NotVerified: `code`: it was taken before.
    """
    digest = hashlib.sha256(bundle).hexdigest()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not create_file(folder / digest, b"", mode=0o600):
        raise NotVerified(code, got="an approval that was used before")
    return digest
