"""The JSON form of an answer: one schema (`docs/spec/answer.schema.json`) for CLI, API and reports.

Writing is lossless, so a client that fetched an answer renders it exactly as the server would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attest.errors import InvalidInput
from attest.model.answer import (
    WORDS,
    Answer,
    AsOf,
    Basis,
    BundleRef,
    ChangedPath,
    CommitRef,
    Mark,
    NextStep,
    Pointer,
    PointerKind,
    Reason,
    RecordedTime,
    Row,
    Section,
    Verdict,
    VerdictLine,
)

SCHEMA = "answer/v1"
MAX_ROWS = 10_000
"""Rows of one section that `parse_answer` accepts."""


def to_json(answer: Answer) -> dict[str, object]:
    """Give the answer as a JSON value; every field is always there, null and empty values included."""
    return {
        "schema": SCHEMA,
        "sentence": answer.sentence,
        "commit": {
            "oid": answer.commit.oid,
            "subject": answer.commit.subject,
            "repository": answer.commit.repository,
        },
        "verdict": _verdict(answer.verdict),
        "sections": [_section(section) for section in answer.sections],
        "as_of": None if answer.as_of is None else _as_of(answer.as_of),
        "follows": [_as_of(one) for one in answer.follows],
        "next_steps": [{"when": step.when, "command": step.command, "note": step.note} for step in answer.next_steps],
        "sessions": list(answer.sessions),
        "attestations": list(answer.attestations),
        "bundles": [
            {
                "attestation": one.attestation,
                "predicate_type": one.predicate_type,
                "identity": one.identity,
                "issuer": one.issuer,
                "log_index": one.log_index,
                "log": one.log,
            }
            for one in answer.bundles
        ],
    }


def _as_of(head: AsOf) -> dict[str, object]:
    return {"log": head.log, "tree_size": head.tree_size, "root": head.root}


def _verdict(verdict: VerdictLine) -> dict[str, object]:
    return {
        "verdict": verdict.word.value,
        "what": verdict.what,
        "reasons": [{"text": reason.text, "section": reason.section} for reason in verdict.reasons],
        "policy": verdict.policy,
        "tier": verdict.tier,
        "base": verdict.base,
        "mode": verdict.mode,
        "exit_code": verdict.exit_code,
        "enforce_exit_code": verdict.enforce_exit_code,
        "note": verdict.note,
    }


def _section(section: Section) -> dict[str, object]:
    return {
        "number": section.number,
        "title": section.title,
        "rows": [_row(row) for row in section.rows],
        "changed": [
            {
                "path": changed.path,
                "added": changed.added,
                "removed": changed.removed,
                "explained": changed.explained,
                "outside": changed.outside,
                "not_explained": changed.not_explained,
            }
            for changed in section.changed
        ],
        "recorded": [
            {
                "what": recorded.what,
                "time": None if recorded.time is None else recorded.time.astimezone(UTC).isoformat(),
                "relation": recorded.relation,
                "clock": recorded.clock,
                "earliest_outside": recorded.earliest_outside,
                "pointers": [_pointer(pointer) for pointer in recorded.pointers],
                "basis": _basis(recorded.basis),
            }
            for recorded in section.recorded
        ],
    }


def _row(row: Row) -> dict[str, object]:
    return {
        "term": row.term,
        "mark": row.mark.value,
        "word": row.shown_word,
        "text": row.text,
        "quote": row.quote,
        "note": row.note,
        "detail": row.detail,
        "settles": row.settles,
        "pointers": [_pointer(pointer) for pointer in row.pointers],
        "basis": _basis(row.basis),
    }


def _basis(basis: Basis | None) -> str:
    return "none" if basis is None else basis.value


def _pointer(pointer: Pointer) -> dict[str, object]:
    return {
        "kind": pointer.kind.value,
        "label": pointer.label,
        "target": pointer.target,
        "session": pointer.session,
    }


def parse_answer(value: object) -> Answer:
    """Give the answer that `to_json` wrote.

    Raises:
        InvalidInput: the value is not such an answer, is of another version, or holds more rows than `MAX_ROWS`.
    """
    try:
        return _parse(value)
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise InvalidInput("input.malformed", "this is not an answer", expected=SCHEMA) from err


def _parse(value: Any) -> Answer:  # noqa: ANN401 - checked field by field below
    if value["schema"] != SCHEMA:
        raise ValueError("another version")
    as_of = value["as_of"]
    return Answer(
        sentence=_text(value["sentence"]),
        commit=CommitRef(
            oid=_text(value["commit"]["oid"]),
            subject=_maybe_text(value["commit"]["subject"]),
            repository=_maybe_text(value["commit"]["repository"]),
        ),
        verdict=_parse_verdict(value["verdict"]),
        sections=tuple(_parse_section(part) for part in value["sections"]),
        as_of=None if as_of is None else _parse_as_of(as_of),
        # Answers of earlier versions have neither this member nor the log of a bundle.
        follows=tuple(_parse_as_of(one) for one in _bounded(value.get("follows", []))),
        next_steps=tuple(
            NextStep(when=_text(step["when"]), command=_text(step["command"]), note=_text(step["note"]))
            for step in value["next_steps"]
        ),
        sessions=tuple(_text(name) for name in value["sessions"]),
        attestations=tuple(_text(name) for name in value["attestations"]),
        bundles=tuple(
            BundleRef(
                attestation=_text(one["attestation"]),
                predicate_type=_text(one["predicate_type"]),
                identity=_text(one["identity"]),
                issuer=_text(one["issuer"]),
                log_index=_count(one["log_index"]),
                log=_text(one.get("log", "")),
            )
            for one in value["bundles"]
        ),
    )


def _parse_as_of(value: Mapping[str, Any]) -> AsOf:
    return AsOf(log=_text(value["log"]), tree_size=_count(value["tree_size"]), root=_text(value["root"]))


def _parse_verdict(value: Mapping[str, Any]) -> VerdictLine:
    return VerdictLine(
        word=Verdict(value["verdict"]),
        what=_text(value["what"]),
        reasons=tuple(Reason(text=_text(item["text"]), section=_count(item["section"])) for item in value["reasons"]),
        policy=_text(value["policy"]),
        tier=_text(value["tier"]),
        base=_text(value["base"]),
        mode=_text(value["mode"]),
        exit_code=_count(value["exit_code"]),
        enforce_exit_code=_count(value["enforce_exit_code"]),
        note=_text(value["note"]),
    )


def _parse_section(value: Mapping[str, Any]) -> Section:
    return Section(
        number=_count(value["number"]),
        rows=tuple(_parse_row(row) for row in _bounded(value["rows"])),
        changed=tuple(
            ChangedPath(
                path=_text(item["path"]),
                added=_maybe_count(item["added"]),
                removed=_maybe_count(item["removed"]),
                explained=_maybe_count(item["explained"]),
                outside=_maybe_count(item["outside"]),
                not_explained=_maybe_count(item["not_explained"]),
            )
            for item in _bounded(value["changed"])
        ),
        recorded=tuple(_parse_recorded(item) for item in _bounded(value["recorded"])),
    )


def _parse_recorded(value: Mapping[str, Any]) -> RecordedTime:
    moment = value["time"]
    return RecordedTime(
        what=_text(value["what"]),
        time=None if moment is None else datetime.fromisoformat(moment).astimezone(UTC),
        relation=_text(value["relation"]),
        clock=_text(value["clock"]),
        earliest_outside=value["earliest_outside"] is True,
        pointers=tuple(_parse_pointer(pointer) for pointer in _bounded(value["pointers"])),
        basis=_parse_basis(value["basis"]),
    )


def _parse_row(value: Mapping[str, Any]) -> Row:
    mark = Mark(value["mark"])
    word = _text(value["word"])
    return Row(
        term=_text(value["term"]),
        mark=mark,
        word="" if word == WORDS[mark][0] else word,
        text=_text(value["text"]),
        quote=_text(value["quote"]),
        note=_text(value["note"]),
        detail=_text(value["detail"]),
        settles=_text(value["settles"]),
        pointers=tuple(_parse_pointer(pointer) for pointer in _bounded(value["pointers"])),
        basis=_parse_basis(value["basis"]),
    )


def _parse_pointer(value: Mapping[str, Any]) -> Pointer:
    return Pointer(
        kind=PointerKind(value["kind"]),
        label=_text(value["label"]),
        target=_text(value["target"]),
        session=_text(value["session"]),
    )


def _parse_basis(value: str) -> Basis | None:
    return None if value == "none" else Basis(value)


def _bounded(value: Sequence[Any]) -> Sequence[Any]:
    if not isinstance(value, list) or len(value) > MAX_ROWS:
        raise ValueError("too many, or not a list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _maybe_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("not a count")
    return value


def _maybe_count(value: object) -> int | None:
    return None if value is None else _count(value)
