"""Passwords in SQL statements and the hashes of passwords in any text."""

from __future__ import annotations

from redaction import accept_secret
from redaction.own.words import ESCAPE, QUOTE
from redaction.rules import Rule

GROUP = "statement"
_VALUE = rf"{QUOTE}([^\s\"'`\\]{{3,512}})"
_OR_BARE = rf"(?:{QUOTE})?([^\s\"'`\\;,()]{{4,512}})"

STATEMENTS = (
    Rule(
        name="sql-identified",
        group=GROUP,
        entity="PASSWORD",
        pattern=rf"(?i)\bidentified[ \t\n]{{1,8}}(?:with[ \t\n]{{1,8}}(?:{QUOTE})?[a-z0-9_]{{2,40}}(?:{QUOTE})?[ \t\n]{{1,8}})?"
        rf"(?:by|as|using)[ \t\n]{{1,8}}(?:password[ \t]{{1,4}}|values[ \t]{{1,4}})?{_OR_BARE}",
        capture=1,
        accept=accept_secret.identified,
    ),
    Rule(
        name="sql-password",
        group=GROUP,
        entity="PASSWORD",
        pattern=rf"(?i)\bpassword(?:[ \t\n]{{1,4}}for[ \t\n]{{1,4}}[^\n=;]{{1,80}})?[ \t\n]{{0,4}}(?:[=(]|to|is|as|by)?[ \t\n]{{0,4}}"
        rf"(?:password[ \t]{{0,4}}\(|hashed[ \t]{{1,4}})?[ne]?{_VALUE}",
        capture=1,
        accept=accept_secret.quoted,
    ),
)

HASHES = (
    Rule(
        name="hash-crypt",
        group="password-hash",
        entity="PASSWORD",
        pattern=r"(\$(?:1|5|6|7|y|gy|apr1|md5|sha1|2[abxy]?|argon2(?:id?|d)|scrypt|pbkdf2(?:-sha\d{1,3})?|P|H|S|B)\$[./A-Za-z0-9=,$+_-]{20,256})",
        capture=1,
    ),
    Rule(
        name="hash-ldap",
        group="password-hash",
        entity="PASSWORD",
        pattern=r"(?i)(\{(?:s?sha(?:256|384|512)?|s?md5|crypt|pbkdf2[a-z0-9-]{0,8}|argon2)\}[./A-Za-z0-9+=$,]{12,256})",
        capture=1,
    ),
    Rule(
        name="hash-named",
        group="password-hash",
        entity="PASSWORD",
        pattern=r"\b((?:pbkdf2_sha(?:1|256|512)|pbkdf2:sha\d{1,3}(?::\d{1,8})?|bcrypt(?:_sha256)?|argon2|scrypt(?::\d{1,8}){0,3}|md5|sha1)\$[^\s\"'`\\<>,;]{20,256})",
        capture=1,
    ),
    Rule(
        name="hash-mysql",
        group="password-hash",
        entity="PASSWORD",
        pattern=rf"(?:{ESCAPE}[\"'`]|\s|:)(\*[0-9A-F]{{40}})\b",
        capture=1,
    ),
    Rule(
        name="hash-account-line",
        group="password-hash",
        entity="PASSWORD",
        # A line of .htpasswd or of an old passwd file: name, colon, thirteen characters of DES crypt.
        pattern=r"(?:^|→)[+-]?[A-Za-z_][A-Za-z0-9._-]{0,31}:([./A-Za-z0-9]{13})(?::[^\n]{0,200})?$",
        capture=1,
        accept=accept_secret.des_crypt,
    ),
    Rule(
        name="hash-windows",
        group="password-hash",
        entity="PASSWORD",
        pattern=r"\b((?:[0-9a-fA-F]{32}|NO PASSWORD\*{21}):[0-9a-fA-F]{32}):::",
        capture=1,
    ),
)
