"""Attestations by batch: one bundle a line in, one answer a line out, in the same order.

1. the whole body is taken in, into a file without a name: too many lines or bytes are refused before any is looked at
2. group by group the lines are taken in as one commit, and their answers are sent
3. a line that fails is answered with its own problem, and the others are not touched by it

Sending the same batch again gives the receipts that are there: whoever did not get every answer asks again.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated, BinaryIO, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from api.auth import Ingests
from api.bodies import chunks_of, open_anonymous
from api.openapi import WRITE, documented, take_request_body
from api.problems import problem_of
from api.replies import NO_STORE
from api.schemas import BatchLine
from api.service import Service, ServiceHere
from api.shapes import receipt_body
from api.waiting import Wait, known_states, status_for, witnessed
from api.writing import StreamSlot
from attest.errors import AttestError, InvalidInput, Refused
from attest.model.reached import Reached
from attest.usecases.ingest import MAX_INGESTED, Outcome, ingest_all
from attest.usecases.ingest_log import Logged

router = APIRouter(tags=["attestations"])
MEDIA_TYPE: Final = "application/jsonl"
GROUP_BYTES: Final = 16 * 1024 * 1024
"""Lines held at once, while they are taken in together."""
_BLOCK_BYTES: Final = 1024 * 1024


async def batch_body(request: Request, service: ServiceHere) -> AsyncIterator[BinaryIO]:
    """Give the body in a file without a name, at its beginning.

    Raises:
        InvalidInput: `input.too-large`, too many lines or bytes; nothing was looked at.
    """
    with await run_in_threadpool(open_anonymous, service.instance.settings.home) as file:
        block, lines = bytearray(), 0
        async for chunk in chunks_of(request, service, service.config.batch_bytes):
            block += chunk
            lines += chunk.count(b"\n")
            if lines > service.config.batch_lines:
                raise InvalidInput("input.too-large", "the batch", expected=f"<= {service.config.batch_lines} lines")
            if len(block) >= _BLOCK_BYTES:
                await run_in_threadpool(file.write, bytes(block))
                block.clear()
        await run_in_threadpool(file.write, bytes(block))
        file.seek(0)
        yield file


@router.post(
    "/v1/attestations:batch",
    operation_id="add_attestations",
    responses=documented(None, WRITE)
    | {
        200: {
            "description": "One JSON object a line, for each line of the request in its order; ends early only when the "
            "service does.",
            "content": {
                MEDIA_TYPE: {"schema": BatchLine.model_json_schema(ref_template="#/components/schemas/{model}")}
            },
        }
    },
    response_class=Response,
    openapi_extra=take_request_body(MEDIA_TYPE, "Sigstore bundles, one a line.", required=False),
)
async def add_all(
    request: Request,
    _caller: Ingests,
    file: Annotated[BinaryIO, Depends(batch_body, scope="request")],
    _slot: StreamSlot,
    service: ServiceHere,
    wait: Wait = Reached.PUBLISHED,
) -> Response:
    """Take in every line as `POST /v1/attestations` would; each is answered by itself, and none fails another."""
    answers = _answers(file, service, wait, request.state.request_id)
    return StreamingResponse(answers, media_type=MEDIA_TYPE, headers=NO_STORE)


async def _answers(file: BinaryIO, service: Service, wait: Reached, request_id: str) -> AsyncIterator[bytes]:
    number = created = 0
    async for outcomes in iterate_in_threadpool(_groups(file, service)):
        logged = [one for one in outcomes if isinstance(one, Logged)]
        for one in outcomes:
            if isinstance(one, AttestError):
                service.meters.failed(one.code)
        if wait is Reached.WITNESSED and logged:
            await witnessed(service, max(one.receipt.tree_size for one in logged))
        yield await run_in_threadpool(_lines_for, outcomes, service, _Asked(wait, request_id, number))
        number += len(outcomes)
        created += sum(one.created for one in logged)
    service.events.info("attestations", lines=number, created=created)


@dataclass(frozen=True, slots=True)
class _Asked:
    wait: Reached
    request_id: str
    before: int
    """Lines answered before these."""


def _lines_for(outcomes: tuple[Outcome, ...], service: Service, asked: _Asked) -> bytes:
    states = iter(known_states(service, [one.receipt for one in outcomes if isinstance(one, Logged)]))
    lines = []
    for line, outcome in enumerate(outcomes, asked.before + 1):
        answer: dict[str, object] = {"line": line}
        if isinstance(outcome, AttestError):
            problem = problem_of(outcome, asked.request_id)
            answer |= {"status": problem.status, "problem": problem.model_dump(mode="json", exclude_none=True)}
        else:
            come = next(states)
            receipt = receipt_body(outcome.receipt, come).model_dump(mode="json")
            answer |= {"status": status_for(outcome, come, asked.wait), "receipt": receipt}
        lines.append(json.dumps(answer, separators=(",", ":")).encode() + b"\n")
    return b"".join(lines)


def _groups(file: BinaryIO, service: Service) -> Iterator[tuple[Outcome, ...]]:
    """Take in group after group; gives what became of each line of it."""
    group: list[bytes | InvalidInput] = []
    size = 0
    for line in _lines(file, service.config.bundle_bytes):
        group.append(line)
        size += len(line) if isinstance(line, bytes) else 0
        if len(group) >= MAX_INGESTED or size >= GROUP_BYTES:
            yield _take_in(group, service)
            group, size = [], 0
    if group:
        yield _take_in(group, service)


def _lines(file: BinaryIO, limit: int) -> Iterator[bytes | InvalidInput]:
    """Give each line without its end; of one beyond the limit only that it is."""
    while line := file.readline(limit + 2):
        if len(line.rstrip(b"\r\n")) <= limit:
            yield line.rstrip(b"\r\n")
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(_BLOCK_BYTES)
        yield InvalidInput("input.too-large", "the line", expected=f"<= {limit} bytes")


def _take_in(group: list[bytes | InvalidInput], service: Service) -> tuple[Outcome, ...]:
    raws = [line for line in group if isinstance(line, bytes)]
    try:
        found = list(ingest_all(raws, service.instance, check=service.check))
    except AttestError as err:
        found = [err] * len(raws)
    except Exception as err:  # noqa: BLE001 - the answer has begun: each line is told, only the type's name is kept
        service.events.error("batch-failed", error=type(err).__name__)
        found = [Refused("service.internal")] * len(raws)
    outcomes = iter(found)
    return tuple(next(outcomes) if isinstance(line, bytes) else line for line in group)
