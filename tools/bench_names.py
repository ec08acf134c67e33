"""Recall of names of persons, on labelled sentences in the form of presidio-research.

    python -m tools.bench_names FILE [FOLDER of a spaCy pipeline]

FILE is a JSON list of objects with `full_text` and `spans`. Each sentence is a session of one line, so that nothing found
in one helps in another; a name counts as found when it stands nowhere in what comes out.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from pathlib import Path

from redaction.config import Config, Identities
from redaction.errors import RedactionError
from redaction.fields import FieldPolicy
from redaction.ner_model import SMALL, NerSetting, folder_digest
from redaction.profiles import PROFILES, Profile
from redaction.redactor import Redactor


def _recall(redactor: Redactor, sentences: list[dict[str, object]]) -> tuple[int, int, int]:
    """Give (found, labelled, sentences held back)."""
    found = labelled = held_back = 0
    for sentence in sentences:
        line = json.dumps({"text": sentence["full_text"]}, ensure_ascii=False).encode() + b"\n"
        try:
            out = json.loads(b"".join(redactor.redact(lambda line=line: iter([line])).lines()))["text"]  # type: ignore[misc]
        except RedactionError:
            held_back += 1
            continue
        names = [span["entity_value"] for span in sentence["spans"] if span["entity_type"] == "PERSON"]  # type: ignore[attr-defined]
        labelled += len(names)
        found += sum(name not in out for name in names)
    return found, labelled, held_back


def _redactor(folder: Path, profile: Profile, ner: NerSetting) -> Redactor:
    config = Config(
        fields=FieldPolicy(prose=(("text",),)),
        cache_dir=folder,
        ner=ner,
        names_by_model=profile.names_by_model,
        ner_labels=profile.ner_labels,
        profile=profile.name,
    )
    return Redactor(config, token_key=b"benchmark key, not secret", identities=Identities())


def main(arguments: list[str]) -> int:
    """Print one row for each model and profile."""
    logging.disable(logging.WARNING)
    sentences = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    settings = {"small": NerSetting(model=SMALL)}
    for name in arguments[1:]:
        settings[Path(name).name] = NerSetting(model=name, sha256=folder_digest(Path(name)))
    print("| model | profile | names found | held back |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for model, ner in settings.items():
            for profile in ("code", "strict"):
                found, labelled, held_back = _recall(_redactor(Path(folder), PROFILES[profile], ner), sentences)
                print(
                    f"| {model} | {profile} | {found} of {labelled}, {found / labelled:.3f} | {held_back} |", flush=True
                )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
