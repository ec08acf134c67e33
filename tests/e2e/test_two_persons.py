"""Promise: where a second person is named, no value leaves the vault without that person's approval of this very request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from attest.errors import InvalidInput, NotVerified
from attest.model.admin_predicate import ADMIN_V1, unmask_request
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.signing.revocation import write_revocations
from attest.store import attestations
from attest.usecases.instance import Instance
from attest.usecases.sign import actor_of
from attest.usecases.unmask_approval import FILE_NAME, approve_unmask
from attest.usecases.vault import UnmaskRequest, unmask
from tests.e2e.test_vault import MAIL, recorded
from tests.support.recording import check_home, open_home
from tests.support.revoked import der

REASON = "incident 12, asked by ops"


class Later:
    """A clock that is ahead of another."""

    def __init__(self, clock: object, by: timedelta) -> None:
        self._clock, self._by = clock, by

    def now(self) -> datetime:
        now: datetime = self._clock.now()  # type: ignore[attr-defined]
        return now + self._by

    def __getattr__(self, name: str) -> object:
        return getattr(self._clock, name)


def approver(instance: Instance) -> dict[str, str]:
    return {
        "identity": actor_of(instance),
        "issuer": instance.services.issuer,
        "trustedRoot": str(instance.settings.trust_dir / "trusted_root.json"),
    }


def name_approvers(instance: Instance, *others: Instance) -> None:
    rows = [approver(other) for other in others]
    (instance.settings.home / FILE_NAME).write_text(json.dumps({"approvers": rows}))


def told(instance: Instance) -> list[dict[str, object]]:
    """Give what the ledger's `admin/v1` statements say, oldest first."""
    rows = attestations.newest(instance.engine, instance.scope, before=None, limit=100, predicate_type=ADMIN_V1).rows
    return [dict(parse_statement(parse_envelope(row.leaf.envelope).payload).predicate) for row in reversed(rows)]


@pytest.fixture
def first(new_home: Callable[[str], Path]) -> Iterator[Instance]:
    home = new_home("first")
    (home / "redaction-keep.json").write_text(json.dumps({"vault": True}))
    instance = open_home(home)
    yield instance
    instance.engine.dispose()


@pytest.fixture
def second(new_home: Callable[[str], Path]) -> Iterator[Instance]:
    instance = open_home(new_home("second"))
    yield instance
    instance.engine.dispose()


def test_a_second_persons_approval_opens_one_value_once_and_both_are_in_a_ledger(
    first: Instance, second: Instance, tmp_path: Path
) -> None:
    session, tokens = recorded(first, tmp_path)
    token = tokens["EMAIL_ADDRESS"]
    name_approvers(first, second)
    bundle = approve_unmask(second, session, token, REASON, hours=2)
    request = UnmaskRequest(session=session, token=token, reason=REASON, approval=bundle)
    assert unmask(first, request) == MAIL
    with pytest.raises(NotVerified, match="used before"):
        unmask(first, request)
    (done,) = told(first)
    (approved,) = told(second)
    about = {"session": session, "request": unmask_request(session, token, REASON)}
    assert done["action"] == "unmasked"
    assert done["unmask"] == about | {"second": "person", "approval": done["unmask"]["approval"]}  # type: ignore[index]
    assert approved["action"] == "unmask-approved"
    assert {**about, "expiresAt": ...}.keys() == approved["unmask"].keys()  # type: ignore[attr-defined]
    for instance in (first, second):
        assert check_home(instance.settings.home, signatures=True).problems == ()
        for path in (path for path in instance.settings.home.rglob("*") if path.is_file()):
            assert MAIL.encode() not in path.read_bytes(), path
    line = json.loads((first.settings.home / "vault" / "unmask.log").read_bytes())
    assert line["second"] == f"approval {done['unmask']['approval']}"  # type: ignore[index]


def test_without_an_approver_the_ledger_says_that_there_was_no_second_person(first: Instance, tmp_path: Path) -> None:
    session, tokens = recorded(first, tmp_path)
    request = UnmaskRequest(
        session=session, token=tokens["EMAIL_ADDRESS"], reason=REASON, confirmation=f"unmask {session}"
    )
    assert unmask(first, request) == unmask(first, request) == MAIL
    assert [one["unmask"]["second"] for one in told(first)] == ["typed-confirmation"] * 2  # type: ignore[index]
    with pytest.raises(InvalidInput):
        unmask(first, replace(request, approval=b"{}"))


def test_an_approval_of_anything_else_or_by_anybody_else_opens_nothing(
    first: Instance, second: Instance, tmp_path: Path
) -> None:
    session, tokens = recorded(first, tmp_path)
    token = tokens["EMAIL_ADDRESS"]
    name_approvers(first, second)
    good = approve_unmask(second, session, token, REASON, hours=2)
    own = approve_unmask(first, session, token, REASON, hours=2)
    request = UnmaskRequest(session=session, token=token, reason=REASON, approval=good)
    flipped = good.replace(b'"payload":"', b'"payload":"e30', 1) if b'"payload":"' in good else good[:-2]
    wrong = [
        replace(request, token=tokens["SECRET"]),
        replace(request, reason=REASON + " and more"),
        replace(request, approval=approve_unmask(second, "ses_" + "0" * 26, token, REASON, hours=2)),
        replace(request, approval=own),
        replace(request, approval=flipped),
    ]
    for one in wrong:
        with pytest.raises((NotVerified, InvalidInput)):
            unmask(first, one)
    typed = UnmaskRequest(session=session, token=token, reason=REASON, confirmation=f"unmask {session}")
    with pytest.raises(InvalidInput, match="second person"):
        unmask(first, typed)
    with pytest.raises(NotVerified, match="expired"):
        unmask(replace(first, clock=Later(first.clock, timedelta(hours=3))), request)
    name_approvers(first, first)
    with pytest.raises(NotVerified, match="nobody"):
        unmask(first, replace(request, approval=own))
    assert not (first.settings.home / "vault" / "unmask.log").exists()
    assert [one["action"] for one in told(first)] == ["unmask-approved"]
    name_approvers(first, second)
    stolen = der(second.services.authority.certificate), second.clock.now() - timedelta(hours=1)
    listed = first.settings.trust_dir / "revocations.json"
    listed.write_bytes(write_revocations((stolen,)))
    with pytest.raises(NotVerified, match="nobody"):
        unmask(first, request)
    listed.unlink()
    assert unmask(first, request) == MAIL


@pytest.mark.parametrize("content", ["", "{}", '{"approvers": []}', '{"approvers": [{"identity": "x"}]}', "[1]"])
def test_a_file_of_approvers_that_cannot_be_read_is_never_taken_for_none(
    first: Instance, tmp_path: Path, content: str
) -> None:
    session, tokens = recorded(first, tmp_path)
    (first.settings.home / FILE_NAME).write_text(content)
    request = UnmaskRequest(
        session=session, token=tokens["EMAIL_ADDRESS"], reason=REASON, confirmation=f"unmask {session}"
    )
    with pytest.raises(InvalidInput, match="approvers"):
        unmask(first, request)


@pytest.mark.parametrize("hours", [0, 73])
def test_an_approval_ends(second: Instance, hours: int) -> None:
    with pytest.raises(InvalidInput):
        approve_unmask(second, "ses_" + "0" * 26, "[REDACTED:EMAIL_ADDRESS:aaaaaaaaaaaaaaaa]", REASON, hours=hours)
