"""Finders of key material that no bounded pattern can describe: keys without markers, PuTTY keys, JSON Web Keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.blocks import END_KEY, body_back, body_on
from redaction.checksums import der_private_key

MAX_WINDOW_CHARS = 16 * 1024
_LINES = re.compile(r"Private-Lines:[ \t]{0,3}(\d{1,4})")
_MAC = re.compile(r"Private-MAC:[ \t]{0,3}([0-9a-f]{32,80})")
_DER = re.compile(r"(?<![A-Za-z0-9+/=])M[IHCG][A-Za-z0-9+/]{22,}")
_KTY = re.compile(r"\\{0,8}[\"']kty\\{0,8}[\"']")
_MEMBER = re.compile(r"[\"'](?:d|k|p|q|dp|dq|qi|oth)\\{0,8}[\"']\s{0,8}:\s{0,8}\\{0,8}[\"']([A-Za-z0-9_+/=-]{16,2000})")
_DATA = re.compile(r"^([ \t]*)\\{0,2}[\"']?(?:data|stringData|encryptedData)\\{0,2}[\"']?:", re.MULTILINE)
_ENTRY = re.compile(
    r"(?:^|\\n|[{,])[ \t]*\\{0,2}[\"']?([A-Za-z0-9_.-]{1,100})\\{0,2}[\"']?:[ \t]*\\{0,2}[\"']?([^\s\"'\\,{}|>]{4,8192})",
    re.MULTILINE,
)


def putty_keys(text: str) -> Iterator[tuple[int, int]]:
    """Give the lines of private material of PuTTY keys, and their codes."""
    past = 0
    for match in _LINES.finditer(text):
        if match.start() < past:
            continue
        end = body_on(text, match.end(), min(len(text), match.end() + MAX_WINDOW_CHARS))
        past = max(end, match.end() + 64)
        if end > match.end():
            yield match.end(), end
        mac = _MAC.search(text, end, min(len(text), end + 200))
        if mac:
            yield mac.span(1)


def der_keys(text: str) -> Iterator[tuple[int, int]]:
    """Give base64 that begins a private key in DER without any marker around it."""
    past = 0
    for match in _DER.finditer(text):
        if match.start() < past or not der_private_key(match.group()[:64]):
            continue
        past = max(match.end(), body_on(text, match.start(), min(len(text), match.start() + MAX_WINDOW_CHARS)))
        if past - match.start() >= 44:
            yield match.start(), past


def headless_keys(text: str) -> Iterator[tuple[int, int]]:
    """Give the body above an end marker whose beginning was cut off."""
    past = 0
    for match in END_KEY.finditer(text):
        start = body_back(text, match.start(), past)
        past = match.end()
        if start < match.start():
            yield start, match.end()


def web_keys(text: str) -> Iterator[tuple[int, int]]:
    """Give the private members of JSON Web Keys (RFC 7517)."""
    past = 0
    for match in _KTY.finditer(text):
        if match.start() < past:
            continue
        start = max(text.rfind("{", max(0, match.start() - MAX_WINDOW_CHARS), match.start()), 0)
        end = text.find("}", match.end(), match.end() + MAX_WINDOW_CHARS)
        past = end if end >= 0 else min(len(text), match.end() + MAX_WINDOW_CHARS)
        for member in _MEMBER.finditer(text, start, past):
            yield member.span(1)


def secret_manifest(text: str) -> Iterator[tuple[int, int]]:
    """Give the values under `data` of a Kubernetes secret in YAML."""
    past = 0
    for block in _DATA.finditer(text):
        indent, at = len(block[1]), block.end()
        if at < past:
            continue
        stop = min(len(text), at + MAX_WINDOW_CHARS)
        for line in re.finditer(r"\n([^\n]*)", text[at:stop]):
            content = line[1]
            if not content.strip():
                continue
            if len(content) - len(content.lstrip()) <= indent:
                break
            past = at + line.end()
            entry = _ENTRY.match(content)
            if entry and not entry[2].startswith(("#", "|", ">", "$", "{")):
                yield at + line.start(1) + entry.start(2), at + line.start(1) + entry.end(2)
