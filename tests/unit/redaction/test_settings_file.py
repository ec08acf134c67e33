"""A tenant's settings and its own recognisers: carried out as written, or refused with file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from attest.errors import InvalidInput
from attest.usecases.redaction_settings import read_redaction_settings
from redaction.config import Config
from redaction.errors import ConfigRefused, LimitExceeded
from redaction.redactor import Redactor
from redaction.settings_file import read_settings_file
from tests.unit.redaction.conftest import IDENTITIES, KEY, run

FILE = b"""
ner: off
organisation:
  names: [Wilhelmina Tattersall]
  hosts: [otter-den-4]
recognizers:
  - name: Tickets
    supported_entity: TICKET
    patterns:
      - {name: sure, regex: '\\btck-\\d{6}\\b', score: 0.9}
      - {name: unsure, regex: '\\b\\d{8}\\b', score: 0.1}
    context: [ticket]
  - name: Codenames
    supported_entity: CODENAME
    deny_list: [Bluefin Halibut]
  - name: Not yet
    enabled: false
    supported_entity: LATER
    deny_list: [whatever]
"""


def settled(cache: Path, raw: bytes, key: bytes = KEY) -> Redactor:
    config = read_settings_file(raw, "redaction.yaml").applied(Config(cache_dir=cache))
    return Redactor(config, token_key=key, identities=IDENTITIES)


@pytest.fixture(scope="module")
def redactor(cache: Path) -> Redactor:
    return settled(cache, FILE)


@pytest.mark.parametrize(
    "text, entity, gone",
    [
        ("see TCK-123456 now", "TICKET", "123456"),
        ("the ticket is 20394857", "TICKET", "20394857"),
        ("about bluefin halibut again", "CODENAME", "halibut"),
        ("ask wilhelmina tattersall", "PERSON", "tattersall"),
        ("ssh otter-den-4", "HOST", "otter"),
    ],
)
def test_what_the_operator_names_is_replaced(redactor: Redactor, text: str, entity: str, gone: str) -> None:
    done = redactor.redact_text(text)
    assert f"[REDACTED:{entity}:" in done
    assert gone not in done


@pytest.mark.parametrize("text", ["the number is 20394857", "whatever happens"])
def test_what_the_operator_does_not_mean_stays(redactor: Redactor, text: str) -> None:
    assert redactor.redact_text(text) == text


def test_settings_change_the_digest_and_words_of_lists_enter_it_under_the_key_only(cache: Path) -> None:
    def digest(raw: bytes, key: bytes = KEY) -> str:
        return settled(cache, raw, key).config_sha256

    plain, named = b"ner: off", b"ner: off\norganisation: {names: [Wilhelmina Tattersall]}"
    other = named.replace(b"Tattersall", b"Quillfeather")
    assert len({digest(plain), digest(named), digest(other), digest(named, KEY + b"x")}) == 4
    assert digest(plain) == digest(plain, KEY + b"x")


REFUSED = {
    "alias": (b"disabled: &x [phone]\nprofile: *x", 1),
    "tag": (b"profile: !!python/name:os.system ''", 1),
    "merge": (b"<<: {profile: code}", 1),
    "repeated": (b"profile: code\nprofile: code", 2),
    "unknown": (b"profile: code\n\nprofil: strict", 3),
    "deep": (b"disabled: " + b"[" * 30 + b"]" * 30, 1),
    "two": (b"profile: code\n---\nprofile: strict", 3),
    "unparsed": (b"profile: [", 2),
    "no such profile": (b"profile: medical", 1),
    "folder without digest": (b"ner: /models/en", 1),
    "look-around": (
        b"recognizers:\n- name: a\n  supported_entity: AB\n  patterns:\n  - name: p\n    regex: '(?<=x)y'",
        6,
    ),
    "back reference": (
        b"recognizers:\n- name: a\n  supported_entity: AB\n  patterns:\n  - name: p\n    regex: '(x)\\1'",
        6,
    ),
    "empty match": (b"recognizers:\n- name: a\n  supported_entity: AB\n  patterns:\n  - name: p\n    regex: 'x*'", 6),
    "predefined": (b"recognizers:\n- name: CreditCardRecognizer\n  type: predefined", 3),
    "entity": (b"recognizers:\n- name: a\n  supported_entity: low\n  deny_list: [abc]", 3),
    "nothing": (b"recognizers:\n- name: a\n  supported_entity: AB", 2),
    "short word": (b"organisation: {}\nrecognizers:\n- name: a\n  supported_entity: AB\n  deny_list: [ab]", 5),
    "score": (b"recognizers:\n- name: a\n  supported_entity: AB\n  patterns: [{name: p, regex: x, score: high}]", 4),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_carried_out_is_refused_with_its_line(name: str) -> None:
    raw, line = REFUSED[name]
    with pytest.raises(ConfigRefused, match=rf"redaction\.yaml line {line}'"):
        read_settings_file(raw, "redaction.yaml")


def test_a_file_too_large_or_not_text_is_refused() -> None:
    for raw in (b"#" * 600_000, b"\xff\xfe"):
        with pytest.raises(ConfigRefused):
            read_settings_file(raw, "redaction.yaml")


def test_a_refusal_repeats_no_word_of_a_list() -> None:
    with pytest.raises(ConfigRefused) as caught:
        read_settings_file(b"organisation:\n  names:\n    Wilhelmina Tattersall: 1", "redaction.yaml")
    assert "Tattersall" not in str(caught.value)


def test_an_instance_follows_its_file_and_never_ignores_a_bad_one(tmp_path: Path) -> None:
    assert read_redaction_settings(tmp_path).profile.name == "code"
    (tmp_path / "redaction.yaml").write_text("profile: phi\n")
    assert read_redaction_settings(tmp_path).profile.name == "phi"
    assert read_redaction_settings(tmp_path, "strict").profile.name == "strict"
    (tmp_path / "redaction.yaml").write_text("profile: phi\ndisabled: [phone]\n")
    with pytest.raises(InvalidInput, match="leaves no recogniser out"):
        read_redaction_settings(tmp_path)


def test_a_strict_profile_ends_at_a_record_over_the_limit(make: Callable[..., Redactor]) -> None:
    from redaction.config import Limits

    redactor = make(limits=Limits(record_bytes=1000), refuse_dropped=True)
    redaction = redactor.redact(lambda: iter([b'{"a":"' + b"x" * 2000 + b'"}\n']))
    with pytest.raises(LimitExceeded, match="record_bytes"):
        list(redaction.lines())


PHI = {
    "MRN: 00482913": "00482913",
    "born on March 3rd, 1951 in spring": "March 3rd, 1951",
    "seen 2024-02-29 at noon": "2024-02-29",
    "admitted 03/14/2023 again": "03/14/2023",
    "a 93-year-old man": "93-year-old",
    "member id: XQ-5512-993": "XQ-5512-993",
    "lives at 4411 Old Quarry Road now": "4411 Old Quarry Road",
    "Springfield, IL 62704": "62704",
    "device serial no. SN99-1234-X": "SN99-1234-X",
    "He moved to Oslo with Nadia Okafor.": "Oslo",
}


@pytest.fixture(scope="module")
def phi(cache: Path) -> Redactor:
    return settled(cache, b"profile: phi")


@pytest.mark.parametrize("text", PHI)
def test_the_profile_phi_replaces_identifiers_of_health_data(phi: Redactor, text: str) -> None:
    assert PHI[text] not in phi.redact_text(text)


def test_the_profile_code_leaves_dates_places_and_ages(cache: Path) -> None:
    text = "on 2024-02-29 in Oslo, a 93-year-old tree"
    assert settled(cache, b"").redact_text(text) == text
    assert run(settled(cache, b"profile: phi"), text.encode() + b"\n").count(b"REDACTED") >= 2
