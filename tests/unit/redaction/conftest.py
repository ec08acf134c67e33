"""Shared first-pass engine and planted values. Every secret is put together at run time from parts."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from redaction.config import Config, Identities
from redaction.redactor import Redactor

KEY = b"unit test token key, 32 bytes.. "
IDENTITIES = Identities(names=("Zora Quillfeather",), users=("zquill",), hosts=("quillbox-7",))


def characters(
    seed: str, count: int, alphabet: str = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
) -> str:
    """Give characters that look random and are always the same for a seed."""
    return "".join(alphabet[byte % len(alphabet)] for byte in hashlib.shake_256(seed.encode()).digest(count))


def planted() -> dict[str, tuple[str, str]]:
    """Give, by recogniser group, (the value that must go, a text that holds it)."""
    token = "gh" + "p_" + characters("pat", 36)
    password = characters("pw", 22) + "7Q"
    body = "\n".join(characters(f"pem{n}", 64) for n in range(6))
    pem = "-----BEGIN RSA " + f"PRIVATE KEY-----\n{body}\n-----END RSA " + "PRIVATE KEY-----"
    return {
        "provider": (token, f"remote uses {token} today"),
        "private-key-block": (body.split("\n")[2], f"file:\n{pem}\nend"),
        "assignment": (password, f'db_password = "{password}"'),
        "url-credential": (password, f"postgres://svc:{password}@db.quill-internal.dev:5432/x"),
        "auth-header": (password, f"> Authorization: Bearer {password}"),
        "email": ("zora@" + "quillmail.dev", "write to zora@" + "quillmail.dev please"),
        "home-path": ("quentinq", "cd /home/" + "quentinq/src && ls"),
        "card": ("4539 1488 " + "0343 6467", "paid with 4539 1488 " + "0343 6467 today"),
        "iban": ("DE89 3704 " + "0044 0532 0130 00", "to DE89 3704 " + "0044 0532 0130 00 now"),
        "ssn": ("521-44-" + "3917", "SSN: 521-44-" + "3917"),
        "phone": ("+49 151 " + "2345 6789", "reach me, +49 151 " + "2345 6789, after six"),
        "ip": ("203.175." + "44.9", "Accepted key from 203.175." + "44.9 port 22"),
        "git-identity": ("Quentin Quagmire", "Author: Quentin Quagmire <noreply@example.com>"),
        "identity": ("Zora Quillfeather", "asked Zora Quillfeather about it"),
    }


@pytest.fixture(scope="session")
def cache(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a private directory of compiled rules, the default ones and whatever else these tests compile."""
    return shutil.copytree(compiled, tmp_path_factory.mktemp("rules") / "cache")


@pytest.fixture(scope="session")
def make(cache: Path) -> Callable[..., Redactor]:
    """Give a maker of redactors; `disabled` and `limits` as in Config."""

    def maker(**settings: object) -> Redactor:
        return Redactor(Config(cache_dir=cache, **settings), token_key=KEY, identities=IDENTITIES)  # type: ignore[arg-type]

    return maker


@pytest.fixture(scope="session")
def redactor(make: Callable[..., Redactor]) -> Redactor:
    """Give a redactor with default settings."""
    return make()


def run(redactor: Redactor, *lines: bytes) -> bytes:
    """Give the whole output for some lines."""
    return b"".join(redactor.redact(lambda: iter(lines)).lines())


def opened(*lines: bytes) -> Callable[[], Iterator[bytes]]:
    """Give a re-openable source of lines."""
    return lambda: iter(lines)
