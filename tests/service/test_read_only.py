"""A service whose log may sign nothing still answers what it knows, and says why it takes nothing more."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from api.app import create_app
from api.waiting import NoWitness
from attest.clock import SystemClock, SystemEntropy
from attest.errors import Refused
from attest.ledger.note import decode_vkey
from attest.settings import Settings
from attest.usecases.instance import open_instance
from tests.unit.store.submissions import submission


def test_a_log_behind_a_known_head_is_served_for_reading_alone(home: Path) -> None:
    settings = Settings(home=home / "whereof")
    first = open_instance(settings, clock=SystemClock(), entropy=SystemEntropy())
    keys = first.services.log
    note = keys.sign_heads(999, b"\x01" * 32).c2sp
    first.guard.heads.keep("handed-in-1", note, decode_vkey(keys.verifier_key))
    first.engine.dispose()
    log = io.StringIO()

    app = create_app(settings, clock=SystemClock(), entropy=SystemEntropy(), stream=log)

    service = app.state.service
    assert service.log.head() is not None
    with pytest.raises(Refused) as caught:
        service.instance.append([submission(1)])
    assert caught.value.code == "ledger.rollback"
    assert "runbook" in caught.value.hint or "rollback" in caught.value.hint
    assert json.loads(log.getvalue().splitlines()[0])["event"] == "read-only"
    assert isinstance(service.witnessed, NoWitness)
    service.instance.engine.dispose()
