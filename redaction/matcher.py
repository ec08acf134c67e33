"""Which rules match a text, and where: Hyperscan says which, RE2 says where. Both run in linear time.

This class is the seam behind which a worker process can stand. A crash of the native library ends the process, so
nothing of a session whose scan did not finish is ever handed on.
"""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import re2

from redaction.errors import ConfigRefused, EngineFailed
from redaction.nominator import split_value, widened
from redaction.probes import PROBE, SPLIT
from redaction.rules import Rule

if TYPE_CHECKING:
    import hyperscan

_CACHE_FORMAT = b"4"
_RE2_BYTES = 64 * 1024 * 1024
"""Memory of one pattern's automaton: with less the largest provider patterns fall back to a slow search."""


_MOST_LOOKS = 8
"""How often a stretch of text that was refused is looked at anew, from the beginning of a value inside it."""


class Matcher:
    """A compiled set of rules. One per thread: its scratch space is not shared."""

    def __init__(
        self, rules: tuple[Rule, ...], cache_dir: Path | None = None, *, disabled: frozenset[str] = frozenset()
    ) -> None:
        import hyperscan

        self.rules = rules
        self.digest = _digest(rules)
        self._engine = hyperscan
        self._once = frozenset(n for n, rule in enumerate(rules) if rule.group == PROBE and rule.name != SPLIT)
        """Probes can match at every byte: the engine reports each of them once, and the exact pattern says where else."""
        self._off = frozenset(n for n, rule in enumerate(rules) if {rule.name, rule.group} & disabled)
        self._compiled: dict[int, re2._Regexp[bytes]] = {}
        self._database = self._load(cache_dir)
        self._last, self._last_found = b"", list[int]()
        """The text that was scanned last: a recogniser asks again for what the detector has just asked."""

    def candidates(self, data: bytes) -> list[int]:
        """Give the numbers of the rules that may match somewhere in the bytes, each once.

        Raises:
            EngineFailed: the scan did not finish, so nothing is known about the bytes.
        """
        if data != self._last:
            found: set[int] = set()
            self._scan(data, lambda number, _start, _end, _flags, _context: found.add(number))
            self._last, self._last_found = data, sorted(found - self._off)
        return self._last_found

    def nominated(self, data: bytes, starts: list[int]) -> set[tuple[int, int]]:
        """Give (rule, text) for each text that a rule may match in; `starts` says where each begins in the bytes.

        Raises:
            EngineFailed: the scan did not finish, so nothing is known about the bytes.
        """
        found: set[tuple[int, int]] = set()

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.add((number, bisect_left(starts, end) - 1))

        self._scan(data, note)
        for number in self._once.intersection(number for number, _ in found):
            found.update(
                (number, bisect_left(starts, match.end()) - 1) for match in self._exact(number).pattern.finditer(data)
            )
        return {(number, text) for number, text in found if number not in self._off} if self._off else found

    def holds(self, number: int, data: bytes) -> bool:
        """Say whether a text in which a rule was nominated is to be looked at: nearly always because a match is accepted."""
        rule = self.rules[number]
        return rule.group == PROBE or rule.finder is not None or any(True for _ in self.spans(number, data))

    def _scan(self, data: bytes, note: Callable[[int, int, int, int, object], None]) -> None:
        try:
            self._database.scan(data, match_event_handler=note)
        except self._engine.error as err:
            raise EngineFailed("hyperscan", type(err).__name__) from None

    def spans(self, number: int, data: bytes) -> Iterator[tuple[int, int, str]]:
        """Give (start, end, value) of every accepted match of one rule; offsets in bytes."""
        rule = self.rules[number]
        if rule.finder is not None:
            yield from _found(rule, data)
            return
        again = _Again(self._exact(number), data)
        for (first, last), (start, end) in again:
            if start >= end:
                continue
            value = data[start:end].decode("utf-8", "replace")
            if rule.accept is None or rule.accept(value, data[first:last].decode("utf-8", "replace")):
                yield start, end, value
            else:
                again.refused((first, last), start)

    def _exact(self, number: int) -> _Exact:
        """Give one rule's pattern, compiled when it is first needed: most rules never match."""
        known = self._compiled.get(number)
        if known is None:
            known = self._compiled[number] = _exact(self.rules[number])
        return known

    def _load(self, cache_dir: Path | None) -> hyperscan.Database:
        path = cache_dir / f"patterns-{self.digest[:32]}.hs" if cache_dir else None
        if path is not None and path.is_file():
            try:
                # A file that was changed is never given to the native library: it is compiled anew.
                kept = self._engine.loadb(_sealed_content(path.read_bytes()), self._engine.HS_MODE_BLOCK)
                kept.scratch = self._engine.Scratch(kept)
            except (self._engine.error, OSError, ValueError, TypeError):
                path.unlink(missing_ok=True)
            else:
                return kept
        database = self._engine.Database(mode=self._engine.HS_MODE_BLOCK)
        for number in range(len(self.rules)):
            self._exact(number)
        try:
            database.compile(
                expressions=[_nominator(rule).encode() for rule in self.rules],
                ids=list(range(len(self.rules))),
                flags=[
                    self._engine.HS_FLAG_MULTILINE | (self._engine.HS_FLAG_SINGLEMATCH if n in self._once else 0)
                    for n in range(len(self.rules))
                ],
            )
        except self._engine.error:
            raise ConfigRefused("rules", "the patterns cannot be compiled together") from None
        if path is not None:
            compiled = self._engine.dumpb(database)
            _store(path, hashlib.sha256(_CACHE_FORMAT + compiled).digest() + compiled)
        return database


