"""Validators of secrets by the place they stand at: which values of an assignment, option or statement are real."""

from __future__ import annotations

import re

from redaction.accept import UUID, assigned_secret, entropy, is_placeholder
from redaction.program_words import PROGRAM_PARTS, PROGRAM_WORDS, WORDS

_REFERENCE = re.compile(
    r"\$[{(\[]|\$\$?[A-Za-z_]\w*(?:$|[-.\[{(/:])|%[A-Za-z_][\w.]*%?$|%[({]|\{\{|#\{|@\{|[&*@#:][A-Za-z_][A-Za-z_.]*$|<[^<>]*>?$|\[[^\]]*\]?$"
    r"|\{[A-Za-z_.]*\}?$|--?[a-z]|\.{0,2}/|~/|[a-z]{2,8}://|[A-Za-z]:\\|\\"
    r"|(?:os|process|self|this|req|cfg|config|env|args|opts|options|ctx|settings|data|params|secrets|vars|var|local|module|crypto"
    r"|string|utils?|app|state|form|user|body|props|event|request|response|std|fmt|math|random|uuid|path|System|Environment)\.[A-Za-z_]"
    r"|[A-Za-z_][\w.]*[(\[]"
)
"""What begins like this names a value kept elsewhere."""
_NAME = re.compile(
    r"[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+|[a-z]+(?:[A-Z][a-z]+)+\d?|[A-Za-z]+(?:[_/.-]+[A-Za-z]+)*[.,:!?]*|[A-Z]+(?:_[A-Z0-9]+)+"
)
_SLUG = re.compile(r"[#+]?(?:[a-z]+\d{0,2}|\d+|v\d+|[0-9a-f]{1,12})(?:[-_./:@]+(?:[a-z]+\d{0,3}|\d+|v\d+))+")
"""Words and numbers with signs between them: identifiers that people make up, branches, dates, versions."""
_FORMAT = re.compile(
    r"(?:hkdf-|hmac-)?(?:utf|latin|iso|cp|sha|md|aes|rsa|hmac|base|hs|rs|es|ps|ed|x|ecdsa|blake|windows|ascii|apache|gpl|lgpl|mit|bsd|mpl|cc)"
    r"[-_]?\d[\d.+_-]*(?:[-_][a-z]{2,8}){0,2}",
    re.IGNORECASE,
)
"""Names of encodings, algorithms and licences."""
_CAMEL = re.compile(r"[A-Z][a-z]{2,}")
_SENTENCE = re.compile(r"[A-Za-z]+['’][a-z]{1,2}$|[a-z]+-[a-z]+(?:-[a-z]+)*[.:,]?$")
_FILE = re.compile(r"[\w./-]+\.(?:[a-z]{1,4}|json|yaml|toml|conf|html|class|proto)\d?$", re.IGNORECASE)
_NUMBER = re.compile(r"[\d.,:+-]+(?:px|em|rem|ms|s|m|h|d|kb|mb|gb|%)?$", re.IGNORECASE)
_HEX = re.compile(r"(?:0x)?[0-9a-f]+$", re.IGNORECASE)
_CODE_MARKS = re.compile(r"=>|\(\)|\);|&&|\|\||==|::|->|</|/>")
_PASSWORD_NAME = re.compile(
    r"(?:pa{1,2}ss?[a-z]?w[a-z]{0,4}d|passphrase|passw|pwd|pass|pword|pw)[\"'`\\]{0,6}\]?\s{0,4}(?::=|=>|[!=]?==?|:)\s{0,4}[a-z]{0,2}[\\\"'`]{0,6}$",
    re.IGNORECASE,
)
_LONG_NAME = re.compile(r"(?i)(?:secret|password)[\"'`\\ :=>]*$")
_KEYWORD = re.compile(r"[A-Za-z_]+=[A-Za-z_.]*|[a-z]{2,8}2[a-z]{2,8}")
_CALL = re.compile(r"[(){}\[\]]")
_MEMBER = re.compile(r"\$|^[A-Za-z_]\w*\.[A-Za-z_]\w*$")


def kinds(value: str) -> int:
    """Count the kinds of characters: lower case, upper case, digits, others."""
    return sum(
        (
            any(c.islower() for c in value),
            any(c.isupper() for c in value),
            any(c.isdigit() for c in value),
            any(not c.isalnum() for c in value),
        )
    )


def stands_elsewhere(value: str) -> bool:
    """Say whether a text only refers to a value (a variable, a template, a path) or stands in for one."""
    if is_placeholder(value) or _REFERENCE.match(value) is not None:
        return True
    # What base64 is filled up with is no sign of a comparison.
    return _CODE_MARKS.search(value.rstrip("=")) is not None


