"""A service to measure, in a process of its own.

    python -m tools.bench_http_server HOME [DATABASE_URL]

It prints its port and a token as JSON once it is ready, and is the service as it is, with one route more: `/bench/append`
appends what it is sent as a leaf that nobody signed, so that what a request and the engine cost can be told from what
verification costs.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import sys
import time
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from api.app import create_app
from api.auth import CallerHere
from api.bodies import BundleBody
from api.config import ServiceConfig
from api.replies import reply
from api.schemas import AsOf
from api.service import ServiceHere
from api.serving import listen, server_of, settle_memory
from attest.clock import SystemClock, SystemEntropy
from attest.model.ports import LeafParts
from attest.settings import Settings
from attest.store.log_store import Submission
from attest.store.sequencer import Sequencer
from attest.usecases.scan_payload import require_clean

router = APIRouter()


@router.post("/v1/bench/append")
async def append(_caller: CallerHere, raw: BundleBody, service: ServiceHere) -> Response:
    """Append a leaf that nobody signed: as durable and as published as any other."""
    digest = hashlib.sha256(raw).digest()
    leaf = LeafParts(body=raw, envelope=b"{}", certificate=b"", token=None)
    one = Submission(leaf=leaf, keys=(digest,), payload_hash=digest, within=lambda _session, _receipt: None)
    sequencer = getattr(service.instance.append, "__self__", None)
    if not isinstance(sequencer, Sequencer):
        raise TypeError("the service appends without a sequencer")
    (receipt,) = await asyncio.wrap_future(sequencer.submit((one,)))
    return reply(AsOf(log="bench", tree_size=receipt.tree_size, root=receipt.root.hex()), status=201)


def main(home: str, database_url: str | None = None) -> None:
    """Serve until killed."""
    settings = Settings(home=Path(home), database_url=database_url)
    config = ServiceConfig()
    app = create_app(settings, clock=SystemClock(), entropy=SystemEntropy(), config=config, stream=io.StringIO())
    # It stands where the route stands that takes bundles: each that comes before is tried first.
    beside = next(at for at, one in enumerate(app.router.routes) if getattr(one, "path", "") == "/v1/attestations")
    app.router.routes[beside:beside] = router.routes
    require_clean(b"{}", settings)  # the rules are loaded before anything is timed
    app.state.service.check.begin()
    while config.checkers > 1 and not app.state.service.check.ready:
        time.sleep(0.1)
    settle_memory()
    token = app.state.service.tokens.create(SystemClock(), SystemEntropy())
    with listen("127.0.0.1", 0) as listener:
        ready = {"port": listener.getsockname()[1], "token": token, "log": app.state.service.instance.log.name}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        server_of(app, config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:3])
