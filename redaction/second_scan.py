"""The second scan: another engine and independent checks over the output bytes, before they are handed over.

Each batch holds canaries, values made for the scan alone; a batch in which a check misses its canary proves nothing
and is an EngineFailed. A hit is a Quarantine that names rule and place.
"""

from __future__ import annotations

import fnmatch
from collections import Counter
from importlib.metadata import version
from typing import TYPE_CHECKING

from ahocorasick_rs import BytesAhoCorasick

from redaction.canary import CANARIES, canary_batch
from redaction.errors import EngineFailed, Quarantine
from redaction.report import SecondScanReport
from redaction.second_checks import CHECKS
from redaction.second_places import places, records_around
from redaction.tokens import TOKEN_BYTES

if TYPE_CHECKING:
    from kingfisher_sdk import DetectionScanner, Rules

    from redaction.config import Config
    from redaction.literals import Literals

_RECORD = b"\x1e"
"""Ends each record in the unescaped reading, so that a find there can be placed."""


class SecondScan:
    """Scans batches of output. Holds one session's known values."""

    def __init__(
        self, catalogue: Rules, config: Config, *, literals: Literals, identities: tuple[tuple[str, str], ...]
    ) -> None:
        from kingfisher_sdk import DetectionScanner

        self._scanner, self._raw_scanner = (
            DetectionScanner(
                catalogue, inline_ignores=False, markup_context=False, cli_match_semantics=False, base64_max_depth=depth
            )
            for depth in (2, 0)
        )
        self._places = places()
        self._rules = len(catalogue)
        self._config = config
        self._literals = literals
        self._names = [value.encode().lower() for _, value in identities]
        self._identities = BytesAhoCorasick(self._names) if self._names else None
        self._used: Counter[str] = Counter()
        self._chunks = self._bytes = self._canaries = 0

    def check(self, lines: list[bytes], first: int) -> None:
        """Pass or raise for a batch of output lines; `first` is the index of its first line.

        Raises:
            Quarantine: something is left in the output.
            EngineFailed: an engine failed, ran out of time or missed a canary.
        """
        raw = b"".join(lines)
        masked = TOKEN_BYTES.sub(lambda m: b" " * len(m[0]), raw)
        for start, _, _, _, layer in self._literals.find(masked):
            self._hit(f"known-value{'-' + layer if layer else ''}", _place(masked, start, first, b"\n"))
        self._check_identities(masked, first)
        # Encoded runs are decoded in the plain reading, which holds all of them: escapes only cut or garble them.
        self._check_engine(self._raw_scanner, masked, first, b"\n")
        plain = _unescaped(masked)
        self._check_engine(self._scanner, plain, first, _RECORD)
        self._check_structure(plain, first)
        self._chunks += 1
        self._bytes += len(raw)

    def report(self) -> SecondScanReport:
        """Give the account of the scan so far."""
        return SecondScanReport(
            engine="kingfisher-secret-scanner",
            version=version("kingfisher-secret-scanner"),
            rules=self._rules,
            chunks=self._chunks,
            bytes=self._bytes,
            canaries=self._canaries,
            allowed=tuple(sorted(self._used.items())),
        )

    def _check_identities(self, masked: bytes, first: int) -> None:
        if self._identities is None:
            return
        for _, start, end in self._identities.find_matches_as_indexes(masked.lower(), overlapping=True):
            before, after = masked[start - 1 : start], masked[end : end + 1]
            escaped = masked[start - 2 : start - 1] == b"\\"
            if (not before.isalnum() or escaped) and not after.isalnum():
                self._hit("known-identity", _place(masked, start, first, b"\n"))

    def _check_engine(self, scanner: DetectionScanner, data: bytes, first: int, separator: bytes) -> None:
        base = len(data) + 1
        try:
            findings = scanner.scan(data + b"\n" + CANARIES.provider, timeout=self._config.limits.scan_timeout_s)
        except Exception as err:  # noqa: BLE001 - the message may hold the text, so only its type leaves
            raise EngineFailed("kingfisher", type(err).__name__) from None
        seen = False
        for finding in findings:
            start = int(finding.location["start_offset"])
            if start >= base:
                seen = True
            elif finding.visible:
                self._hit(finding.rule_id, _place(data, start, first, separator))
        if not seen:
            raise EngineFailed("kingfisher", "the canary was not found")
        self._canaries += 1

    def _check_structure(self, plain: bytes, first: int) -> None:
        base = len(plain) + 1
        canaries = b"\n" + canary_batch()
        text = plain + canaries
        nominated = self._places.nominated(text, base)
        for name, check in CHECKS:
            if not any(end > 1 for _, end in check(canaries)):
                raise EngineFailed(f"check {name}", "the canary was not found")
            self._canaries += 1
            ends = nominated.get(name)
            parts = [(0, text)] if ends is None else records_around(text, ends, separator=_RECORD, base=base)
            for offset, part in parts:
                for start, end in check(part):
                    if offset + end <= base:
                        self._hit(name, _place(plain, offset + start, first, _RECORD))

    def _hit(self, rule: str, place: str) -> None:
        for allow in self._config.allow:
            if allow.rule == rule and fnmatch.fnmatchcase(place, allow.place_pattern):
                self._used[f"{allow.rule}: {allow.reason}"] += 1
                return
        raise Quarantine(rule, place)


_ESCAPES = ((b"\\n", b" \n"), (b"\\r", b" \n"), (b"\\t", b" \t"), (b'\\"', b' "'), (b"\\/", b" /"))


def _unescaped(data: bytes) -> bytes:
    """Give the reading of the same length in which escapes of every level are undone and lines end in a separator."""
    data = data.replace(b"\n", _RECORD)
    while b"\\\\" in data:
        data = data.replace(b"\\\\", b" \\")
    for escape, char in _ESCAPES:
        data = data.replace(escape, char)
    return data


def _place(data: bytes, start: int, first: int, separator: bytes) -> str:
    line = data.count(separator, 0, start)
    return f"record {first + line} offset {start - (data.rfind(separator, 0, start) + 1)}"
