"""Broken and hostile input is counted or refused with a code, never a traceback and never silence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.canonical import canonical_json
from attest.capture.lines import MAX_LINE_BYTES, LineFault, parse_line
from attest.capture.reader import read_session, sniff
from attest.errors import InvalidInput
from attest.model.documents import PARTS, SESSION_FIELDS, documents_of, from_documents
from attest.model.facts import facts_json, facts_of
from attest.model.session_predicate import FACTS
from tests.support.claude import Transcript

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


@pytest.mark.parametrize(
    "lines, code",
    [
        ([], "input.empty"),
        ([b"\n", b"  "], "input.empty"),
        ([PNG], "input.unknown-format"),
        ([b"{}\n"], "input.unknown-format"),
        ([b"[" * 10_000], "input.unknown-format"),
        ([b'{"type":"session_meta","payload":{}}'], "input.unknown-format"),
    ],
)
def test_what_is_no_transcript_is_refused_with_a_code(lines: list[bytes], code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_session(lines)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "line, fault",
    [
        (b'{"type":"user","message":{"content":"cut', LineFault.NOT_JSON),
        (b'{"a":"\xff"}', LineFault.NOT_UTF8),
        (b'{"a":NaN}', LineFault.NOT_JSON),
        (b'{"a":1,"a":2}', LineFault.DUPLICATE_KEY),
        (b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", LineFault.TOO_DEEP),
        (b'{"a":"' + b"x" * MAX_LINE_BYTES + b'"}', LineFault.OVERSIZED),
        (b"7", LineFault.NOT_OBJECT),
        (b'{"a":' + b"9" * 5_000 + b"}", LineFault.NOT_JSON),
    ],
)
def test_a_line_that_is_no_record_is_counted_and_shown_as_a_gap(line: bytes, fault: LineFault) -> None:
    assert parse_line(line) is fault
    session = Transcript().prompt("Go").raw(line).says("On").session()
    assert session.counts.bad_lines == 1
    assert {tally.name: tally.count for tally in session.counts.skipped} == {fault.value: 1}
    (gap,) = (gap for gap in session.gaps if gap.kind.endswith("-line"))
    assert gap.evidence[0].record == 1
    assert len(session.events) == 2


def test_brackets_inside_strings_are_not_depth() -> None:
    assert parse_line(json.dumps({"a": '[{"' * 500}).encode()) == {"a": '[{"' * 500}


def test_a_cut_last_line_shows_as_a_truncated_tail() -> None:
    lines = Transcript().prompt("Go").lines()
    assert "truncated-tail" in {gap.kind for gap in read_session([*lines, b'{"type":"user"']).gaps}


def test_a_record_that_redaction_dropped_is_a_gap() -> None:
    session = Transcript().raw(b'{"type":"whereof-dropped","bytes":900}').prompt("Go").session()
    assert {gap.kind: gap.count for gap in session.gaps} == {"dropped-record": 1, "orphan-parent": 1}


def test_lone_surrogates_do_not_reach_the_documents() -> None:
    session = (
        Transcript().raw(b'{"type":"user","uuid":"u0","sessionId":"s","message":{"content":"a\\ud800b"}}').session()
    )
    for document in documents_of(session).values():
        canonical_json(document)


def test_unknown_record_types_are_counted_by_name() -> None:
    session = Transcript().prompt("Go").add("hologram").add("hologram").session()
    assert [(one.name, one.count) for one in session.counts.unknown_types] == [("hologram", 2)]


def test_a_record_that_comes_twice_counts_once() -> None:
    log = Transcript().prompt("Go")
    session = log.raw(log.records[0]).session()
    assert not session.directions
    assert [(one.name, one.count) for one in session.counts.skipped] == [("repeated-record", 1)]


def test_head_changes_when_a_record_is_dropped_or_changed() -> None:
    lines = Transcript().prompt("Go").says("One").says("Two").lines()
    heads = {read_session(some).head for some in (lines, lines[:-1], [lines[0], lines[2], lines[1]])}
    assert len(heads) == 3
    assert read_session([line.rstrip(b"\n") for line in lines]).head == read_session(lines).head


def test_evidence_names_the_very_bytes() -> None:
    log = Transcript().prompt("Go").raw(b"").shell("pytest", "1 passed in 0.1s")
    stored = b"".join(log.lines())
    (check,) = log.session().checks
    call = check.evidence[0]
    record = json.loads(stored[call.byte_start : call.byte_end])
    assert stored.split(b"\n")[call.record] == stored[call.byte_start : call.byte_end]
    place = record
    for name in call.pointer.split("/")[1:]:
        place = place[int(name)] if isinstance(place, list) else place[name]
    assert place["input"]["command"] == "pytest"


def test_the_label_is_only_a_claim() -> None:
    lines = Transcript().prompt("Go").lines()
    assert sniff(lines[0]) == "claude-code/jsonl"
    source = read_session(lines, format="gemini").source
    assert (source.agent, source.label_claimed) == ("claude-code", "gemini")


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["text", "tool_use", "tool_result", "Bash", "Edit", "t1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "id",
                    "name",
                    "input",
                    "content",
                    "command",
                    "tool_use_id",
                    "plan",
                    "answers",
                    "usage",
                    "text",
                    "is_error",
                    "file_path",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=120, deadline=None)
@given(
    kind=st.sampled_from(["user", "assistant", "attachment", "system", "permission-mode"]), body=_VALUES, more=_VALUES
)
def test_fields_of_any_type_are_read_without_an_error_and_go_round_as_documents(
    kind: str, body: object, more: object
) -> None:
    log = Transcript().prompt("Go").call("Bash", command="pytest")
    log.add(
        kind,
        message={"content": body, "usage": more, "model": "m", "id": "x"},
        attachment=body,
        toolUseResult=more,
        permissionMode=more,
        planContent=more,
    )
    log.add(kind, message=more, attachment=more, timestamp=body, uuid=body, origin=more)
    session = log.session()
    assert session.counts.records == session.counts.with_events + sum(one.count for one in session.counts.skipped)
    documents = {name: json.loads(canonical_json(document)) for name, document in documents_of(session).items()}
    assert from_documents(documents) == session
    FACTS.check(facts_json(facts_of(session)), "")


def test_every_field_of_a_session_is_in_exactly_one_document() -> None:
    members = [member for part in PARTS.values() for member in part]
    assert sorted([*members, "events"]) == sorted(SESSION_FIELDS)


def test_a_changed_document_is_refused_with_its_place() -> None:
    documents = documents_of(Transcript().prompt("Go").session())
    documents["intent"]["intent"]["truncated"] = "no"
    with pytest.raises(InvalidInput) as caught:
        from_documents(documents)
    assert caught.value.where == "intent/intent/truncated"


def test_a_model_name_outside_the_closed_form_is_dropped_and_noted() -> None:
    log = (
        Transcript()
        .prompt("Go")
        .add("assistant", message={"model": "my model!", "content": [{"type": "text", "text": "x"}]})
    )
    facts = facts_of(log.session())
    assert (facts.models, facts.models_dropped) == ((), 1)
    assert "model-name-dropped" in facts.gaps


@pytest.mark.parametrize("value", ["{}", "[]", "7", "null", '{"a": []}'])
def test_a_type_of_any_kind_is_told_from_a_format(value: str) -> None:
    assert sniff(b'{"type": %s, "payload": {}, "timestamp": "x", "message": {}}\n' % value.encode()) is None
