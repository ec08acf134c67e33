"""First-pass rules written for this project: assignments, credentials in URLs and headers, contact and identity data.

Every pattern is in RE2 syntax and runs over UTF-8 bytes. Quantifiers are bounded so that the compiled set stays small.
"""

from __future__ import annotations

from redaction import accept
from redaction.blocks import BEGIN_KEY, key_blocks
from redaction.rules import Rule
from redaction.views import BASE64_PROBE, HEX_PROBE

_WORD = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|credentials?|api[_.-]?key|apikey|access[_.-]?key|secret[_.-]?key"
    r"|private[_.-]?key|auth[_.-]?key|encryption[_.-]?key|signing[_.-]?key|account[_.-]?key|master[_.-]?key"
    r"|client[_.-]?secret|service[_.-]?key|storage[_.-]?key|shared[_.-]?key|ssh[_.-]?key|salt|jwt|bearer|cookie|session[_.-]?key)"
)
_NAME = rf"{_WORD}(?:[_.-][A-Za-z0-9_.-]{{0,24}}|(?-i:[0-9A-Z][A-Za-z0-9]{{0,16}}))?"
_ESC = r"\\{0,4}"
_QUOTE = rf"{_ESC}[\"'`]"
_SIGN = r"(?::=|=>|==?|:|,)"
_VALUE = r"([^\s\"'`\\,;<>(){}\[\]]{4,512})"
_QUOTED = r"([^\s\"'`\\]{4,512})"

KEY_NAME = rf"(?i)^[A-Za-z0-9_.-]{{0,40}}{_NAME}$"
"""Names of JSON keys whose string value is judged like an assigned value."""

_ASSIGNMENT = (
    Rule(
        name="assignment-quoted",
        group="assignment",
        entity="PASSWORD",
        pattern=rf"(?i){_NAME}(?:{_QUOTE})?[ \t]{{0,4}}{_SIGN}[ \t]{{0,4}}[a-z]{{0,2}}{_QUOTE}{_QUOTED}",
        capture=1,
        accept=accept.assigned_password,
    ),
    Rule(
        name="assignment-plain",
        group="assignment",
        entity="PASSWORD",
        pattern=rf"(?i){_NAME}(?:{_QUOTE})?[ \t]{{0,4}}(?::=|=>|=|:)[ \t]{{0,4}}{_VALUE}",
        capture=1,
        accept=accept.assigned_secret,
    ),
    Rule(
        name="command-password",
        group="assignment",
        entity="PASSWORD",
        pattern=rf"(?i)(?:\bpassword|--?{_NAME})[ =]{_ESC}[\"'`]?{_VALUE}",
        capture=1,
        accept=accept.assigned_secret,
    ),
)

_TRANSPORT = (
    Rule(
        name="url-credential",
        group="url-credential",
        entity="URL_CREDENTIAL",
        pattern=r"[A-Za-z][A-Za-z0-9+.-]{1,20}:(?:\\?/){2}[^\s/:@\"'<>\\`]{0,100}:([^\s/@\"'<>\\`]{1,200})@",
        capture=1,
        accept=accept.url_password,
    ),
    Rule(
        name="auth-header",
        group="auth-header",
        entity="AUTH_HEADER",
        pattern=rf"(?i)\b(?:bearer|basic|digest|token)[ \t]{{1,4}}{_ESC}[\"'`]?([A-Za-z0-9._~+/=-]{{12,}})",
        capture=1,
        accept=accept.header_value,
    ),
    Rule(
        name="auth-header-key",
        group="auth-header",
        entity="AUTH_HEADER",
        pattern=rf"(?i)\b(?:x-[a-z-]{{0,24}}(?:key|token|auth|secret)|authorization|api-key|set-cookie|cookie)(?:{_QUOTE})?"
        rf"[ \t]{{0,4}}[:=][ \t]{{0,4}}(?:{_QUOTE})?([^\s\"'`\\,;<>]{{8,}})",
        capture=1,
        accept=accept.header_value,
    ),
)

