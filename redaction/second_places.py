"""Where the independent checks of the second scan are to look: one pass of the many-pattern engine for all of them.

Each pattern matches in every text in which its check could yield something, and only nominates: the check itself then
reads the whole record. A check without a pattern here reads everything. The canaries of all checks stand behind the
text in the same pass, so that an engine gone blind is noticed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Final

from redaction.errors import EngineFailed
from redaction.second_checks import CHECKS

_PLACES: Final[Mapping[str, bytes]] = {
    "assigned-value": rb"(?i)(?:password|passwd|secret|api_?key|access_?key|auth_?token|access_?token|credential)"
    rb"[A-Za-z0-9_.-]*[\"' \t]*[=:]",
    "url-credential": rb"://[^\x00-\x20/\"'<>\\`]*@",
    "auth-header": rb"(?i)(?:bearer|basic) +[^ ]",
    "private-key": rb"PRIVATE KEY",
    "email-address": rb"[A-Za-z0-9._%+-]@[A-Za-z0-9-]",
    "home-path": rb"/(?:home|Users)/[A-Za-z0-9_.-]",
    "card-number": rb"[0-9](?:[ -]?[0-9]){12}",
    "account-number": rb"[A-Z][A-Z][0-9][0-9][A-Z0-9 ]{11}",
    "public-address-6": rb"[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{4}",
    "device-address": rb"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}",
    "bitcoin-address": rb"[13][1-9A-HJ-NP-Za-km-z]{25}",
    "segwit-address": rb"bc1[ac-hj-np-z02-9]{11}",
    "ethereum-address": rb"0x[0-9A-Fa-f]{40}",
    "social-security": rb"(?i)(?:ssn|social security)",
    "phone-number": rb"\+[1-9][0-9 ().-]{8}",
    "public-address": rb"[0-9]\.[0-9]+\.[0-9]+\.[0-9]",
    "git-name": rb"(?:Author|Committer|Co-[Aa]uthored-[Bb]y|Signed-off-by): ?",
}


class Places:
    """The compiled nominations. Not to be shared between threads."""

    def __init__(self) -> None:
        import hyperscan

        self._engine = hyperscan
        self._names = tuple(name for name, _ in CHECKS if name in _PLACES)
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[_PLACES[name] for name in self._names],
            ids=list(range(len(self._names))),
            flags=hyperscan.HS_FLAG_MULTILINE,
        )

    def nominated(self, text: bytes, base: int) -> dict[str, list[int]]:
        """Give, by check, where its matches end that end before `base`; a check that is missing has no pattern.

        Raises:
            EngineFailed: the scan did not finish, or a check's canary behind `base` did not match.
        """
        ends: list[list[int]] = [[] for _ in self._names]
        behind: set[int] = set()

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if end <= base:
                ends[number].append(end)
            else:
                behind.add(number)

        try:
            self._database.scan(text, match_event_handler=note)
        except self._engine.error as err:
            raise EngineFailed("hyperscan", type(err).__name__) from None
        for number, name in enumerate(self._names):
            if number not in behind:
                raise EngineFailed(f"check {name}", "the canary was not nominated")
        return dict(zip(self._names, ends, strict=True))


_OF_THREAD: Final = threading.local()


def places() -> Places:
    """Give the nominations of this thread, compiled once: the engine's scratch space is not shared."""
    known: Places | None = getattr(_OF_THREAD, "places", None)
    if known is None:
        known = _OF_THREAD.places = Places()
    return known


def records_around(text: bytes, ends: list[int], *, separator: bytes, base: int) -> Iterator[tuple[int, bytes]]:
    """Give (start, bytes) of each record in which a match ends, once, with the separators around it."""
    last = 0
    for end in ends:
        if end <= last:
            continue
        start = text.rfind(separator, 0, end - 1)
        last = text.find(separator, end - 1, base)
        last = base if last < 0 else last + 1
        yield max(start, 0), text[max(start, 0) : last]
