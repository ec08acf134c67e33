"""Allow rules of this instance: which hit of the second scan is let through, where, and why. A file of the operator's.

`$WHEREOF_HOME/redaction-allow.json` is a list of `{"rule": …, "place": …, "reason": …}`. `rule` is the exact name that a
quarantine printed, `place` a shell-style pattern over the place it printed. Each use is counted in the attestation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.usecases.home_file import home_json, is_there
from redaction.config import AllowRule

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "redaction-allow.json"
MAX_FILE_BYTES: Final = 256 * 1024
MAX_RULES: Final = 256
_MEMBERS: Final = ("rule", "place", "reason")


def read_allow_rules(home: Path) -> tuple[AllowRule, ...]:
    """Give the allow rules of an instance; none when there is no such file.

    Raises:
        InvalidInput: `input.malformed`, the file is not such a list; a rule that cannot be read is never ignored.
    """
    path = home / FILE_NAME
    if not is_there(path):
        return ()
    try:
        rules = home_json(path, MAX_FILE_BYTES)
    except ValueError as err:
        raise InvalidInput("input.malformed", "the allow rules are not JSON", where=str(path)) from err
    if not isinstance(rules, list) or len(rules) > MAX_RULES:
        raise InvalidInput("input.malformed", expected=f"a list of at most {MAX_RULES} rules", where=str(path))
    return tuple(_rule(rule, f"{path} rule {number}") for number, rule in enumerate(rules))


def _rule(value: object, where: str) -> AllowRule:
    if not isinstance(value, dict) or set(value) != set(_MEMBERS):
        raise InvalidInput("input.malformed", expected="members " + ", ".join(_MEMBERS), where=where)
    rule, place, reason = (value[name] for name in _MEMBERS)
    if not all(isinstance(text, str) and text.strip() for text in (rule, place, reason)):
        raise InvalidInput("input.malformed", expected="three texts, none empty", where=where)
    return AllowRule(rule=rule, place_pattern=place, reason=reason)
