"""The redactor: two passes over a session that can be opened twice, and a second scan over what comes out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from redaction.blob_filter import BlobFilter, DroppedBlob
from redaction.child import can_fork
from redaction.config import MIN_KEY_BYTES, Config, Identities
from redaction.detector import Detector
from redaction.engine import PresidioPass
from redaction.errors import ConfigRefused, LimitExceeded
from redaction.fast_path import FastPath
from redaction.fast_path import Look as NoteText
from redaction.line_cache import LineCache
from redaction.line_store import LineStore, code_digest
from redaction.literals import FoundValues, Literals, RawLiterals
from redaction.matcher import Matcher
from redaction.names_process import Names
from redaction.ner_model import OFF, ModelUsed, model_used
from redaction.own_rules import own_rules
from redaction.prose_pass import ProsePass
from redaction.provider_rules import load_catalogue, provider_rules
from redaction.recognizers import IdentityRecognizer
from redaction.records import Look, OpenLines, Record, parse, read_records, write_record
from redaction.report import Report
from redaction.second_places import places
from redaction.second_scan import SecondScan
from redaction.splice import Splice
from redaction.tokens import Tokeniser
from redaction.visitors import Collect, Replace, hits_of
from redaction.walk import walk
from redaction.worker import WorkerRedaction

if TYPE_CHECKING:
    from redaction.names_process import NamesProcess
    from redaction.ner import ProseNerRecognizer

ENGINES = (
    "presidio-analyzer",
    "presidio-anonymizer",
    "hyperscan",
    "google-re2",
    "ahocorasick-rs",
    "kingfisher-secret-scanner",
)


def _ner(config: Config) -> ProseNerRecognizer | None:
    if config.ner.model == OFF:
        return None
    from redaction.ner import ProseNerRecognizer

    return ProseNerRecognizer(config.ner, labels=config.ner_labels, model_alone=config.names_by_model)


class Engines:
    """What a redaction needs that is the same under every key: rules compiled, Presidio put together, a model loaded."""

    def __init__(self, config: Config, identities: Identities, *, names: NamesProcess | None = None) -> None:
        """Load. `names` already looks for names, so that no model is loaded here; it is good for one session."""
        self.known = tuple(sorted({*identities.entries(), *config.denied}))
        self.catalogue = load_catalogue(config.cache_dir)
        rules = provider_rules(self.catalogue) + own_rules() + config.rules
        unknown = config.disabled - {r.name for r in rules} - {r.group for r in rules} - {"identity"}
        if unknown:
            raise ConfigRefused("disabled", "names a recogniser that does not exist")
        places()  # kept for the thread: compiled now, and not while a session waits for its second scan
        self.matcher = Matcher(rules, config.cache_dir, disabled=config.disabled)
        self.identity = IdentityRecognizer(() if "identity" in config.disabled else self.known)
        self.presidio = PresidioPass(self.matcher, self.identity)
        self.names = names
        self.ner = None if names else _ner(config)


class Redactor:
    """Redacts sessions of one tenant under one token key. Not to be shared between threads."""

    def __init__(
        self, config: Config, *, token_key: bytes, identities: Identities, engines: Engines | None = None
    ) -> None:
        """Load what was not loaded before: `engines` must be of the same configuration and identities."""
        if len(token_key) < MIN_KEY_BYTES:
            raise ConfigRefused("token_key", f"needs at least {MIN_KEY_BYTES} bytes")
        engines = engines or Engines(config, identities)
        self.config = config
        self._engines = engines
        self._tokeniser = Tokeniser(token_key)
        self._identities, self._catalogue = engines.known, engines.catalogue
        self._matcher, self._presidio = engines.matcher, engines.presidio
        self.config_sha256 = config.digest(token_key)
        self._detector = Detector(self._matcher, engines.identity, self._presidio)
        cache = self._line_cache(token_key)
        self.fast: FastPath | None = FastPath(
            self._matcher,
            engines.identity,
            policy=config.fields,
            depth=config.limits.depth,
            cache=cache,
        )
        self._lines = LineStore(config.lines_dir, cache) if config.lines_dir else None
        if self._lines:
            self._lines.load()

    def _line_cache(self, key: bytes) -> LineCache:
        known = (self._matcher.digest, self.config_sha256, self._identities)
        code = (code_digest(), [version(name) for name in ENGINES]) if self.config.lines_dir else None
        return LineCache(key, hashlib.sha256(repr((known, code)).encode()).digest())

    def keep_lines(self) -> None:
        """Keep on disk what was seen in the lines of a session that passed the second scan, where that is set."""
        if self._lines:
            self._lines.save()

    def redact(self, open_lines: OpenLines) -> AnyRedaction:
        """Read the session once, and give its redaction, which reads it again as its lines are taken.

        Both passes run in a process of their own where the configuration says so and this process can be forked.

        Raises:
            LimitExceeded: the session holds more distinct values than the limits allow.
            EngineFailed: an engine failed; nothing is known about the session.
        """
        if self.config.worker is None or not can_fork():
            return self.redact_here(open_lines)
        return WorkerRedaction(lambda: self.redact_here(open_lines), self.config.worker).begun()

    def redact_here(self, open_lines: OpenLines) -> Redaction:
        """Do what `redact` does, in this process."""
        found = FoundValues(self.config.limits.values, self.config.limits.value_bytes)
        collect = Collect(self._detector, found)
        blobs = BlobFilter(self.config.images, self.config.fields)
        look = self.looking(collect.note)
        prose = self._prose(found)
        lines = blobs.lines(open_lines(), note=False)
        for record in read_records(prose.watch(lines) if prose else lines, self.config.limits, look):
            if record.spans is None:
                collect.record(record, self.config.fields)
        if prose:
            prose.finish()
        return Redaction(self, lambda: blobs.lines(open_lines(), note=True), found, blobs)

    def redact_text(self, text: str) -> str:
        """Give one text redacted and scanned again; the same failures as `redact` and `Redaction.lines`."""
        found = FoundValues(self.config.limits.values, self.config.limits.value_bytes)
        Collect(self._detector, found).text(text, [], None)
        prose = self._prose(found)
        if isinstance(prose, Names):
            raise ConfigRefused("names", "are looked for in one session, not in a text")
        if prose:
            prose.text(text)
            prose.finish()
        replace = self.replacer(found)
        done = replace.text(text, [], None)
        self.second_scan(found).check([done.encode("utf-8", "replace")], 0)
        return done

    def looking(self, note: NoteText) -> Look:
        """Give what looks at a line without parsing it, and calls `note` for each string that may hold something."""
        fast = self.fast
        return lambda line: None if fast is None else fast.look(line, note)

    def holds(self, text: str, key: str | None) -> bool:
        """Say whether the first pass finds something in a text with its key."""
        return bool(hits_of(self._detector, text, key))

    def _prose(self, found: FoundValues) -> ProsePass | Names | None:
        """Give what looks for names in the prose of one session; None where no model is set."""
        if self._engines.names is not None:
            return self._engines.names.into(found)
        if self._engines.ner is None:
            return None
        return ProsePass(self._engines.ner.session(), self.config.fields, found=found, limits=self.config.limits)

    def replacer(self, found: FoundValues, tokeniser: Tokeniser | None = None) -> Replace:
        """Give the visitor of the second pass."""
        return Replace(
            self._detector,
            self._presidio,
            found=found,
            literals=Literals(found.everywhere()),
            tokeniser=tokeniser or self._tokeniser,
            max_spans=self.config.limits.report_spans,
        )

    def remembering_tokeniser(self) -> Tokeniser:
        """Give a tokeniser for one session, which knows the value of each token it made."""
        return self._tokeniser.remembering()

    def second_scan(self, found: FoundValues) -> SecondScan:
        """Give a second scan that knows the found values and the identities."""
        return SecondScan(
            self._catalogue, self.config, literals=Literals(found.everywhere()), identities=self._identities
        )

    @property
    def models(self) -> tuple[tuple[str, str], ...]:
        """(name, SHA-256 over its files) of each language model that takes part."""
        return tuple((model.name, model.sha256) for model in self._models())

    @property
    def ner_languages(self) -> tuple[str, ...]:
        """The languages of those models."""
        return tuple(model.language for model in self._models())

    def _models(self) -> tuple[ModelUsed, ...]:
        if self._engines.names is not None:
            return self._engines.names.models
        ner = self._engines.ner
        return () if ner is None else (model_used(ner.model),)

    @property
    def rule_set_sha256(self) -> str:
        """Digest of every rule of the first pass."""
        return self._matcher.digest


class Redaction:
    """The redaction of one session: take `lines()` to the end, then `report` is whole."""

    def __init__(self, redactor: Redactor, open_lines: OpenLines, found: FoundValues, blobs: BlobFilter) -> None:
        self._redactor = redactor
        self._open_lines = open_lines
        self._blobs = blobs
        self._tokeniser = redactor.remembering_tokeniser()
        self._replace = redactor.replacer(found, self._tokeniser)
        fast = redactor.fast
        self._splice = None if fast is None else Splice(fast, self._replace, RawLiterals(found.everywhere()))
        self._second = redactor.second_scan(found)
        self._counts: Counter[str] = Counter()
        self._done = False

    def lines(self) -> Iterator[bytes]:
        """Give the redacted lines, each with its newline. A batch is given only after the second scan passed it.

        What was given before a failure must not be used: a failure is about the whole session.

        Raises:
            Quarantine: the second scan found something; EngineFailed: an engine failed.
        """
        if self._counts:
            raise ConfigRefused("lines", "a redaction can be read once")
        limits = self._redactor.config.limits
        batch: list[bytes] = []
        size = first = 0
        for record in read_records(self._open_lines(), limits, self._redactor.looking(self._redactor.holds)):
            for line in self._output(record):
                if batch and size + len(line) > limits.chunk_bytes:
                    yield from self._scanned(batch, first)
                    first, batch, size = first + len(batch), [], 0
                batch.append(line)
                size += len(line)
        yield from self._scanned(batch, first)
        self._redactor.keep_lines()
        self._done = True

    @property
    def report(self) -> Report:
        """The account of this redaction; refused before the last line was taken."""
        if not self._done:
            raise ConfigRefused("report", "the lines were not read to their end")
        config, replace, counts = self._redactor.config, self._replace, self._counts
        return Report(
            engines=tuple((name, version(name)) for name in ENGINES),
            rule_set_sha256=self._redactor.rule_set_sha256,
            config_sha256=self._redactor.config_sha256,
            profile=config.profile,
            models=self._redactor.models,
            ner_languages=self._redactor.ner_languages,
            records=counts["records"],
            text_lines=counts["text_lines"],
            dropped=counts["dropped"],
            opaque=replace.opaque_count,
            bytes_in=counts["bytes_in"],
            bytes_out=counts["bytes_out"],
            by_entity=tuple(sorted(replace.by_entity.items())),
            by_rule=tuple(sorted(replace.by_rule.items())),
            decoded_layers=tuple(sorted(replace.by_layer.items())),
            spans=tuple(replace.spans),
            spans_left_out=replace.spans_left_out,
            disabled=tuple(sorted(config.disabled)),
            blobs=tuple(sorted(self._blobs.by_media.items())),
            second_scan=self._second.report(),
        )

    def value(self, token: str) -> str | None:
        """Give the value that a token of this redaction stands for: for sealing at once, never to be written plain."""
        return self._tokeniser.value(token)

    def values(self) -> dict[str, str]:
        """Give every token of this redaction with its value, under the same rule as `value`."""
        return self._tokeniser.values()

    @property
    def blobs(self) -> tuple[DroppedBlob, ...]:
        """Binary data that was taken out, at most 10,000; their digests are for sealing, like values."""
        return tuple(self._blobs.found)

    def _output(self, record: Record) -> list[bytes]:
        counts = self._counts
        counts["records"] += 1
        counts["bytes_in"] += record.size
        if record.dropped:
            if self._redactor.config.refuse_dropped:
                raise LimitExceeded("record_bytes", self._redactor.config.limits.record_bytes)
            counts["dropped"] += 1
            return [write_record({"type": "whereof-dropped", "bytes": record.size}) + b"\n"]
        self._replace.record = counts["records"] - 1
        if record.text:
            counts["text_lines"] += record.lines
            text = self._replace.text(str(record.value), [], None)
            return [line.encode("utf-8", "replace") + b"\n" for line in text.split("\n")]
        value = record.value
        if record.spans is not None and self._splice is not None:
            line = self._splice.line(record.line, record.spans)
            if line is not None:
                return [line]
            value = parse(record.line, self._redactor.config.limits)
        return [write_record(walk(value, self._redactor.config.fields, self._replace)) + b"\n"]

    def _scanned(self, batch: list[bytes], first: int) -> list[bytes]:
        if batch:
            self._second.check(batch, first)
            batch = [self._blobs.restored(line) for line in batch]
            self._counts["bytes_out"] += sum(map(len, batch))
        return batch


AnyRedaction = Redaction | WorkerRedaction
"""A redaction, in this process or another: the two are used alike."""