def quoted(value: str, match: str) -> bool:
    """Keep a quoted value beside a secret's name: short and plain ones too, as long as they are no program's words."""
    value = value.rstrip(",;")
    if len(value) < 4 or stands_elsewhere(value) or value.lower() in WORDS:
        return False
    before = match[: match.rfind(value)]
    password = _PASSWORD_NAME.search(before) is not None
    if _FORMAT.fullmatch(value) or (_SLUG.fullmatch(value) and not password):
        return False
    if value.isdigit() and len(value) >= 15:
        return _LONG_NAME.search(before) is not None
    if any(c.isdigit() for c in value):
        return len(value) >= 5 and _NUMBER.match(value) is None and _FILE.match(value) is None
    if any(not c.isalnum() and c not in "_-./" for c in value):
        return len(value) >= 5 and _SENTENCE.match(value) is None and value[-1] not in ":,?" and kinds(value) >= 2
    if assigned_secret(value, match):
        return True
    return len(value) >= 5 and value.isalpha() and value.islower() and password


def plain_password(value: str, _match: str) -> bool:
    """Keep an unquoted value after a password's name when it mixes letters with digits or signs."""
    value = value.rstrip(".,;:)")
    if len(value) < 5 or stands_elsewhere(value) or _NAME.fullmatch(value) or _FILE.match(value):
        return False
    digit, letter = any(c.isdigit() for c in value), any(c.isalpha() for c in value)
    return digit and letter and entropy(value) >= 2.2 and not _FORMAT.fullmatch(value)


def in_prose(value: str, _match: str) -> bool:
    """Keep a word of a sentence that cannot be an ordinary word: letters with digits, and no version, file or time."""
    value = value.rstrip(".,;:)!?\"'")
    if (
        len(value) < 6
        or stands_elsewhere(value)
        or _NAME.fullmatch(value)
        or _NUMBER.match(value)
        or _FILE.match(value)
    ):
        return False
    digit, letter = any(c.isdigit() for c in value), any(c.isalpha() for c in value)
    if _FORMAT.fullmatch(value) or _SLUG.fullmatch(value) or _KEYWORD.fullmatch(value):
        return False
    marks = any(c in "!@#$%^&*+=~?" for c in value[:-1])
    return ((digit and letter) or (marks and letter)) and kinds(value) >= 2 and entropy(value) >= 2.3


