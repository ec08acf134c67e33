"""What a redaction promises: planted values gone in every form, the same bytes every time, a failure where unsure."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from redaction.config import Config, Identities, Limits
from redaction.errors import ConfigRefused, LimitExceeded, Quarantine
from redaction.fields import FieldKind, FieldPolicy, FieldRule
from redaction.redactor import Redactor
from redaction.tokens import TOKEN

from .conftest import KEY, characters, planted, run

FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "nested-json": lambda text: json.dumps({"stdout": text, "n": 1}),
    "nested-twice": lambda text: json.dumps({"a": json.dumps({"b": text})}),
    "base64": lambda text: "data " + base64.b64encode(text.encode()).decode() + " end",
    "base64-shifted": lambda text: "data " + base64.b64encode(b"x" + text.encode()).decode() + " end",
    "url": lambda text: "q=" + quote(text, safe=""),
    "hex": lambda text: "dump " + text.encode().hex(),
    "unicode-escaped": lambda text: "".join(f"\\u{ord(c):04x}" if c.isalnum() else c for c in text),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "group", ["provider", "private-key-block", "url-credential", "email", "home-path", "assignment"]
)
def test_planted_value_is_gone_in_every_form(redactor: Redactor, group: str, form: str) -> None:
    value, text = planted()[group]
    stood = FORMS[form](text)
    out = run(redactor, json.dumps({"message": {"content": [{"text": stood}]}}).encode())
    assert b"[REDACTED:" in out
    for shape in (value, base64.b64encode(value.encode()).decode()[2:-4], value.encode().hex(), quote(value, safe="")):
        assert shape.encode() not in out
    assert json.loads(out)["message"]["content"][0]["text"] != stood


@pytest.mark.parametrize("group", sorted(planted()))
def test_every_recogniser_replaces_its_value_with_a_token(redactor: Redactor, group: str) -> None:
    value, text = planted()[group]
    out = redactor.redact_text(text)
    assert value not in out
    assert TOKEN.search(out)


@pytest.mark.parametrize("group", sorted(planted()))
def test_second_scan_quarantines_what_a_disabled_recogniser_leaves_in(
    make: Callable[..., Redactor], group: str
) -> None:
    value, text = planted()[group]
    # where another recogniser finds the same value, it is left out too
    also = {
        "private-key-block": {"provider"},
        "provider": {"assignment", "vendor", "prose", "command"},
        "assignment": {"prose", "statement", "command"},
        "url-credential": {"provider", "email"},
    }.get(group, set())
    with pytest.raises(Quarantine) as caught:
        run(make(disabled=frozenset({group} | also)), json.dumps({"text": text}).encode())
    assert caught.value.place.startswith("record 0")
    assert value not in str(caught.value) + repr(caught.value)


def test_a_value_shown_once_by_its_context_is_replaced_everywhere(redactor: Redactor) -> None:
    value = characters("everywhere", 20)
    lines = (
        json.dumps({"text": f"later {value} alone"}).encode(),
        json.dumps({"password": value}).encode(),
        json.dumps({"out": base64.b64encode(f"ab {value} cd".encode()).decode(), "k": {value: 1}}).encode(),
    )
    out = run(redactor, *lines)
    assert value.encode() not in out
    assert len({token.group() for token in TOKEN.finditer(out.decode())}) == 1


def test_a_secret_named_only_by_its_key_is_found(redactor: Redactor) -> None:
    value = characters("keyed", 24)
    assert value.encode() not in run(redactor, json.dumps({"client_secret": value}).encode())


def test_redacting_twice_is_redacting_once(redactor: Redactor) -> None:
    lines = [json.dumps({"t": text, "nested": json.dumps({"x": text})}).encode() for _, text in planted().values()]
    once = run(redactor, *lines)
    assert run(redactor, *once.splitlines(keepends=True)) == once


def test_batches_of_any_size_give_the_same_bytes(make: Callable[..., Redactor]) -> None:
    lines = [json.dumps({"t": text}).encode() for _, text in planted().values()] + [b"plain text line"]
    whole = run(make(), *lines)
    assert run(make(limits=Limits(chunk_bytes=1)), *lines) == whole


def test_two_processes_give_the_same_bytes(cache: Path) -> None:
    script = (
        "import sys, json; from pathlib import Path\n"
        "from tests.unit.redaction.conftest import *\n"
        "r = Redactor(Config(cache_dir=Path(sys.argv[1])), token_key=KEY, identities=IDENTITIES)\n"
        "lines = [json.dumps({'t': t}).encode() for _, t in planted().values()]\n"
        "d = r.redact(opened(*lines)); sys.stdout.buffer.write(b''.join(d.lines())); print(d.report)\n"
    )
    root = Path(__file__).parents[3]
    results = {
        subprocess.run(
            [sys.executable, "-c", script, str(cache)],
            cwd=root, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=60,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(results) == 1
    assert b"[REDACTED:" in results.pop()


def test_tokens_differ_between_keys(cache: Path) -> None:
    _, text = planted()["email"]
    other = Redactor(Config(cache_dir=cache), token_key=b"another key of 32 bytes.........", identities=Identities())
    first = Redactor(Config(cache_dir=cache), token_key=KEY, identities=Identities())
    assert first.redact_text(text) != other.redact_text(text)


def test_report_counts_without_values(redactor: Redactor) -> None:
    lines = [json.dumps({"t": text}).encode() for _, text in planted().values()]
    redaction = redactor.redact(lambda: iter(lines))
    with pytest.raises(ConfigRefused):
        _ = redaction.report
    list(redaction.lines())
    report = redaction.report
    assert report.records == len(lines)
    assert {"SECRET", "EMAIL_ADDRESS", "US_SSN"} <= {name for name, _ in report.by_entity}
    assert report.second_scan.result == "passed"
    assert report.spans[0].pointer == "/t"
    assert not any(value in repr(report) for value, _ in planted().values())


def test_opaque_fields_are_replaced_unread_and_counted(make: Callable[..., Redactor]) -> None:
    policy = FieldPolicy((FieldRule(pattern=("**", "signature"), kind=FieldKind.OPAQUE),))
    redaction = make(fields=policy).redact(lambda: iter([b'{"a":[{"signature":"%s"}]}' % (b"A" * 400)]))
    assert b"".join(redaction.lines()) == b'{"a":[{"signature":"[OPAQUE:400 bytes]"}]}\n'
    assert redaction.report.opaque == 1


def test_structural_field_of_another_shape_is_scanned(make: Callable[..., Redactor]) -> None:
    value, text = planted()["provider"]
    policy = FieldPolicy((FieldRule(pattern=("**", "type"), kind=FieldKind.STRUCTURAL, shape="word"),))
    assert value.encode() not in run(make(fields=policy), json.dumps({"type": text}).encode())


def test_more_values_than_the_limit_are_refused(make: Callable[..., Redactor]) -> None:
    lines = [json.dumps({"t": f"u{n}@" + "quillmail.dev"}).encode() for n in range(20)]
    with pytest.raises(LimitExceeded):
        run(make(limits=Limits(values=10)), *lines)


def test_decorators_in_a_diff_are_no_addresses(redactor: Redactor) -> None:
    text = "+@pytest.mark.parametrize('n', [1])\n-@app.route.get\n %@router.api.post"
    assert redactor.redact_text(text) == text


@pytest.mark.parametrize("sign", ["+", "-", " "])
def test_address_behind_the_sign_of_a_diff_line_leaves_the_sign(redactor: Redactor, sign: str) -> None:
    out = redactor.redact_text(sign + "mira.vance" + "@" + "quillmail.dev")
    assert out.startswith(sign + "[REDACTED:EMAIL_ADDRESS:")
