"""Secrets in well-known files whose form, not a word beside the value, says what they are."""

from __future__ import annotations

from redaction import accept_secret, key_material
from redaction.own.words import QUOTE, SPACE
from redaction.rules import Rule

GROUP = "file"

FILES = (
    Rule(
        name="netrc",
        group=GROUP,
        entity="PASSWORD",
        pattern=r"(?i)\b(?:machine|default|login)\b[^\n]{0,200}?(?:\s{1,40}(?:login|account)\s{1,20}[^\s]{1,120})?\s{1,40}password\s{1,20}[\"']?([^\s\"'\\]{3,256})",
        capture=1,
        accept=accept_secret.literal,
    ),
    Rule(
        name="pgpass",
        group=GROUP,
        entity="PASSWORD",
        nominate=r":(?:\d{2,5}|\*):[A-Za-z0-9_*.-]{1,63}:[A-Za-z0-9_*.@-]{1,63}:",
        pattern=r"(?:^|\s|→|\||^[+-])(?:[A-Za-z0-9*][A-Za-z0-9._-]{0,80}):(?:\d{2,5}|\*):[A-Za-z0-9_*.-]{1,63}:[A-Za-z0-9_*.@-]{1,63}:([^\s:]{3,128})[ \t\r]*$",
        capture=1,
        accept=accept_secret.literal,
    ),
    Rule(
        name="registry-auth",
        group=GROUP,
        entity="AUTH_HEADER",
        pattern=rf"(?i){QUOTE}(?:_?auth|identitytoken|registrytoken|_authtoken|_password){QUOTE}{SPACE}:{SPACE}{QUOTE}([A-Za-z0-9+/=._-]{{8,}})",
        capture=1,
        accept=accept_secret.literal,
    ),
    Rule(
        name="npmrc",
        group=GROUP,
        entity="AUTH_HEADER",
        pattern=r"(?i)(?:^|[\s:/→|])_(?:auth|authtoken|password)[ \t]{0,3}=[ \t]{0,3}[\"']?([^\s\"'\\$]{6,})",
        capture=1,
        accept=accept_secret.literal,
    ),
    Rule(
        name="encoded-password-element",
        group=GROUP,
        entity="PASSWORD",
        pattern=r"(?i)<(?:pass|password|pwd)[ \t]encoding=[\"'\\]{1,3}[a-z0-9]{2,12}[\"'\\]{1,3}[^<>]{0,40}>([^\s<>]{3,512})<",
        capture=1,
    ),
    Rule(
        name="firefox-logins",
        group=GROUP,
        entity="PASSWORD",
        pattern=rf"(?i){QUOTE}encrypted(?:username|password){QUOTE}{SPACE}:{SPACE}{QUOTE}([A-Za-z0-9+/=]{{16,}})",
        capture=1,
    ),
    Rule(
        name="putty-key",
        group="private-key-block",
        entity="PRIVATE_KEY",
        pattern=r"Private-Lines:[ \t]{0,3}\d{1,4}",
        finder=key_material.putty_keys,
    ),
    Rule(
        name="private-key-body",
        group="private-key-block",
        entity="PRIVATE_KEY",
        pattern=r"(?:^|[^A-Za-z0-9+/=])(?:MI[A-Za-z0-9+/]{2}[A-P][A-Za-z0-9+/]{5}|MH[A-Za-z0-9+/]{2}A[A-Za-z0-9+/]{5}|MC[A-Za-z0-9+/]{2}A[A-Za-z0-9+/]{5}|MG[A-Za-z0-9+/]{2}A[A-Za-z0-9+/]{5})",
        finder=key_material.der_keys,
    ),
    Rule(
        name="private-key-end",
        group="private-key-block",
        entity="PRIVATE_KEY",
        pattern=r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
        finder=key_material.headless_keys,
    ),
    Rule(
        name="json-web-key",
        group="private-key-block",
        entity="PRIVATE_KEY",
        pattern=rf"{QUOTE}kty{QUOTE}",
        finder=key_material.web_keys,
    ),
    Rule(
        name="kubernetes-secret",
        group=GROUP,
        entity="SECRET",
        pattern=r"(?i)\bkind(?:\\{0,4}[\"'])?:[ \t]{0,3}(?:\\{0,4}[\"'])?Secret(?:List)?\b",
        finder=key_material.secret_manifest,
    ),
    Rule(
        name="login-call",
        group=GROUP,
        entity="PASSWORD",
        # conn.login('ada@...', 'value'), new Basic("user", "value"), connect(host, "user", "value")
        pattern=rf"(?i)(?:\.log_?(?:in|on)|authenticate|basic_?auth|(?:set|with|use)_?credentials?|Credentials?|HTTPBasicAuth|auth|login_?with_?password|connect)"
        rf"{SPACE}[(=]{SPACE}\(?[^\n()]{{0,120}}?{QUOTE}[^\"'`\\\n]{{1,100}}{QUOTE},\s{{0,20}}{QUOTE}([^\s\"'`\\]{{4,200}}){QUOTE}",
        capture=1,
        accept=accept_secret.in_prose,
    ),
    Rule(
        name="shadow-line",
        group=GROUP,
        entity="PASSWORD",
        pattern=r"(?m)(?:^|\s|→)[a-z_][a-z0-9_-]{0,31}:(\$[0-9a-z]{1,8}\$[^\s:]{8,200}):\d{0,6}:",
        capture=1,
    ),
    Rule(
        name="file-of-hex-key",
        group=GROUP,
        entity="SECRET",
        pattern=r"(?i)(?:master\.key|secret[_-]?key|\.key)\b[^\n]{0,40}\n[^\n]{0,20}?\b([0-9a-f]{32}|[0-9a-f]{64})\b",
        capture=1,
    ),
    Rule(
        name="registration-key",
        group=GROUP,
        entity="SECRET",
        pattern=r"(?i)\b(?:product|license|serial|activation|registration|cd)[ _-]?(?:key|code|number|no)\b[^\n]{0,12}?[:=#][ \t\"']{0,6}((?:[A-Z0-9]{4,8}-){2,6}[A-Z0-9]{4,8})\b",
        capture=1,
    ),
)
