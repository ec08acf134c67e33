"""An exception is signed for named rules and commits until a day; a longer reason stays with who grants it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from attest.errors import InvalidInput
from attest.model.exception_predicate import EXCEPTION_V1, exception_of
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.answer import answer_for
from attest.usecases.grant_exception import Excepted, ExceptRequest, end_of, grant_exception
from attest.usecases.instance import Instance
from attest.usecases.verify import VerifyRequest, verify_commit
from tests.support.recording import Clone, git

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)


def _except(instance: Instance, clone: Clone, revision: str = "HEAD", **options: object) -> Excepted:
    given = {"rules": ("auth",), "until": SOON, "reason": "emergency"} | options
    return grant_exception(ExceptRequest(repository=clone.repository, revision=revision, **given), instance)  # type: ignore[arg-type]


def _predicate(instance: Instance, made: Excepted) -> dict[str, object]:
    stored = attestations.by_id(instance.engine, instance.scope, made.receipt.attestation)
    assert stored is not None
    return dict(parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate)


def test_exception_names_rules_commits_and_an_end(instance: Instance, clone: Clone) -> None:
    made = _except(instance, clone, rules=("auth", "secrets"))
    granted = exception_of(_predicate(instance, made))
    assert made.receipt.predicate_type == EXCEPTION_V1
    assert granted.rules == ("auth", "secrets")
    assert granted.commits == ((clone.oid, git(clone.path, "rev-parse", "HEAD^{tree}")),)
    assert granted.expires_at == SOON


def test_same_exception_is_the_same_receipt_and_another_end_another(instance: Instance, clone: Clone) -> None:
    first, again = _except(instance, clone), _except(instance, clone)
    assert first.receipt == again.receipt
    other = _except(instance, clone, until=SOON + timedelta(days=1))
    assert other.receipt.attestation != first.receipt.attestation


def test_reason_in_words_is_not_signed_and_its_digest_opens_with_the_salt(instance: Instance, clone: Clone) -> None:
    words = "The release of tonight cannot wait for the second reviewer."
    made = _except(instance, clone, text=words)
    predicate = _predicate(instance, made)
    assert words not in json.dumps(predicate)
    assert made.salt is not None
    assert predicate["reasonText"] == hashlib.sha256(bytes.fromhex(made.salt) + words.encode()).hexdigest()
    assert predicate["reasonText"] != hashlib.sha256(words.encode()).hexdigest()
    assert _except(instance, clone, text=words) == made


def test_range_lists_every_commit_it_covers(instance: Instance, clone: Clone) -> None:
    (clone.path / "pond.py").write_text("ducks = 9\n")
    git(clone.path, "commit", "-q", "-a", "-m", "More ducks")
    tip = git(clone.path, "rev-parse", "HEAD")
    predicate = _predicate(instance, _except(instance, clone, revision=f"{clone.oid}~1..HEAD"))
    assert [oid for oid, _ in exception_of(predicate).commits] == [clone.oid, tip]
    assert predicate["range"] == {"base": git(clone.path, "rev-parse", "HEAD~2"), "tip": tip}


@pytest.mark.parametrize("until", [SOON - timedelta(days=8), SOON + timedelta(days=366)])
def test_end_that_is_past_or_too_far_is_refused(instance: Instance, clone: Clone, until: datetime) -> None:
    with pytest.raises(InvalidInput) as refused:
        _except(instance, clone, until=until)
    assert refused.value.code == "except.until"


@pytest.mark.parametrize("text", ["tomorrow", "2027-02-30", "2027-01-31T10:00:00", ""])
def test_end_that_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        end_of(text)
    assert refused.value.code == "except.until"


def test_last_day_is_granted_whole() -> None:
    assert end_of("2027-01-31") == datetime(2027, 2, 1, tzinfo=UTC)
    assert end_of("2027-01-31T10:00:00+02:00") == datetime(2027, 1, 31, 8, tzinfo=UTC)


@pytest.mark.parametrize("rules", [(), ("*",), ("auth rule",), ("auth",) * 17])
def test_exception_from_no_rule_or_from_all_is_refused(
    instance: Instance, clone: Clone, rules: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput):
        _except(instance, clone, rules=rules)
    assert attestations.count(instance.engine, instance.scope) == 0


def test_exception_alone_never_passes_the_gate_and_is_shown(instance: Instance, clone: Clone) -> None:
    _except(instance, clone)
    settings = instance.settings
    request = VerifyRequest(
        repository=clone.repository, revision=clone.oid, bundles_dir=settings.bundles_dir, trust_dir=settings.trust_dir
    )
    verdict = verify_commit(request)
    assert [(one.predicate_type, one.verdict.value, one.counted) for one in verdict.evidence] == [
        (EXCEPTION_V1, "pass", False)
    ]
    assert verdict.verdict.value == "absent"
    rows = answer_for(instance, clone.oid, clone.repository).section(7).rows
    assert [row.term for row in rows] == ["reviews", "exception"]
    assert "from `auth` until" in rows[1].text
    assert rows[1].text.endswith("in force")


def test_command_says_what_was_excepted(
    clone: Clone, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from attest.cli.commands import app

    monkeypatch.setenv("WHEREOF_HOME", str(data))
    day = SOON.strftime("%Y-%m-%d")
    words = ["--rule", "auth", "--until", day, "--reason", "fixture", "--text", "only test data"]
    app(["except", "HEAD", "--repo", str(clone.path), *words], standalone_mode=False)
    out = capsys.readouterr().out
    assert f"excepted 1 commit from auth until {(SOON + timedelta(days=1)).strftime('%Y-%m-%d')} 00:00:00 UTC" in out
    assert "keep the reason in words" in out
