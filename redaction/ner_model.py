"""The language model that marks names in prose: loaded from files whose digests are checked, never fetched.

A spaCy model runs with its `ner` pipe alone. The small model is a dependency whose every file is known by digest; a
stronger one is a folder of the operator's, bound by the digest of its file list.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from redaction.errors import ConfigRefused, EngineFailed
from redaction.ner_manifest import PACKAGE, PACKAGE_FOLDER, SMALL_MODEL, listing_digest

if TYPE_CHECKING:
    from spacy.language import Language

OFF: Final = "off"
SMALL: Final = "small"
UNDETERMINED: Final = "und"
_LANGUAGE_CHARS: Final = 16
MAX_MODEL_FILES: Final = 4096
MAX_MODEL_BYTES: Final = 8 * 1024**3
BATCH_SENTENCES: Final = 64
RECYCLE_SENTENCES: Final = 2048
"""Sentences after which the model's memory zone is closed: spaCy keeps every word it has seen until then."""
_LEFT_OUT: Final = ("tagger", "parser", "lemmatizer", "attribute_ruler", "senter", "textcat")
_GLINER_CONFIG: Final = "gliner_config.json"
_READ_BYTES: Final = 1024 * 1024

Marked = tuple[int, int, str]
"""(start, end, label) of what a model takes for a name of some kind; offsets in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NerSetting:
    """Which model marks names."""

    model: str = OFF
    """`off`, `small`, or the folder of a spaCy pipeline or of GLiNER weights."""
    sha256: str = ""
    """Digest that the folder must have, as `folder_digest` gives it; needed for a folder, and for nothing else."""

    def __post_init__(self) -> None:
        if (self.model in (OFF, SMALL)) == bool(self.sha256):
            raise ConfigRefused("ner", "a folder of a model needs its sha256, and nothing else has one")


class NerModel(Protocol):
    """Marks names in sentences."""

    name: str
    sha256: str
    language: str
    """The language its files name, by its short tag; `und` where they name none."""

    def mark(self, sentences: Iterable[str]) -> Iterator[tuple[Marked, ...]]:
        """Give, for each sentence, what stands for a name of any kind."""
        ...


@dataclass(frozen=True, slots=True)
class ModelUsed:
    """What a report says of a model."""

    name: str
    sha256: str
    language: str


def model_used(model: NerModel) -> ModelUsed:
    """Give what a report says of a model."""
    return ModelUsed(model.name, model.sha256, model.language)


def load_model(setting: NerSetting) -> NerModel:
    """Load the model of a setting other than `off`; no connection is made and nothing is written.

    Raises:
        ConfigRefused: a file is missing, changed or not listed, or the folder's digest is another one.
        EngineFailed: the files are right and still do not load.
    """
    if setting.model == SMALL:
        folder = small_folder()
        return _SpacyModel(folder, PACKAGE, folder_digest(folder, SMALL_MODEL))
    folder = Path(setting.model)
    digest = folder_digest(folder)
    if digest != setting.sha256:
        raise ConfigRefused("ner.sha256", f"the folder of the model has digest {digest}")
    if (folder / _GLINER_CONFIG).is_file():
        return _GlinerModel(folder, digest)
    return _SpacyModel(folder, "spacy-folder", digest)


def small_folder() -> Path:
    """Give the folder of the small model as installed; nothing of the package is run."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.origin:
        raise ConfigRefused("ner", f"the package {PACKAGE} is not installed")
    return Path(spec.origin).parent / PACKAGE_FOLDER


def folder_digest(folder: Path, expected: dict[str, str] | None = None) -> str:
    """Give the SHA-256 over `<sha256>  <path>` of every file of a folder, sorted; with `expected`, each must agree.

    Raises:
        ConfigRefused: no such folder, a link in it, too much in it, or a file that is not what is expected.
    """
    found = {name: _digest(path) for name, path in sorted(_files(folder))}
    if not found:
        raise ConfigRefused("ner", "the folder of the model is missing or empty")
    if expected is not None and found != expected:
        names = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        raise ConfigRefused("ner", f"a file of the model is not the one released: {names[0][:200]}")
    return listing_digest(found)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    count = size = 0
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in [*names, *folders]:
            path = Path(parent) / name
            if path.is_symlink():
                raise ConfigRefused("ner", "the folder of the model holds a symbolic link")
            if name in folders:
                continue
            count, size = count + 1, size + path.stat().st_size
            if count > MAX_MODEL_FILES or size > MAX_MODEL_BYTES:
                raise ConfigRefused("ner", "the folder of the model holds too much")
            yield path.relative_to(folder).as_posix(), path


