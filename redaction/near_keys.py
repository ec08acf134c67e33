"""Finders of secrets that stand beside what belongs to them: the secret of a key's id, lines below a marker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from redaction.accept import entropy

NEAR_CHARS: Final = 400
"""How far from an id its secret is looked for."""
_AWS_ID: Final = re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])")
_AWS_KEY: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=_-])")
_ALIBABA_ID: Final = re.compile(r"(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,20}(?![A-Za-z0-9])")
_ALIBABA_KEY: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9]{30}(?![A-Za-z0-9+/=_-])")
_VAULT: Final = re.compile(
    r"\$ANSIBLE_VAULT;[0-9.]{1,6};[A-Z0-9]{3,12}[^\n]{0,80}((?:(?:\n|\\+n)[ \t]{0,8}(?:\d{1,6}→)?[ \t>|+-]{0,40}[0-9a-f]{16,80}(?=\s|\\|[\"']|$)){1,4000})"
)
_LINES: Final = re.compile(
    r"(?:^|[\s\"'`:=(])([A-Za-z0-9+/_-]{40,}={0,2})(?:\\n|\n)[ \t]{1,40}([A-Za-z0-9+/_-]{16,}={0,2})", re.MULTILINE
)
_RUN: Final = re.compile(r"[a-z]+")
_CHANGE: Final = re.compile(r"(?<=[a-z])[^a-z]|(?<=[A-Z])[^A-Z]|(?<=[0-9])[^0-9]")


def drawn_at_random(value: str, *, digits: int = 2) -> bool:
    """Say whether letters of both cases and digits change as often as chance makes them, and spell no word."""
    upper, lower = sum(c.isupper() for c in value), sum(c.islower() for c in value)
    number = sum(c.isdigit() for c in value)
    if number < digits or min(upper, lower) * 5 < len(value) or value.count("/") > 4:
        return False
    changes = len(_CHANGE.findall(value))
    longest = max(map(len, _RUN.findall(value)), default=0)
    return changes * 20 >= len(value) * 8 and longest <= 9 and entropy(value) >= 4.2


def aws_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Give the secret access keys near the ids of access keys."""
    yield from _near(text, _AWS_ID, _AWS_KEY)


def alibaba_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Give the secrets near the ids of Alibaba's access keys."""
    yield from _near(text, _ALIBABA_ID, _ALIBABA_KEY)


def _near(text: str, names: re.Pattern[str], keys: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    past = 0
    for name in names.finditer(text):
        first, last = max(past, name.start() - NEAR_CHARS), min(len(text), name.end() + NEAR_CHARS)
        for key in keys.finditer(text, first, last):
            if entropy(key.group()) >= 3.8 and any(c.isdigit() for c in key.group()):
                yield key.span()
                past = key.end()


def vault_bodies(text: str) -> Iterator[tuple[int, int]]:
    """Give the bodies of Ansible's vaults: they are encrypted, with a password that people choose."""
    for match in _VAULT.finditer(text):
        yield match.span(1)


def aws_key_alone(value: str, _match: str) -> bool:
    """Keep forty characters of base64 that stand alone and look drawn at random."""
    return drawn_at_random(value)
