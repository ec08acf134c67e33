"""The demo: one commit, what git says of it, what Whereof says of it, and what holds when it is doubted.

    python -m tools.demo

Everything happens in a temporary folder, shown as `~`; nothing leaves the machine; what it starts, it ends. Each of
the five screens checks that it shows what it must: the exit code is 1 when one does not.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from attest.cli.render_answer import render_answer
from attest.clock import SystemClock, SystemEntropy
from attest.errors import AttestError
from attest.model.answer_json import parse_answer
from attest.settings import read_settings
from attest.usecases.instance import open_instance
from attest.usecases.read_parts import open_parts
from tools.demo_page import WIDTH, say, show, title
from tools.demo_secrets import count_in, places_of, tokens_at
from tools.demo_stage import DemoFailed, Stage, require
from tools.demo_tamper import tampered
from tools.example import Example, build_example

if TYPE_CHECKING:
    from attest.model.answer import Answer, ChangedPath, Row
    from tools.demo_stage import Service

SEED: Final = 7
NAMES: Final = {
    "github_token": "GitHub token",
    "stripe_key": "Stripe live key",
    "aws_access_key": "AWS access key id",
    "aws_secret_key": "AWS secret key",
    "database_url": "database password in a URL",
    "person_email": "e-mail address of a person",
}
_WHY: Final = re.compile(r"ERROR\s+(?!FAIL|\s)(.+?)\s+\w+\.py:\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What recording gave, for the screens after it."""

    session: str
    attestation: str
    identity: str
    issuer: str