def _digest(path: Path) -> str:
    state = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            state.update(piece)
    return state.hexdigest()


@dataclass(slots=True)
class _SpacyModel:
    """spaCy's `ner` pipe (and the vectors it listens to, where the model has them apart)."""

    folder: Path
    name: str
    sha256: str
    language: str = field(init=False, default=UNDETERMINED)
    _nlp: Language = field(init=False, repr=False)

    def __post_init__(self) -> None:
        from spacy.util import load_model_from_path

        try:
            self._nlp = load_model_from_path(self.folder, exclude=self._unused())
        except Exception as err:  # noqa: BLE001 - spaCy raises what its readers raise
            raise EngineFailed("spacy", f"the model does not load: {type(err).__name__}") from None
        self.language = str(self._nlp.lang)[:_LANGUAGE_CHARS]
        if "ner" not in self._nlp.pipe_names:
            raise ConfigRefused("ner", "the model has no ner pipe")

    def _unused(self) -> tuple[str, ...]:
        """Name the pipes that the `ner` pipe does not need: a small `ner` carries its own embedding."""
        config = (
            (self.folder / "config.cfg").read_text(encoding="utf-8") if (self.folder / "config.cfg").is_file() else ""
        )
        _, _, ner = config.partition("[components.ner.model.tok2vec]")
        listens = "Listener" in ner.partition("[components.")[0]
        return _LEFT_OUT if listens else (*_LEFT_OUT, "tok2vec")

    def mark(self, sentences: Iterable[str]) -> Iterator[tuple[Marked, ...]]:
        """Give the entities of each sentence; spaCy's memory is given back after every few thousand."""
        waiting = iter(sentences)
        while group := [text for _, text in zip(range(RECYCLE_SENTENCES), waiting, strict=False)]:
            try:
                with self._nlp.memory_zone():
                    marked = [
                        tuple((e.start_char, e.end_char, e.label_) for e in doc.ents)
                        for doc in self._nlp.pipe(group, batch_size=BATCH_SENTENCES)
                    ]
            except Exception as err:  # noqa: BLE001 - the message may hold the text, so only its type leaves
                raise EngineFailed("spacy", type(err).__name__) from None
            yield from marked


class _GlinerModel:
    """GLiNER weights from a folder; the package `gliner` is the operator's to install."""

    def __init__(self, folder: Path, sha256: str) -> None:
        self.name, self.sha256, self.language = "gliner-folder", sha256, UNDETERMINED
        try:
            from gliner import GLiNER
        except ImportError:
            raise ConfigRefused(
                "ner", "the folder holds GLiNER weights, and the package gliner is not installed"
            ) from None
        try:
            self._model = GLiNER.from_pretrained(str(folder), local_files_only=True)
        except Exception as err:  # noqa: BLE001 - whatever its readers raise
            raise EngineFailed("gliner", f"the model does not load: {type(err).__name__}") from None

    def mark(self, sentences: Iterable[str]) -> Iterator[tuple[Marked, ...]]:
        """Give the entities of each sentence under spaCy's labels."""
        for text in sentences:
            try:
                found = self._model.predict_entities(text, list(_GLINER_LABELS))
            except Exception as err:  # noqa: BLE001 - the message may hold the text, so only its type leaves
                raise EngineFailed("gliner", type(err).__name__) from None
            yield tuple((int(e["start"]), int(e["end"]), _GLINER_LABELS[e["label"]]) for e in found)


_GLINER_LABELS: Final = {"person": "PERSON", "location": "GPE", "date": "DATE", "organization": "ORG"}
