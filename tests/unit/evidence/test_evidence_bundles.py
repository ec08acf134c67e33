"""Evidence bundles end to end: good ones pass, every change is found and named, and both verifiers agree."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from attest.errors import InvalidInput
from attest.evidence.bundle.layout import TRUSTED_ROOT as TRUST
from attest.evidence.bundle.question import Asked, Question
from attest.evidence.shipped import verify_py
from attest.usecases.bundle_question import ask
from attest.usecases.create_bundle import BundleRequest, create_bundle
from attest.usecases.export_trust import export_trust
from tests.support.evidence_bundles import (
    Recorded,
    bundle_from,
    by_ours,
    by_standalone,
    edit,
    files_of,
    nothing,
    record_log,
    told,
)
from tests.support.evidence_tampers import TAMPERS, entry
from tests.support.recording import document, whereof


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    made = record_log(tmp_path_factory.mktemp("bundles"))
    yield made
    made.instance.engine.dispose()


@pytest.fixture(scope="module")
def commits(log: Recorded) -> bytes:
    return log.make(log.commits(), parts=True)


@pytest.fixture(scope="module")
def interval(log: Recorded) -> bytes:
    return log.make(Question(kind=Asked.INTERVAL))


def both(path: Path, raw: bytes, trust: Path | None, digest: str | None = None) -> tuple[int, set[str], set[str]]:
    path.write_bytes(raw)
    ours, other = told(by_ours(path, trust, digest)), told(by_standalone(path, trust, digest))
    assert ours == other
    return ours


def test_good_bundles_are_valid(log: Recorded, commits: bytes, interval: bytes, tmp_path: Path) -> None:
    session = log.make(Question(kind=Asked.SESSIONS, values=log.sessions[:1]))
    empty = log.make(Question(kind=Asked.COMMITS, values=("0" * 40,), asked="0" * 40))
    for raw in (commits, interval, session, empty):
        assert both(tmp_path / "b", raw, log.trust) == (0, set(), set())
    lines = by_ours(tmp_path / "b", log.trust).lines()
    (tmp_path / "b").write_bytes(commits)
    lines = by_ours(tmp_path / "b", log.trust).lines()
    assert lines == [
        line.replace(str(log.trust), log.trust.name) for line in by_standalone(tmp_path / "b", log.trust).show()
    ]
    assert any(line.startswith("checked     parts: 2 sessions: 0 erased, ") for line in lines)


def test_same_facts_give_the_same_bytes(log: Recorded, commits: bytes) -> None:
    assert log.make(log.commits(), parts=True) == commits


def test_others_are_known_by_their_hash_alone(log: Recorded, commits: bytes) -> None:
    files = files_of(commits)
    first, other, third, link = log.indices
    assert [path for path in files if path.startswith("data/entries/")] == [
        f"data/entries/{index:012}.sigstore.json" for index in (first, third, link)
    ]
    assert f"{other} " in files["data/window.txt"].decode()
    assert log.sessions[1].encode() not in commits


def test_texts_are_in_it_only_when_asked_for(log: Recorded, commits: bytes) -> None:
    assert b"third duck" in commits
    assert b"third duck" not in log.make(log.commits())


def test_without_a_root_from_outside_nothing_is_decided(log: Recorded, commits: bytes, tmp_path: Path) -> None:
    digest = json.loads(files_of(commits)["data/bundle.json"])["trust"][7:]
    assert both(tmp_path / "b", commits, None)[0] == 5
    assert both(tmp_path / "b", commits, None, digest)[0] == 0
    assert both(tmp_path / "b", commits, None, "0" * 64) == (
        3,
        {"trust"},
        {"trust: file data/trust/trusted_root.json"},
    )
    (tmp_path / "none").write_bytes(b"{")
    assert both(tmp_path / "b", commits, tmp_path / "none")[0] == 5


def test_verifier_in_the_bundle_runs_alone(log: Recorded, commits: bytes, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(commits)
    assert files_of(commits)["verify.py"] == verify_py()
    (tmp_path / "verify.py").write_bytes(verify_py())
    command = [sys.executable, "-I", "verify.py", "b", "--trust", str(log.trust)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("valid: ")
    assert (
        subprocess.run([*command[:3], "b"], cwd=tmp_path, capture_output=True, check=False, timeout=60).returncode == 5
    )


def test_stock_commands_of_the_page_work(log: Recorded, commits: bytes, tmp_path: Path) -> None:
    page = files_of(commits)["VERIFY.md"].decode()
    command = next(line.strip() for line in page.splitlines() if line.strip().startswith("sha256sum"))
    for path, data in files_of(commits).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0
    assert all(line.endswith(": OK") for line in done.stdout.splitlines())
    (tmp_path / "data/window.txt").write_bytes(b"")
    assert subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False, timeout=60).returncode == 1


def test_stock_openssl_takes_the_commands_of_the_page(
    log: Recorded, commits: bytes, tmp_path: Path, require: Callable[..., None]
) -> None:
    for program in ("jq", "openssl"):
        require(program)
    files = files_of(commits)
    page = files["VERIFY.md"].decode()
    begin = page.index("    jq -r .verificationMaterial")
    script = page[begin : page.index("It prints `Verified OK`")]
    for path in (entry(log.indices[0]), entry(log.indices[2])):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(files[entry(log.indices[0])])
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "Verified OK\n")
    changed = files[entry(log.indices[0])].replace(b'"payload":"eyJf', b'"payload":"eyJg')
    (tmp_path / entry(log.indices[0])).write_bytes(changed)
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0


def test_stock_sigstore_takes_the_command_of_the_page(log: Recorded, commits: bytes, tmp_path: Path) -> None:
    export_trust(log.instance, tmp_path / "trust", "https://embedded.invalid")
    for path, data in files_of(commits).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    page = files_of(commits)["VERIFY.md"].decode().replace("\\\n", " ")
    command = next(line.strip() for line in page.splitlines() if line.strip().startswith("sigstore "))
    words = shlex.split(command.replace("TRUST_CONFIG", "trust/trust_config.json"))
    words[0] = str(Path(sys.executable).parent / "sigstore")
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "OK: " in done.stdout + done.stderr) == (0, True)
    words[-1] = "sha256:" + "0" * 64
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False, timeout=60).returncode != 0


def test_stock_cosign_takes_the_command_of_the_page(commits: bytes, tmp_path: Path) -> None:
    files = files_of(commits)
    page = files["VERIFY.md"].decode().replace("\\\n", " ")
    words = shlex.split(next(line for line in page.splitlines() if line.startswith("    cosign ")))
    if shutil.which("cosign") is None:
        pytest.skip(f"not run, cosign is not here: {shlex.join(words)}")
    entry_file = words[words.index("--bundle") + 1]
    for path in (entry_file, TRUST):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(files[path])
    nowhere = {
        **os.environ,
        "HOME": str(tmp_path),
        "TUF_ROOT": str(tmp_path / "tuf"),
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }

    def run(asked: list[str]) -> tuple[int, str]:
        done = subprocess.run(asked, cwd=tmp_path, env=nowhere, capture_output=True, check=False, timeout=60)
        return done.returncode, (done.stdout + done.stderr).decode()

    code, said = run(words)
    assert (code, "Verified OK" in said) == (0, True), said
    other = list(words)
    other[words.index("--digest") + 1] = "0" * 64
    assert run(other)[0] != 0
    bundle = json.loads(files[entry_file])
    proof = bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]
    for holder, name in ((bundle["dsseEnvelope"]["signatures"][0], "sig"), (proof["hashes"], 0)):
        kept, raw = holder[name], bytearray(base64.b64decode(holder[name]))
        raw[-1] ^= 1
        holder[name] = base64.b64encode(raw).decode()
        (tmp_path / entry_file).write_text(json.dumps(bundle), encoding="utf-8")
        assert run(words)[0] != 0, name
        holder[name] = kept


@pytest.mark.parametrize("what", TAMPERS)
def test_change_is_found_and_named_though_the_manifests_agree(
    log: Recorded, commits: bytes, tmp_path: Path, what: str
) -> None:
    tamper, claims, named = TAMPERS[what]
    files = files_of(commits)
    tamper(files, log)
    code, failed, places = both(tmp_path / "b", bundle_from(files), log.trust)
    assert code == 3
    assert failed <= claims
    assert any(place.startswith(named.format(*log.indices)) for place in places)


def test_entry_withheld_from_an_interval_is_named(log: Recorded, interval: bytes, tmp_path: Path) -> None:
    files, index = files_of(interval), log.indices[1]
    del files[entry(index)]
    files["data/window.txt"] = files["data/window.txt"].replace(
        next(line for line in files["data/window.txt"].splitlines() if line.startswith(b"%d " % index)),
        b" ".join(
            [
                *next(one for one in files["data/window.txt"].splitlines() if one.startswith(b"%d " % index)).split()[
                    :2
                ],
                b"other",
            ]
        ),
    )
    edit(files, "data/bundle.json", lambda value: value.update(entries=3))
    assert both(tmp_path / "b", bundle_from(files), log.trust) == (3, {"complete"}, {f"complete: entry {index}"})


def test_entry_passed_off_as_the_logs_own_is_named(log: Recorded, interval: bytes, tmp_path: Path) -> None:
    files, index = files_of(interval), log.indices[1]
    bundle = json.loads(files.pop(entry(index)))
    own = {
        "index": index,
        "body": bundle["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"],
        "envelope": base64.b64encode(
            json.dumps(bundle["dsseEnvelope"], sort_keys=True, separators=(",", ":")).encode()
        ).decode(),
    }
    files["data/own.jsonl"] += json.dumps(own).encode() + b"\n"
    lines = files["data/window.txt"].decode().splitlines(True)
    files["data/window.txt"] = "".join(
        line.replace("entry", "own") if line.startswith(f"{index} ") else line for line in lines
    ).encode()
    edit(files, "data/bundle.json", lambda value: value.update(entries=3))
    assert both(tmp_path / "b", bundle_from(files), log.trust) == (3, {"entries"}, {f"entries: entry {index}"})


def test_changed_byte_of_any_file_is_found_by_the_manifest(log: Recorded, commits: bytes, tmp_path: Path) -> None:
    place = commits.index(b"third duck")
    raw = commits[:place] + b"X" + commits[place + 1 :]
    code, failed, places = both(tmp_path / "b", raw, log.trust)
    assert (code, failed) == (3, {"manifest"})
    assert next(iter(places)).startswith("manifest: file data/parts/")


def test_texts_whose_key_is_gone_and_nobody_erased_are_not_kept(
    log: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log.instance.keys, "load", lambda _name: None)
    raw = log.make(Question(kind=Asked.SESSIONS, values=log.sessions[:1]), parts=True)
    assert both(tmp_path / "b", raw, log.trust) == (0, set(), set())
    states = files_of(raw)[f"data/parts/{log.indices[0]:012}/state.jsonl"]
    assert {json.loads(line)["state"] for line in states.splitlines()} == {"not-kept"}
    assert b"third duck" not in raw


def test_unknown_version_is_not_decided(log: Recorded, commits: bytes, tmp_path: Path) -> None:
    files = files_of(commits)
    edit(files, "data/bundle.json", lambda value: value.update(bundle="whereof-evidence/v2"))
    assert both(tmp_path / "b", bundle_from(files), log.trust) == (5, set(), set())


def test_bundle_that_the_first_version_wrote_verifies(tmp_path: Path) -> None:
    path = Path(__file__).parents[2] / "golden" / "evidence-v1.bundle"
    raw = path.read_bytes()
    assert hashlib.sha256(raw).hexdigest() == "89484f157c8066b1d5f1f99375d5b8ea3d1d39f451e1b8e3ba78f3a33dc3a461"
    digest = "071e9b37f85b767a479b179cf8a91430d46a7a6ef3ef80f9165b5149d56ae4d4"
    assert both(tmp_path / "b", raw, None, digest) == (0, set(), set())
    files = files_of(raw)
    del files[min(name for name in files if name.startswith("data/entries/"))]
    code, _, places = both(tmp_path / "b", bundle_from(files), None, digest)
    assert (code, "entries: entry 2" in places) == (3, True)


def test_root_that_does_not_pin_the_log_decides_nothing(log: Recorded, commits: bytes, tmp_path: Path) -> None:
    other = tmp_path / "root.json"
    other.write_bytes(files_of((Path(__file__).parents[2] / "golden" / "evidence-v1.bundle").read_bytes())[TRUST])
    assert both(tmp_path / "b", commits, other) == (5, set(), set())


def test_commands_write_and_check_a_bundle(log: Recorded, tmp_path: Path) -> None:
    home, clone, file = log.folder / "ledger", log.ledger.scene.repo.path, tmp_path / "b"
    done = whereof("bundle", "create", "HEAD", "-o", file, "--json", home=home, cwd=clone)
    assert (done.returncode, done.stderr) == (0, "")
    made = document(done.stdout)
    assert made["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert [one.name for one in tmp_path.iterdir()] == ["b"]
    checked = whereof(
        "bundle", "verify", file, "--trust-digest", str(made["trust"]), home=tmp_path / "no", cwd=tmp_path
    )
    assert (checked.returncode, checked.stdout.splitlines()[-1][:6]) == (0, "valid:")
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize("wrong", [(), ("HEAD", "--since", "2026-01-01"), ("--session", "x"), ("--until", "noon")])
def test_question_that_is_none_is_wrong_usage(log: Recorded, tmp_path: Path, wrong: tuple[str, ...]) -> None:
    revision = wrong[0] if wrong and not wrong[0].startswith("-") else None
    options = dict(zip(wrong[bool(revision) :: 2], wrong[bool(revision) + 1 :: 2], strict=True))
    sessions = (options["--session"],) if "--session" in options else ()
    span = (options.get("--since"), options.get("--until"))
    with pytest.raises(InvalidInput) as found:
        ask(log.instance, revision, sessions=sessions, span=span, folder=log.ledger.scene.repo.path)
    assert found.value.code == "input.usage"


def test_interval_takes_what_was_logged_within_it(log: Recorded) -> None:
    now = int(log.instance.clock.now().timestamp())
    for since, until, entries in ((None, now + 5, 4), (now + 5, None, 0), (None, 5, 0)):
        request = BundleRequest(
            question=Question(kind=Asked.INTERVAL), since=since, until=until, output=log.folder / "i.bundle"
        )
        assert create_bundle(log.instance, request, nothing).facts.entries == entries
        assert by_ours(log.folder / "i.bundle", log.trust).exit_code == 0


def test_bundle_that_cannot_be_finished_leaves_nothing(log: Recorded, tmp_path: Path) -> None:
    class FullError(Exception):
        pass

    def full(_done: int, _total: int) -> None:
        raise FullError

    request = BundleRequest(question=log.commits(), output=tmp_path / "b")
    with pytest.raises(FullError):
        create_bundle(log.instance, request, full)
    assert list(tmp_path.iterdir()) == []
