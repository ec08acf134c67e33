"""Whether a request was meant for this service: its Host names us, and a write comes from our own pages or a client.

A page elsewhere can make a browser send requests to a loopback port (DNS rebinding, cross-site forms). It cannot
choose the Host or the Origin that the browser writes.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_HOST: Final = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(?::([1-9][0-9]{0,4}))?", re.ASCII | re.IGNORECASE)
PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""What schedulers and Prometheus ask by the address of a pod, which is no name of ours."""
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORT: Final = 80


def is_own_host(values: list[str], port: int, url: str | None = None) -> bool:
    """Tell whether exactly one Host header names this machine's loopback at the port that the socket has, or `url`'s host."""
    if url is not None and values == [urlsplit(url).netloc]:
        return True
    found = _HOST.fullmatch(values[0]) if len(values) == 1 else None
    return bool(found) and int(found[2] or _DEFAULT_PORT) == port if found else False


def is_probe(method: str, path: str, hosts: list[str]) -> bool:
    """Tell whether a request may come with any Host: a reading of `PROBES`, where no loopback caller is let in for it."""
    return method in {"GET", "HEAD"} and path in PROBES and len(hosts) == 1


def is_own_origin(host: str, origins: list[str], sites: list[str], url: str | None = None) -> bool:
    """Tell whether a write may go on: no Origin at all (a client), or exactly the one the Host stands for.

    `sites` are the Sec-Fetch-Site headers: a browser that says `cross-site` or `same-site` is turned away.
    """
    if any(site not in {"same-origin", "none"} for site in sites):
        return False
    own = url if url is not None and urlsplit(url).netloc == host else f"http://{host}"
    return not origins or origins == [own]
