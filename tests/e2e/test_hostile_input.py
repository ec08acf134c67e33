"""Promise: hostile transcripts are recorded with their bad lines counted, or refused with a code; memory stays bounded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.instance import Instance
from attest.usecases.read_parts import session_of
from tests.support.command import whereof
from tests.support.recording import MAIN, ROOT, check_home, record_file, story, write_story

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8
MOST_MIB = 512
"""What a process may hold at its peak, MiB; the libraries alone take some 250."""
RUN = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(f"peak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024}", file=sys.stderr)
sys.exit(done.returncode)
"""


def good() -> list[bytes]:
    return story().lines()


def bad_lines() -> dict[str, bytes]:
    """Give one bad line of each kind."""
    return {
        "NaN": b'{"type":"user","n":NaN,"message":{"role":"user","content":"x"}}\n',
        "repeated key": b'{"type":"user","type":"assistant","message":{"role":"user","content":"x"}}\n',
        "depth 10,000": b'{"type":"user","a":' + b"[" * 10_000 + b"]" * 10_000 + b"}\n",
        "open depth": b"[" * 10_000 + b"\n",
        "not JSON": b"\x00\x1b[2J garbage\n",
        "a number": b"17\n",
    }


@pytest.mark.parametrize("kind", list(bad_lines()))
def test_a_bad_line_is_counted_and_the_rest_is_read(kind: str, instance: Instance, tmp_path: Path) -> None:
    lines = good()
    (tmp_path / "t.jsonl").write_bytes(b"".join([*lines[:3], bad_lines()[kind], *lines[3:]]))
    receipt = record_file(instance, tmp_path / "t.jsonl")
    session = session_of(instance, receipt.attestation)
    assert session.counts.records == len(lines) + 1
    assert session.counts.bad_lines == 1
    assert session.intent is not None


def test_a_line_that_is_not_utf8_is_counted_and_keeps_replacement_characters(
    instance: Instance, tmp_path: Path
) -> None:
    bad = good()[0].replace(b"third duck", b"third \xff\xfe\xc3 duck")
    (tmp_path / "t.jsonl").write_bytes(b"".join([bad, *good()[1:]]))
    receipt = record_file(instance, tmp_path / "t.jsonl")
    session = session_of(instance, receipt.attestation)
    stored = attestations.by_id(instance.engine, instance.scope, receipt.attestation)
    assert stored is not None
    capture = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate["capture"]
    assert isinstance(capture, dict)
    assert (capture["notUtf8"], capture["badLines"]) == (1, 0)
    assert session.counts.records == len(good())
    assert session.intent is not None
    assert "third \ufffd\ufffd\ufffd duck" in session.intent.text


def test_a_truncated_last_line_is_counted_as_such(instance: Instance, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_bytes(b"".join(good())[:-40])
    session = session_of(instance, record_file(instance, tmp_path / "t.jsonl").attestation)
    assert session.counts.bad_lines == 1
    assert "truncated-tail" in {gap.kind for gap in session.gaps}


def test_every_kind_of_bad_line_at_once_is_recorded_and_the_log_is_clean(
    instance: Instance, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "t.jsonl").write_bytes(b"".join([*good(), *bad_lines().values()]))
    session = session_of(instance, record_file(instance, tmp_path / "t.jsonl").attestation)
    assert session.counts.bad_lines == len(bad_lines())
    assert check_home(data, signatures=True).problems == ()


def test_a_line_of_20_mb_is_left_out_and_counted_in_bounded_memory(data: Path, tmp_path: Path) -> None:
    line = json.dumps({"type": "user", "message": {"role": "user", "content": "pond " * 4_000_000}}).encode() + b"\n"
    (tmp_path / "t.jsonl").write_bytes(b"".join([*good()[:3], line, *good()[3:]]))
    command = [sys.executable, "-c", MAIN, "record", "--transcript", str(tmp_path / "t.jsonl"), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *command],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "WHEREOF_HOME": str(data), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stderr.split()[-1]) <= MOST_MIB
    assert json.loads(done.stdout)["index"] == 2


@pytest.mark.parametrize(
    "content, code",
    [
        (b"", "input.empty"),
        (PNG, "input.unknown-format"),
        (b"\n\n \n", "input."),
        (b"not a transcript\n" * 100, "input.unknown-format"),
        (b'{"a": 1}\n', "input.unknown-format"),
    ],
)
def test_what_is_no_transcript_is_refused_with_its_code(content: bytes, code: str, data: Path, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_bytes(content)
    done = whereof("record", "--transcript", tmp_path / "t.jsonl", "--json", home=data, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert json.loads(done.stderr)["error"]["code"].startswith(code)
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_what_is_no_file_is_refused_with_its_code(name: str, data: Path, tmp_path: Path) -> None:
    done = whereof("record", "--transcript", tmp_path / name, "--json", home=data, cwd=tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stderr)["error"]["code"] == "input.not-found"


def test_a_commit_that_is_not_there_is_refused_and_nothing_is_logged(data: Path, tmp_path: Path) -> None:
    transcript = write_story(tmp_path / "t.jsonl", story())
    done = whereof("record", "--transcript", transcript, "--commit", "HEAD", "--json", home=data, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not (data / "whereof.db").exists()
