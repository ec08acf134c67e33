"""Evidence bundles checked without the program: each verifier that is shipped says of each bundle what ours says."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from attest.evidence.bag.ustar import END
from attest.evidence.bag.volumes import write_volumes
from attest.evidence.bundle.question import Asked, Question
from attest.evidence.bundle.verify import Outside, verify_file
from attest.evidence.shipped import verifier_html, verifier_js, verify_py, verify_sh
from tests.support.evidence_bundles import Recorded, bundle_from, by_ours, files_of, nothing, record_log, told
from tests.support.evidence_tampers import TAMPERS
from tests.unit.evidence.test_bag import HOSTILE

JS = Path(__file__).parents[2] / "js"
GOLDEN = Path(__file__).parents[2] / "golden" / "evidence-v1.bundle"
GOLDEN_TRUST = "071e9b37f85b767a479b179cf8a91430d46a7a6ef3ef80f9165b5149d56ae4d4"
Told = tuple[int, set[str], set[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A bundle, what is trusted, and what ours says of it."""

    path: Path
    trust: Path | None
    digest: str | None
    ours: Told
    more: tuple[Path, ...] = ()
    """Volumes behind the first."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    made = record_log(tmp_path_factory.mktemp("without-us"))
    yield made
    made.instance.engine.dispose()


@pytest.fixture(scope="module")
def cases(log: Recorded, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """Good bundles, every change of a good one, and hostile archives, by name."""
    folder = tmp_path_factory.mktemp("cases")
    commits = log.make(log.commits(), parts=True)
    made = {
        "commits": commits,
        "interval": log.make(Question(kind=Asked.INTERVAL)),
        "sessions": log.make(Question(kind=Asked.SESSIONS, values=log.sessions[:1])),
        "nothing": log.make(Question(kind=Asked.COMMITS, values=("0" * 40,), asked="0" * 40)),
        "damaged": commits.replace(b"third duck", b"third luck", 1),
        "cut": commits[:-700],
    }
    for name, (tamper, _, _) in TAMPERS.items():
        files = files_of(commits)
        tamper(files, log)
        made[name] = bundle_from(files)
    made |= {f"hostile: {name}": raw + END for name, (raw, _) in HOSTILE.items()}
    found = {}
    for number, (name, raw) in enumerate(made.items()):
        path = folder / f"{number}.bundle"
        path.write_bytes(raw)
        found[name] = Case(path=path, trust=log.trust, digest=None, ours=told(by_ours(path, log.trust)))
    found |= volume_cases(folder, commits, log.trust)
    found["golden"] = Case(path=GOLDEN, trust=None, digest=GOLDEN_TRUST, ours=(0, set(), set()))
    bare = folder / "0.bundle"
    found["without a root"] = Case(path=bare, trust=None, digest=None, ours=told(by_ours(bare, None)))
    wrong = "0" * 64
    found["wrong digest"] = Case(path=bare, trust=None, digest=wrong, ours=told(by_ours(bare, None, wrong)))
    return found


def volume_cases(folder: Path, raw: bytes, trust: Path) -> dict[str, Case]:
    """Give a bundle in volumes: whole, without the last, with two exchanged."""
    paths = [folder / f"volume.{number}" for number in range(-(-len(raw) // 50_000))]
    list(write_volumes(io.BytesIO(raw), paths, 50_000))
    orders = {
        "volumes": paths,
        "volume missing": paths[:-1],
        "volumes exchanged": [paths[1], paths[0], *paths[2:]],
    }
    return {
        name: Case(
            path=files[0],
            more=tuple(files[1:]),
            trust=trust,
            digest=None,
            ours=told(verify_file(files[0], Outside(trust=trust), nothing, *files[1:])),
        )
        for name, files in orders.items()
    }


def told_by(answer: dict[str, Any]) -> Told:
    places = {": ".join(one.split(": ")[:2]) for one in answer["failures"]}
    return answer["code"], set(answer["failed"]), places


def test_cases_hold_good_and_bad(cases: dict[str, Case]) -> None:
    good = {name for name, case in cases.items() if case.ours[0] == 0}
    assert good == {"commits", "interval", "sessions", "nothing", "golden", "volumes"}
    assert {case.ours[0] for case in cases.values()} == {0, 3, 5}


def test_script_of_the_page_agrees(require: Callable[..., None], cases: dict[str, Case], tmp_path: Path) -> None:
    require("node")
    script = tmp_path / "verifier.js"
    script.write_text(verifier_js())
    asked = [
        [[str(path) for path in (one.path, *one.more)], str(one.trust) if one.trust else None, one.digest]
        for one in cases.values()
    ]
    command = ["node", str(JS / "evidence.mjs"), str(script)]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    answers = json.loads(done.stdout)
    differ = {
        name: (told_by(answer), case.ours)
        for (name, case), answer in zip(cases.items(), answers, strict=True)
        if told_by(answer) != case.ours
    }
    assert differ == {}
    assert answers[0]["lines"][:3] == by_ours(cases["commits"].path, cases["commits"].trust).lines()[:3]


IN_SHELL = (
    "commits",
    "damaged",
    "volume missing",
    "entry withheld and relabelled",
    "entries swapped",
    "time stamp changed",
    "row left out",
)
"""What the script of the shell is run on here, as each run takes a second; WHEREOF_ALL_BUNDLES=1 runs it on all."""


SHORT_HOSTILE = tuple(f"hostile: {name}" for name in HOSTILE)[::3]


def by_shell(script: Path, case: Case, shell: str = "dash") -> tuple[Told, list[str]]:
    trust = ["--trust", str(case.trust)] if case.trust else ["--trust-digest", case.digest] if case.digest else []
    command = [shell, str(script), *map(str, (case.path, *case.more)), *trust]
    environment = os.environ | {"TMPDIR": str(script.parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    failed = {line.split()[1].rstrip(":") for line in lines if line.startswith("FAILED ")}
    shown = [line[2:] for line in lines if line.startswith("  ") and not line.startswith("  signer: ")]
    return (done.returncode, failed, {": ".join(one.split(": ")[:2]) for one in shown}), lines


def test_script_of_the_shell_agrees(require: Callable[..., None], cases: dict[str, Case], tmp_path: Path) -> None:
    for program in ("dash", "jq", "openssl"):
        require(program)
    script = tmp_path / "verify.sh"
    script.write_bytes(verify_sh())
    all_of_them = os.environ.get("WHEREOF_ALL_BUNDLES") == "1"
    names = [one for one in cases if all_of_them or one in IN_SHELL or one in SHORT_HOSTILE]
    found = {name: by_shell(script, cases[name])[0] for name in names}
    differ = {name: (found[name], cases[name].ours) for name in names if found[name] != cases[name].ours}
    assert differ == {}
    assert [one.name for one in tmp_path.iterdir()] == ["verify.sh"]


def test_page_may_load_nothing_from_anywhere() -> None:
    page = verifier_html().decode()
    assert page.count("default-src 'none'") == 1
    assert "unsafe" not in page
    assert not [
        word for word in ("http:", "src=", "href=", "fetch(", "XMLHttp", "import(", "innerHTML") if word in page
    ]


OLD_ENOUGH = frozenset(
    "__future__ argparse base64 bisect collections contextlib copy datetime hashlib hmac io json os re struct sys typing".split()
)
NEWER = {"datetime": {"UTC"}, "itertools": {"pairwise", "batched"}, "hashlib": {"file_digest"}, "enum": {"StrEnum"}}
"""Names of the standard library that are newer than Python 3.9, of modules that such a verifier may want."""


def test_verify_py_keeps_to_python_3_9() -> None:
    tree = ast.parse(verify_py(), feature_version=(3, 9))
    modules = {node.names[0].name for node in ast.walk(tree) if isinstance(node, ast.Import)}
    taken = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    used = {name.split(".")[0] for name in modules} | {(one.module or "").split(".")[0] for one in taken}
    assert used <= OLD_ENOUGH | {"cryptography"}
    for one in taken:
        assert not {alias.name for alias in one.names} & NEWER.get(one.module or "", set())
    words = {keyword.arg for node in ast.walk(tree) if isinstance(node, ast.Call) for keyword in node.keywords}
    assert not words & {"strict", "slots", "kw_only", "usedforsecurity"}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not attributes & {"bit_count", "file_digest", "pairwise", "UTC", "exception_notes", "add_note"}
    assert not [node for node in ast.walk(tree) if type(node).__name__ in {"Match", "TryStar"}]