def random_looking(value: str, _match: str) -> bool:
    """Keep a long value that looks drawn at random, and is neither a name, a path, an identifier nor a plain hash."""
    value = value.rstrip(".,;:")
    if len(value) < 16 or stands_elsewhere(value) or _NAME.fullmatch(value) or UUID.fullmatch(value):
        return False
    if _NUMBER.match(value) or _FILE.match(value) or value.count("/") > 2 + len(value) // 24 or value.count(".") > 3:
        return False
    if _HEX.match(value):
        return len(value) in (32, 48, 96, 128) and entropy(value) >= 3.0
    digits = sum(c.isdigit() for c in value)
    words = max(map(len, re.findall(r"[a-z]+", value)), default=0)
    spelled = sum(map(len, _CAMEL.findall(value)))
    if _SLUG.fullmatch(value) or spelled * 2 > len(value):
        return False
    return digits >= 2 and words <= max(7, len(value) // 6) and kinds(value) >= 2 and entropy(value) >= 3.4


def argument(value: str, _match: str) -> bool:
    """Keep an argument of a password option."""
    if (
        len(value) < 4
        or stands_elsewhere(value)
        or _NAME.fullmatch(value)
        or _NUMBER.match(value)
        or _FILE.match(value)
    ):
        return False
    return kinds(value) >= 2 and entropy(value) >= 2.0


def argument_word(value: str, match: str) -> bool:
    """Keep an argument where a password must stand, an ordinary word too unless programs use it for something else."""
    value = value.rstrip(".,;:")
    if value.isalpha():
        return word_of_config(value, match)
    if len(value) < 5 or stands_elsewhere(value) or _NUMBER.match(value) or _FILE.match(value):
        return False
    if _CALL.search(value) or (kinds(value) < 4 and _MEMBER.search(value)):
        return False
    if kinds(value) < 4 and (_NAME.fullmatch(value) and value != value.lower()):
        return False
    return not _FORMAT.fullmatch(value) and (kinds(value) >= 2 or len(value) >= 12) and not _words_only(value)


def _words_only(value: str) -> bool:
    parts = re.split(r"[-_./:]", value)
    return len(parts) > 1 and all(part.isalpha() and part.islower() for part in parts)


def word_of_config(value: str, match: str) -> bool:
    """Keep a word on a line of its own behind the name of a password: no program's word, no name of another value."""
    if not value.isalpha():
        return argument_word(value, match)
    low = value.lower()
    if low == "changeme":
        return True
    if len(value) < 6 or is_placeholder(value) or low in WORDS or low in PROGRAM_WORDS:
        return False
    return not any(part in low for part in PROGRAM_PARTS) and value[1:] == low[1:]


def constant(value: str, _match: str) -> bool:
    """Keep a quoted constant that holds signs of every kind, spaces too; sentences stand in for one."""
    words = value.split()
    if len(words) > 1 and all(word.strip(".,:!?").isalpha() for word in words):
        return False
    return kinds(value) >= 3 or (len(words) == 1 and not stands_elsewhere(value))


def wrapped(value: str, _match: str) -> bool:
    """Keep base64 over several lines."""
    first, _, rest = value.partition("\n")
    return kinds(first) >= 3 and entropy(first) >= 3.5 and entropy(rest.strip()) >= 3.0 and not _REFERENCE.match(value)


def literal(value: str, _match: str) -> bool:
    """Keep a literal where only a password can stand."""
    return len(value) >= 3 and not stands_elsewhere(value) and value.lower() not in WORDS


def identified(value: str, match: str) -> bool:
    """Keep what follows `IDENTIFIED BY`: anything in quotes, and outside of them what is no ordinary word."""
    within = match[: match.rfind(value)].endswith(("'", '"', "`"))
    if not within:
        return in_prose(value, match)
    return literal(value, match) and (
        any(not c.isalpha() for c in value) or match.isupper() or match.lstrip()[:1].isupper()
    )


def byte_list(value: str, _match: str) -> bool:
    """Keep a list of bytes beside the name of a key unless they follow a plain pattern."""
    numbers = [part.strip(" \t\\\n") for part in value.split(",")]
    return len({number for number in numbers if number}) >= 6


def des_crypt(value: str, _match: str) -> bool:
    """Keep thirteen characters that look like a DES crypt hash."""
    return kinds(value) >= 3 and any(c.isdigit() for c in value) and entropy(value) >= 2.9


def mixed(value: str, _match: str) -> bool:
    """Keep a token of a known shape unless it stands in for one."""
    return not is_placeholder(value) and len(set(value)) >= 6


def mixed_strict(value: str, _match: str) -> bool:
    """Keep an opaque token with upper and lower case letters and digits, of high entropy."""
    body = value.rpartition("_")[2] if "_" in value else value.rpartition("-")[2]
    body = body if len(body) >= 16 else value
    digits, upper = sum(c.isdigit() for c in body), sum(c.isupper() for c in body)
    lower = sum(c.islower() for c in body)
    return not is_placeholder(value) and min(digits, upper, lower) >= 3 and entropy(body) >= 4.0


_ID_PREFIXES = (
    "sha1-", "sha256-", "sha384-", "sha512-", "md5-", "toolu_", "msg_", "call_", "chatcmpl-", "req_", "resp_", "rs_", "fc_", "ws_",
    "ig_", "item_", "thread_", "run_", "asst_", "file-", "srvtoolu_", "session_", "ses_", "prt_", "usr_", "evt_", "cache_", "gen-",
    "chunk-", "index-", "assets-", "main-", "vendor-",
)  # fmt: skip
"""Identifiers that name things and open nothing."""


def prefixed(value: str, match: str) -> bool:
    """Keep a token of an unknown vendor: a short prefix and a body in which nothing spells a word."""
    if value.startswith(_ID_PREFIXES):
        return False
    body = max(re.split("[_-]", value), key=len)
    words = max(map(len, re.findall(r"[A-Z]?[a-z]+", body)), default=0)
    return words <= 6 and mixed_strict(value, match)


def mixed_strict_body(value: str, _match: str) -> bool:
    """Keep a token whose part behind the last separator looks drawn at random."""
    body = value.rpartition("_")[2]
    return (
        not is_placeholder(value)
        and any(c.isdigit() for c in body)
        and any(c.isalpha() for c in body)
        and entropy(body) >= 3.2
    )


def mixed_case_id(value: str, _match: str) -> bool:
    """Keep an identifier with upper case letters, lower case letters or both, and digits behind its prefix."""
    body = value[3:]
    return sum(c.isupper() for c in body) >= 3 and sum(c.isdigit() for c in body) >= 3 and entropy(body) >= 3.0


def base32_seed(value: str, _match: str) -> bool:
    """Keep a base32 seed: letters and at least two digits, spread as chance spreads them."""
    digits = [n for n, c in enumerate(value) if c.isdigit()]
    if len(digits) < 2 or entropy(value) < 3.1:
        return False
    letters = max(map(len, re.findall(r"[A-Z]+", value)), default=0)
    return letters <= len(value) - 3 and not any(c * 4 in value for c in set(value))
