"""A redaction that begins before its key is known: engines load in a process of their own while the caller goes on.

Loading takes longer than the redaction of most sessions. The process is forked while the caller is still small, and it
leaves out what a redaction does not use. The bytes that come out are those of `Redactor.redact`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from redaction.child import WorkerLimits, can_fork
from redaction.errors import EngineFailed
from redaction.left_out import leave_out
from redaction.worker import WorkerRedaction

if TYPE_CHECKING:
    from redaction.config import Config, Identities
    from redaction.records import OpenLines
    from redaction.redactor import AnyRedaction, Redaction, Redactor

MOST_KEY_BYTES: Final = 4096
_UNUSED: Final = (
    "spacy",
    "presidio_analyzer.predefined_recognizers",
    "presidio_analyzer.nlp_engine.stanza_nlp_engine",
    "presidio_analyzer.nlp_engine.transformers_nlp_engine",
)


class EarlyRedaction:
    """Begins to load when it is made; `redact` gives it the key."""

    def __init__(self, config: Config, identities: Identities, open_lines: OpenLines) -> None:
        """Begin. `open_lines` opens the session as often as it is called, in the new process too."""
        self._reading, self._writing = os.pipe()
        self._redaction = WorkerRedaction(
            lambda: _started(config, identities, open_lines, (self._reading, self._writing)),
            config.worker or WorkerLimits(),
        )
        os.close(self._reading)
        self._reading = -1

    def redact(self, token_key: bytes) -> WorkerRedaction:
        """Give the redaction under a key, once; the same failures as `Redactor.redact`, and those of loading."""
        try:
            os.write(self._writing, token_key)
        except BrokenPipeError:
            pass  # what ended it is told below
        finally:
            self._close()
        return self._redaction.begun()

    def end(self) -> None:
        """End it, whatever it does: the redaction is not needed."""
        self._close()
        self._redaction.end()

    def _close(self) -> None:
        if self._writing >= 0:
            os.close(self._writing)
        self._writing = -1


def begin_early(config: Config, identities: Identities, open_lines: OpenLines) -> EarlyRedaction | None:
    """Begin a redaction in a process of its own; None where this process cannot be forked without danger."""
    return EarlyRedaction(config, identities, open_lines) if can_fork() else None


class EarlyRedactor:
    """A redactor whose every redaction loads its engines in a process of its own, and in this one where it cannot.

    For those who redact once: a `Redactor` loads once for many.
    """

    def __init__(self, config: Config, *, token_key: bytes, identities: Identities) -> None:
        self._config, self._token_key, self._identities = config, token_key, identities
        self._here: Redactor | None = None

    def redact(self, open_lines: OpenLines) -> AnyRedaction:
        """Give the redaction of a session; the same failures as `Redactor` and `Redactor.redact`."""
        early = begin_early(self._config, self._identities, open_lines)
        if early is not None:
            return early.redact(self._token_key)
        if self._here is None:
            from redaction.redactor import Redactor

            self._here = Redactor(self._config, token_key=self._token_key, identities=self._identities)
        return self._here.redact(open_lines)


def _started(config: Config, identities: Identities, open_lines: OpenLines, key: tuple[int, int]) -> Redaction:
    from redaction.names_process import NamesProcess
    from redaction.ner_model import OFF

    os.close(key[1])
    limits = config.worker or WorkerLimits()
    names = None if config.ner.model == OFF else NamesProcess(config, open_lines, limits)
    leave_out(*_UNUSED)
    from redaction.redactor import Engines, Redactor

    engines = Engines(config, identities, names=names)
    token_key = os.read(key[0], MOST_KEY_BYTES)
    if not token_key:
        raise EngineFailed("worker", "no key came")
    return Redactor(config, token_key=token_key, identities=identities, engines=engines).redact_here(open_lines)
