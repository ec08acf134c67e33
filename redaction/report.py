"""What a redaction says about itself: engines, counts, places and tokens. Never a value, never a length of one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One replacement: where, what, and under which token."""

    record: int
    """Index of the record or text block in the input, from zero."""
    pointer: str
    """JSON pointer (RFC 6901) of the string; empty for a text block. Values in keys of it are already replaced."""
    entity: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondScanReport:
    """What the second scan was and how it ended. It is only ever reported when it passed."""

    engine: str
    version: str
    rules: int
    chunks: int
    bytes: int
    canaries: int
    allowed: tuple[tuple[str, int], ...]
    """(`rule: reason`, uses) of each allow rule that was used."""
    result: str = "passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The account of one redaction, whole only after its last line was taken."""

    engines: tuple[tuple[str, str], ...]
    """(package, version)."""
    rule_set_sha256: str
    config_sha256: str
    records: int
    """Records and text blocks read."""
    text_lines: int
    """Lines that are no JSON object or list and were treated as plain text."""
    dropped: int
    """Records over the size limit, replaced by a marker."""
    opaque: int
    """Fields replaced unread."""
    bytes_in: int
    bytes_out: int
    by_entity: tuple[tuple[str, int], ...]
    by_rule: tuple[tuple[str, int], ...]
    decoded_layers: tuple[tuple[str, int], ...]
    """How often a value stood encoded, by encoding."""
    spans: tuple[Span, ...]
    spans_left_out: int
    disabled: tuple[str, ...]
    blobs: tuple[tuple[str, int], ...] = ()
    """Images and other binary data taken out, by media type (kept unseen where the configuration says so)."""
    profile: str = "code"
    models: tuple[tuple[str, str], ...] = ()
    """(name, SHA-256 over its files) of each language model that took part."""
    ner_languages: tuple[str, ...] = ()
    """The languages in which a model looked for names; empty where none did."""
    second_scan: SecondScanReport

    def limits_hit(self) -> dict[str, int]:
        """Give how often each limit was met that does not end a redaction, by its name; empty when none was."""
        hit = {"recordBytes": self.dropped, "reportSpans": self.spans_left_out}
        return {name: count for name, count in hit.items() if count}
