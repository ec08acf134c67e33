"""Promise: the vault is off unless asked for; a value comes out one at a time, confirmed, and never without a line of log."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from attest.errors import Absent, CannotVerify, InvalidInput, NotVerified
from attest.usecases import vault
from attest.usecases.instance import Instance
from attest.usecases.read_parts import open_parts
from attest.usecases.vault import UnmaskRequest, confirmation_of, unmask
from tests.support.recording import MAIN, ROOT, open_home, record_file, story, write_story

MAIL = "marguerite.oyelaran" + "@" + "brackenfell-systems.com"
SECRET = "gh" + "p_" + "q7RkT2mVx9LbN4cWzE8sYd3HfJ6aPu1GoK5Z"


@pytest.fixture
def with_vault(new_home: Callable[[str], Path]) -> Iterator[Instance]:
    home = new_home("vaulted")
    (home / "redaction-keep.json").write_text(json.dumps({"vault": True}))
    instance = open_home(home)
    yield instance
    instance.engine.dispose()


def recorded(instance: Instance, tmp_path: Path) -> tuple[str, dict[str, str]]:
    """Record values, and give the session and its tokens by entity."""
    tale = story()
    tale.prompt(f"Write to {MAIL}, use {SECRET}.")
    receipt = record_file(instance, write_story(tmp_path / "t.jsonl", tale))
    spans = json.loads(open_parts(instance, receipt.attestation)["redaction"])["spans"]
    return str(receipt.session), {span["entity"]: span["token"] for span in spans}


def ask(session: str, token: str) -> UnmaskRequest:
    return UnmaskRequest(
        session=session, token=token, reason="incident 12, asked by ops", confirmation=confirmation_of(session)
    )


def test_without_the_choice_nothing_is_kept(instance: Instance, data: Path, tmp_path: Path) -> None:
    session, tokens = recorded(instance, tmp_path)
    assert not (data / "vault").exists()
    assert not (data / "keys" / "vault").exists()
    with pytest.raises(Absent):
        unmask(instance, ask(session, tokens["EMAIL_ADDRESS"]))


def test_values_come_out_one_at_a_time_each_with_its_line(with_vault: Instance, tmp_path: Path) -> None:
    home = with_vault.settings.home
    session, tokens = recorded(with_vault, tmp_path)
    assert unmask(with_vault, ask(session, tokens["EMAIL_ADDRESS"])) == MAIL
    assert unmask(with_vault, ask(session, tokens["SECRET"])) == SECRET
    lines = [json.loads(line) for line in (home / "vault" / "unmask.log").read_bytes().splitlines()]
    assert [line["token"] for line in lines] == [tokens["EMAIL_ADDRESS"], tokens["SECRET"]]
    assert {line["second"] for line in lines} == {vault.SECOND}
    for path in (path for path in home.rglob("*") if path.is_file()):
        held = path.read_bytes()
        assert MAIL.encode() not in held, path
        assert SECRET.encode() not in held, path
    assert {path.stat().st_mode & 0o777 for path in (home / "vault").rglob("*") if path.is_file()} == {0o600}


def test_no_reason_no_confirmation_no_value(with_vault: Instance, tmp_path: Path) -> None:
    session, tokens = recorded(with_vault, tmp_path)
    good = ask(session, tokens["EMAIL_ADDRESS"])
    for wrong in (replace(good, reason=" "), replace(good, confirmation="yes"), replace(good, confirmation="")):
        with pytest.raises(InvalidInput):
            unmask(with_vault, wrong)
    with pytest.raises(Absent):
        unmask(with_vault, replace(good, token="[REDACTED:EMAIL_ADDRESS:aaaaaaaaaaaaaaaa]"))
    assert not (with_vault.settings.home / "vault" / "unmask.log").exists()


def test_a_value_that_cannot_be_logged_or_opened_does_not_come_out(with_vault: Instance, tmp_path: Path) -> None:
    home = with_vault.settings.home
    session, tokens = recorded(with_vault, tmp_path)
    request = ask(session, tokens["EMAIL_ADDRESS"])
    (home / "vault" / "unmask.log").mkdir()
    with pytest.raises(OSError, match=r"unmask\.log"):
        unmask(with_vault, request)
    (home / "vault" / "unmask.log").rmdir()
    (kept,) = (home / "vault" / session).iterdir()
    rows = json.loads(kept.read_bytes())
    swapped = {tokens["EMAIL_ADDRESS"]: rows["values"][tokens["SECRET"]]}
    kept.write_text(json.dumps(rows | {"values": rows["values"] | swapped}))
    with pytest.raises(NotVerified):
        unmask(with_vault, request)
    (home / "keys" / "vault" / f"{session}.json").unlink()
    with pytest.raises(CannotVerify):
        unmask(with_vault, request)


def test_the_command_asks_for_the_words(with_vault: Instance, tmp_path: Path) -> None:
    session, tokens = recorded(with_vault, tmp_path)
    for typed, code in ((confirmation_of(session), 0), ("y", 2)):
        done = subprocess.run(
            [sys.executable, "-c", MAIN, "unmask", session, tokens["EMAIL_ADDRESS"], "--reason", "incident 12"],
            input=typed + "\n",
            cwd=tmp_path,
            env={"PATH": "/usr/bin", "PYTHONPATH": str(ROOT), "WHEREOF_HOME": str(with_vault.settings.home)},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert (MAIL in done.stdout) == (code == 0)
        assert MAIL not in done.stderr
