"""The one error tree of `attest`; what each code means is in `catalogue`.

A failure belongs to exactly one family, and the families are never mixed: evidence that was checked and is bad
(`NotVerified`) is not evidence that could not be checked (`CannotVerify`), and neither is ever a success.
Messages say what was wrong, what was expected, what was got, where, and what to do next. They never hold a
secret or words of a transcript: `got` is for digests, sizes, names of fields and states.
"""

from __future__ import annotations

from typing import ClassVar

from attest.catalogue import CATALOGUE


class AttestError(Exception):
    """Root of every error raised on purpose by `attest`; carries a catalogue code and the five parts of a message."""

    family: ClassVar[str] = "error"

    def __init__(
        self, code: str, what: str = "", *, expected: str = "", got: str = "", where: str = "", hint: str = ""
    ) -> None:
        problem = CATALOGUE[code]
        self.code = code
        self.title = problem.title
        self.what = what or problem.title
        self.expected = expected
        self.got = got
        self.where = where
        self.hint = hint or problem.remedy
        super().__init__(self.what)

    def __str__(self) -> str:
        parts = [self.what]
        parts += [f"{name} {value}" for name, value in (("expected", self.expected), ("got", self.got)) if value]
        if self.where:
            parts.append(f"at {self.where}")
        return "; ".join(parts) + f" [{self.code}]"


class InvalidInput(AttestError):
    """What was handed in is not of the form asked for: nothing was decided about any evidence."""

    family = "input"


class NotVerified(AttestError):
    """Evidence was checked and is bad: a security event, never a retry."""

    family = "invalid"


class CannotVerify(AttestError):
    """A check could not be carried out, so nothing is known: never shown as good, never as bad."""

    family = "indeterminate"


class Absent(AttestError):
    """The thing asked for does not exist, or is not the asker's to see: both look the same."""

    family = "absent"


class Quarantined(AttestError):
    """Redaction could not vouch for the session: nothing of it was signed or stored."""

    family = "quarantined"


class Conflict(AttestError):
    """Somebody else's write came first, or the same name is held by something different."""

    family = "conflict"


class Refused(AttestError):
    """The store, the log or the service will not go on, because going on could break a promise already made."""

    family = "refused"
