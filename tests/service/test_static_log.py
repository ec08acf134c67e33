"""The published folder is the log: served by a web server that knows nothing of it, read by a client that is not ours."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from getpass import getuser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx2
import pytest

from attest.clock import SystemClock, SystemEntropy
from attest.settings import Settings
from attest.usecases.export_trust import export_trust
from attest.usecases.instance import open_instance
from tests.service.conftest import Running
from tests.support.object_servers import free_port, wait_for
from tests.unit.store.submissions import submission

pytestmark = pytest.mark.loopback
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "serve-the-log.md"
BODIES = " ".join(f"{name}_temp_path {{0}}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _plain(folder: Path, _scratch: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _nginx(folder: Path, scratch: Path) -> Iterator[str]:
    """Run nginx with the very lines that the documentation gives, the folder's name put in."""
    port = free_port()
    lines = (
        HOW_TO.read_text().split("```nginx\n")[1].split("```")[0].replace("/var/lib/whereof/logs/default", str(folder))
    )
    config = scratch / "nginx.conf"
    config.write_text(
        f"daemon off; pid {scratch}/pid; error_log {scratch}/error.log; user {getuser()};\n"
        f"events {{}}\nhttp {{ access_log off; {BODIES.format(scratch)} server {{ listen 127.0.0.1:{port};\n{lines}}} }}\n"
    )
    process = subprocess.Popen(["nginx", "-p", scratch, "-c", config], stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}/logs/default"
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(params=["plain", "nginx"])
def serve(request: pytest.FixtureRequest, require: Callable[..., None]) -> Callable[..., AbstractContextManager[str]]:
    if request.param == "nginx":
        require("nginx")
    return _nginx if request.param == "nginx" else _plain


def test_folder_served_by_any_web_server_is_read_by_tlog_scales_under_the_exported_key(
    home: Path, tmp_path: Path, serve: Callable[..., AbstractContextManager[str]]
) -> None:
    backend = pytest.importorskip("tlog_scales.backend")
    reader_module = pytest.importorskip("tlog_scales.reader")
    signing = pytest.importorskip("tlog_scales.signing")
    instance = open_instance(Settings(home=home / "whereof"), clock=SystemClock(), entropy=SystemEntropy())
    for group in (range(3), range(3, 260), range(260, 262)):
        instance.log.append([submission(number) for number in group])
    export_trust(instance, home / "trust", "http://127.0.0.1:1")
    vkey = signing.Vkey.from_string((home / "trust" / "log.vkey").read_text(encoding="utf-8").strip())

    with serve(instance.log.publisher.directory, tmp_path) as url:
        reader = reader_module.TilesReader(backend.HttpBackend(url))
        head = reader.get_checkpoint()
        head.verify(vkey)
        published = instance.log.publisher.published()
        assert published is not None
        assert (head.size, head.root_hash) == (published.size, published.root)
        assert reader.calculate_root_hash() == head.root_hash
        assert reader.get_entry(3) == instance.log.publisher.reader(head.size).entry(3)
        # Who holds an earlier checkpoint falls back to the full tile: its partial one was removed.
        early = reader_module.TilesReader(reader.backend)
        early.set_size(5)
        assert early.get_entry(3) == reader.get_entry(3)
        reader.backend.session.close()
    instance.engine.dispose()


def test_documented_nginx_serves_the_log_and_nothing_beside_it(
    home: Path, tmp_path: Path, require: Callable[..., None]
) -> None:
    require("nginx")
    instance = open_instance(Settings(home=home / "whereof"), clock=SystemClock(), entropy=SystemEntropy())
    instance.log.append([submission(number) for number in range(300)])
    folder = instance.log.publisher.directory
    with _nginx(folder, tmp_path) as url, httpx2.Client() as client:
        note, tile = client.get(f"{url}/checkpoint"), client.get(f"{url}/tile/0/000")
        assert (note.headers["cache-control"], note.headers["content-type"]) == (
            "no-cache",
            "text/plain; charset=utf-8",
        )
        assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert tile.content == (folder / "tile" / "0" / "000").read_bytes()
        beside = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
        hidden = [path for path in beside if path.parts[0] != "tile" and path.name != "checkpoint"]
        assert hidden
        assert {client.get(f"{url}/{path}").status_code for path in (*hidden, "..%2f..%2fwhereof.db", "")} <= {400, 404}
        assert client.post(f"{url}/checkpoint").status_code in {403, 405}
    instance.engine.dispose()


