"""Independent checks of the second scan: written apart from the first pass, sharing no pattern of it.

Each check reads bytes and gives (start, end) of what should not be there. Coarse expressions nominate places, plain
code decides. Allow lists are shared on purpose: they are policy, not detection.
"""

from __future__ import annotations

import ipaddress
import math
from collections import Counter
from collections.abc import Callable, Iterator

import re2

from redaction.accept import is_placeholder
from redaction.allowed import (
    AGENT_NAMES,
    ALLOWED_ADDRESSES,
    GENERIC_USERS,
    NOT_EMAIL_ENDINGS,
    points_to_nobody,
)
from redaction.second_numbers import NUMBER_CHECKS

Check = Callable[[bytes], Iterator[tuple[int, int]]]
_LOCAL = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-")
_HOST = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_VALUE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=_-.~!@#$%^&*?")
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
_REACH = 80

_KEYWORDS = re2.compile(rb"(?i)(?:password|passwd|secret|api_?key|access_?key|auth_?token|access_?token|credential)")
_SCHEMES = re2.compile(rb"(?i)\b(?:bearer|basic) +")
_SOCIAL = re2.compile(rb"(?i)(?:ssn|social security)")
_PLUS = re2.compile(rb"\+[1-9][0-9 ().-]{8,20}[0-9]")
_QUAD = re2.compile(rb"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_SIGNED = re2.compile(rb"(?:Author|Committer|Co-[Aa]uthored-[Bb]y|Signed-off-by): ?")


def assigned_values(data: bytes) -> Iterator[tuple[int, int]]:
    """Quoted values of 12 and more characters after a secret-like word and a sign of assignment, if they look random."""
    for match in _KEYWORDS.finditer(data):
        at = match.end()
        at = _past(data, at, _WORD)
        gap = data[at : at + 8]
        signs = gap.lstrip(b"\"' \t")
        if signs[:1] not in (b"=", b":"):
            continue
        rest = data[at + len(gap) - len(signs) + 1 :][:_REACH]
        opened = rest.lstrip(b" \t=")
        start = at + len(gap) - len(signs) + 1 + len(rest) - len(opened)
        if opened[:1] not in (b'"', b"'"):
            continue
        end = _past(data, start + 1, _VALUE)
        value = data[start + 1 : end]
        if data[end : end + 4].lstrip(b" ")[:1] == opened[:1] and _looks_random(value):
            yield start + 1, end


def url_credentials(data: bytes) -> Iterator[tuple[int, int]]:
    """A password between user and host of a URL."""
    at = data.find(b"://")
    while at >= 0:
        stop = at + 3
        while stop < len(data) and stop < at + 260 and data[stop] > 32 and data[stop] not in b"/\"'<>\\`":
            stop += 1
        authority = data[at + 3 : stop]
        userinfo, sign, _ = authority.rpartition(b"@")
        user, colon, password = userinfo.partition(b":")
        plain = password.decode("utf-8", "replace")
        if sign and colon and len(password) >= 6 and plain[0] not in "$%{<*[" and not is_placeholder(plain):
            yield at + 3 + len(user) + 1, at + 3 + len(userinfo)
        at = data.find(b"://", at + 3)


def auth_headers(data: bytes) -> Iterator[tuple[int, int]]:
    """A credential after an authorization scheme."""
    for match in _SCHEMES.finditer(data):
        end = _past(data, match.end(), _VALUE)
        if _looks_random(data[match.end() : end]):
            yield match.end(), end


def private_keys(data: bytes) -> Iterator[tuple[int, int]]:
    """A private key marker with something like key material after it."""
    at = data.find(b"PRIVATE KEY")
    while at >= 0:
        body = data[at + 11 : at + 400]
        opening, sign, rest = body.partition(b"-----")
        material = rest.partition(b"-----")[0].replace(b"\\", b"\n")
        longest = max(material.split(), key=len, default=b"")
        varied = len(longest) >= 32 and len(set(longest)) >= 12
        begins = b"BEGIN" in data[max(at - 40, 0) : at]
        if begins and sign and opening in (b"", b" BLOCK") and sum(b in _BASE64 for b in material) >= 48 and varied:
            yield at, at + 11
        at = data.find(b"PRIVATE KEY", at + 11)


def email_addresses(data: bytes) -> Iterator[tuple[int, int]]:
    """An at sign with a local part before and a dotted host after."""
    at = data.find(b"@")
    while at >= 0:
        start, end = at, at + 1
        while start > 0 and at - start < 64 and data[start - 1] in _LOCAL:
            start -= 1
        while end < len(data) and end - at < 254 and data[end] in _HOST:
            end += 1
        if start < at and _personal(data[start:at].decode("ascii"), data[at + 1 : end].decode("ascii")):
            yield start, end
        at = data.find(b"@", at + 1)


def home_paths(data: bytes) -> Iterator[tuple[int, int]]:
    """A user's name in a home directory."""
    for marker in (b"/home/", b"/Users/"):
        at = data.find(marker)
        while at >= 0:
            start = at + len(marker)
            end = _past(data, start, _WORD, 64)
            user = data[start:end].decode("ascii").lower().strip(".")
            if user not in GENERIC_USERS and any(c.isalpha() for c in user):
                yield start, end
            at = data.find(marker, at + 1)


def social_security(data: bytes) -> Iterator[tuple[int, int]]:
    """Nine digits in the customary groups soon after the words."""
    for match in _SOCIAL.finditer(data):
        near = data[match.end() : match.end() + 24]
        for at in range(len(near) - 10):
            part = near[at : at + 11]
            groups = part.split(b"-")
            if [len(g) for g in groups] == [3, 2, 4] and all(g.isdigit() for g in groups) and groups[0] < b"900":
                yield match.end() + at, match.end() + at + 11


def phone_numbers(data: bytes) -> Iterator[tuple[int, int]]:
    """A plus sign, a country code, and at least three groups of digits."""
    for match in _PLUS.finditer(data):
        if match.start() and (
            chr(data[match.start() - 1]).isalnum() or data[match.start() - 1 : match.start()] in b"_+."
        ):
            continue
        groups = match.group()[1:].split(b" ")
        digits = sum(len(g) for g in groups)
        sizes = [len(g) for g in groups]
        shaped = len(groups) >= 4 and 1 <= sizes[0] <= 3 and all(2 <= size <= 4 for size in sizes[1:])
        if shaped and all(g.isdigit() for g in groups) and 9 <= digits <= 15 and len(set(match.group())) > 5:
            yield match.span()


def public_addresses(data: bytes) -> Iterator[tuple[int, int]]:
    """An IPv4 address of the public internet that follows a space, a quote or an at sign."""
    for match in _QUAD.finditer(data):
        if data[match.start() - 1 : match.start()] not in (b" ", b'"', b"'", b"@", b"/", b"\n"):
            continue
        if any(len(part) > 3 for part in match.group().split(b".")) or chr(data[match.end()]).isalnum():
            continue
        try:
            address = ipaddress.IPv4Address(match.group().decode())
        except ValueError:
            continue
        numbers = address.packed
        public = address.is_global and not address.is_multicast and str(address) not in ALLOWED_ADDRESSES
        version = max(numbers) <= 20 or numbers[0] < 20 or b"ersion" in data[max(match.start() - 12, 0) : match.start()]
        if public and not version:
            yield match.span()


def git_names(data: bytes) -> Iterator[tuple[int, int]]:
    """A person's name before an address in a line of git."""
    for match in _SIGNED.finditer(data):
        line = data[match.end() : match.end() + _REACH].split(b"\n")[0]
        name, sign, rest = line.partition(b"<")
        text = name.strip().decode("utf-8", "replace")
        if not sign or b"@" not in rest.partition(b">")[0] or len(text) < 3 or not text[:1].isupper():
            continue
        if not all(c.isalpha() or c in " .-" for c in text) or any(text.lower().startswith(a) for a in AGENT_NAMES):
            continue
        yield match.end(), match.end() + len(name)


def _past(data: bytes, at: int, allowed: frozenset[int], most: int = 512) -> int:
    end = min(len(data), at + most)
    while at < end and data[at] in allowed:
        at += 1
    return at


def _personal(local: str, host: str) -> bool:
    host = host.lower().rstrip(".-")
    labels = host.split(".")
    if len(labels) < 2 or not labels[-1].isalpha() or not 2 <= len(labels[-1]) <= 24 or "" in labels:
        return False
    return labels[-1] not in NOT_EMAIL_ENDINGS and not points_to_nobody(local.lower(), host)


def _looks_random(value: bytes) -> bool:
    if len(value) < 12 or value[:1] in b"$%./" or is_placeholder(value.decode("ascii", "replace")):
        return False
    counts = Counter(value)
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    kinds = any(48 <= b <= 57 for b in value) + any(97 <= b <= 122 for b in value) + any(65 <= b <= 90 for b in value)
    return bits >= 3.2 and kinds >= 2 and any(48 <= b <= 57 for b in value)


CHECKS: tuple[tuple[str, Check], ...] = (
    ("assigned-value", assigned_values),
    ("url-credential", url_credentials),
    ("auth-header", auth_headers),
    ("private-key", private_keys),
    ("email-address", email_addresses),
    ("home-path", home_paths),
    ("social-security", social_security),
    ("phone-number", phone_numbers),
    ("public-address", public_addresses),
    ("git-name", git_names),
    *NUMBER_CHECKS,
)
"""(name, check) of every independent check; each must find its canary in every batch."""
