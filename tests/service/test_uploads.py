"""Objects handed in by digest: whole or in blocks that resume, hashed again here, kept once, bounded."""

from __future__ import annotations

import hashlib

import httpx2
import pytest

from attest.store.uploads import KEPT_S, upload_of
from tests.service.conftest import Running, Start

pytestmark = pytest.mark.loopback
BLOCK = {"Content-Type": "application/offset+octet-stream"}
WHOLE = {"Content-Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def dock(start: Start) -> Running:
    return start(block_bytes=1000)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def begin(client: httpx2.Client, data: bytes, **other: object) -> httpx2.Response:
    return client.post("/v1/uploads", json={"sha256": digest(data), "size": len(data)} | other)


def send(client: httpx2.Client, place: str, data: bytes, at: int, **headers: str) -> httpx2.Response:
    return client.patch(place, content=data, headers=BLOCK | {"Upload-Offset": str(at)} | headers)


def test_an_upload_goes_on_where_it_broke_off_and_makes_the_object(dock: Running) -> None:
    client, data = dock.signed_in, b"pond" * 600
    began = begin(client, data)
    assert (began.status_code, began.json()["offset"]) == (201, 0)
    place = began.headers["location"]
    assert send(client, place, data[:1000], 0).headers["upload-offset"] == "1000"
    # The answer was lost: the same is not taken twice, and where to go on is told.
    again = send(client, place, data[:1000], 0)
    assert (again.status_code, again.json()["code"], again.json()["expected"]) == (409, "service.offset", "1000")
    stands = client.head(place)
    assert (stands.status_code, stands.headers["upload-offset"], stands.headers["upload-length"]) == (
        200,
        "1000",
        "2400",
    )
    # The address was lost: the same announcement leads to it.
    found = begin(client, data)
    assert (found.status_code, found.json()["id"], found.json()["offset"]) == (200, began.json()["id"], 1000)
    assert send(client, place, data[1000:2000], 1000).status_code == 204
    assert client.head(f"/v1/objects/{digest(data)}").status_code == 404
    last = send(client, place, data[2000:], 2000)
    assert (last.status_code, last.headers["location"]) == (204, f"/v1/objects/{digest(data)}")
    held = client.head(last.headers["location"])
    assert (held.status_code, held.headers["content-length"]) == (200, "2400")
    assert client.head(last.headers["location"], headers={"If-None-Match": held.headers["etag"]}).status_code == 304
    assert dock.app.state.service.instance.objects.get(digest(data)) == data
    assert client.get(place).status_code == 404
    assert begin(client, data).json()["offset"] == len(data)


def test_other_bytes_than_were_announced_are_thrown_away(dock: Running) -> None:
    client, data = dock.signed_in, b"heron"
    place = begin(client, data).headers["location"]
    told = send(client, place, b"crane", 0)
    assert (told.status_code, told.json()["code"]) == (422, "service.digest")
    assert client.get(place).status_code == 404
    assert client.head(f"/v1/objects/{digest(data)}").status_code == 404
    put = client.put(f"/v1/objects/{digest(data)}", content=b"crane", headers=WHOLE)
    assert (put.status_code, put.json()["code"]) == (422, "service.digest")


def test_an_object_is_kept_once(dock: Running) -> None:
    client, data = dock.signed_in, b"reed"
    place = f"/v1/objects/{digest(data)}"
    assert [client.put(place, content=data, headers=WHOLE).status_code for _ in range(2)] == [201, 200]
    assert client.put(f"/v1/objects/{'A' * 64}", content=data, headers=WHOLE).status_code == 400
    assert client.get(place).status_code == 405


def test_a_block_that_breaks_off_is_not_taken(dock: Running) -> None:
    client, data = dock.signed_in, b"otter" * 100
    place = begin(client, data).headers["location"]

    def half() -> object:
        yield data[:100]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        client.patch(place, content=half(), headers=BLOCK | {"Upload-Offset": "0", "Content-Length": "500"})
    assert client.head(place).headers["upload-offset"] == "0"
    assert send(client, place, data, 0).status_code == 204


@pytest.mark.parametrize(
    ("data", "at", "headers", "code"),
    [
        (b"x" * 1001, 0, {}, "input.too-large"),
        (b"x" * 41, 0, {}, "input.too-large"),
        (b"x", 1, {}, "service.offset"),
        (b"x", -1, {}, "input.malformed"),
        (b"x", 0, {"Content-Type": "text/plain"}, "service.media-type"),
    ],
)
def test_a_block_that_does_not_fit_changes_nothing(
    dock: Running, data: bytes, at: int, headers: dict[str, str], code: str
) -> None:
    client = dock.signed_in
    place = begin(client, b"y" * 40).headers["location"]
    assert send(client, place, data, at, **headers).json()["code"] == code
    assert client.head(place).headers["upload-offset"] == "0"
    assert client.delete(place).status_code == 204
    assert client.delete(place).status_code == 404


@pytest.mark.parametrize("other", [{"size": 0}, {"size": 2**26 + 1}, {"sha256": "0" * 63}, {"more": 1}, {"size": "7"}])
def test_what_announces_no_upload_is_refused(dock: Running, other: dict[str, object]) -> None:
    assert begin(dock.signed_in, b"reed", **other).json()["code"] == "input.malformed"


def test_a_tenant_has_so_many_uploads_and_no_more(dock: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attest.store.uploads.MAX_UPLOADS", 5)
    client = dock.signed_in
    began = [begin(client, bytes([number])) for number in range(6)]
    assert began[-1].json()["code"] == "service.too-many"
    for one in _good(began):
        client.delete(one.headers["location"])


def _good(began: list[httpx2.Response]) -> list[httpx2.Response]:
    return [one for one in began if one.status_code == 201]


def test_an_upload_is_kept_for_a_day(dock: Running) -> None:
    client = dock.signed_in
    name = begin(client, b"marsh").json()["id"]
    instance = dock.app.state.service.instance
    ends = instance.clock.now().timestamp() + KEPT_S
    assert upload_of(instance.engine, instance.scope, name, by="owner", now=int(ends) - 60)
    with pytest.raises(Exception, match=r"service\.not-found"):
        upload_of(instance.engine, instance.scope, name, by="owner", now=int(ends) + 60)
    with pytest.raises(Exception, match=r"service\.not-found"):
        upload_of(instance.engine, instance.scope, name, by="somebody", now=0)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
def test_what_a_proxy_hands_on_is_not_of_this_machine(dock: Running, header: str) -> None:
    told = dock.signed_in.put(f"/v1/objects/{digest(b'z')}", content=b"z", headers=WHOLE | {header: "for=198.51.100.7"})
    assert (told.status_code, told.json()["code"]) == (403, "service.loopback-only")
