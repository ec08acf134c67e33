"""Addresses, numbers and names that lead to a person, a machine or an account."""

from __future__ import annotations

from redaction import accept, accept_contact, checksums
from redaction.rules import Rule

_EMAIL = r"([A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})"


def _iban() -> str:
    """Give a pattern in which each country has its length: the word or year behind an account number is no part of it."""
    by_length: dict[int, list[str]] = {}
    for country, length in sorted(accept.IBAN_LENGTHS.items()):
        by_length.setdefault(length, []).append(country)
    group = "[ -]?[A-Z0-9]"
    return "|".join(
        rf"(?:{'|'.join(countries)})\d{{2}}(?:{group}{{4}}){{{length // 4 - 1}}}"
        + (f"{group}{{{length % 4}}}" if length % 4 else "")
        for length, countries in sorted(by_length.items())
    )


CONTACT = (
    Rule(
        name="email",
        group="email",
        entity="EMAIL_ADDRESS",
        # Beginning with a letter or digit: the sign of a line in a diff is no part of the address behind it.
        # What stands before the host of a URL is a user, and no address unless a password follows.
        pattern=rf"(?:[a-z][a-z0-9+.-]{{1,20}}://(?:{_EMAIL}:[^\s/@\"'<>\\`]{{1,200}}@|[^\s/@\"'<>\\`]{{1,200}}@)|{_EMAIL})",
        nominate=r"[A-Za-z0-9._%+-]@[A-Za-z0-9-]{1,63}\.",
        accept=accept_contact.email,
    ),
    Rule(
        name="phone-international",
        group="phone",
        entity="PHONE_NUMBER",
        pattern=r"(?:^|[^\w+. -]|[^\d][ ])((?:\+|00)[1-9]\d{0,2}[ .-]?\(?\d{1,4}\)?(?:[ .-]?\d{2,4}){2,4})\b",
        capture=1,
        accept=accept_contact.international_phone,
    ),
    Rule(
        name="phone-named",
        group="phone",
        entity="PHONE_NUMBER",
        pattern=r"(?i)\b(?:phone|mobile|telephone|tel|cell|fax|whatsapp|sms|call (?:me|us|him|her)?(?: ?(?:at|on))?|text me(?: at)?|dial|hotline|contact)(?:[ _-]?(?:number|no\.?|nr\.?|#))?"
        r"[\"']?[ \t]{0,3}(?:is|was|:|=|>|at)?[ \t]{0,3}[\"']?(\+?\(?\d[\d ().-]{6,20}\d)",
        capture=1,
        accept=accept.phone,
    ),
    Rule(
        name="phone-north-america",
        group="phone",
        entity="PHONE_NUMBER",
        pattern=r"(?:^|[\s\"'(:>,])((?:\+?1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[.-]\d{4}(?: ?(?:x|ext\.?) ?\d{1,6})?)(?:[\s\"'),.;<]|$)",
        capture=1,
        accept=accept.phone,
    ),
    Rule(
        name="card",
        group="card",
        entity="CREDIT_CARD",
        pattern=r"\b(\d(?:[ -]?\d){11,18})\b",
        capture=1,
        accept=accept.luhn,
    ),
    Rule(
        name="iban",
        group="iban",
        entity="IBAN_CODE",
        pattern=rf"(?i)\b({_iban()})\b",
        nominate=rf"(?i)\b(?:{'|'.join(accept.IBAN_LENGTHS)})\d{{2}}(?:[ -]?[A-Z0-9]{{4}}){{2}}[ -]?[A-Z0-9]{{3}}",
        capture=1,
        accept=accept.iban,
    ),
    Rule(
        name="ssn",
        group="ssn",
        entity="US_SSN",
        pattern=r"(?i)(?:\bssn|social[ _-]?security)[^\n\d]{0,40}(\d{3}[- ]?\d{2}[- ]?\d{4})\b",
        capture=1,
        accept=accept.ssn,
    ),
    Rule(
        name="ssn-bare",
        group="ssn",
        entity="US_SSN",
        pattern=r"(?:^|[\s\"'(:,>])(\d{3}-\d{2}-\d{4})(?:[\s\"'),.;<]|$)",
        capture=1,
        accept=accept_contact.bare_ssn,
    ),
    Rule(
        name="ip4",
        group="ip",
        entity="IP_ADDRESS",
        nominate=r"\d\.\d{1,3}\.\d{1,3}\.\d",
        pattern=r"(?:(?:version|release|chrome|safari|firefox|edge|webkit|build|v8|guile)\W{0,5}|[^\d.A-Za-z]|^|v)((?:\d{1,3}\.){3}\d{1,3})\b",
        capture=1,
        accept=accept.public_address,
    ),
    Rule(
        name="ip6",
        group="ip",
        entity="IP_ADDRESS",
        nominate=r"[0-9A-Fa-f]::|:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:",
        pattern=r"(?:^|[^\w:.])((?:[0-9A-Fa-f]{1,4}:){1,7}(?::?[0-9A-Fa-f]{1,4}){1,7}|(?:[0-9A-Fa-f]{1,4}:){2,7}:)",
        capture=1,
        accept=accept.public_address,
    ),
    Rule(
        name="mac",
        group="mac",
        entity="MAC_ADDRESS",
        pattern=r"(?:^|[^0-9A-Za-z:-])((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2})(?:[^0-9A-Za-z:-]|$)",
        capture=1,
        accept=accept_contact.mac,
    ),
    Rule(
        name="bitcoin",
        group="crypto",
        entity="CRYPTO",
        pattern=r"\b((?:[13mn2][1-9A-HJ-NP-Za-km-z]{25,34}|(?:bc1|tb1|BC1)[02-9ac-hj-np-zAC-HJ-NP-Z]{11,71}|[5KL9c][1-9A-HJ-NP-Za-km-z]{50,51}))\b",
        capture=1,
        accept=checksums.bitcoin,
    ),
    Rule(
        name="ethereum",
        group="crypto",
        entity="CRYPTO",
        pattern=r"(?i)(?:(?:wallet|eth|ethereum|address|contract|crypto)[^\n]{0,24}?)?\b(0x[0-9a-f]{40})\b",
        capture=1,
        accept=checksums.ethereum,
    ),
)

IDENTITY = (
    Rule(
        name="home-path",
        group="home-path",
        entity="USER",
        pattern=r"(?:/home|/Users|/usr/home|/mnt/[a-z]/Users|/[a-z]/Users|[A-Za-z]:[\\/]{1,4}Users|[A-Za-z]:[\\/]{1,4}Documents and Settings)[\\/]{1,4}([A-Za-z0-9._-]{1,64})",
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
        pattern=r"(?i)(?:^|[^A-Za-z])(?:author|committer|co-authored-by|signed-off-by|reviewed-by|acked-by|tested-by|reported-by|suggested-by|helped-by|tagger|merged-by|cc)"
        r"[ \t]{0,3}:?[ \t]{1,6}([^<>\n\"'\\:=(){}]{2,80}?)[ \t]{0,3}<[^<>\s]{1,80}@",
        capture=1,
        accept=accept.person,
    ),
    Rule(
        name="git-config-name",
        group="git-identity",
        entity="PERSON",
        pattern=r"(?i)(?:\[user\][^\[\]]{0,200}?\bname[ \t]{0,3}=|git config (?:--[a-z-]{4,12} ){0,3}user\.name|GIT_(?:AUTHOR|COMMITTER)_NAME=|user\.name=)[ \t]{0,3}[\"']?([^<>\n\"'\\:=(){}$]{3,60})",
        capture=1,
        accept=accept.person,
    ),
)
