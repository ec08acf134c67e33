"""The names of one session, looked for by a process of its own while the rules are at work on the same lines.

It reads the session itself, so that neither waits for the other; only what it found comes back. The same values are
found as in one process.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from redaction.child import Child, Send, WorkerLimits
from redaction.left_out import leave_out

if TYPE_CHECKING:
    from redaction.config import Config
    from redaction.literals import FoundValues
    from redaction.ner_model import ModelUsed
    from redaction.records import OpenLines, Oversized

_FOUND = b"N"


class NamesProcess:
    """Begins to look when it is made; `finish` waits for what it found."""

    def __init__(self, config: Config, open_lines: OpenLines, limits: WorkerLimits) -> None:
        self._child = Child(lambda send: _look(config, open_lines, send), limits, name="names")
        self.models: tuple[ModelUsed, ...] = ()
        """What it looked with, once it has finished."""

    def into(self, found: FoundValues) -> Names:
        """Give what stands in for a pass over the prose, and notes the names among these values."""
        return Names(self.finish, found)

    def finish(self) -> list[tuple[str, str]]:
        """Give (entity, value) of every name.

        Raises:
            RedactionError: the model is not the one expected or failed; nothing is known about the session.
        """
        try:
            found: list[tuple[str, str]]
            self.models, found = pickle.loads(self._child.frame()[1])  # noqa: S301 - of our own fork, a private pipe
        finally:
            self._child.end()
        return found


class Names:
    """A pass over the prose that others make."""

    def __init__(self, finish: Callable[[], list[tuple[str, str]]], found: FoundValues) -> None:
        self._finish, self._found = finish, found

    def watch(self, lines: Iterable[bytes | Oversized]) -> Iterator[bytes | Oversized]:
        """Give the lines as they come."""
        yield from lines

    def finish(self) -> None:
        """Wait for the names, and note them among the found values."""
        for entity, value in self._finish():
            self._found.add(entity, value)


def _look(config: Config, open_lines: OpenLines, send: Send) -> None:
    # spaCy asks every installed package for parts of pipelines, which loads Presidio here for nothing.
    leave_out("spacy.cli", "presidio_analyzer")
    from redaction.blob_filter import BlobFilter
    from redaction.dictionary import ordinary_words
    from redaction.literals import FoundValues
    from redaction.ner_model import load_model, model_used
    from redaction.prose_names import ProseNames
    from redaction.prose_pass import ProsePass

    model = load_model(config.ner)
    names = ProseNames(model, ordinary_words(), labels=config.ner_labels, model_alone=config.names_by_model)
    found = FoundValues(config.limits.values, config.limits.value_bytes)
    prose = ProsePass(names, config.fields, found=found, limits=config.limits)
    for _ in prose.watch(BlobFilter(config.images, config.fields).lines(open_lines(), note=False)):
        pass
    prose.finish()
    send(_FOUND, pickle.dumps(((model_used(model),), found.pairs())))
