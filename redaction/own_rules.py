"""First-pass rules written for this project, put together; the themes are in `redaction.own`.

Every pattern is in RE2 syntax and runs over UTF-8 bytes. Quantifiers are bounded so that the compiled set stays small.
"""

from __future__ import annotations

from redaction.blocks import BEGIN_KEY, key_blocks
from redaction.joints import SPLIT_PROBE
from redaction.own.assignment import ASSIGNMENT
from redaction.own.calls import CALLS
from redaction.own.commands import COMMANDS
from redaction.own.contact import CONTACT, IDENTITY
from redaction.own.files import FILES
from redaction.own.lines import LINES, MARKUP, NEAR
from redaction.own.prose import PROSE
from redaction.own.statements import HASHES, STATEMENTS
from redaction.own.transport import TRANSPORT
from redaction.own.vendors import VENDORS
from redaction.own.words import NAME
from redaction.probes import PROBE, SPLIT, VIEW_PROBES
from redaction.rules import Rule
from redaction.views import BASE64_PROBE, HEX_PROBE

KEY_NAME = rf"(?i)^[A-Za-z0-9_.-]{{0,40}}{NAME}$"
"""Names of JSON keys whose string value is judged like an assigned value."""

_PROBES = (
    Rule(name="base64", group=PROBE, entity="", pattern=BASE64_PROBE),
    Rule(name="hex", group=PROBE, entity="", pattern=HEX_PROBE),
    Rule(name=SPLIT, group=PROBE, entity="", pattern=SPLIT_PROBE),
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


def own_rules() -> tuple[Rule, ...]:
    """Give every rule written here."""
    lines = LINES + MARKUP + NEAR + CALLS
    secrets = _BLOCKS + lines + ASSIGNMENT + COMMANDS + STATEMENTS + HASHES + PROSE + FILES + TRANSPORT + VENDORS
    return _PROBES + VIEW_PROBES + secrets + CONTACT + IDENTITY
