"""Probes for readings: patterns that match wherever a text may read differently once it is decoded or cleaned.

A reading of `redaction.views` that no probe announces is never looked at by the fast path: whoever adds a reading adds
its probe here (base64 and hex have theirs beside the own rules). The probes run over the plain reading of a text and
over the reading with its simple escapes undone.
"""

from __future__ import annotations

from redaction.rules import Rule

PROBE = "probe"
"""Group of the patterns that only say that a text holds something encoded; what is decoded is then scanned itself."""

SPLIT = "split"
"""Name of the probe for tokens that go on behind the end of a line or quotation."""

VIEW_PROBES = (
    Rule(name="percent", group=PROBE, entity="", pattern=r"%[0-9A-Fa-f]{2}"),
    Rule(name="numeric-escape", group=PROBE, entity="", pattern=r"\\[ux][0-9A-Fa-f]{2}"),
    Rule(
        name="invisible",
        group=PROBE,
        entity="",
        pattern=r"[\x00\x08\x1b]|\xc2\xad|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xa4\xa6-\xa9]|\xef\xb8[\x8e\x8f]|\xef\xbb\xbf",
    ),
)
"""Percent signs, numeric escapes, and terminal codes or characters without width (UTF-8 bytes)."""