class _Again:
    """The matches of one pattern in turn; behind the beginning of a refused value it looks anew, for it may hold another.

    At most `_MOST_LOOKS` times over one stretch of text, so that the time stays linear in its length.
    """

    def __init__(self, exact: _Exact, data: bytes) -> None:
        self._exact, self._data = exact, data
        self._matches = exact.pattern.finditer(data)
        self._reach = self._looks = 0

    def __iter__(self) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        """Give (start, end) of each match, and of the value in it."""
        rest, capture = self._exact.rest, self._exact.capture
        while (match := next(self._matches, None)) is not None:
            span, value = match.span(), _captured(match, capture)
            if rest is not None and match.start(capture) >= 0:
                end = rest.match(self._data, span[1]).end()
                span, value = (span[0], end), (value[0], end)
                self._matches = self._exact.pattern.finditer(self._data, end)
            yield span, value

    def refused(self, span: tuple[int, int], value_start: int) -> None:
        """Look anew from where the refused value begins; without a name before it there is none inside it."""
        start, end = span
        if start >= self._reach:
            self._looks = 0
        self._reach = max(self._reach, end)
        if value_start <= start:
            return
        self._looks += 1
        at = value_start if self._looks <= _MOST_LOOKS else self._reach
        self._matches = self._exact.pattern.finditer(self._data, at)


def _nominator(rule: Rule) -> str:
    """Give what runs at once with all others; a probe is believed without a second look, so it stays as it is."""
    pattern = rule.nominate or rule.pattern
    return pattern if rule.group == PROBE else widened(pattern)


def _sealed_content(data: bytes) -> bytes:
    """Give what a cache file holds behind its digest; ValueError when it is not what was written."""
    if hashlib.sha256(_CACHE_FORMAT + data[32:]).digest() != data[:32]:
        raise ValueError
    return data[32:]


def _store(path: Path, content: bytes) -> None:
    """Write a cache file that only its owner can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)


def _digest(rules: tuple[Rule, ...]) -> str:
    content = hashlib.sha256(_CACHE_FORMAT)
    for rule in rules:
        parts = (rule.name, rule.group, rule.entity, rule.pattern, rule.capture, rule.nominate)
        content.update(repr(parts).encode())
    return content.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exact:
    """One rule's pattern, compiled. Where it ends in a value of many lengths, it is that of the least, and `rest` follows."""

    pattern: re2._Regexp[bytes]
    rest: re2._Regexp[bytes] | None
    capture: int


def _exact(rule: Rule) -> _Exact:
    head, rest = split_value(rule.pattern)
    pattern = _compiled(rule, head)
    if not rest or pattern.groups != rule.capture:
        return _Exact(pattern=_compiled(rule, rule.pattern), rest=None, capture=rule.capture)
    return _Exact(pattern=pattern, rest=_compiled(rule, rest), capture=rule.capture)


def _compiled(rule: Rule, pattern: str) -> re2._Regexp[bytes]:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.one_line = False
    options.max_mem = _RE2_BYTES
    try:
        return re2.compile(f"(?m){pattern}".encode(), options)
    except re2.error:
        raise ConfigRefused(f"rule {rule.name}", "the pattern is not in RE2 syntax") from None


def _captured(match: re2._Match[bytes], capture: int) -> tuple[int, int]:
    if capture >= 0:
        start, end = match.span(capture)
        return (start, end) if start >= 0 else match.span()
    spans = [match.span(group) for group in range(1, len(match.groups()) + 1)]
    spans = [span for span in spans if span[0] >= 0 and span[0] < span[1]] or [match.span()]
    return min(start for start, _ in spans), max(end for _, end in spans)


def _found(rule: Rule, data: bytes) -> Iterator[tuple[int, int, str]]:
    assert rule.finder is not None  # noqa: S101 - the caller looked
    text = data.decode("utf-8", "replace")
    at = offset = 0
    for start, end in rule.finder(text):
        if start < at:
            at = offset = 0
        first = offset + len(text[at:start].encode())
        at, offset = end, first + len(text[start:end].encode())
        yield first, offset, text[start:end]
