"""The error tree of `redaction`. No message, repr or argument ever holds a value that was scanned."""

from __future__ import annotations


class RedactionError(Exception):
    """Root of every error raised on purpose by `redaction`: nothing of the input may be used after it."""

    def __reduce__(self) -> tuple[type[RedactionError], tuple[object, ...]]:
        """Let an error travel between processes: its members are its arguments, in order."""
        return type(self), tuple(vars(self).values())


class ConfigRefused(RedactionError):
    """The configuration cannot be used; `field` names the setting, never its value."""

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        self.why = why
        super().__init__(f"redaction setting {field!r} refused: {why}")


class EngineFailed(RedactionError):
    """An engine timed out, crashed or missed its canary, so nothing is known about the text it was given."""

    def __init__(self, engine: str, why: str) -> None:
        self.engine = engine
        self.why = why
        super().__init__(f"redaction engine {engine} failed: {why}")


class LimitExceeded(RedactionError):
    """The input asks for more than a named limit allows; it was not passed on."""

    def __init__(self, limit: str, allowed: int) -> None:
        self.limit = limit
        self.allowed = allowed
        super().__init__(f"redaction limit {limit} of {allowed} exceeded")


class Quarantine(RedactionError):
    """The second scan found something in the output, so the output was not handed over."""

    def __init__(self, rule: str, place: str) -> None:
        self.rule = rule
        self.place = place
        super().__init__(f"second scan: rule {rule} matched at {place}")