def test_tiles_and_checkpoint_have_the_headers_of_what_they_are(running: Running) -> None:
    client = running.client()
    note = client.get("/logs/default/checkpoint")
    assert (note.headers["content-type"], note.headers["cache-control"]) == ("text/plain; charset=utf-8", "no-cache")
    tag = note.headers["etag"]
    assert client.get("/logs/default/checkpoint", headers={"If-None-Match": tag}).status_code in {200, 304}
    size = int(note.text.split("\n")[1])
    tile = client.get(f"/logs/default/tile/0/000.p/{size}", headers={"Range": "bytes=0-7"})
    assert (tile.status_code, len(tile.content)) == (200, 32 * size)
    assert tile.headers["accept-ranges"] == "none"
    again = client.get(f"/logs/default/tile/0/000.p/{size}", headers={"If-None-Match": tile.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.fixture
def private(running: Running) -> Iterator[Running]:
    """The shared service, its log private for one test."""
    settings = running.app.state.service.instance.settings
    object.__setattr__(settings, "log_private", True)
    yield running
    object.__setattr__(settings, "log_private", False)


def test_private_log_is_for_those_with_a_token(private: Running) -> None:
    size = private.signed_in.get("/logs/default/checkpoint").text.split("\n")[1]
    paths = (
        "/logs/default/checkpoint", f"/logs/default/tile/0/000.p/{size}", "/logs/default/tile/9/9", "/logs/x/checkpoint",
    )  # fmt: skip
    for path in paths:
        refused = private.client().get(path)
        assert refused.status_code == 401, path
        assert refused.json()["code"] == "service.unauthenticated"
    signed_in = private.signed_in
    assert [signed_in.get(path).status_code for path in paths] == [200, 200, 404, 404]
    assert signed_in.get(paths[1]).headers["cache-control"] == "private, max-age=31536000, immutable"
    assert "private" in signed_in.get(paths[0]).headers["cache-control"]


def test_entry_has_a_tlog_proof_by_its_media_type(running: Running, recorded: object) -> None:
    from attest.ledger.note import decode_vkey
    from attest.ledger.tlog_proof import parse_tlog_proof, verify_tlog_proof

    client, log = running.signed_in, running.app.state.service.instance.services.log
    got = client.get("/v1/entries/0/proof", headers={"Accept": "text/plain"})
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    values = client.get("/v1/entries/0/proof").json()
    leaf = bytes.fromhex(values["leaf_hash"])
    head, _ = verify_tlog_proof(parse_tlog_proof(got.text), leaf, decode_vkey(log.verifier_key))
    assert head.size >= 2
    odd = client.get("/v1/entries/0/proof", params={"tree_size": 1}, headers={"Accept": "text/plain"})
    assert odd.status_code == 404  # the log never signed that size
    assert client.get("/v1/entries/0/proof", headers={"Accept": "image/png"}).status_code == 406


def test_service_whose_store_is_away_says_so_and_what_it_does_not_know(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attest.errors import CannotVerify

    publisher = running.app.state.service.instance.log.publisher

    class Away:
        where = "s3://ponds"

        def read(self, _path: str) -> None:
            raise CannotVerify("store.away", where=self.where)

        get = read

    monkeypatch.setattr(publisher, "files", Away())
    client = running.signed_in
    assert running.client().get("/healthz").status_code == 200
    ready = running.client().get("/readyz")
    assert (ready.status_code, ready.json()["published_size"]) == (503, None)
    health = client.get("/v1/logs/default/health").json()
    assert (health["state"], health["published_size"]) == ("unknown", None)
    note = running.client().get("/logs/default/checkpoint")
    assert (note.status_code, note.json()["code"], note.json()["retryable"]) == (503, "store.away", True)
    assert "Retry-After" in note.headers
    assert "does not answer" in client.get("/log").text
    monkeypatch.undo()
    assert running.client().get("/readyz").status_code == 200
