"""Promise: what the pages tell each of nine people to type works as it stands, on one machine and without network.

Blocks marked `run` of a page are one script, run in a clone with one recorded session; names that a reader fills in (`ses_…`)
are the newest such name that was printed, as a reader would take it. Blocks marked `shows` are lines of what is printed by then.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.docs.test_shell import BLOCK, ROOT
from tests.support.forked import write_client

JOURNEYS = (ROOT / "docs/journeys.md").read_text()
PARTS = {part.partition("\n")[0].partition(",")[0]: part for part in JOURNEYS.split("\n## ")[1:]}
"""What each of the nine types, by who it is."""
TEXTS = PARTS | {page.stem: page.read_text() for page in sorted((ROOT / "docs/how-to").glob("*.md"))}
RUN = {name: text for name, text in TEXTS.items() if "<!-- run -->" in text}
PREPARE = """
python -m tools.example tour
cd tour/payments
git reset -q --hard HEAD~1
for name in v1.2 v1.4.0; do git tag $name HEAD~1; done
for name in v1.3 v1.5.0; do git tag $name HEAD; done
git init -q --bare ../origin.git && git remote add origin ../origin.git
git push -q origin main --tags && git fetch -q && git remote set-head origin main >/dev/null
whereof init --yes >/dev/null
whereof record --transcript ../session.jsonl --commit HEAD
whereof show HEAD --json
whereof export trust -o ../trust
cp ../trust/trusted_root.json trust.json && cp ../trust/log.vkey .
echo "made up, of nobody" | tee leaked.txt > leaked.key
"""
LOG_SERVER = "https://audit.example"
BEGIN = """set -eu
VKEY="$(cat log.vkey 2>/dev/null || true)"  # as witness.md sets it
newest() { grep -oE "$1" "$SAID" | tail -n 1; }
"""
_FILLED_IN = (
    (re.compile(r"\b(ses|att|pop|ers|hld|fp|exm)_[0-9A-Za-z]*…"), r'$(newest "\1_[0-9A-Za-z]+")'),
    (re.compile("https://…/actor/…"), '$(newest "https://[^ \\"]*/actor/[0-9a-f]+")'),
    (re.compile("--size 25"), "--size 1"),  # there is one commit to draw from
    (re.compile(r"\b[0-9a-f]{4}…"), "$(sha256sum < ../trust/trusted_root.json | cut -c1-64)"),
)


@dataclass(frozen=True)
class Place:
    """Where a page is run: a folder that holds `tour/payments`, and what was printed in it."""

    folder: Path
    environment: dict[str, str]

    @property
    def said(self) -> Path:
        return self.folder / "said"

    def run(self, script: str, clone: Path) -> int:
        with self.said.open("ab") as out:
            return subprocess.run(
                ["sh", "-c", BEGIN + script],
                cwd=clone,
                env=self.environment | {"SAID": str(self.said), "WHEREOF_HOME": str(self.folder / "tour/home")},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                timeout=280,
                check=False,
            ).returncode


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, compiled: Path, require: Callable[..., None]) -> Iterator[Place]:
    """Give a place with one recorded session, and a `whereof` in PATH that is loaded once."""
    for program in ("tar", "od", "openssl", "jq"):  # those of verify.sh
        require(program)
    folder = tmp_path_factory.mktemp("pages")
    write_client(folder, folder / "door")
    place = Place(
        folder / "first",
        {
            **{name: value for name, value in os.environ.items() if not name.startswith(("WHEREOF_", "GIT_", "XDG_"))},
            "PATH": f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
        },
    )
    (place.folder / "tour/home").mkdir(parents=True)
    shutil.copytree(compiled, place.folder / "tour/home/cache")  # a link would not be believed, and rules compiled anew
    serving = subprocess.Popen(
        [sys.executable, "-m", "tests.support.forked", str(folder / "door")],
        cwd=ROOT,
        env=place.environment,
        stdout=subprocess.PIPE,
    )
    assert serving.stdout is not None
    assert serving.stdout.readline() == b"ready\n"
    assert place.run(PREPARE, place.folder) == 0, place.said.read_text()
    yield place
    serving.kill()
    serving.wait()
    serving.stdout.close()


def filled_in(text: str) -> str:
    """Put commands that find a name where a page leaves one to its reader."""
    for form, command in _FILLED_IN:
        text = form.sub(command, text)
    return text


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder's files on a free port, as any web server would; gives the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        return


@pytest.mark.timeout(300)
@pytest.mark.loopback
@pytest.mark.parametrize("name", RUN)
def test_what_a_page_tells_to_type_works_as_it_stands(name: str, prepared: Place, tmp_path: Path) -> None:
    shutil.copytree(prepared.folder, tmp_path / "place", symlinks=True)
    place = Place(tmp_path / "place", prepared.environment)
    with served(place.folder / "tour/home") as address:
        for kind, _, text in BLOCK.findall(RUN[name]):
            if kind == "run":
                code = place.run(filled_in(text).replace(LOG_SERVER, address), place.folder / "tour/payments")
                assert code == 0, f"{text}\n{place.said.read_text()[-600:]}"
            elif kind == "shows":
                said = place.said.read_text()
                assert [line for line in text.splitlines() if line not in said] == []


def test_each_of_the_nine_has_something_that_is_run() -> None:
    assert len(PARTS) == 9
    assert PARTS.keys() - RUN.keys() == set()
    assert len(RUN) >= 17
