"""Bodies of requests, taken in under limits of size and time; a transcript goes into a file that has no name."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Annotated, BinaryIO
from urllib.parse import parse_qs

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.bounded import bounds_itself
from api.service import Service, ServiceHere
from attest.errors import InvalidInput, Refused

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK_BYTES = 1024 * 1024


async def chunks_of(request: Request, service: Service, limit: int) -> AsyncIterator[bytes]:
    """Give a body as it arrives.

    Raises:
        InvalidInput: `input.too-large`, known from Content-Length before a byte is read where that is there.
        Refused: `service.timeout`, it stalled or took too long.
    """
    told = request.headers.get("content-length", "0")
    if not told.isascii() or not told.isdigit() or int(told) > limit:
        raise _too_large(limit)
    bounds_itself(request.scope)
    stream, config = request.stream(), service.config
    taken, now = 0, asyncio.get_running_loop().time
    ends = now() + config.body_s
    try:
        async with asyncio.timeout_at(min(ends, now() + config.stall_s)) as limited:
            async for chunk in stream:
                taken += len(chunk)
                if taken > limit:
                    raise _too_large(limit)
                limited.reschedule(ends)  # whoever takes the chunk has the time it needs
                yield chunk
                limited.reschedule(min(ends, now() + config.stall_s))
    except TimeoutError as err:
        raise Refused("service.timeout") from err
    except ClientDisconnect as err:
        raise InvalidInput("input.malformed", "the body ended before it was whole") from err


async def bundle_body(request: Request, service: ServiceHere) -> bytes:
    """Give the whole body of a request that carries a bundle."""
    return b"".join([chunk async for chunk in chunks_of(request, service, service.config.bundle_bytes)])


async def form_body(request: Request, service: ServiceHere) -> bytes:
    """Give the whole body of a small form."""
    return b"".join([chunk async for chunk in chunks_of(request, service, service.config.form_bytes)])


async def transcript_body(request: Request, service: ServiceHere) -> AsyncIterator[BinaryIO]:
    """Give the body in a file without a name: it is gone when it is closed, and when the process dies."""
    home = service.instance.settings.home
    with await run_in_threadpool(open_anonymous, home) as file:
        block = bytearray()
        async for chunk in chunks_of(request, service, service.config.transcript_bytes):
            block += chunk
            if len(block) >= _BLOCK_BYTES:
                await run_in_threadpool(file.write, bytes(block))
                block.clear()
        await run_in_threadpool(file.write, bytes(block))
        await run_in_threadpool(file.flush)
        yield file


def open_anonymous(directory: Path) -> BinaryIO:
    """Open a file for reading and writing that has no name and that nobody else can open by one."""
    if hasattr(os, "O_TMPFILE"):
        try:
            return os.fdopen(os.open(directory, os.O_TMPFILE | os.O_RDWR, 0o600), "w+b")
        except OSError:  # the file system has no such files: the next best is one whose name is gone at once
            pass
    return tempfile.TemporaryFile(dir=directory)


def form_fields(raw: bytes) -> Callable[[str], str]:
    """Give what gives the first value of a field of a small form, without white space around it; empty where there is none."""
    fields = parse_qs(raw.decode("utf-8", "replace"), max_num_fields=16)
    return lambda name: fields.get(name, [""])[0].strip()


def _too_large(limit: int) -> InvalidInput:
    return InvalidInput("input.too-large", "the body", expected=f"<= {limit} bytes")


BundleBody = Annotated[bytes, Depends(bundle_body)]
FormBody = Annotated[bytes, Depends(form_body)]
TranscriptBody = Annotated[BinaryIO, Depends(transcript_body)]