_CONTACT = (
    Rule(
        name="email",
        group="email",
        entity="EMAIL_ADDRESS",
        # Beginning with a letter or digit: the sign of a line in a diff is no part of the address behind it.
        pattern=r"[A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}",
        capture=0,
        accept=accept.email,
    ),
    Rule(
        name="phone-international",
        group="phone",
        entity="PHONE_NUMBER",
        pattern=r"(?:^|[^\w+.])(\+[1-9]\d{0,2}[ .-]?\(?\d{1,4}\)?(?:[ .-]\d{2,4}){2,4})\b",
        capture=1,
        accept=accept.phone,
    ),
    Rule(
        name="phone-named",
        group="phone",
        entity="PHONE_NUMBER",
        pattern=r"(?i)\b(?:phone|mobile|telephone|tel|cell|fax|whatsapp|call me (?:at|on))(?: ?(?:number|no\.?|nr\.?))?"
        r"[\"']?[ \t]{0,3}(?:is|:|=)?[ \t]{0,3}[\"']?(\+?\(?\d[\d ().-]{6,20}\d)",
        capture=1,
        accept=accept.phone,
    ),
    Rule(
        name="card",
        group="card",
        entity="CREDIT_CARD",
        pattern=r"\b(\d(?:[ -]?\d){12,18})\b",
        capture=1,
        accept=accept.luhn,
    ),
    Rule(
        name="iban",
        group="iban",
        entity="IBAN_CODE",
        pattern=r"\b([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)\b",
        capture=1,
        accept=accept.iban,
    ),
    Rule(
        name="ssn",
        group="ssn",
        entity="US_SSN",
        pattern=r"(?i)(?:\bssn|social security)[^\n\d]{0,30}(\d{3}[- ]?\d{2}[- ]?\d{4})\b",
        capture=1,
        accept=accept.ssn,
    ),
    Rule(
        name="ip4",
        group="ip",
        entity="IP_ADDRESS",
        pattern=r"(?:version\W{0,4}|[^\d.A-Za-z]|^|v)((?:\d{1,3}\.){3}\d{1,3})\b",
        capture=1,
        accept=accept.public_address,
    ),
    Rule(
        name="ip6",
        group="ip",
        entity="IP_ADDRESS",
        pattern=r"(?:^|[^\w:.])((?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){1,6})\b",
        capture=1,
        accept=accept.public_address,
    ),
)

_BLOCKS = (
    Rule(
        name="private-key-block",
        group="private-key-block",
        entity="PRIVATE_KEY",
        pattern=BEGIN_KEY,
        finder=key_blocks,
    ),
)

_IDENTITY = (
    Rule(
        name="home-path",
        group="home-path",
        entity="USER",
        pattern=r"(?:/home|/Users|/usr/home|[A-Za-z]:[\\/]{1,4}Users)[\\/]{1,4}([A-Za-z0-9._-]{1,64})",
        capture=1,
        accept=accept.home_user,
    ),
    Rule(
        name="home-path-dashed",
        group="home-path",
        entity="USER",
        pattern=r"(?:^|[^A-Za-z0-9])-(?:home|Users)-([A-Za-z0-9._]{1,64})",
        capture=1,
        accept=accept.home_user,
    ),
    Rule(
        name="git-identity",
        group="git-identity",
        entity="PERSON",
        pattern=r"(?i)(?:^|\s|[\"'])(?:author|committer|co-authored-by|signed-off-by|reviewed-by|acked-by|tagger)"
        r"[ \t]{0,3}:?[ \t]{1,4}([^<>\n\"'\\:=(){}]{2,80}?)[ \t]{0,3}<[^<>\s]{1,80}@",
        capture=1,
        accept=accept.person,
    ),
)


PROBE = "probe"
"""Group of the patterns that only say that a text holds something encoded; what is decoded is then scanned itself."""

_PROBES = (
    Rule(name="base64", group=PROBE, entity="", pattern=BASE64_PROBE),
    Rule(name="hex", group=PROBE, entity="", pattern=HEX_PROBE),
)


def own_rules() -> tuple[Rule, ...]:
    """Give every rule written here."""
    return _PROBES + _BLOCKS + _ASSIGNMENT + _TRANSPORT + _CONTACT + _IDENTITY