def main() -> int:
    """Play the demo and give its exit code."""
    signal.signal(signal.SIGTERM, _stop)
    start = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="whereof-demo-") as folder:
            play(Stage(Path(folder).resolve()))
    except (DemoFailed, AttestError) as err:
        sys.stdout.flush()
        print(f"demo: this must not happen: {err}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    say("─" * WIDTH)
    say("In a repository of your own:  .venv/bin/whereof survey   what git alone can say of every commit")
    say("The same answers as pages:    make serve                 and open the link it prints")
    say(f"All five screens show what they must; {time.monotonic() - start:.0f} s; the temporary folder is gone.")
    return 0


def play(stage: Stage) -> None:
    """Play all five screens.

    Raises:
        DemoFailed: a screen does not show what it must.
    """
    example = build_example(stage.home, seed=SEED)
    say("A small payments service in a temporary folder, shown as ~ here. An agent made one of its commits.")
    what_git_says(stage, example)
    told = record(stage, example)
    with stage.service(example.repo) as service:
        answered = what_whereof_says(stage, service, example)
        not_recorded(stage, service, example)
    doubted(stage, example, told)
    where_secrets_went(stage, example, told, answered)


def what_git_says(stage: Stage, example: Example) -> None:
    """Screen 1: author, time, subject, lines; no reason."""
    title(1, "What git says of a commit")
    arguments = ("git", "log", "-1", "--stat", "--format=%h  %an  %ad%n%n    %s%n", example.commit_with_session)
    said = stage.must(*arguments, "--date=iso", "--stat-width=80", cwd=example.repo)
    require("Add transaction validation logic" in said, "git shows the subject of the commit")
    require("3 files changed" in said, "git shows the size of the change")
    say(f"$ git log -1 --stat {example.commit_with_session[:12]}")
    show(said)
    say()
    say("Who asked for what, what was refused, what was tested, what an agent read: git keeps none of it.")


def record(stage: Stage, example: Example) -> Told:
    """Between screens 1 and 2: record the session, as its developer or a hook would."""
    start = time.monotonic()
    commit = example.commit_with_session
    receipt = json.loads(
        stage.must(
            *("whereof", "record", "--transcript", str(example.transcript), "--commit", commit, "--json"),
            cwd=example.repo,
        )
    )
    took = time.monotonic() - start
    verdict = json.loads(stage.must("whereof", "verify", commit, "--json", cwd=example.repo))
    evidence = verdict["evidence"][0]
    say()
    say(f"$ whereof record --transcript ~/{example.transcript.name} --commit {commit[:12]}")
    say(f"  redacted, signed and logged in {took:.1f} s; a first recording also compiles the redaction rules")
    return Told(
        session=receipt["session"],
        attestation=receipt["attestation"],
        identity=evidence["identity"],
        issuer=evidence["issuer"],
    )


def what_whereof_says(stage: Stage, service: Service, example: Example) -> str:
    """Screen 2: the full answer, over HTTP; gives the JSON it came as."""
    title(2, "What Whereof says of the same commit")
    text = service.answer(example.commit_with_session)
    answer = parse_answer(json.loads(stage.shown(text)))
    say(f"GET /v1/commits/{example.commit_with_session[:12]}…  from the service on loopback, with a token")
    say()
    show(render_answer(answer, width=WIDTH))
    require(answer.sentence.startswith("1 session recorded"), "the answer counts one session")
    require(answer.verdict.word.value == "pass", "the evidence of the commit is good")
    require(answer.commit.subject == "Add transaction validation logic", "the answer knows the subject")
    terms = {row.term for row in _rows(answer)}
    require({"intent", "plan", "override", "rejected path"} <= terms, "the answer says what was asked and decided")
    marks = {row.mark.value for section in answer.sections if section.number == 6 for row in section.rows}
    require(
        {"passed", "failed", "inconclusive", "claimed only"} <= _words(answer, 6) | marks, "four outcomes of checks"
    )
    changed = [path for section in answer.sections for path in section.changed]
    require(_sizes(changed) == _numstat(stage, example), "the answer and git count the same lines")
    require(sum(path.explained or 0 for path in changed) == 3, "three hunks are explained by the session")
    require(sum(path.outside or 0 for path in changed) == 1, "one hunk was edited outside it")
    require("complete" in _words(answer, 10), "the list of evidence is proved complete")
    return text


def not_recorded(stage: Stage, service: Service, example: Example) -> None:
    """Screen 3: the honest answer for a commit that nobody recorded."""
    title(3, "A commit that nobody recorded")
    answer = parse_answer(json.loads(stage.shown(service.answer(example.commit_without_session))))
    say(f"GET /v1/commits/{example.commit_without_session[:12]}…  sections 1 to 9 left out here")
    say()
    blocks = render_answer(answer, width=WIDTH).split("\n\n")
    show("\n\n".join(block for block in blocks if not re.match(" [1-9] ", block)))
    require(answer.sentence.startswith("Not recorded"), "the answer says: not recorded")
    require(answer.verdict.word.value == "absent", "absent is neither good nor bad")
    require(answer.sections[-1].rows, "what is not known is listed")


def doubted(stage: Stage, example: Example, told: Told) -> None:
    """Screen 4: another implementation accepts the bundle, and both refuse it after one bit has changed."""
    title(4, "The evidence, doubted")
    good = stage.must("whereof", "show", told.attestation, "--bundle", cwd=example.repo).encode().rstrip(b"\n")
    (stage.home / "bundle.json").write_bytes(good)
    stage.must("whereof", "export", "trust", "-o", "trust")
    raw = stage.must("git", "--no-replace-objects", "cat-file", "commit", example.commit_with_session, cwd=example.repo)
    (stage.home / "commit").write_bytes(raw.encode())
    say("Stock sigstore-python, which knows nothing of Whereof, and the commit object as git gives it:")
    say()
    say("$ git --no-replace-objects cat-file commit HEAD~1 > commit")
    say("$ sigstore --trust-config trust/trust_config.json verify identity --offline \\")
    say('    --cert-identity "$I" --cert-oidc-issuer "$U" --bundle bundle.json commit')
    said = stage.run(*_stock(told, "bundle.json"))
    show(said.err.strip() or said.out.strip())
    require(said.code == 0 and "OK" in said.err, "stock sigstore accepts the bundle")
    say()
    say("Then one bit is changed. Exit codes and reasons; `whereof verify` starts from the pinned root alone:")
    say()
    say(f"  {'bit changed in':<16}{'sigstore verify identity':<52}whereof verify --bundle")
    for name, data in {"none": good, **tampered(good)}.items():
        say(_row(stage, example, told, name, data))


def _stock(told: Told, bundle: str) -> tuple[str, ...]:
    return (
        *("sigstore", "--trust-config", "trust/trust_config.json", "verify", "identity", "--offline"),
        *("--cert-identity", told.identity, "--cert-oidc-issuer", told.issuer, "--bundle", bundle, "commit"),
    )


def _row(stage: Stage, example: Example, told: Told, name: str, data: bytes) -> str:  # noqa: PLR0917
    bundle = stage.home / f"bundle-{name}.json"
    bundle.write_bytes(data)
    theirs = stage.run(*_stock(told, bundle.name))
    ours = stage.run(
        *("whereof", "verify", example.commit_with_session, "--json"),
        *("--bundle", str(bundle), "--trust", str(stage.home / "trust" / "trusted_root.json")),
        cwd=example.repo,
        # An empty one: no good copy of the bundle lies beside the changed one.
        state=stage.home / "pipeline",
    )
    good = name == "none"
    require((theirs.code == 0) is good, f"stock sigstore judges a bundle with a bit changed in: {name}")
    require(ours.code == (0 if good else 3), f"whereof verify judges a bundle with a bit changed in: {name}")
    reason = json.loads(ours.out)["reason"]
    code = re.search(r"\[([a-z.-]+)\]$", reason)
    why = _WHY.search(theirs.err)
    said = "OK" if good else _short(why[1] if why else "refused", 48)
    return f"  {name:<16}{theirs.code}  {said:<49}{ours.code}  {code[1] if code else 'pass'}"


def where_secrets_went(stage: Stage, example: Example, told: Told, answered: str) -> None:
    """Screen 5: each planted value, the token that stands for it, and a search of every byte that was kept."""
    title(5, "Where the secrets went")
    transcript = example.transcript.read_bytes()
    files = [path for root in (stage.state, example.repo / ".git") for path in root.rglob("*") if path.is_file()]
    kept = [path.read_bytes() for path in files]
    parts = _parts(stage, told)
    redacted = b"".join(data for name, data in sorted(parts.items()) if name.startswith("transcript/"))
    say("Six values were planted in the session, made up for this demo. They are not printed here either.")
    say()
    say(f"  {'planted':<28}{'where':<20}{'stands there now':<42}kept in")
    for kind, value in example.planted:
        places = places_of(value, transcript)
        tokens = tokens_at(places, redacted)
        require(places and count_in(value, (transcript,)), f"the {NAMES[kind]} is in the original transcript")
        require(len(tokens) == 1, f"one token stands for the {NAMES[kind]}")
        found = count_in(value, (*kept, *parts.values(), answered.encode()))
        require(found == 0, f"the {NAMES[kind]} is nowhere in what was kept")
        source = "prompt" if places[0].pointer == "/message/content" else "tool output"
        say(f"  {NAMES[kind]:<28}{source + f' #{places[0].record}':<20}{next(iter(tokens)):<42}{found} places")
    control = sum(count_in(value, (transcript,)) for _, value in example.planted)
    size = sum(map(len, kept)) + sum(map(len, parts.values()))
    say()
    say(f"Searched: {len(kept)} files of the data directory and .git, {len(parts)} parts decrypted, the answer of")
    say(f"screen 2; {size / 1e6:.1f} MB, every byte, each value also as base64, hex, URL, JSON, UTF-16 and reversed.")
    say(f"The same search finds the values {control} times in the transcript that the agent wrote.")


def _parts(stage: Stage, told: Told) -> dict[str, bytes]:
    instance = open_instance(read_settings(stage.environment()), clock=SystemClock(), entropy=SystemEntropy())
    try:
        return open_parts(instance, told.attestation)
    finally:
        instance.engine.dispose()


def _rows(answer: Answer) -> tuple[Row, ...]:
    return tuple(row for section in answer.sections for row in section.rows)


def _sizes(changed: list[ChangedPath]) -> set[tuple[str, str, str]]:
    return {(path.path, str(path.added), str(path.removed)) for path in changed}


def _numstat(stage: Stage, example: Example) -> set[tuple[str, str, str]]:
    said = stage.must(
        "git", "diff-tree", "--numstat", "-r", "--no-commit-id", example.commit_with_session, cwd=example.repo
    )
    return {(path, added, removed) for added, removed, path in (line.split("\t") for line in said.splitlines())}


def _words(answer: Answer, number: int) -> set[str]:
    return {row.shown_word for section in answer.sections if section.number == number for row in section.rows}


def _short(text: str, width: int) -> str:
    text = " ".join(text.partition(": expected")[0].removeprefix("invalid log entry: ").split())
    return text if len(text) <= width else text[: width - 1] + "…"


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
