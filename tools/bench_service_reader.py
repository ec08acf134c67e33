"""One reader of a running service: how long pages take, how large they are, and what the service holds meanwhile."""

from __future__ import annotations

import http.client
import json
import random
import re
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tools.bench_load import Served

DEEP: Final = 40
"""Pages turned until a page counts as deep."""
BESIDE: Final = 8
"""More recordings than there are that name no commit."""
LONG: Final = 3
"""Requests for each page of a long transcript: each takes seconds."""
WALK: Final = "limit=500"
_LINKED: Final = re.compile(rb'(?:href|src)="(/static/[^"?]+\.(?:css|js)[^"]*)"')
_NEXT: Final = re.compile(r"<([^>]+)>")


class Reader:
    """Asks one request after the other over one connection."""

    def __init__(self, service: Served) -> None:
        self.service = service
        self._client = http.client.HTTPConnection("127.0.0.1", service.port, timeout=300)

    def get(self, path: str, accept: str = "*/*") -> tuple[bytes, Mapping[str, str]]:
        """Give the body and the headers of an answer; any but 200 ends the run."""
        headers = {"Authorization": f"Bearer {self.service.token}", "Accept": accept}
        self._client.request("GET", path, headers=headers)
        reply = self._client.getresponse()
        body = reply.read()
        if reply.status == 429:
            time.sleep(1)
            return self.get(path, accept)
        if reply.status != 200:
            raise RuntimeError(f"{path}: {reply.status} {body[:300]!r}")
        return body, {name.lower(): value for name, value in reply.getheaders()}

    def timed(self, path: str, count: int, accept: str = "*/*") -> dict[str, object]:
        """Ask for one page many times; gives its milliseconds and bytes."""
        self.get(path, accept)
        times, size = [], 0
        for _ in range(count):
            begun = time.perf_counter()
            size = len(self.get(path, accept)[0])
            times.append((time.perf_counter() - begun) * 1000)
        times.sort()
        return {"ms": [times[int(share * (count - 1))] for share in (0.5, 0.95, 1.0)], "bytes": size}

    def deep(self, path: str, pages: int) -> str:
        """Turn pages of 500 rows; gives the path of the page of default size that stands there."""
        at = f"{path}?{WALK}"
        for _ in range(pages):
            _, headers = self.get(at)
            if "link" not in headers:
                break
            at = _NEXT.findall(headers["link"])[0]
        return at.replace(f"{WALK}&", "").replace(f"&{WALK}", "").replace(f"?{WALK}", "")

    def commits(self, count: int) -> list[str]:
        """Give commits that the newest sessions are about."""
        rows = json.loads(self.get(f"/v1/sessions?limit={count + BESIDE}")[0])["data"]
        return [oid for row in rows for oid in row["commits"]][:count]

    def parameters(self, path: str) -> set[str]:
        """Give the names of the query parameters that a list takes."""
        told = json.loads(self.get("/openapi.json")[0])
        return {one["name"] for one in told["paths"][path]["get"].get("parameters", ()) if one["in"] == "query"}


def lists(reader: Reader, facets: Mapping[str, str], count: int) -> list[dict[str, object]]:
    """Time every list: first and deep pages, filtered, in other forms."""
    return [
        {"what": what, "path": path} | reader.timed(path, count, accept)
        for what, path, accept in _lists(reader, facets)
    ]


def _lists(reader: Reader, facets: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    deep, v1 = reader.deep("/v1/sessions", DEEP), "/v1/sessions"
    yield "page of sessions, first", "/sessions", "text/html"
    yield "page of sessions, deep", deep.replace("/v1", ""), "text/html"
    yield "`/v1/sessions`, first", v1, "application/json"
    yield "`/v1/sessions`, deep", deep, "application/json"
    yield "`/v1/sessions`, 500 rows", f"{v1}?limit=500", "application/json"
    yield "`/v1/sessions`, CSV", v1, "text/csv"
    yield "`/v1/sessions`, bundles", v1, "application/x-ndjson"
    size = json.loads(reader.get(v1)[0])["as_of"]["tree_size"]
    yield "`/v1/sessions`, as of half the log", f"{v1}?as_of={size // 2}", "application/json"
    taken = reader.parameters(v1)
    for name, value in facets.items():
        if name in taken:
            yield f"`/v1/sessions`, by {name}", f"{v1}?{urlencode({name: value})}", "application/json"
    yield "`/v1/sessions:facets`, the counts beside a list", f"{v1}:facets", "application/json"
    yield "`/v1/attestations`, by kind", "/v1/attestations?predicate_type=https://in-toto.io/none", "application/json"
    oid = reader.commits(1)[0]
    yield "`/v1/attestations`, by commit", f"/v1/attestations?commit={oid}", "application/json"
    yield "the answer for a commit, page", f"/commits/{oid}", "text/html"


def events_of(reader: Reader, session: str, count: int) -> dict[str, object]:
    """Time the page of a session with many events, and count what a browser loads before it paints."""
    path = f"/sessions/{session}"
    html = reader.get(path)[0]
    linked = sorted(set(_LINKED.findall(html)))
    beside = sum(len(reader.get(name.decode())[0]) for name in linked)
    told = json.loads(reader.get(f"/v1{path}")[0])
    events = told["capture"].get("events")
    timed = reader.timed(path, max(10, count // 5))
    api = reader.timed(f"/v1{path}/events?from_seq=2500", max(10, count // 5))
    return {"events": events, "html": len(html), "beside": beside, "page": timed, "api": api}


def transcript_of(reader: Reader, session: str) -> dict[str, object]:
    """Time pages of a long transcript, first, deep and anywhere, and look at what the service holds."""
    path, begun = f"/sessions/{session}", reader.service.memory_mib()
    first, first_ms = _once(lambda: reader.get(path)[0])
    total = _total(first)
    held = [begun, reader.service.memory_mib()]
    pages = {name: reader.timed(f"{path}?offset={at}", LONG) for name, at in _places(total)}
    rng = random.Random(7)  # noqa: S311 - places of a benchmark, no secret
    for _ in range(4):
        for _ in range(LONG):
            reader.get(f"{path}?offset={rng.randrange(total)}")
        held.append(reader.service.memory_mib())
    events = reader.timed(f"/v1{path}/events?from_seq=100000", LONG)
    return {
        "bytes": total,
        "first_ms": first_ms,
        "html": len(first),
        "pages": pages,
        "events": events,
        "memory": held,
        "between": LONG,
    }


def _places(total: int) -> Sequence[tuple[str, int]]:
    return (("first page", 0), ("in the middle", total // 2), ("last page", max(0, total - 60_000)))


def _total(page: bytes) -> int:
    found = re.search(rb"Transcript, (?:bytes [0-9,]+ to [0-9,]+ of )?([0-9,]+)", page)
    if found is None:
        raise RuntimeError("the page does not say how long the transcript is")
    return int(found[1].replace(b",", b""))


def _once(ask: Callable[[], bytes]) -> tuple[bytes, float]:
    begun = time.perf_counter()
    body = ask()
    return body, (time.perf_counter() - begun) * 1000
